"""The spectrum of a stem about the playhead, computed beside the window's thread."""

import threading
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from remixer.dsp.signal import Samples

Values = NDArray[np.float64]
Spectrum = tuple[Values, Values]
"""Frequencies in Hz, and levels in dB."""

WINDOW = 8192
POINTS = 180
LOWEST_HZ, HIGHEST_HZ = 25.0, 20_000.0
_HALF_BAND = 2.0 ** (1.0 / 12.0)
FLOOR_DB = -140.0
FALL_DB = 2.5
"""From spectrum to spectrum, at most: peaks can be seen."""


def spectrum(samples: Samples, rate: int) -> Spectrum:
    """Powers in sixths of an octave, of (channels, n), summed over channels; a full-scale sine in
    one channel is 0 dB.
    """
    count = samples.shape[1]
    window = np.hanning(count)
    power = np.sum(np.abs(np.fft.rfft(samples * window, axis=1)) ** 2, axis=0)
    power *= 4.0 / float(np.sum(window**2)) / count
    below = np.concatenate(([0.0], np.cumsum(power)))
    edges = (np.arange(below.size) - 0.5) * rate / count
    centres = np.geomspace(LOWEST_HZ, min(HIGHEST_HZ, 0.49 * rate), POINTS)
    high = np.interp(centres * _HALF_BAND, edges, below)
    low = np.interp(centres / _HALF_BAND, edges, below)
    return centres, 10.0 * np.log10(np.maximum(high - low, 10.0 ** (FLOOR_DB / 10.0)))


class LiveSpectrum:
    """Computes the latest place that was asked for, and no other."""

    def __init__(self, read: Callable[[int, int], Samples], rate: int, length: int) -> None:
        """read(start, count): (channels, count) of the signal; called in a thread of its own."""
        self._read, self._rate, self._length = read, rate, length
        self._place: int | None = None
        self._latest: Spectrum | None = None
        self._closing = False
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._work, name="live spectrum", daemon=True)
        self._thread.start()

    def look_at(self, position: int) -> None:
        """Where the playhead is; returns at once."""
        self._place = position
        self._wake.set()

    @property
    def latest(self) -> Spectrum | None:
        """The last one that is done."""
        return self._latest

    def close(self) -> None:
        """End the thread: nothing is read any more."""
        self._closing = True
        self._wake.set()
        self._thread.join()

    def _work(self) -> None:
        while not self._closing:
            self._wake.wait()
            self._wake.clear()
            place, self._place = self._place, None
            if place is not None and not self._closing:
                self._latest = self._computed(place)

    def _computed(self, place: int) -> Spectrum | None:
        start = min(max(place - WINDOW // 2, 0), max(self._length - WINDOW, 0))
        count = min(WINDOW, self._length - start)
        try:
            frequencies, levels = spectrum(self._read(start, count), self._rate)
        except Exception:  # whatever cannot be read now is not shown; the song's reader tells why
            return None
        if self._latest is not None:
            levels = np.maximum(levels, self._latest[1] - FALL_DB)
        return frequencies, levels
