#!/bin/sh
# Every check that is not a test, side by side; a check that passes says one line, one that fails says all.
set -eu
cd "$(dirname "$0")/.."
bin=.venv/bin
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT

check() {
    name=$1
    shift
    if "$@" >"$logs/$name" 2>&1; then
        echo "ok      $name"
    else
        echo "failed  $name"
        cat "$logs/$name"
        return 1
    fi
}

check mypy "$bin/mypy" &
types=$!
status=0
check ruff-check "$bin/ruff" check --output-format concise . || status=1
check ruff-format "$bin/ruff" format --check --output-format concise . || status=1
check lint-imports "$bin/lint-imports" || status=1
wait "$types" || status=1
exit "$status"
