#!/bin/sh
# Make sure of the Debian packages that pip cannot bring: system-packages.sh run|test|bundle
# Nothing missing: silent, exit 0. Missing and root: installs them. Missing and not root: prints the one line to type, exit 3.
set -eu

PURPOSE=${1:-run}
# QtCore already wants glib; QtGui wants EGL, GL, D-Bus, fontconfig and xkbcommon, and text wants one font.
QT="libglib2.0-0 libegl1 libgl1 libdbus-1-3 libfontconfig1 libxkbcommon0 fonts-dejavu-core"
X11="libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxcb-shape0 libxkbcommon-x11-0"
WAYLAND="libwayland-cursor0"
# The tests of TLS need a server that speaks it; the wheel's does not.
TLS_SERVER="postgresql"

# The Python that scripts/venv.sh will take: at least 3.11 and able to make environments; Debian's bare one is not.
python=""
for candidate in python3.11 python3; do
    if "$candidate" -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
        python=$candidate
        break
    fi
done

# Freezing the program needs Python as a library, which Debian packs apart from its python3; others bring it along.
PYTHON_LIBRARY=""
if [ -z "$python" ]; then
    PYTHON_LIBRARY=libpython3.11
elif [ "$("$python" -c 'import sys; print(sys.base_prefix)')" = /usr ]; then
    PYTHON_LIBRARY=libpython$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
fi

case $PURPOSE in
    run) wanted="$QT $X11 $WAYLAND" ;;
    test) wanted="$QT $X11 xvfb xauth binutils $TLS_SERVER $PYTHON_LIBRARY" ;;
    bundle) wanted="$QT binutils $PYTHON_LIBRARY" ;;
    *) echo "usage: system-packages.sh run|test|bundle" >&2; exit 2 ;;
esac
[ -n "$python" ] || wanted="python3-venv $wanted"

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
