"""Stem estimates of any stretch of a recording, in any order."""

import math
from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from remixer.dsp.masks import Masks, extend_band, map_masks
from remixer.dsp.signal import STEMS, STORED, SampleReader, Samples
from remixer.dsp.stft import Stft
from remixer.separation.features import (
    coincides,
    model_lattice,
    model_magnitudes,
    model_span,
    native_lattice,
    native_stft,
    quarter_window,
    read_padded,
)
from remixer.separation.model import MaskModel
from remixer.separation.segments import SegmentMasks, SegmentModel


class Separator(Protocol):
    """What the chunk runner asks of a back end."""

    @property
    def fingerprint(self) -> str:
        """Changes whenever the estimates would: part of the cache's key."""
        ...

    def estimate(self, source: SampleReader, start: int, count: int) -> NDArray[np.float32]:
        """Estimates of vocals, bass and drums in samples [start, start + count) of the source, at
        its own rate.

        The separator reads what context it needs around them. Returns (3, channels, count) float32.
        Called from several threads.
        """
        ...


class MaskSeparator:
    """Masks of a model, applied to the native-rate signal.

    Frames lie on one lattice for the whole recording, and each depends on its own context only (or
    on its segment of that lattice, see `SegmentMasks`), so the estimates do not depend on how the
    recording is cut into chunks (up to float32 rounding).
    """

    def __init__(self, model: MaskModel | SegmentModel) -> None:
        self.model = model
        self._source = WindowMasks(model) if isinstance(model, MaskModel) else SegmentMasks(model)

    @property
    def fingerprint(self) -> str:
        """See `Card.fingerprint`."""
        return self.model.card.fingerprint

    def estimate(self, source: SampleReader, start: int, count: int) -> NDArray[np.float32]:
        """See `Separator.estimate`."""
        return self.share(source, start, count, STORED)

    def share(
        self,
        source: SampleReader,
        start: int,
        count: int,
        stems: Sequence[str],
        taken: Callable[[int, int], Samples] | None = None,
    ) -> NDArray[np.float32]:
        """Shares of some stems in samples [start, start + count): (stems, channels, count) float32.

        taken: gives what others have taken of samples [begin, begin + length), which may lie beyond
        the source's ends; the stems then share all that is left, in proportion to their masks.
        """
        stft = native_stft(self.model.card, source.rate)
        margin = (
            stft.window + self.model.context // 2 * stft.hop
        )  # frames cut by the edge stay out of sight
        first = (start - margin) // stft.hop
        begin = first * stft.hop
        length = start + count + margin - begin
        audio = read_padded(source, begin, length).astype(np.float32)
        spectrum = stft.forward(audio)
        masks = self.masks(source, spectrum, stft, first - stft.lead)
        chosen = [STEMS.index(stem) for stem in stems]
        if taken is not None:
            total = masks[chosen].sum(axis=0)
            masks = masks / np.maximum(total, np.finfo(masks.dtype).tiny)
            spectrum = stft.forward(audio - taken(begin, length).astype(np.float32))
        out = np.empty((len(chosen), source.channels, count), np.float32)
        for i, stem in enumerate(chosen):
            share = stft.inverse(spectrum * masks[stem], length)
            out[i] = share[:, start - begin : start - begin + count]
        return out

    def masks(
        self, source: SampleReader, spectrum: NDArray[np.complexfloating], stft: Stft, first: int
    ) -> Masks:
        """Masks of native frames, the first one centred on sample first * hop.

        spectrum: (channels, bins, frames) of those frames. Returns (4, bins, frames) float32, or
        (4, channels, bins, frames) where channels have masks of their own; summing to 1.
        """
        return self._source.masks(source, spectrum, stft, first)


class WindowMasks:
    """Masks of native frames from a MaskModel: from the channel mean, for every channel."""

    def __init__(self, model: MaskModel) -> None:
        self.model = model

    def masks(
        self, source: SampleReader, spectrum: NDArray[np.complexfloating], stft: Stft, first: int
    ) -> Masks:
        """See `MaskSeparator.masks`. Returns (4, bins, frames)."""
        mono = np.abs(spectrum.mean(axis=0))
        if coincides(self.model.card, stft, source.rate):
            masks = self._aligned(source, mono, stft, first)
        else:
            masks = self._interpolated(source, stft, first, mono.shape[1])
        band = math.floor(self.model.card.rate / 2 * stft.window / source.rate) + 1
        return extend_band(masks, mono, band)

    def _aligned(
        self, source: SampleReader, mono: NDArray[np.float32], stft: Stft, first: int
    ) -> Masks:
        """Masks where native frames are the model's; bins above the model's band are left at 0."""
        half = self.model.context // 2
        frames = mono.shape[1]
        before = model_magnitudes(source, self.model.card, first - half, half)
        after = model_magnitudes(source, self.model.card, first + frames, half)
        middle = quarter_window(mono, stft.window, self.model.bins)
        masks = self.model.masks(np.concatenate([before, middle, after], axis=1))[:, : stft.bins]
        return np.pad(masks, ((0, 0), (0, stft.bins - masks.shape[1]), (0, 0)))

    def _interpolated(self, source: SampleReader, stft: Stft, first: int, frames: int) -> Masks:
        """Masks computed on the model's lattice and read at the native one."""
        card, half = self.model.card, self.model.context // 2
        low, count = model_span(card, stft, source.rate, first, frames)
        magnitudes = model_magnitudes(source, card, low - half, count + 2 * half)
        masks = self.model.masks(magnitudes)
        target = native_lattice(stft, source.rate, first, frames)
        return map_masks(masks, model_lattice(card, low, count), target)
