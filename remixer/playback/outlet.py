"""The song's samples as the device takes them: its rate, its channels, float32."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from remixer.audio.resample import Resampler
from remixer.dsp.signal import Samples

Source = Callable[[int], Samples]
"""Gives the next n samples, (channels, n)."""


class Outlet:
    """Fills the device's blocks. Where the rates are equal samples pass as they are; at float32,
    which holds 24 bits, that is exact for 16- and 24-bit sources.
    """

    def __init__(self, source: Source, rate: int, channels: int, device_rate: int) -> None:
        self._source = source
        self._rate, self._device_rate = rate, device_rate
        self._resampler = None if rate == device_rate else Resampler(rate, device_rate, channels)
        self._ready = np.zeros((channels, 0))

    def fill(self, out: NDArray[np.float32]) -> None:
        """Fill (n, device channels): mono goes to all of them, stereo to one as its mean."""
        samples = self._converted(len(out)) if self._resampler else self._source(len(out))
        if out.shape[1] < samples.shape[0]:
            samples = samples.mean(axis=0, keepdims=True)
        out[:] = samples.T

    def _converted(self, count: int) -> Samples:
        assert self._resampler
        while (missing := count - self._ready.shape[1]) > 0:
            wanted = -(-missing * self._rate // self._device_rate)
            more = self._resampler.process(self._source(wanted))
            self._ready = np.concatenate((self._ready, more), axis=1)
        samples, self._ready = self._ready[:, :count], self._ready[:, count:]
        return samples
