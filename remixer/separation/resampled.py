"""A signal at another rate, read anywhere: the same samples however it is cut."""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from remixer.dsp.signal import Grid, SampleReader, Samples

CROSSINGS = 32
"""Of the sinc on either side: flat within 0.1 dB up to 0.9 of the lower Nyquist frequency."""
CUTOFF = 0.95
BETA = 10.0
"""Of its Kaiser window: what lies above the lower Nyquist frequency comes back below -90 dB."""


@dataclass(frozen=True)
class Resampled:
    """A signal at a rate, by windowed sinc interpolation. Sample m is at m / rate seconds.

    Reads beyond its ends are zeros, and the signal is zero beyond its own.
    """

    signal: SampleReader
    rate: int

    @property
    def channels(self) -> int:
        """The signal's channels."""
        return self.signal.channels

    @property
    def length(self) -> int:
        """Samples per channel: to the signal's end."""
        up, down = self._ratio
        return -(-self.signal.length * up // down)

    @property
    def grid(self) -> Grid | None:
        """None: what is interpolated lies on no grid."""
        return None

    @property
    def _ratio(self) -> tuple[int, int]:
        common = math.gcd(self.rate, self.signal.rate)
        return self.rate // common, self.signal.rate // common

    def read(self, start: int, count: int) -> Samples:
        """Samples [start, start + count), (channels, count) float64."""
        from scipy.signal import upfirdn  # an import of 0.3 s, for back ends with a rate only

        up, down = self._ratio
        taps = _taps(up, down)
        half = len(taps) // 2  # a multiple of `down`
        # y(m) = sum_k taps[m * down - k * up + half] x(k); k from a multiple of `down` on, so that
        # `upfirdn`, which counts from 0, meets the same taps.
        first = (start * down - half) // (up * down) * down
        last = ((start + count) * down + half) // up + 1
        lead = (half - first * up) // down
        known = read_zeros(self.signal, first, last - first)
        found = upfirdn(taps, known, up, down, axis=1)[:, start + lead : start + lead + count]
        return np.asarray(found)


def read_zeros(signal: SampleReader, start: int, count: int) -> Samples:
    """Samples [start, start + count) of a signal, zero outside it."""
    low, high = max(start, 0), min(start + count, signal.length)
    out = np.zeros((signal.channels, count))
    if high > low:
        out[:, low - start : high - start] = signal.read(low, high - low)
    return out


@lru_cache(maxsize=4)
def _taps(up: int, down: int) -> NDArray[np.float64]:
    """The interpolation filter at `up` times the signal's rate."""
    widest = max(up, down)
    half = down * -(-CROSSINGS * widest // down)
    points = np.arange(-half, half + 1) / widest
    window = np.i0(BETA * np.sqrt(1 - (np.arange(-half, half + 1) / half) ** 2)) / np.i0(BETA)
    taps: NDArray[np.float64] = CUTOFF * up / widest * np.sinc(CUTOFF * points) * window
    return taps
