#!/bin/sh
# Install the toolchain and fill .venv; do nothing where everything is there.
#
# PYTHON names the interpreter to use; by default the newest suitable one.
set -eu
cd "$(dirname "$0")/.."

suits() {
    "$1" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 10))'
}

find_python() {
    for python in ${PYTHON:-python3.13 python3.12 python3.11 python3.10 python3}; do
        if suits "$python" 2>/dev/null; then
            echo "$python"
            return
        fi
    done
    return 1
}

preprocess() {
    "$1" -E -include stdio.h -x c /dev/null
}

# need PACKAGE COMMAND...: the package is missing if the command fails.
need() {
    package=$1
    shift
    "$@" >/dev/null 2>&1 || missing="$missing $package"
}

find_missing() {
    missing=
    python=$(find_python) || missing=" python3-venv"
    need gcc command -v gcc
    need g++ command -v g++
    need libc6-dev preprocess gcc
    need cmake command -v cmake
    need gcc-arm-none-eabi command -v arm-none-eabi-gcc
    need libnewlib-arm-none-eabi preprocess arm-none-eabi-gcc
    need qemu-system-arm command -v qemu-system-arm
}

# Root may install, and so may who becomes root without a password.
install_missing() {
    why="this machine has no apt-get"
    command -v apt-get >/dev/null || return 0
    why="neither root nor sudo without a password"
    sudo=
    [ "$(id -u)" = 0 ] || sudo="sudo -n"
    $sudo true 2>/dev/null || return 0
    why="apt-get failed, see out/apt.log"
    echo "setup: installing$missing"
    mkdir -p out
    { $sudo apt-get update &&
        $sudo env DEBIAN_FRONTEND=noninteractive apt-get install --yes \
            --no-install-recommends -o DPkg::Lock::Timeout=120 $missing
    } </dev/null >out/apt.log 2>&1 || true
}

find_missing
if [ -n "$missing" ]; then
    install_missing
    find_missing
fi
if [ -z "$python" ]; then
    echo "setup: not installed:$missing ($why); nothing works without Python 3.10 or newer and its venv module"
    exit 1
elif [ -n "$missing" ]; then
    echo "setup: not installed:$missing ($why); going on with what works without"
fi

# A virtual environment works in the place and with the Python it was made for.
place="$PWD $("$python" -VV | tr '\n' ' ')"
content=$(cat pyproject.toml tools/setup.sh | cksum)
stamp=$(cat .venv/stamp 2>/dev/null || true)
[ "$stamp" = "$place$content" ] && exit

case $stamp in
"$place"*) ;;
*) "$python" -m venv --clear .venv ;;
esac
echo "setup: installing into .venv"
.venv/bin/python -m pip install -qq --disable-pip-version-check --editable '.[dev]'
echo "$place$content" >.venv/stamp
