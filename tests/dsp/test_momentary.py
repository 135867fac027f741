"""The live readings of the loudness meter."""

import math

import numpy as np
import pytest

from remixer.dsp.loudness import LoudnessMeter

RATE = 48000


def tone(seconds: float, level: float) -> np.ndarray:
    time = np.arange(int(seconds * RATE)) / RATE
    return level * np.sin(2 * np.pi * 997 * time)[None].repeat(2, axis=0)


def test_momentary_is_the_last_400_ms() -> None:
    meter = LoudnessMeter(RATE, 2)
    assert meter.momentary_lufs == -math.inf
    meter.add(tone(2.0, 0.1))
    assert meter.momentary_lufs == pytest.approx(-20.0, abs=0.05)
    meter.add(tone(0.2, 1.0))
    assert meter.momentary_lufs == pytest.approx(-3.0, abs=0.2)
    meter.add(tone(1.0, 0.01))
    assert meter.momentary_lufs == pytest.approx(-40.0, abs=0.1)
    meter.add(np.zeros((2, RATE)))
    assert meter.momentary_lufs < -70


def test_the_highest_true_peak_stays() -> None:
    meter = LoudnessMeter(RATE, 2)
    assert meter.highest_dbtp == -math.inf
    meter.add(tone(0.5, 0.5))
    meter.add(tone(0.5, 0.1))
    assert meter.highest_dbtp == pytest.approx(-6.02, abs=0.05)
    assert meter.highest_dbtp <= meter.result().true_peak_dbtp
