#!/bin/sh
# Bring .venv up to hashed requirement files: venv.sh FILE...
# Makes the environment when there is none, installs with pip's hash checking, and lets it see this checkout.
set -eu
cd "$(dirname "$0")/.."

for candidate in python3.11 python3; do
    if "$candidate" -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
        python=$candidate
        break
    fi
done
if [ -z "${python:-}" ]; then
    echo "Python 3.11 or newer with its venv module is needed; on Debian: sudo apt-get install python3-venv" >&2
    exit 3
fi

if ! .venv/bin/python -c '' >/dev/null 2>&1; then
    echo "Making the environment in .venv"
    "$python" -m venv --clear .venv
fi
for file in "$@"; do
    .venv/bin/python -m pip install -qq --disable-pip-version-check --require-hashes --requirement "$file"
done
.venv/bin/python scripts/link_checkout.py
