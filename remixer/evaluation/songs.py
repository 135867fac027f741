"""Songs whose true stems are known, in memory: what a separation is measured against."""

from dataclasses import dataclass

import numpy as np

from remixer.audio.multitrack import Multitrack, StemFile
from remixer.dsp.signal import STEMS, ArrayReader, Samples
from remixer.errors import InputError


@dataclass(frozen=True, eq=False)
class Track:
    """A song in memory. stems: (4, channels, samples), absent ones 0; mixture: (channels,
    samples).
    """

    name: str
    rate: int
    stems: Samples
    mixture: Samples

    @property
    def mix(self) -> ArrayReader:
        """The mixture as a signal."""
        return ArrayReader(self.mixture, self.rate)

    @property
    def silent(self) -> tuple[str, ...]:
        """The stems without a sound: they have no score."""
        return tuple(s for s, samples in zip(STEMS, self.stems, strict=True) if not samples.any())


def load(song: Multitrack, mono: bool) -> Track:
    """A song's stems and mixture, which is the sum of the stems where it has no file.

    mono: channels averaged, as in the paper; else stereo unless every file is mono. Raises
    InputError naming the song and the file when one cannot be read, or does not fit the others.
    """
    files = {**song.stems, **({"mixture": song.mixture} if song.mixture else {})}
    if not song.stems:
        raise InputError(f"{song.name} has no stems: leave it out")
    read = {name: _read(song.name, file) for name, file in files.items()}
    rate, length = _common(song, files, read)
    channels = 1 if mono else max(samples.shape[0] for _, samples in read.values())
    fitted = {name: _channels(samples, channels) for name, (_, samples) in read.items()}
    silence = np.zeros((channels, length))
    stems = np.stack([fitted.get(stem, silence) for stem in STEMS])
    return Track(song.name, rate, stems, fitted.get("mixture", stems.sum(axis=0)))


def _common(
    song: Multitrack, files: dict[str, StemFile], read: dict[str, tuple[int, Samples]]
) -> tuple[int, int]:
    """The rate and length that all files share."""
    first = next(iter(files))
    rate, length = read[first][0], read[first][1].shape[1]
    for name, (other, samples) in read.items():
        if (other, samples.shape[1]) != (rate, length):
            raise InputError(
                f"{files[name]} has {samples.shape[1]} samples at {other} Hz where the {first} of "
                f"{song.name} has {length} at {rate} Hz: they must be aligned"
            )
    return rate, length


def _channels(samples: Samples, channels: int) -> Samples:
    if channels == 1:
        return np.asarray(samples.mean(axis=0, keepdims=True))
    return np.asarray(np.broadcast_to(samples, (channels, samples.shape[1])))


def _read(song: str, file: StemFile) -> tuple[int, Samples]:
    try:
        with file.open() as reader:
            blocks = [block for _, block in reader.blocks()]
            return reader.rate, np.concatenate(blocks, axis=1)
    except InputError as error:
        raise InputError(f"{song}: {file} cannot be measured against: {error}") from error
