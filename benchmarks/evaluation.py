"""How fast separations are measured: BSS Eval here beside mir_eval, and where the time goes.

python -m benchmarks.evaluation
"""

import cProfile
import pstats
import time
import warnings

import numpy as np

from benchmarks.measure import machine, own_peak, table
from remixer.evaluation.bss_v3 import bss_eval_sources
from remixer.evaluation.bss_v4 import bss_eval_images

RATE = 44_100


def signals(seconds: float, channels: int) -> tuple[np.ndarray, np.ndarray]:
    """Four noises and estimates of them, (4, channels, samples)."""
    rng = np.random.default_rng(1)
    true = rng.standard_normal((4, channels, round(seconds * RATE)))
    leak = np.eye(4) + 0.1 * rng.standard_normal((4, 4))
    return true, np.einsum("ij,jcn->icn", leak, true) + 0.1 * rng.standard_normal(true.shape)


def mir_eval_sources(true: np.ndarray, guessed: np.ndarray) -> np.ndarray:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from mir_eval.separation import bss_eval_sources as theirs

        return np.stack(theirs(true, guessed, compute_permutation=False)[:3])


def timed(name: str, seconds: float, work: object, *arguments: object) -> list[str]:
    """A row: what, how long a track, seconds it took, times real time."""
    start = time.process_time()
    work(*arguments)  # type: ignore[operator]
    taken = time.process_time() - start
    return [name, f"{seconds:.0f} s", f"{taken:.1f} s", f"{seconds / taken:.1f} x real time"]


def top_costs(seconds: float) -> list[list[str]]:
    """The three functions in which v4 spends most of its time by itself."""
    true, guessed = signals(seconds, 2)
    profile = cProfile.Profile()
    profile.runcall(bss_eval_images, true, guessed, RATE)
    found = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    ranked = sorted(found.items(), key=lambda item: -item[1][2])[:3]
    whole = sum(values[2] for values in found.values())
    return [[name, f"{100 * values[2] / whole:.0f} %"] for (_, _, name), values in ranked]


def main() -> None:
    print(machine() + "\n")
    mono, stereo = signals(240, 1), signals(240, 2)
    short = signals(30, 1)
    rows = [
        timed("v3, mono, here", 240, bss_eval_sources, *(s[:, 0] for s in mono)),
        timed("v4, stereo, here", 240, bss_eval_images, *stereo, RATE),
        timed("v3, mono, here", 30, bss_eval_sources, *(s[:, 0] for s in short)),
        timed("v3, mono, mir_eval", 30, mir_eval_sources, *(s[:, 0] for s in short)),
    ]
    head = ("measure", "track", "core seconds", "speed")
    print(table("Four stems of one track, one process", head, rows))
    print(table("v4 of two minutes: the top costs", ("function", "share"), top_costs(120)))
    print(f"Peak memory of this process: {own_peak() / 1e9:.1f} GB")


if __name__ == "__main__":
    main()
