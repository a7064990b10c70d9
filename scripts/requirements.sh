#!/bin/sh
# Write requirements/*.txt afresh from pyproject.toml: every version pinned, every file hashed, no address recorded.
# Needs uv. `scripts/requirements.sh --upgrade` takes newer releases; without it the pins stay.
set -eu
cd "$(dirname "$0")/.."

compile() {
    output=$1
    shift
    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
        --output-file "requirements/$output" pyproject.toml "$@"
}

compile run.txt "${@}"
compile test.txt --group test --constraint requirements/run.txt "${@}"
compile bench.txt --group bench --constraint requirements/run.txt "${@}"
compile package.txt --group package --constraint requirements/run.txt "${@}"
