#!/bin/sh
# Make sure of the Debian packages that pip cannot bring: system-packages.sh run|test|bundle
# Nothing missing: silent, exit 0. Missing and root: installs them. Missing and not root: prints the one line to type, exit 3.
set -eu

PURPOSE=${1:-run}
# QtCore already wants glib; QtGui wants EGL, GL, D-Bus, fontconfig and xkbcommon, and text wants one font.
QT="libglib2.0-0 libegl1 libgl1 libdbus-1-3 libfontconfig1 libxkbcommon0 fonts-dejavu-core"
X11="libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxcb-shape0 libxkbcommon-x11-0"
WAYLAND="libwayland-cursor0"

# A Python of at least 3.11 that can make environments, wherever it came from; Debian's python3 alone cannot.
python_is_ready() {
    for python in python3.11 python3; do
        "$python" -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && return 0
    done
    return 1
}

case $PURPOSE in
    run) wanted="$QT $X11 $WAYLAND" ;;
    test) wanted="$QT $X11 xvfb xauth binutils" ;;
    bundle) wanted="$QT binutils" ;;
    *) echo "usage: system-packages.sh run|test|bundle" >&2; exit 2 ;;
esac
python_is_ready || wanted="python3-venv $wanted"

if ! command -v dpkg-query >/dev/null 2>&1; then
    echo "Not a Debian system: please make sure of the counterparts of: $wanted" >&2
    exit 0
fi

missing=""
for package in $wanted; do
    state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) || state=absent
    [ "$state" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -ne 0 ]; then
    echo "System packages are missing; please run: sudo apt-get install --no-install-recommends$missing" >&2
    exit 3
fi

echo "Installing system packages:$missing"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086  # the list is meant to be split
if ! { apt-get -qq update && apt-get -qq install -y --no-install-recommends $missing; } >"$log" 2>&1; then
    tail -n 5 "$log" >&2
    echo "The system packages could not be installed; please run: apt-get install --no-install-recommends$missing" >&2
    exit 3
fi
