#!/usr/bin/env bash
# Installs a wheel with all it requires into a fresh environment, and does the main job from another folder.
#   packaging/test_wheel.sh WHEEL [WORK]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
wheel=$(readlink -f "${1:?which wheel?}")
work=$(readlink -m "${2:-build/packages/fresh}")
rm -rf "$work"
mkdir -p "$work/elsewhere"
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/python" -m pip install -q --disable-pip-version-check -c "$here/constraints.txt" "$wheel"
cd "$work/elsewhere"
unset PYTHONPATH REMIXER_MODELS
export REMIXER_CACHE=$work/cache
remixer=$work/venv/bin/remixer
version=$("$remixer" --version)
echo "$version"
grep -Eq '^remixer [0-9.]+ \(commit [0-9a-f]{10}(-dirty)?\)$' <<<"$version"
song=$(find "$work/venv" -name demo.flac)
"$remixer" models
"$remixer" separate "$song" -o stems
"$remixer" nulltest "$song" stems/*.flac
"$remixer" remix "$song" -o louder.flac --gain vocals=+1.5
if "$remixer" nulltest "$song" louder.flac; then
    echo "FAILED: a moved fader changes nothing" >&2
    exit 1
fi
echo "ok: the wheel works in a fresh environment"
