"""Training examples for networks that see stretches of stereo spectrogram: stems of one song, or of
songs that never met, changed in level, place, pitch and tone.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from remixer.dsp.gain import db_to_gain
from remixer.dsp.stft import Stft
from remixer.errors import InputError
from remixer.training.pack import Clip, Pack
from remixer.training.remix import Pool, by_song, played, random_gain

Batch = tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32], NDArray[np.bool_]]
"""See `targets`."""


@dataclass(frozen=True)
class StretchRecipe:
    """How examples are drawn. Some are coherent (the stems of one song at one moment), the others
    random (clips that never met).

    batch: examples, each of `frames` STFT frames. coherent: share of coherent examples;
    song_gain_db: of each of their stems. presence: how often each of the network's stems is in a
    random example; gain_db: about `level`, the RMS that clips are brought to; alone: share of clips
    that belong to no song. mix_gain_db: of the whole. mono: share of examples with one channel
    twice. pan_db: how much louder one channel of a stem may be. tone_db: how far a stem's tone is
    bent, at four points an even number of octaves apart. speed: pitch and tempo, for the share
    `faster` of the examples. trusted: which stems of songs that a model told apart are judged by
    themselves; the others are by their sum. Pairs are ranges, drawn evenly.
    """

    batch: int = 4
    frames: int = 256
    coherent: float = 0.5
    song_gain_db: tuple[float, float] = (-8.0, 6.0)
    presence: tuple[float, ...] = (0.85, 0.9, 0.9, 0.95)
    gain_db: tuple[float, float] = (-12.0, 4.0)
    alone: float = 0.3
    level: float = 0.1
    mix_gain_db: tuple[float, float] = (-8.0, 4.0)
    mono: float = 0.35
    pan_db: float = 4.0
    tone_db: float = 4.0
    faster: float = 0.4
    speed: tuple[float, float] = (0.88, 1.13)
    trusted: tuple[str, ...] = ("vocals",)


@dataclass(frozen=True)
class Take:
    """What is heard of a clip in a row of an example: from where on, how fast, and the matrix that
    its channels go through.
    """

    row: int
    clip: Clip
    start: int
    place: NDArray[np.floating]
    speed: float


class Stretches:
    """Draws batches of spectra from a stereo pack.

    stems: in the order of the network's outputs. bins: how many of the lowest. Raises InputError
    when a stem has no audio.
    """

    def __init__(
        self, pack: Pack, stft: Stft, stems: tuple[str, ...], bins: int, recipe: StretchRecipe
    ) -> None:
        self.pack, self.stft, self.bins, self.recipe = pack, stft, bins, recipe
        clips = [c for c in pack.clips if c.split == "train" and c.level > 0]
        self.stems = stems
        self._songs = by_song(clips)
        true = [c for c in clips if not c.estimated]
        self._pools = [Pool([c for c in true if c.stem == s]) for s in stems]
        for stem, pool in zip(stems, self._pools, strict=True):
            if not pool.songs and not pool.alone:
                raise InputError(f"the train split holds no {stem}: add songs that have it")

    @property
    def frames(self) -> int:
        """Frames in a batch."""
        return self.recipe.batch * self.recipe.frames

    def draw(self, rng: Generator) -> Batch:
        """One batch; the same generator state gives the same batch."""
        examples = [make() for make in self.portions(rng)]
        magnitudes, parts, levels, joint = map(np.concatenate, zip(*examples, strict=True))
        return magnitudes, parts, levels, joint

    def portions(self, rng: Generator) -> list[Callable[[], Batch]]:
        """What a batch is put together from, an example each: decided now, made when called."""
        return [self._example(rng) for _ in range(self.recipe.batch)]

    def _example(self, rng: Generator) -> Callable[[], Batch]:
        coherent = rng.random() < self.recipe.coherent and self._songs
        clips, starts, gains = self._coherent(rng) if coherent else self._random(rng)
        speed = rng.uniform(*self.recipe.speed) if rng.random() < self.recipe.faster else 1.0
        mono = rng.random() < self.recipe.mono
        whole = random_gain(rng, self.recipe.mix_gain_db)
        takes = []
        for stem, clip in clips.items():
            place = whole * gains[stem] * self._place(rng, mono, bool(coherent))
            takes.append(Take(self.stems.index(stem), clip, starts[stem], place, speed))
        return partial(self._made, takes, self._tones(rng))

    def _made(self, takes: list[Take], tones: NDArray[np.float32]) -> Batch:
        length = stretch_length(self.stft, self.recipe.frames)
        audio = np.zeros((len(self.stems), self.pack.channels, length), np.float32)
        for take in takes:
            heard = played(self.pack, take.clip, take.start, length, take.speed)
            audio[take.row] = take.place @ heard
        spectra = stretch_spectra(audio, self.stft, self.bins)
        spectra *= tones[:, None, :, None]
        joint = joined(self.stems, [take.clip for take in takes], self.recipe.trusted)
        return batch_of_one(targets(spectra, joint, self.stft))

    def _coherent(self, rng: Generator) -> tuple[dict[str, Clip], dict[str, int], dict[str, float]]:
        lengths = np.sqrt([max(c.length for c in song.values()) for song in self._songs])
        song = self._songs[int(rng.choice(len(self._songs), p=lengths / lengths.sum()))]
        longest = max(c.length for c in song.values())
        start = int(rng.integers(max(1, longest - stretch_length(self.stft, self.recipe.frames))))
        gains = {s: random_gain(rng, self.recipe.song_gain_db) for s in song}
        if any(clip.estimated for clip in song.values()):
            gains = dict.fromkeys(song, 1.0)  # what one stem lacks another has
        return song, dict.fromkeys(song, start), gains

    def _random(self, rng: Generator) -> tuple[dict[str, Clip], dict[str, int], dict[str, float]]:
        clips, starts, gains = {}, {}, {}
        for stem, pool, presence in zip(self.stems, self._pools, self.recipe.presence, strict=True):
            if rng.random() < presence:
                clip = clips[stem] = pool.draw(rng, self.recipe.alone)
                room = clip.length - stretch_length(self.stft, self.recipe.frames)
                starts[stem] = int(rng.integers(max(1, room)))
                loudness = self.recipe.level / clip.level
                gains[stem] = random_gain(rng, self.recipe.gain_db) * loudness
        return clips, starts, gains

    def _place(self, rng: Generator, mono: bool, coherent: bool) -> NDArray[np.float32]:
        """What a stem's channels become, as a matrix: swapped, louder on one side, turned over;
        or their mean in both.
        """
        if mono or self.pack.channels == 1:
            place = np.full((self.pack.channels,) * 2, 1 / self.pack.channels)
        else:
            place = np.eye(2)[:: rng.choice([1, -1])]
            if not coherent:
                tilt = db_to_gain(rng.uniform(-0.5, 0.5) * self.recipe.pan_db)
                place = place * np.array([[tilt], [1 / tilt]])
        sign = 1.0 if coherent else rng.choice([-1.0, 1.0])
        return np.asarray(sign * place, np.float32)

    def _tones(self, rng: Generator) -> NDArray[np.float32]:
        """A curve of gains for each stem, (stems, bins): straight lines over octaves."""
        octaves = np.log2(np.arange(self.bins) + 1)
        points = np.linspace(0, octaves[-1], 4)
        bent = [
            np.interp(octaves, points, rng.uniform(-0.5, 0.5, 4) * self.recipe.tone_db)
            for _ in self.stems
        ]
        return np.asarray(10 ** (np.stack(bent) / 20), np.float32)


def joined(
    stems: Sequence[str], clips: Sequence[Clip], trusted: Sequence[str]
) -> NDArray[np.bool_]:
    """Which stems of an example are not told apart, and are judged by their sum; (stems,).

    trusted: stems of estimated songs that are told apart well enough.
    """
    alike = {"bass", "other"} if any(c.mixed for c in clips) else set()
    if any(c.estimated for c in clips):
        alike |= set(stems) - set(trusted)
    return np.array([stem in alike for stem in stems])


def stretch_length(stft: Stft, frames: int) -> int:
    """Samples that so many whole frames cover."""
    return (frames - 1) * stft.hop + stft.window


def stretch_spectra(audio: NDArray[np.float32], stft: Stft, bins: int) -> NDArray[np.complex64]:
    """Spectra of the frames that lie within a signal.

    audio: (..., samples). Returns (..., bins, frames), the lowest bins.
    """
    edge = stft.window // stft.hop - 1
    whole = stft.forward(audio)
    return np.ascontiguousarray(whole[..., :bins, edge : whole.shape[-1] - edge], np.complex64)


def targets(spectra: NDArray[np.complex64], joint: NDArray[np.bool_], stft: Stft) -> Batch:
    """What a network sees of an example, and what it is to find.

    spectra: of the stems (stems, channels, bins, frames); joint: see `joined`. Returns, over a
    quarter of the window, the mix's magnitudes (channels, bins, frames); the part of each stem in
    phase with the mix (stems, channels, bins, frames), which is what a real mask can reach; the
    stems' magnitudes; and which stems are judged by their sum, (stems,).
    """
    scaled = spectra / np.float32(stft.window / 4)
    mix = scaled.sum(axis=0)
    magnitude = np.abs(mix)
    phase = mix / np.maximum(magnitude, np.finfo(np.float32).tiny)
    in_phase = scaled.real * phase.real + scaled.imag * phase.imag
    return magnitude, in_phase, np.abs(scaled), joint


def batch_of_one(example: Batch) -> Batch:
    """An example as a batch."""
    magnitude, parts, levels, joint = example
    return magnitude[None], parts[None], levels[None], joint[None]


class SongStretches:
    """Stretches of the validation songs as they were mixed, the same at every pass.

    Iterating gives batches of one. seconds: from the start of one stretch to the next. Raises
    InputError when no song of the split is as long as a stretch.
    """

    def __init__(
        self,
        pack: Pack,
        stft: Stft,
        stems: tuple[str, ...],
        bins: int,
        frames: int,
        seconds: float,
    ) -> None:
        self.pack, self.stft, self.stems, self.bins = pack, stft, stems, bins
        self._length = stretch_length(stft, frames)
        songs = by_song([c for c in pack.clips if c.split == "valid"])
        step = round(seconds * pack.rate)
        self._places = [
            (song, start)
            for song in songs
            for start in range(0, max(c.length for c in song.values()) - self._length + 1, step)
        ]
        if not self._places:
            raise InputError(
                "the valid split holds no song with two stems or more that lasts "
                f"{self._length / pack.rate:.2f} s: put one there"
            )

    def __iter__(self) -> Iterator[Batch]:
        for song, start in self._places:
            audio = np.zeros((len(self.stems), self.pack.channels, self._length), np.float32)
            for stem, clip in song.items():
                audio[self.stems.index(stem)] = self.pack.read(clip, start, self._length)
            spectra = stretch_spectra(audio, self.stft, self.bins)
            joint = joined(self.stems, list(song.values()), self.stems)
            yield batch_of_one(targets(spectra, joint, self.stft))
