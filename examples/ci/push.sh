#!/bin/sh
# Trains a model, pushes it into staging, and writes the version to version.env, as
# VERSION=namespaces/default/models/fraud/versions/7.
# Needs MODEL, and what modelreg needs: MODELREG_SERVER, MODELREG_TOKEN.
set -eu

python "$(dirname "$0")/train.py"

set --
while read -r metric; do
    set -- "$@" --metric "$metric"
done <metrics.txt

modelreg push "$MODEL" model "$@" --json >pushed.json
VERSION=$(python -c 'import json; print(json.load(open("pushed.json"))["name"])')
echo "VERSION=$VERSION" >version.env

modelreg promote "$VERSION" --to staging
