#!/bin/sh
# What `make run` does. With a display: open the window. Without one: the main job on the sample database, as text and pictures.
set -eu
cd "$(dirname "$0")/.."
.venv/bin/python -m compileall -q console  # a start never compiles, whatever the environment forbids to write
console() { .venv/bin/python -m console --data-dir "$data" "$@"; }

if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}${QT_QPA_PLATFORM:-}" ] || [ "$(uname)" = Darwin ]; then
    exec .venv/bin/python -m console
fi

data=build/sample
echo "There is no display here, so this shows the console's work on the sample database as text and writes each screen to build/screens/."
mkdir -p "$data"
console demo --fresh
printf '\nThe queue, next deadline first\n'
console queue
printf '\nSweep\n'
console sweep
printf '\nSLA breach summary\n'
console report
printf '\nScreens\n'
console screenshots build/screens
