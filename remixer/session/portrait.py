"""What a receipt shows of a signal: levels, its wave at a glance, its averaged spectrum."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remixer.dsp.loudness import Loudness, LoudnessMeter
from remixer.dsp.signal import SampleReader, Samples
from remixer.dsp.spectrum import AverageSpectrum, band_centres, band_levels
from remixer.mixing.render import BLOCK, read_blocks
from remixer.session.export import check_cancelled

COLUMNS = 600
FRACTION = 6
"""Of an octave: the bands of the spectrum."""

Curve = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Portrait:
    """peaks, rms: of all channels, linear, by column (COLUMNS, or as many as there are samples).
    centres: Hz; levels: dB in each band.
    """

    loudness: Loudness
    peaks: Curve
    rms: Curve
    centres: Curve
    levels: Curve


def portray(signal: SampleReader, cancelled: Callable[[], bool] = lambda: False) -> Portrait:
    """A signal's portrait, in one pass. Raises Cancelled, and what reading raises."""
    columns = min(COLUMNS, signal.length)
    meter = LoudnessMeter(signal.rate, signal.channels)
    spectrum = AverageSpectrum(signal.rate, signal.channels)
    peaks, powers = np.zeros(columns), np.zeros(columns)
    for start, block in read_blocks(signal, BLOCK):
        check_cancelled(cancelled)
        meter.add(block)
        spectrum.add(block)
        _add(block, start, signal.length, peaks, powers)
    widths = np.diff(np.arange(columns + 1) * signal.length // columns)
    return Portrait(
        meter.result(),
        peaks,
        np.sqrt(powers / widths),
        band_centres(signal.rate, FRACTION),
        band_levels(spectrum.powers(), signal.rate, FRACTION),
    )


def _add(block: Samples, start: int, length: int, peaks: Curve, powers: Curve) -> None:
    """Add a block to the columns it lies in: column c is samples [c * length // columns, ...)."""
    columns = peaks.size
    borders = np.arange(columns + 1) * length // columns
    first = int(np.searchsorted(borders, start, side="right")) - 1
    last = int(np.searchsorted(borders, start + block.shape[1] - 1, side="right")) - 1
    at = np.maximum(borders[first : last + 1] - start, 0)
    loudest = np.abs(block).max(axis=0)
    power = np.mean(block**2, axis=0)
    here = slice(first, last + 1)
    peaks[here] = np.maximum(peaks[here], np.maximum.reduceat(loudest, at))
    powers[here] += np.add.reduceat(power, at)
