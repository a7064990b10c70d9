#!/bin/sh
# Every check, then every test, so that the output ends with pytest's summary. Fails when either does.
# Arguments go to pytest.
cd "$(dirname "$0")/.." || exit 1

checks=0
scripts/lint.sh || checks=$?
.venv/bin/python -m pytest -n 2 --dist loadgroup "$@" || exit $?
exit "$checks"
