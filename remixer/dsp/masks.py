"""Time-frequency masks that share a mix among the stems, and their passage between rates."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Masks = NDArray[np.floating]
"""(stems, bins, frames), in [0, 1], summing to 1 over stems."""


def ratio_masks(magnitudes: NDArray[np.floating]) -> Masks:
    """Soft masks that share each bin among the stems in proportion to their magnitudes.

    magnitudes: (stems, bins, frames), linear, >= 0. Returns the same shape, summing to 1 over
    stems. Bins where all are 0 are shared equally.  Source: Roma et al. 2018, eq. 8.
    """
    return normalise_masks(magnitudes)


def loudest_stem(magnitudes: NDArray[np.floating]) -> NDArray[np.intp]:
    """Index of the stem with the largest magnitude, the first one on a tie.

    magnitudes: (stems, bins, frames). Returns (bins, frames).  Source: Roma et al. 2018, eq. 4.
    """
    return np.asarray(np.argmax(magnitudes, axis=0))


def binary_masks(magnitudes: NDArray[np.floating]) -> Masks:
    """Masks that give each bin wholly to its loudest stem.

    magnitudes: (stems, bins, frames). Returns the same shape and dtype.  Source: Roma et al. 2018,
    eqs. 4 and 5.
    """
    stems = np.arange(magnitudes.shape[0]).reshape(-1, *[1] * (magnitudes.ndim - 1))
    return np.asarray(loudest_stem(magnitudes) == stems, magnitudes.dtype)


def normalise_masks(masks: NDArray[np.floating]) -> Masks:
    """Masks divided by their sum over stems; bins where the sum is 0 are shared equally.

    masks: (stems, ...), >= 0. Returns the same shape and dtype.
    """
    # The largest is taken out first: a sum of denormal or huge numbers would lose or overflow its
    # quotient.
    largest = masks.max(axis=0, keepdims=True)
    scaled = np.where(largest > 0, masks / np.where(largest > 0, largest, 1), 1)
    return np.asarray(scaled / scaled.sum(axis=0, keepdims=True))


def apply_masks(spectrum: NDArray[np.complexfloating], masks: Masks) -> NDArray[np.complexfloating]:
    """Stem spectra: the mix's spectrum times each mask.

    spectrum: (channels, bins, frames). masks: (stems, bins, frames). Returns (stems, channels,
    bins, frames). Source: Roma et al. 2018, eq. 2.
    """
    return spectrum[np.newaxis] * masks[:, np.newaxis]


@dataclass(frozen=True)
class Lattice:
    """Where the bins and frames of a spectrogram lie: bin k at k * bin_hz, frame m at first_s + m *
    frame_s.
    """

    bin_hz: float
    frame_s: float
    bins: int
    frames: int
    first_s: float = 0.0

    @property
    def band_hz(self) -> float:
        """Frequency of the highest bin."""
        return (self.bins - 1) * self.bin_hz


def map_masks(masks: Masks, source: Lattice, target: Lattice) -> Masks:
    """Masks of one lattice read at the points of another, linearly in hertz and in seconds.

    masks: (stems, source.bins, source.frames). Returns (stems, target.bins, target.frames). Every
    value is a convex combination of the same four points for all stems, so the sum over stems stays
    1. Outside the source's lattice the nearest edge holds; see `extend_band` for what belongs above
    its band.
    """
    bins = np.arange(target.bins) * target.bin_hz / source.bin_hz
    seconds = target.first_s + np.arange(target.frames) * target.frame_s
    frames = (seconds - source.first_s) / source.frame_s
    return _linear(_linear(masks, bins, axis=1), frames, axis=2)


def _linear(masks: Masks, points: NDArray[np.floating], axis: int) -> Masks:
    """Masks at fractional indices of one axis, clamped to its ends."""
    last = masks.shape[axis] - 1
    clamped = np.clip(points, 0, last)
    low = np.minimum(clamped.astype(np.intp), max(last - 1, 0))
    high = np.minimum(low + 1, last)
    shape = [1] * masks.ndim
    shape[axis] = -1
    weight = (clamped - low).astype(masks.dtype).reshape(shape)
    below = np.take(masks, low, axis=axis)
    return np.asarray(below + weight * (np.take(masks, high, axis=axis) - below))


def extend_band(masks: Masks, magnitudes: NDArray[np.floating], band: int) -> Masks:
    """Masks for the bins above a model's band, which it never saw.

    masks: (stems, bins, frames), valid in bins 0 .. band - 1. magnitudes: (bins, frames) of the
    mix. From `band` on, each frame's mask is the mean of its masks over the band's top octave,
    weighted by the mix's magnitude there (equal weights where it is silent): what owns the frame's
    treble owns its air. Sums stay 1. Returns a new array of the same shape.
    """
    if band >= masks.shape[1]:
        return masks
    octave = slice((band + 1) // 2, band)
    weights = magnitudes[octave] + np.finfo(masks.dtype).tiny
    weights = weights / weights.sum(axis=0, keepdims=True)
    air = np.einsum("sbf,bf->sf", masks[:, octave], weights.astype(masks.dtype))
    extended = masks.copy()
    extended[:, band:] = normalise_masks(air)[:, np.newaxis]
    return extended
