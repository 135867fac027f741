"""Decibels for people, linear gain inside: the only place where one becomes the other."""

import math

import numpy as np

from remixer.dsp.signal import Samples
from remixer.errors import SettingError


def db_to_gain(db: float) -> float:
    """Linear gain of a level in dB. 0 dB is exactly 1.0, -inf dB exactly 0.0."""
    return float(10.0 ** (db / 20.0))


def gain_to_db(gain: float) -> float:
    """Level in dB of a linear gain; 0 gives -inf, 1.0 exactly 0 dB.

    Raises: SettingError when gain is negative or NaN.
    """
    if not gain >= 0.0:
        raise SettingError(f"gain {gain} has no level in dB: give a linear gain of 0 or more")
    return 20.0 * math.log10(gain) if gain > 0.0 else -math.inf


def peak_dbfs(samples: Samples) -> float:
    """Level of the highest absolute sample, ±1 being 0 dBFS. Any shape; -inf for silence."""
    return gain_to_db(float(np.max(np.abs(samples), initial=0.0)))
