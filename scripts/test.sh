#!/bin/sh
# Every check, then every test, so that the output ends with pytest's summary. Fails when either does.
# Arguments go to pytest.
cd "$(dirname "$0")/.." || exit 1

# The frozen program is built beside the checks; its tests wait for it, and say why when it fails.
.venv/bin/python packaging/build.py build/bundle >/dev/null 2>&1 &

checks=0
scripts/lint.sh || checks=$?
.venv/bin/python -m pytest -n 2 --dist worksteal "$@" || exit $?
exit "$checks"
