#!/bin/sh
# Requests the promotion of $VERSION to production, and waits until people have approved it.
# Exits with 0 only when it is in production; 7: still waiting after $APPROVAL_SECONDS; 8: rejected;
# 9: expired or superseded. Run again, it goes on waiting for the same request.
set -eu

modelreg promote "$VERSION" --to production --reason "${REASON:-pipeline}" \
    --wait --timeout "${APPROVAL_SECONDS:-3600}"
