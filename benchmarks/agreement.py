"""How far models agree with a teacher on full mixes that have no stems: SDR of their vocals against
the teacher's.

python -m benchmarks.agreement CORPUS/mixes [--teacher spleeter] [--models unet cnn1] [--count 12]

Of each recording half a minute from its middle; the songs are drawn with a fixed seed. None of them
was trained on.
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

SECONDS = 30


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
    parser.add_argument("--count", type=int, default=12)
    given = parser.parse_args()
    paths = sorted(given.mixes.glob("*.opus"))
    chosen = np.random.default_rng(1).permutation(len(paths))[: given.count]
    found: dict[str, list[float]] = {model: [] for model in given.models}
    for path in (paths[i] for i in sorted(chosen)):
        mix = excerpt(path)
        teacher = vocals(given.teacher, mix)
        for model in given.models:
            found[model].append(agreement(teacher, vocals(model, mix)))
    rows = [
        [model, *(f"{np.quantile(values, q):.1f} dB" for q in (0.0, 0.25, 0.5, 0.75, 1.0))]
        for model, values in found.items()
    ]
    head = ["model", "least", "quarter", "median", "three quarters", "most"]
    print(table(f"Vocals against {given.teacher}'s, {len(chosen)} full mixes", head, rows))


if __name__ == "__main__":
    main()
