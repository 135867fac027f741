"""What a compressor does to a level: its static curve, and how its gain follows.

Source: D. Giannoulis, M. Massberg, J. D. Reiss, "Digital Dynamic Range Compressor Design - A
Tutorial and Analysis", J. Audio Eng. Soc. 60(6), 2012: gain computer eq. 4, decoupled peak detector
eq. 17, in the log domain, behind the gain computer.
"""

import math

import numpy as np
from numpy.typing import NDArray

Levels = NDArray[np.float64]
FLOOR_DB = -200.0
"""Where silence lies."""
_STRETCH = 1024
"""Samples in which a release of 5 ms at any rate stays within float64."""


def level_db(peaks: Levels) -> Levels:
    """Linear peaks, >= 0, in dB; at least FLOOR_DB. Any shape."""
    levels: Levels = 20.0 * np.log10(np.maximum(peaks, 10.0 ** (FLOOR_DB / 20.0)))
    return levels


def reduction_db(level: Levels, threshold_db: float, ratio: float, knee_db: float) -> Levels:
    """By how many dB, >= 0, a steady level in dB is taken down. Any shape."""
    over = level - threshold_db
    slope = 1.0 - 1.0 / ratio
    hard = np.maximum(over, 0.0)
    if knee_db > 0.0:
        bent = (over + knee_db / 2.0) ** 2 / (2.0 * knee_db)
        hard = np.where(np.abs(over) <= knee_db / 2.0, bent, hard)
    return slope * hard


def one_pole(seconds: float, rate: int) -> float:
    """The factor by which a one-pole filter with that time constant falls from sample to sample."""
    return math.exp(-1.0 / (seconds * rate))


def hold_peaks(wanted: Levels, before: float, factor: float) -> Levels:
    """Values that jump up to `wanted`, (n,), and fall by `factor` a sample: y[n] = max(wanted[n],
    factor * y[n - 1]), where y[-1] is `before`.

    Computed as a running maximum of wanted[n] / factor^n, stretch by stretch.
    """
    held = np.empty_like(wanted)
    for start in range(0, wanted.size, _STRETCH):
        part = wanted[start : start + _STRETCH]
        fall = factor ** np.arange(1, part.size + 1)
        raised = part / fall
        raised[0] = max(raised[0], before)
        held[start : start + _STRETCH] = np.maximum.accumulate(raised) * fall
        before = float(held[start + part.size - 1])
    return held
