#!/bin/sh
# Evaluates the policies of production for $VERSION, and changes nothing. Exits with 1, and shows
# every finding, when a rule blocks it.
set -eu

modelreg check "$VERSION" --to production
