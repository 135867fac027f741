"""Where ticks of a plot stand and what they say."""

import math

import numpy as np
from numpy.typing import NDArray

from remixer.app.widgets.decibels import MINUS

Values = NDArray[np.float64]
Tick = tuple[float, str]
_STEPS = (1.0, 2.0, 5.0, 10.0)
_SECONDS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600)
_LABELLED = (20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000)


def frequency_ticks(low_hz: float, high_hz: float) -> list[Tick]:
    """Every first digit of a frequency, some of them with a label."""
    ticks = [digit * 10**power for power in range(1, 5) for digit in range(1, 10)]
    within = [hz for hz in ticks if low_hz * 0.999 <= hz <= high_hz * 1.001]
    return [(float(hz), short_hz(hz) if hz in _LABELLED else "") for hz in within]


def short_hz(hz: float) -> str:
    """ "500", "2k"."""
    return f"{hz / 1000:g}k" if hz >= 1000 else f"{hz:g}"


def show_hz(hz: float) -> str:
    """ "440 Hz", "12.3 kHz"."""
    return f"{hz / 1000:.1f} kHz" if hz >= 1000 else f"{hz:.0f} Hz"


def time_ticks(start_s: float, stop_s: float, most: int) -> list[Tick]:
    """At most `most` round times."""
    span = stop_s - start_s
    step = next((s for s in _SECONDS if span / s <= max(most, 1)), _SECONDS[-1])
    first = math.ceil(start_s / step)
    return [(float(n * step), show_time(n * step)) for n in range(first, int(stop_s / step) + 1)]


def show_time(seconds: float) -> str:
    """ "1:05"."""
    whole = int(seconds)
    return f"{whole // 60}:{whole % 60:02d}"


def decibel_ticks(low: float, high: float, most: int) -> list[Tick]:
    """At most `most` round levels."""
    span, scale = high - low, 10.0 ** math.floor(math.log10(max((high - low) / most, 1e-3)))
    step = next(s * scale for s in (*_STEPS, 20.0) if span / (s * scale) <= most)
    values = [round(n * step, 6) for n in range(math.ceil(low / step), int(high // step) + 1)]
    return [(value, f"{value:g}".replace("-", MINUS)) for value in values]


def change_ticks(limit: float, *, few: bool) -> list[Tick]:
    """At 0 and at the limits of a difference; half way, too, unless few are wanted."""
    shares = (-1.0, 0.0, 1.0) if few else (-1.0, -0.5, 0.0, 0.5, 1.0)
    return [(limit * share, _signed(limit * share)) for share in shares]


def _signed(value: float) -> str:
    return f"{value:+g}".replace("-", MINUS) if value else "0"


def level_range(curves: list[Values], depth_db: float, least_db: float) -> tuple[float, float]:
    """Round limits for curves in dB: from the highest down to the lowest, at most `depth_db`, at
    least `least_db` apart.
    """
    finite = np.concatenate([curve[np.isfinite(curve)] for curve in curves] or [np.zeros(0)])
    if not finite.size:
        return -least_db, 0.0
    high = float(finite.max())
    low = max(float(finite.min()), high - depth_db)
    grid = 5.0 if high - low > 10.0 else 1.0
    high = math.ceil(high / grid) * grid
    return min(math.floor(low / grid) * grid, high - least_db), high


def change_range(change: Values, least_db: float = 1.0, most_db: float = 24.0) -> float:
    """The limit on both sides of 0 that a difference in dB fits into."""
    finite = np.abs(change[np.isfinite(change)])
    highest = float(finite.max()) if finite.size else 0.0
    steps = (1.0, 2.0, 3.0, 6.0, 12.0, 24.0)
    return next((s for s in steps if least_db <= s and highest <= s * 0.98), most_db)
