#!/bin/sh
# What a bare Debian lacks for grainscope: installed when root, otherwise named in one line (exit 2).
#   .ci/preflight.sh run    Python's venv, and the libraries OpenCV loads
#   .ci/preflight.sh test   the same, and what a napari window needs on a virtual screen
set -eu

wanted="libgl1 libglib2.0-0"
if [ "${1:-run}" = test ]; then
    wanted="$wanted xvfb libegl1 libdbus-1-3 libxkbcommon-x11-0 libxcb-cursor0 libxcb-icccm4 \
libxcb-image0 libxcb-keysyms1 libxcb-render-util0 libxcb-xinerama0 libxcb-shape0"
fi

python=${PYTHON:-python3}
if ! command -v "$python" >/dev/null 2>&1; then
    echo "preflight: $python not found; install Python 3.11 or newer, or name it with PYTHON=..." >&2
    exit 2
fi
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "preflight: $("$python" --version) is too old; 3.11 or newer is needed (PYTHON=...)" >&2
    exit 2
fi
"$python" -c 'import ensurepip, venv' 2>/dev/null || wanted="$wanted python3-venv"

# Elsewhere than on Debian the wheels bring what they need, or the system names what it lacks.
command -v dpkg-query >/dev/null 2>&1 || exit 0

missing=""
for package in $wanted; do
    # Debian 13 renamed some of these (libglib2.0-0t64), keeping the old name as a virtual package.
    dpkg-query -W -f '${db:Status-Status} ${Package} ${Provides}\n' 2>/dev/null |
        grep -E "^installed " | grep -qE "[ ,]$package([ ,(]|t64|\$)" || missing="$missing $package"
done
[ -z "$missing" ] && exit 0

if [ "$(id -u)" -eq 0 ]; then
    echo "preflight: installing$missing"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq && apt-get install -y -qq --no-install-recommends $missing >/dev/null
else
    echo "preflight: system packages are missing; run: sudo apt-get install -y$missing" >&2
    exit 2
fi
