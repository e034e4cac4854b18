#!/bin/sh
# Installs what is in production, verified byte by byte, into $DEPLOY_DIR. It asks for the stage
# and not for $VERSION: whatever a pipeline believes, only approved versions are in it.
set -eu

modelreg pull "$MODEL@production" "$DEPLOY_DIR"
