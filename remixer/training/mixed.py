"""Training examples as the authors' experiment drew them: frames of the songs as they were mixed,
shuffled over all songs, a fifth of them for validation.

Songs are therefore on both sides; `remix` keeps them apart.
"""

from collections.abc import Callable, Iterable
from functools import partial

import numpy as np
from numpy.random import Generator

from remixer.dsp.stft import Stft
from remixer.errors import InputError
from remixer.training.pack import Clip, Pack
from remixer.training.remix import Batch, as_mixed, by_song, windows_and_masks

VALID = 5
"""One frame in so many validates."""
LIMIT = 4096
"""Validation frames at most, of those set aside."""
HELD = 128
"""Validation examples in a batch."""


class MixedFrames:
    """Draws batches of texture windows and ideal ratio masks of single frames.

    stems: in the order of the network's outputs. context: frames a network sees. batch: examples.
    seed: shuffles. Test songs are left out. Raises InputError when there are too few frames.
    """

    def __init__(
        self,
        pack: Pack,
        stft: Stft,
        stems: tuple[str, ...],
        context: int,
        batch: int,
        seed: int,
    ) -> None:
        self.pack, self.stft, self.stems, self.context = pack, stft, stems, context
        self.frames = batch
        self._songs = by_song([c for c in pack.clips if c.split in ("train", "valid")])
        counts = [self._count(song) for song in self._songs]
        self._ends = np.cumsum(counts)
        total = sum(counts)
        if total < VALID:
            raise InputError(
                f"the songs have {total} frames, {VALID} are needed: put longer ones there"
            )
        shuffled = np.random.default_rng(seed).permutation(total)
        self._held, self._drawn = np.split(shuffled, [total // VALID])

    def draw(self, rng: Generator) -> Batch:
        """One batch; the same generator state gives the same batch."""
        windows, masks = zip(*(make() for make in self.portions(rng)), strict=True)
        return np.concatenate(windows), np.concatenate(masks)

    def portions(self, rng: Generator) -> list[Callable[[], Batch]]:
        """What a batch is put together from, a frame each: decided now, made when called."""
        places = self._drawn[rng.integers(len(self._drawn), size=self.frames)]
        return [partial(self._example, place) for place in places]

    def valid(self) -> list[Batch]:
        """Batches of the frames that are never drawn, the same at every pass."""
        held = self._held[:LIMIT]
        return [self._batch(part) for part in np.split(held, range(HELD, len(held), HELD))]

    def _count(self, song: dict[str, Clip]) -> int:
        longest = max(c.length for c in song.values())
        return max(0, (longest - self._length) // self.stft.hop + 1)

    @property
    def _length(self) -> int:
        return (self.context - 1) * self.stft.hop + self.stft.window

    def _batch(self, places: Iterable[int]) -> Batch:
        windows, masks = zip(*(self._example(place) for place in places), strict=True)
        return np.concatenate(windows), np.concatenate(masks)

    def _example(self, place: int) -> Batch:
        number = int(np.searchsorted(self._ends, place, side="right"))
        frame = place - (self._ends[number - 1] if number else 0)
        start = int(frame) * self.stft.hop
        audio = as_mixed(self.pack, self._songs[number], self.stems, start, self._length)
        return windows_and_masks(audio, self.stft, self.context, 1, 1)


def in_batches(examples: Batch) -> list[Batch]:
    """Examples in batches for validation."""
    windows, masks = examples
    cuts = range(HELD, len(windows), HELD)
    return list(zip(np.split(windows, cuts), np.split(masks, cuts), strict=True))
