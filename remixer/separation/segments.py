"""Networks that see whole stretches of stereo spectrogram: segments on one lattice for the whole
recording, whichever part of it is asked for.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from remixer.dsp.masks import Masks, extend_band, map_masks
from remixer.dsp.signal import STEMS, SampleReader
from remixer.dsp.stft import Stft
from remixer.errors import ModelError
from remixer.separation.catalogue import Card
from remixer.separation.device import placed
from remixer.separation.features import (
    coincides,
    model_lattice,
    model_magnitudes,
    model_span,
    native_lattice,
)
from remixer.separation.networks.registry import DEFAULTS

Magnitudes = NDArray[np.float32]
KEPT = 6
"""Segments that are remembered: what four workers on neighbouring chunks look at."""


class SegmentModel:
    """A network that sees `segment` frames of stereo magnitudes with `margin` more on both sides,
    and gives the masks of the segment's.
    """

    context = 1
    """Frames that a frame's masks need besides those of its segment: none but its own."""

    def __init__(self, card: Card, network: nn.Module) -> None:
        config = {**DEFAULTS[card.architecture], **card.config}
        self.card = card
        self.network = network.eval()
        self.device = torch.device("cpu")
        self.bins: int = config["bins"]
        self.segment: int = config["segment"]
        self.margin: int = config["margin"]
        stems = sum(config["towers"])
        sizes = (self.segment, self.margin, self.bins)
        if (
            not all(type(size) is int and 0 < size <= 1 << 13 for size in sizes)
            or (self.segment + 2 * self.margin) % (1 << len(config["widths"]))
            or self.bins > card.window // 2 + 1
            or (stems, config["channels"]) != (len(STEMS), 2)
        ):
            raise ModelError(
                f"model {card.id!r} sees {self.segment} frames with {self.margin} on both sides, "
                f"{self.bins} bins of {config['channels']} channels, and gives {stems} masks: "
                f"a window of {card.window} has at most {card.window // 2 + 1} bins, and Remixer "
                f"needs 2 channels, {len(STEMS)} masks and a multiple of "
                f"{1 << len(config['widths'])} frames in all"
            )
        self._least = 1 << len(config["widths"])
        self._order = [card.stems.index(stem) for stem in STEMS]

    def place(self, device: torch.device) -> None:
        """Run on a device from now on, if it gives the processor's masks: see `placed`."""
        generator = torch.Generator().manual_seed(0)
        sample = torch.rand(1, 2, self.bins, self._least, generator=generator) / 32
        there = placed(self.network, sample, device)
        if there is not self.network:
            self.network, self.device = there, device

    def masks(self, magnitudes: Magnitudes) -> Masks:
        """Masks in the order of STEMS, summing to 1.

        magnitudes: (2, bins, segment + 2 * margin), |STFT| over a quarter of the window. Returns
        (stems, 2, bins, segment) float32.
        """
        with torch.inference_mode():
            batch = torch.from_numpy(magnitudes)[None].to(self.device)
            batch = batch.contiguous(memory_format=torch.channels_last)
            masks: Masks = self.network(batch)[0].cpu().numpy()
        kept = slice(self.margin, self.margin + self.segment)
        return np.ascontiguousarray(masks[self._order][..., kept])


class SegmentMasks:
    """Masks of native frames from a SegmentModel.

    Segment n holds the model's frames from n * segment - margin on, counted from the recording's
    start, so that every frame belongs to one segment, wherever the recording is cut. A segment that
    several chunks look at is computed once.
    """

    def __init__(self, model: SegmentModel) -> None:
        self.model = model
        self._segments = Remembered(KEPT)

    def masks(
        self, source: SampleReader, spectrum: NDArray[np.complexfloating], stft: Stft, first: int
    ) -> Masks:
        """Masks of native frames, the first one centred on sample first * hop.

        spectrum: (channels, bins, frames) of those frames. Returns (4, channels, bins, frames)
        float32, summing to 1.
        """
        card, (channels, _, frames) = self.model.card, spectrum.shape
        top = (self.model.bins - 1) * card.rate / card.window
        band = int(top * stft.window / source.rate + 1e-6) + 1
        # Filled stem by stem, channel by channel: all at once would take several times the memory.
        masks = np.zeros((len(STEMS), channels, stft.bins, frames), np.float32)
        if coincides(card, stft, source.rate):
            seen = self._frames(source, first, frames)[:, :, : stft.bins]
            masks[:, :, : seen.shape[2]] = seen
        else:
            low, count = model_span(card, stft, source.rate, first, frames)
            seen = self._frames(source, low, count)
            lattice = model_lattice(card, low, count, self.model.bins)
            target = native_lattice(stft, source.rate, first, frames)
            target = replace(target, bins=min(band, stft.bins))
            for stem, channel in np.ndindex(seen.shape[:2]):
                mapped = map_masks(seen[stem, channel][np.newaxis], lattice, target)
                masks[stem, channel, : target.bins] = mapped[0]
        for channel in range(channels):
            magnitudes = np.abs(spectrum[channel])
            masks[:, channel] = extend_band(masks[:, channel], magnitudes, band)
        return masks

    def _frames(self, source: SampleReader, first: int, count: int) -> Masks:
        """Masks of the model's frames [first, first + count): (4, channels, bins, count)."""
        size, margin = self.model.segment, self.model.margin
        numbers = range((first + margin) // size, (first + count - 1 + margin) // size + 1)
        # What another worker is at comes last: meanwhile this one makes what nobody is at.
        order = sorted(numbers, key=lambda number: self._segments.knows(source, number))
        parts = {number: self._segment(source, number) for number in order}
        skipped = first + margin - numbers[0] * size
        whole = np.concatenate([parts[number] for number in numbers], axis=3)
        return whole[..., skipped : skipped + count]

    def _segment(self, source: SampleReader, number: int) -> Masks:
        def compute() -> Masks:
            model = self.model
            first = number * model.segment - 2 * model.margin
            frames = model.segment + 2 * model.margin
            seen = model_magnitudes(source, model.card, first, frames, mono=False)[:, : model.bins]
            if source.channels == 1:
                # Both channels of the network see the one; neither of its answers is better.
                masks = model.masks(np.repeat(seen, 2, axis=0))
                return np.asarray(masks.mean(axis=1, keepdims=True))
            return model.masks(np.ascontiguousarray(seen))

        return self._segments.get(source, number, compute)


class Remembered:
    """The latest results of one source; one that several threads ask for is computed once."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._lock = threading.Lock()
        self._source: SampleReader | None = None
        self._results: OrderedDict[int, Future[Masks]] = OrderedDict()

    def knows(self, source: SampleReader, number: int) -> bool:
        """Whether a result is there or under way."""
        with self._lock:
            return source is self._source and number in self._results

    def get(self, source: SampleReader, number: int, compute: Callable[[], Masks]) -> Masks:
        """The result of a number, remembered or computed now; another source forgets them all."""
        with self._lock:
            if source is not self._source:
                self._source, self._results = source, OrderedDict()
            results = self._results
            future = results.get(number)
            mine = future is None
            if future is None:
                future = results[number] = Future()
                while len(results) > self.size:
                    results.popitem(last=False)
            else:
                results.move_to_end(number)
        if mine:
            try:
                future.set_result(compute())
            except BaseException as error:
                future.set_exception(error)
                with self._lock:
                    if results.get(number) is future:
                        del results[number]
        return future.result()
