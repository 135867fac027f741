"""Filters with memory: the equaliser, and the lowpass of echoes."""

import numpy as np
from scipy.signal import lfilter, sosfilt

from remixer.dsp.biquad import Sections, section
from remixer.dsp.signal import Samples
from remixer.mixing.effects.switch import Span, Switch
from remixer.mixing.treatments import Equaliser

_QUIET = 1e-30
"""Memory below this (-600 dBFS) is silence: numbers near the smallest are slow to compute with."""


def sections(equaliser: Equaliser, rate: int) -> Sections:
    """The equaliser's filters, (4, 6); those of neutral bands let everything through."""
    rows = [
        np.array([1.0, 0.0, 0.0, 1.0, 0.0, 0.0])
        if band.is_neutral or not equaliser.on
        else section(band.kind, band.freq_hz, band.gain_db, band.q, rate)
        for band in equaliser.bands
    ]
    return np.stack(rows)


def still(memory: Samples) -> Samples:
    """A filter's memory without what is too small to matter."""
    return np.where(np.abs(memory) < _QUIET, 0.0, memory)


class LowPass:
    """A one-pole lowpass over rows: y[n] = (1 - factor) x[n] + factor y[n - 1]; DC passes."""

    def __init__(self, factor: float, rows: int, before: "LowPass | None" = None) -> None:
        self._factor = factor
        self._last: Samples = before._last if before else np.zeros(rows)

    def process(self, samples: Samples) -> Samples:
        """The next block, (rows, n)."""
        if self._factor == 0.0:
            self._last = samples[:, -1].copy()
            return samples
        b, a = [1.0 - self._factor], [1.0, -self._factor]
        out: Samples = lfilter(b, a, samples, zi=self._factor * self._last[:, None])[0]
        self._last = still(out[:, -1])
        return out


class _Filter:
    """Second-order sections with their memory; without any, a wire."""

    def __init__(self, rows: Sections | None, channels: int, before: "_Filter | None") -> None:
        self._rows = rows
        self._memory: Samples = before._memory.copy() if before else np.zeros((4, channels, 2))

    def process(self, samples: Samples) -> Samples:
        if self._rows is None:
            self._memory[:] = 0.0
            return samples
        out, memory = sosfilt(self._rows, samples, zi=self._memory)
        self._memory = still(memory)
        return np.asarray(out)


class EqualiserStage:
    """The equaliser at work. A new setting takes the old one's memory over."""

    def __init__(self, settings: Equaliser, rate: int, channels: int) -> None:
        self._rate, self._channels = rate, channels
        self._switch = Switch(_heard(settings), self._filter)

    def aim(self, settings: Equaliser, at: int) -> None:
        """Want other settings from now on."""
        self._switch.aim(_heard(settings), at)

    def idle(self, at: int) -> bool:
        """Whether it lets everything through."""
        return self._switch.settled(at) and self._switch.worker._rows is None

    def process(self, samples: Samples, at: int) -> Samples:
        """The next block, (channels, n); itself while idle."""
        if self.idle(at):
            return samples
        parts = [
            _blended(span, samples[:, span.first : span.last])
            for span in self._switch.spans(at, samples.shape[1])
        ]
        return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)

    def _filter(self, settings: Equaliser | None, before: _Filter | None) -> _Filter:
        rows = sections(settings, self._rate) if settings else None
        return _Filter(rows, self._channels, before)


def _blended(span: Span[_Filter], samples: Samples) -> Samples:
    return span.blend(lambda worker: worker.process(samples))


def _heard(settings: Equaliser) -> Equaliser | None:
    """None for all that changes nothing."""
    return None if settings.is_neutral else settings
