#!/usr/bin/env bash
# The main job on the demo song: in the window where there is a display, else with the commands a user would type.
set -euo pipefail
cd "$(dirname "$0")/.."
PATH="$PWD/.venv/bin:$PATH"
SONG=resources/demo/demo.flac
OUT="${OUT:-out/demo}"

if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
    exec remixer open --play "$SONG"
fi

bold=""
plain=""
if [ -t 2 ]; then
    bold=$'\033[1m'
    plain=$'\033[0m'
fi

# A command as one would type it: quotes only around words that need them.
typed() {
    local word line=""
    for word in "$@"; do
        [[ $word =~ ^[A-Za-z0-9_./:=+,@%-]+$ ]] || word=${word@Q}
        line+=" $word"
    done
    printf '$%s\n' "$line" >&2
}

step() {
    printf '\n%s%s%s\n' "$bold" "$1" "$plain" >&2
    shift
    typed "$@"
    "$@"
}

mkdir -p "$OUT"
step "What the demo song is" remixer info "$SONG"
step "Separate it into stems that sum to it" remixer separate "$SONG" -o "$OUT" --overwrite
step "Prove it from disk" remixer nulltest "$SONG" "$OUT/demo - vocals.flac" "$OUT/demo - bass.flac" "$OUT/demo - drums.flac" "$OUT/demo - other.flac"
step "Raise the vocals by 1.5 dB" remixer remix "$SONG" -o "$OUT/demo - vocals up.flac" --gain vocals=+1.5 --overwrite
step "With no moves: the original, bit for bit" remixer remix "$SONG" -o "$OUT/demo - unchanged.flac" --overwrite
step "Prove that too" remixer nulltest "$SONG" "$OUT/demo - unchanged.flac"
step "Picture which stem owns what" remixer spectrogram "$SONG" -o "$OUT/demo - masks.png" --masks --overwrite
step "How good the stems are, against the true ones" remixer evaluate unet cnn1 --data resources/demo
printf '\n%sDone. The results are in %s:%s\n' "$bold" "$OUT" "$plain" >&2
ls -1 "$OUT"
