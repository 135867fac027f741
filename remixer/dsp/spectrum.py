"""The averaged spectrum of a signal in bands of a fraction of an octave, in bounded memory."""

import math

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from remixer.dsp.signal import Samples
from remixer.dsp.stft import hann

WINDOW_S = 0.37
"""About; a power of two in samples: 16 384 at 44.1 and 48 kHz, bins of 2.7 Hz."""
LOWEST_HZ = 20.0
HIGHEST_HZ = 20_000.0
PER_BAND = 2
"""Points on the curve for each band that is averaged over."""

Spectrum = NDArray[np.float64]


def window_size(rate: int) -> int:
    """Samples of a frame at `rate` Hz."""
    return int(2 ** round(math.log2(WINDOW_S * rate)))


def band_centres(rate: int, fraction: int) -> Spectrum:
    """Frequencies in Hz from 20 Hz to 20 kHz or to where the highest band ends at half the rate;
    1 / (2 * fraction) octave apart.
    """
    highest = min(HIGHEST_HZ, rate / 2.0 * 2.0 ** (-0.5 / fraction))
    count = math.floor(math.log2(highest / LOWEST_HZ) * fraction * PER_BAND) + 1
    return np.asarray(LOWEST_HZ * 2.0 ** (np.arange(count) / (fraction * PER_BAND)))


def band_levels(powers: Spectrum, rate: int, fraction: int) -> Spectrum:
    """Levels in dB of 1 / fraction octave about each of `band_centres`; -inf for silence.

    powers: (bins,) of `AverageSpectrum`. Within the bands power is summed, so pink noise is level;
    a band narrower than a bin has its share of it. A sine of full scale on all channels is 0 dB,
    up to 1 dB less below 200 Hz, where the window spreads it over several bands.
    """
    centres = band_centres(rate, fraction)
    step = rate / 2.0 / (powers.size - 1)
    edges = (np.arange(powers.size + 1) - 0.5) * step
    total = np.concatenate(([0.0], np.cumsum(powers)))
    half = 2.0 ** (0.5 / fraction)
    upper, lower = np.interp(centres * half, edges, total), np.interp(centres / half, edges, total)
    with np.errstate(divide="ignore"):
        return np.asarray(10.0 * np.log10(np.maximum(upper - lower, 0.0)))


class AverageSpectrum:
    """Mean power spectrum of all that was added: frames of `window_size` under a Hann window, half
    overlapped, averaged over channels.
    """

    def __init__(self, rate: int, channels: int) -> None:
        self._size = window_size(rate)
        window = hann(self._size)
        self._window = window / math.sqrt(self._size * float(np.sum(window**2))) * 2.0
        self._pending = np.zeros((channels, 0))
        self._sum = np.zeros(self._size // 2 + 1)
        self.frames = 0

    def add(self, block: Samples) -> None:
        """Hear the next samples, (channels, n). What is not finite is silence."""
        block = np.nan_to_num(block, nan=0.0, posinf=0.0, neginf=0.0)
        joined = np.concatenate((self._pending, block), axis=1)
        hop = self._size // 2
        start = 0
        while start + self._size <= joined.shape[1]:
            self._take(joined[:, start : start + self._size])
            start += hop
        self._pending = joined[:, start:]

    def cut(self) -> None:
        """What comes next does not follow what came last: no frame reaches across."""
        self._pending = self._pending[:, :0]

    def powers(self) -> Spectrum:
        """(bins,) from 0 to half the rate: they sum to twice the signal's mean square, so a sine of
        full scale has 1. Of a signal shorter than a frame, that frame filled with silence.
        """
        if self.frames:
            return self._sum / self.frames
        missing = self._size - self._pending.shape[1]
        return self._power(np.pad(self._pending, ((0, 0), (0, missing))))

    def _take(self, frame: Samples) -> None:
        self._sum += self._power(frame)
        self.frames += 1

    def _power(self, frame: Samples) -> Spectrum:
        spectrum = scipy.fft.rfft(frame * self._window, axis=1)
        power = np.mean(spectrum.real**2 + spectrum.imag**2, axis=0)
        power[[0, -1]] /= 2.0
        return np.asarray(power)
