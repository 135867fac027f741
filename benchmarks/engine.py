"""The mix engine and the loudness meter: how many times real time on one core.

python -m benchmarks.engine
"""

import numpy as np

from benchmarks.measure import machine, side_by_side, table
from remixer.dsp.loudness import LoudnessMeter
from remixer.dsp.signal import ArrayReader, Grid
from remixer.mixing.engine import MixEngine
from remixer.mixing.stems import ArrayStems, StemSet, to_grid
from remixer.mixing.strips import MixState, Strip

RATE, BLOCK, BLOCKS = 48000, 512, 400


def main() -> None:
    grid = Grid(24)
    rng = np.random.default_rng(0)
    length = BLOCK * BLOCKS
    mix = ArrayReader(to_grid(rng.uniform(-0.5, 0.5, (2, length)), grid), RATE, grid)
    stems = StemSet(mix, ArrayStems(to_grid(rng.uniform(-0.2, 0.2, (3, 2, length)), grid)))
    out = np.empty((2, BLOCK))
    moved = MixState(tuple(Strip(gain_db=g) for g in (1.5, -2.0, 0.5, -1.0)))

    def render(state: MixState) -> None:
        engine = MixEngine(stems)
        for start in range(0, length, BLOCK):
            engine.render(state, start, out)

    def meter() -> None:
        loudness = LoudnessMeter(RATE, 2)
        loudness.add(mix.samples)
        loudness.result()

    medians = side_by_side(
        {
            "render, neutral": lambda: render(MixState()),
            "render, vocals moved": lambda: render(MixState().with_strip("vocals", gain_db=1.5)),
            "render, all four moved": lambda: render(moved),
            "loudness and true peak": meter,
        }
    )
    seconds = length / RATE
    rows = [
        [
            name,
            f"{1e6 * taken / BLOCKS:.0f} us",
            f"{100 * taken / seconds:.2f} %",
            f"{seconds / taken:.0f} x",
        ]
        for name, taken in medians.items()
    ]
    print(machine() + "\n")
    head = ("48 kHz stereo, blocks of 512", "a block", "of one core", "real time")
    print(table("Engine", head, rows))


if __name__ == "__main__":
    main()
