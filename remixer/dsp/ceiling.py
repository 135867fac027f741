"""A look-ahead limiter for true peaks: where nothing passes the ceiling, nothing is touched.

The attenuation that each sample needs is held, falls back by so many dB a second, and is smoothed
over the look-ahead so that it has arrived when the peak comes. All channels are turned down alike.
Blocks of a fixed size are worked on whatever the caller reads, so results do not depend, to the
last bit, on how a signal is cut.
"""

from collections.abc import Iterable, Iterator
from itertools import chain

import numpy as np
import scipy  # its parts are imported when they are used: they take half a second
from numpy.typing import NDArray

from remixer.dsp.loudness import interpolator, oversampling
from remixer.dsp.signal import Samples

BLOCK = 1 << 14
AHEAD_S = 0.005
"""Look-ahead; the attenuation's rise and the end of its fall are smoothed over it."""
FALL_DB = 40.0
"""A second: slow enough to leave a bass's wave alone, fast enough not to be heard as pumping."""
SIDE = 24
"""Samples beside a block that its peaks between samples depend on."""

Curve = NDArray[np.float64]
"""Attenuation in dB by sample, 0 where nothing is to be done."""
Steps = Iterator[tuple[Samples, Curve]]


def attenuated(blocks: Iterable[Samples], rate: int, ceiling: float) -> Steps:
    """(block as it was, attenuation in dB) for a whole signal, given in blocks of BLOCK samples.

    blocks: (channels, BLOCK), the last one shorter. ceiling: linear. With the attenuation taken
    off, the true peak (ITU-R BS.1770-5, annex 2) is at the ceiling within 0.01 dB: it may pass it
    by less where the attenuation moves between the samples that make a peak.
    """
    ahead = max(2, round(AHEAD_S * rate))
    held = _held(_needed(iter(blocks), rate, ceiling), FALL_DB / rate)
    return _smoothed(held, scipy.signal.windows.hann(ahead + 2)[1:-1])


def apply(block: Samples, attenuation: Curve) -> Samples:
    """A block (channels, n) turned down; untouched where the attenuation is 0."""
    if not attenuation.any():
        return block
    return np.asarray(block * 10.0 ** (-attenuation / 20.0))


def _needed(blocks: Iterator[Samples], rate: int, ceiling: float) -> Steps:
    """What each sample needs for the peaks within one sample of it."""
    here = next(blocks, None)
    if here is None:
        return
    before = np.zeros((len(here), SIDE))
    for after in chain(blocks, [before[:, :0]]):
        side = np.zeros_like(before)
        side[:, : min(SIDE, after.shape[1])] = after[:, :SIDE]
        joined = np.concatenate((before, here, side), axis=1)
        yield here, _excess(joined, rate, ceiling)
        before, here = joined[:, -2 * SIDE : -SIDE], after


def _excess(joined: Samples, rate: int, ceiling: float) -> Curve:
    """dB above the ceiling (channels, SIDE + n + SIDE) -> (n,), the highest of all channels."""
    factor = oversampling(rate)
    taps = interpolator(factor)
    dense = np.abs(scipy.signal.upfirdn(taps, joined, up=factor, axis=1)).max(axis=0)
    peaks = scipy.ndimage.maximum_filter1d(dense, 2 * factor - 1, mode="constant")
    centre = (taps.size - 1) // 2
    at = centre + factor * np.arange(SIDE, joined.shape[1] - SIDE)
    peak = np.maximum(peaks[at], np.abs(joined[:, SIDE:-SIDE]).max(axis=0))
    return np.asarray(20.0 * np.log10(np.maximum(peak / ceiling, 1.0)))


def _held(steps: Steps, fall: float) -> Steps:
    """The attenuation that is needed, or what is left of an earlier one. fall: dB a sample."""
    left = 0.0
    for block, needed in steps:
        fallen = fall * np.arange(1, needed.size + 1)
        raised = needed + fallen
        raised[0] = max(raised[0], left)
        held = np.maximum(np.maximum.accumulate(raised) - fallen, needed)
        left = float(held[-1])
        yield block, held


def _smoothed(steps: Steps, taps: Curve) -> Steps:
    """Curves smoothed by taps, none below what they were: each value is a mean of maxima that all
    reach over it.
    """
    taps = taps / taps.sum()
    reach = taps.size - 1
    past = np.zeros(reach)
    empty: tuple[Samples, Curve] = (np.empty((1, 0)), np.empty(0))
    here = next(steps, None)
    if here is None:
        return
    for after in chain(steps, [empty]):
        block, held = here
        following = np.zeros(reach)
        following[: min(reach, after[1].size)] = after[1][:reach]
        joined = np.concatenate((past, held, following))
        yield block, _mean_of_maxima(joined, taps) if joined.any() else np.zeros(held.size)
        past, here = np.concatenate((past, held))[-reach:], after


def _mean_of_maxima(joined: Curve, taps: Curve) -> Curve:
    size = taps.size
    highest = scipy.ndimage.maximum_filter1d(joined, size, mode="constant", origin=-(size // 2))
    return np.convolve(highest[: joined.size - size + 1], taps, mode="valid")
