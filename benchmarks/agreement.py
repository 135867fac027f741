"""How far models agree with a teacher on full mixes that have no stems: SDR of their vocals against
the teacher's.

python -m benchmarks.agreement CORPUS/mixes [--teacher spleeter] [--models unet cnn1]

Of each recording a minute from its middle. No training saw these songs, nor others of their
artists.
"""

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.measure import table
from remixer.audio.reader import open_audio
from remixer.dsp.signal import STEMS, ArrayReader
from remixer.separation.catalogue import find_model
from remixer.separation.loading import load_separator

SECONDS = 60
HELD = (
    "alaclair_ensemble_twit_journalist",
    "brad_sucks_total_breakdown",
    "buena_pregunta_lalala_early_version",
    "buena_pregunta_punkie_live",
    "fabios_la_nueva_expresion_de_la_cancion_te_amo",
    "fairy_bot_orchestra_heaven_can_t_wait",
    "inara_george_q",
    "joshua_morin_on_the_run",
    "los_rombos_fantasma",
    "steven_dunston_northern_star",
    "the_bristol_7s_political_captain",
    "wasaru_seculaire_feat_nyme",
)
"""What resources/recipes/unet-mixes.txt leaves to this: whole artists."""


def excerpt(path: Path) -> ArrayReader:
    """From the middle."""
    with open_audio(path) as reader:
        count = min(SECONDS * reader.rate, reader.length)
        start = (reader.length - count) // 2
        return ArrayReader(reader.read(start, count), reader.rate)


def vocals(model: str, mix: ArrayReader) -> NDArray[np.float64]:
    """A model's, (channels, samples)."""
    estimates = load_separator(find_model(model)).estimate(mix, 0, mix.length)
    return np.asarray(estimates[STEMS.index("vocals")], np.float64)


def agreement(reference: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """10 log10 of the reference's energy over that of the difference, dB."""
    error = np.square(reference - other).sum()
    return float(10 * np.log10(np.square(reference).sum() / error))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("mixes", type=Path)
    parser.add_argument("--teacher", default="spleeter")
    parser.add_argument("--models", nargs="*", default=["unet", "cnn1"])
    given = parser.parse_args()
    found: dict[str, list[float]] = {model: [] for model in given.models}
    for name in HELD:
        mix = excerpt(given.mixes / f"{name}.opus")
        teacher = vocals(given.teacher, mix)
        for model in given.models:
            found[model].append(agreement(teacher, vocals(model, mix)))
    rows = [
        [model, *(f"{np.quantile(values, q):.1f} dB" for q in (0.0, 0.25, 0.5, 0.75, 1.0))]
        for model, values in found.items()
    ]
    head = ["model", "least", "quarter", "median", "three quarters", "most"]
    print(table(f"Vocals against {given.teacher}'s, {len(HELD)} full mixes", head, rows))


if __name__ == "__main__":
    main()
