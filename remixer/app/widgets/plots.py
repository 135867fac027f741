"""The plots of a comparison: averaged spectrum, and loudness over time."""

import math

import numpy as np

from remixer.app.widgets.plot import Plot
from remixer.app.widgets.plot_axes import Tick, frequency_ticks, show_hz, show_time, time_ticks
from remixer.session.comparison import FRACTION, Comparison

_TICK_WIDTH = 60


class SpectrumPlot(Plot):
    """Averaged levels in bands of 1/6 octave over log frequency."""

    def __init__(self) -> None:
        super().__init__(f"Averaged spectrum, 1/{FRACTION} octave, dB", "dB")
        self._low, self._high = 20.0, 20_000.0

    def set_comparison(self, comparison: Comparison) -> None:
        """Shows both spectra."""
        hz = comparison.frequencies
        self._low, self._high = float(hz[0]), float(hz[-1])
        self.set_curves(hz, comparison.original.levels, comparison.remix.levels)

    def place(self, value: float) -> float:
        """In octaves."""
        return math.log(value / self._low) / math.log(self._high / self._low)

    def ticks(self, _width: float) -> list[Tick]:
        """At first digits."""
        return frequency_ticks(self._low, self._high)

    def shown(self, value: float) -> str:
        """In Hz or kHz."""
        return show_hz(value)


class LoudnessPlot(Plot):
    """Short-term loudness (3 s) over the song's time."""

    depth_db = 40.0

    def __init__(self) -> None:
        super().__init__("Short-term loudness, LUFS", "LUFS")
        self._start, self._stop = 0.0, 1.0

    def set_comparison(self, comparison: Comparison) -> None:
        """Shows both curves; each point stands at the end of its 3 s, as on a meter."""
        start, stop = (sample / comparison.rate for sample in comparison.region)
        self._start, self._stop = start, stop
        curve = comparison.original.short_term
        step_s = comparison.step / comparison.rate
        x = np.minimum(start + (np.arange(curve.size) + 1) * step_s, stop)
        if np.all(np.isnan(curve)):
            self.clear("Takes 3 s of separated music")
        else:
            self.set_curves(x, curve, comparison.remix.short_term)

    def place(self, value: float) -> float:
        """In seconds."""
        return (value - self._start) / max(self._stop - self._start, 1e-9)

    def ticks(self, width: float) -> list[Tick]:
        """At round times."""
        return time_ticks(self._start, self._stop, int(width // _TICK_WIDTH))

    def shown(self, value: float) -> str:
        """As a time."""
        return show_time(value)
