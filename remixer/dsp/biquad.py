"""Equaliser filters of second order and their responses.

Source: R. Bristow-Johnson, "Cookbook formulae for audio EQ biquad filter coefficients" (W3C Audio
Working Group note, 2021).
"""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

LOW_SHELF, PEAK, HIGH_SHELF, LOW_CUT, HIGH_CUT = (
    "low shelf",
    "peak",
    "high shelf",
    "low cut",
    "high cut",
)
KINDS = (LOW_SHELF, PEAK, HIGH_SHELF, LOW_CUT, HIGH_CUT)
CUTS = (LOW_CUT, HIGH_CUT)

Sections = NDArray[np.float64]
"""Second-order sections (n, 6): b0 b1 b2 1 a1 a2 each, as scipy.signal has them."""

_HIGHEST = 0.49
"""Of the rate: filters above it would lie beyond half of it."""
_Formula = Callable[[float, float, float], tuple[list[float], list[float]]]
"""From A, cos(w0) and alpha to b and a."""


def section(kind: str, freq_hz: float, gain_db: float, q: float, rate: int) -> Sections:
    """One filter, (6,). Frequencies beyond 0.49 of the rate are taken as that."""
    w0 = 2.0 * math.pi * min(freq_hz / rate, _HIGHEST)
    alpha = math.sin(w0) / (2.0 * q)
    b, a = _FORMULAE[kind](10.0 ** (gain_db / 40.0), math.cos(w0), alpha)
    return np.array([*b, *a]) / a[0]


def response_db(sections: Sections, freq_hz: NDArray[np.float64], rate: int) -> Sections:
    """Magnitudes in dB at frequencies below half the rate, (frequencies,)."""
    z = np.exp(-2j * np.pi * np.asarray(freq_hz) / rate)
    powers = np.stack((np.ones_like(z), z, z * z))
    magnitude = np.abs(sections[:, :3] @ powers) / np.abs(sections[:, 3:] @ powers)
    decibels: Sections = 20.0 * np.sum(np.log10(np.maximum(magnitude, 1e-15)), axis=0)
    return decibels


def _peak(a: float, cos: float, alpha: float) -> tuple[list[float], list[float]]:
    return [1 + alpha * a, -2 * cos, 1 - alpha * a], [1 + alpha / a, -2 * cos, 1 - alpha / a]


def _low_shelf(a: float, cos: float, alpha: float) -> tuple[list[float], list[float]]:
    slope = 2.0 * math.sqrt(a) * alpha
    up, down = a + 1, a - 1
    return (
        [a * (up - down * cos + slope), 2 * a * (down - up * cos), a * (up - down * cos - slope)],
        [up + down * cos + slope, -2 * (down + up * cos), up + down * cos - slope],
    )


def _high_shelf(a: float, cos: float, alpha: float) -> tuple[list[float], list[float]]:
    slope = 2.0 * math.sqrt(a) * alpha
    up, down = a + 1, a - 1
    return (
        [a * (up + down * cos + slope), -2 * a * (down + up * cos), a * (up + down * cos - slope)],
        [up - down * cos + slope, 2 * (down - up * cos), up - down * cos - slope],
    )


def _low_cut(_a: float, cos: float, alpha: float) -> tuple[list[float], list[float]]:
    half = (1 + cos) / 2
    return [half, -(1 + cos), half], [1 + alpha, -2 * cos, 1 - alpha]


def _high_cut(_a: float, cos: float, alpha: float) -> tuple[list[float], list[float]]:
    half = (1 - cos) / 2
    return [half, 1 - cos, half], [1 + alpha, -2 * cos, 1 - alpha]


_FORMULAE: dict[str, _Formula] = {
    PEAK: _peak,
    LOW_SHELF: _low_shelf,
    HIGH_SHELF: _high_shelf,
    LOW_CUT: _low_cut,
    HIGH_CUT: _high_cut,
}
