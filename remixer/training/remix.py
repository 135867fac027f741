"""Training examples made by remixing: stems of one song, or of songs that never met, at random
gains.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import scipy.fft
from numpy.random import Generator
from numpy.typing import NDArray

from remixer.dsp.gain import db_to_gain
from remixer.dsp.masks import ratio_masks
from remixer.dsp.stft import Stft
from remixer.errors import InputError
from remixer.training.pack import Clip, Pack

Batch = tuple[NDArray[np.float32], NDArray[np.float32]]
"""Magnitudes (batch, context, bins) and the target masks (batch, stems, bins)."""


@dataclass(frozen=True)
class Recipe:
    """How examples are drawn. An excerpt is coherent (the stems of one song at one moment) or
    random (clips that never met).

    excerpts: per batch, each of `frames` examples, `stride` STFT frames apart. coherent: share of
    coherent excerpts; song_gain_db: of each of their stems. presence: how often each of the
    network's stems is in a random excerpt; gain_db: about `level`, the RMS that clips are brought
    to; alone: share of clips that belong to no song. mix_gain_db: of the whole. speed: pitch and
    tempo. Pairs are ranges, drawn evenly.
    """

    excerpts: int = 16
    frames: int = 20
    stride: int = 4
    coherent: float = 0.4
    song_gain_db: tuple[float, float] = (-6.0, 6.0)
    presence: tuple[float, ...] = (0.85, 0.9, 0.9, 0.95)
    gain_db: tuple[float, float] = (-9.0, 5.0)
    alone: float = 0.3
    level: float = 0.1
    mix_gain_db: tuple[float, float] = (-6.0, 3.0)
    speed: tuple[float, float] = (0.92, 1.09)

    @property
    def batch(self) -> int:
        """Examples in a batch."""
        return self.excerpts * self.frames


@dataclass(frozen=True)
class Take:
    """What is heard of a clip in a row of an example: from where on, how loud, how fast."""

    row: int
    clip: Clip
    start: int
    gain: float
    speed: float


class Remixer:
    """Draws batches of texture windows and ideal ratio masks from a pack.

    stems: in the order of the network's outputs. context: frames a network sees. Raises InputError
    when a stem has no audio.
    """

    def __init__(
        self,
        pack: Pack,
        split: str,
        stft: Stft,
        stems: tuple[str, ...],
        context: int,
        recipe: Recipe,
    ) -> None:
        self.pack, self.stft, self.context, self.recipe = pack, stft, context, recipe
        clips = [c for c in pack.clips if c.split == split and c.level > 0]
        self.stems = stems
        self._songs = by_song(clips)
        self._pools = [Pool([c for c in clips if c.stem == s]) for s in stems]
        for stem, pool in zip(stems, self._pools, strict=True):
            if not pool.songs and not pool.alone:
                raise InputError(f"the {split} split holds no {stem}: add songs that have it")

    @property
    def frames(self) -> int:
        """Frames in a batch."""
        return self.recipe.batch

    def draw(self, rng: Generator) -> Batch:
        """One batch; the same generator state gives the same batch."""
        parts = [make() for make in self.portions(rng)]
        return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])

    def portions(self, rng: Generator) -> list[Callable[[], Batch]]:
        """What a batch is put together from, an excerpt each: decided now, made when called."""
        return [self._excerpt(rng) for _ in range(self.recipe.excerpts)]

    def _excerpt(self, rng: Generator) -> Callable[[], Batch]:
        coherent = rng.random() < self.recipe.coherent and self._songs
        takes = self._coherent(rng) if coherent else self._random(rng)
        return partial(self._made, takes, random_gain(rng, self.recipe.mix_gain_db))

    def _made(self, takes: list[Take], gain: float) -> Batch:
        audio = np.zeros((len(self.stems), self._length), np.float32)
        for take in takes:
            audio[take.row] = take.gain * self._read(take.clip, take.start, take.speed)
        audio *= gain
        return windows_and_masks(
            audio, self.stft, self.context, self.recipe.frames, self.recipe.stride
        )

    @property
    def _length(self) -> int:
        frames = (self.recipe.frames - 1) * self.recipe.stride + self.context
        return (frames - 1) * self.stft.hop + self.stft.window

    def _coherent(self, rng: Generator) -> list[Take]:
        song = self._songs[int(rng.integers(len(self._songs)))]
        longest = max(c.length for c in song.values())
        start = int(rng.integers(max(1, longest - self._length)))
        speed = rng.uniform(*self.recipe.speed)
        return [
            Take(row, song[stem], start, random_gain(rng, self.recipe.song_gain_db), speed)
            for row, stem in enumerate(self.stems)
            if stem in song
        ]

    def _random(self, rng: Generator) -> list[Take]:
        takes = []
        for row, pool in enumerate(self._pools):
            if rng.random() < self.recipe.presence[row]:
                clip = pool.draw(rng, self.recipe.alone)
                start = int(rng.integers(max(1, clip.length - self._length)))
                gain = random_gain(rng, self.recipe.gain_db) * self.recipe.level / clip.level
                sign = rng.choice([-1.0, 1.0])
                takes.append(Take(row, clip, start, sign * gain, rng.uniform(*self.recipe.speed)))
        return takes

    def _read(self, clip: Clip, start: int, speed: float) -> NDArray[np.float32]:
        heard: NDArray[np.float32] = played(self.pack, clip, start, self._length, speed)[0]
        return heard


def played(pack: Pack, clip: Clip, start: int, length: int, speed: float) -> NDArray[np.float32]:
    """Samples of a clip from `start` on, played faster or slower, pitch and tempo together, at a
    speed near the one given that fast Fourier transforms like; (channels, length).
    """
    if speed == 1.0:
        return pack.read(clip, start, length)
    edge = 512
    given = scipy.fft.next_fast_len(length + 2 * edge, real=True)
    taken = scipy.fft.next_fast_len(round(given * speed), real=True)
    spectrum = scipy.fft.rfft(pack.read(clip, start - edge, taken))
    bins = min(spectrum.shape[1], given // 2 + 1)
    whole = scipy.fft.irfft(spectrum[:, :bins], n=given) * np.float32(given / taken)
    return np.asarray(whole[:, edge : edge + length], np.float32)


def random_gain(rng: Generator, range_db: tuple[float, float]) -> float:
    """A linear gain drawn evenly in dB."""
    return db_to_gain(rng.uniform(*range_db))


class Pool:
    """Clips of one stem, those of songs apart from those that stand alone; longer ones are
    likelier, by the root of their length.
    """

    def __init__(self, clips: list[Clip]) -> None:
        self.songs = [c for c in clips if not c.alone]
        self.alone = [c for c in clips if c.alone]

    def draw(self, rng: Generator, alone: float) -> Clip:
        """A clip; alone: how often one that belongs to no song, where there are both."""
        clips = (
            self.songs if not self.alone or (self.songs and rng.random() >= alone) else self.alone
        )
        weights = np.sqrt([c.length for c in clips])
        return clips[int(rng.choice(len(clips), p=weights / weights.sum()))]


def by_song(clips: list[Clip]) -> list[dict[str, Clip]]:
    """Songs as {stem: clip}; a clip that stands alone is not a song."""
    songs: dict[str, dict[str, Clip]] = {}
    for clip in clips:
        if not clip.alone:
            songs.setdefault(clip.song, {})[clip.stem] = clip
    return [song for song in songs.values() if len(song) > 1]


def windows_and_masks(
    audio: NDArray[np.float32], stft: Stft, context: int, frames: int, stride: int
) -> Batch:
    """Texture windows of a mix and the ideal ratio masks of their middle frames.

    audio: (stems, (frames - 1) * stride + context frames' worth of samples). Every stride-th frame
    is used. Returns (frames, context, bins) |STFT| over a quarter of the window, and (frames,
    stems, bins).
    """
    spectra = stft.forward(audio)
    edge = stft.window // stft.hop - 1
    spectra = spectra[:, :, edge : spectra.shape[-1] - edge]
    mix = np.abs(spectra.sum(axis=0)).T / np.float32(stft.window / 4)
    middles = np.arange(frames) * stride + context // 2
    windows = np.stack([mix[m - context // 2 : m + context // 2 + 1] for m in middles])
    masks = ratio_masks(np.abs(spectra[:, :, middles]))
    return windows.astype(np.float32), np.ascontiguousarray(masks.transpose(2, 0, 1))


def fixed_examples(
    pack: Pack,
    split: str,
    stft: Stft,
    stems: tuple[str, ...],
    context: int,
    seconds: float = 3.0,
    limit: int = 4096,
) -> Batch:
    """One batch that never changes: a texture window every `seconds` of every song of a split, as
    it was mixed; farther apart where there would be more than about `limit`.

    Raises InputError when no song of the split has two stems and the length of a window.
    """
    length = (context - 1) * stft.hop + stft.window
    songs = by_song([c for c in pack.clips if c.split == split])
    lengths = [max(c.length for c in song.values()) for song in songs]
    step = max(round(seconds * pack.rate), -(-sum(lengths) // limit))
    parts = [
        windows_and_masks(as_mixed(pack, song, stems, start, length), stft, context, 1, 1)
        for song, longest in zip(songs, lengths, strict=True)
        for start in range(0, longest - length + 1, step)
    ]
    if not parts:
        raise InputError(
            f"the {split} split holds no song with two stems or more that lasts "
            f"{length / pack.rate:.2f} s: put one there"
        )
    return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])


def as_mixed(
    pack: Pack, song: dict[str, Clip], stems: tuple[str, ...], start: int, length: int
) -> NDArray[np.float32]:
    """Samples [start, start + length) of a song's stems, absent ones 0; (stems, length)."""
    silence = np.zeros(length, np.float32)
    return np.stack([pack.read(song[s], start, length)[0] if s in song else silence for s in stems])
