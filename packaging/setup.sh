#!/usr/bin/env bash
# Make the virtual environment that `make` works in: Python 3.11 or newer, the package, its tools.
# Installs what the system lacks through apt where that is possible, and otherwise prints the command.
set -euo pipefail
cd "$(dirname "$0")/.."
PYTHON="${PYTHON:-python3}"
VENV="${VENV:-.venv}"

say() { printf '\033[1m%s\033[0m\n' "$*" >&2; }

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

if ! "$VENV/bin/python" -c '' 2>/dev/null; then
    say "Making the virtual environment in $VENV"
    rm -rf "$VENV"
    "$PYTHON" -m venv "$VENV"
fi
say "Installing Remixer and its tools (the first time takes a few minutes)"
"$VENV/bin/python" -m pip install --quiet --disable-pip-version-check --constraint packaging/constraints.txt --editable '.[train,dev]'
