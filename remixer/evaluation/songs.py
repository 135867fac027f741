"""Songs whose true stems are known: what a separation is measured against."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from remixer.audio.reader import open_audio
from remixer.dsp.signal import STEMS, ArrayReader
from remixer.errors import InputError

SUFFIXES = (".wav", ".flac", ".aiff", ".aif", ".opus", ".ogg", ".mp3", ".m4a")


@dataclass(frozen=True)
class Song:
    """A song's stem files. A stem that is absent has no file."""

    name: str
    stems: dict[str, Path]


@dataclass(frozen=True, eq=False)
class Track:
    """A song in memory, mono as in the paper. stems: (4, samples), absent ones 0; the mix is their
    sum.
    """

    name: str
    rate: int
    stems: NDArray[np.float64]

    @property
    def mix(self) -> ArrayReader:
        """The sum of the stems as a signal of one channel."""
        return ArrayReader(self.stems.sum(axis=0)[np.newaxis], self.rate)


def find_songs(folder: Path, names: frozenset[str] = frozenset()) -> list[Song]:
    """Folders with "vocals.wav" or "SONG - vocals.wav" and their like; all, or those named.

    Raises InputError when there are none.
    """
    if not folder.is_dir():
        raise InputError(
            f"{folder} is not a folder: give one with SONG/vocals.wav, SONG/bass.wav ..."
        )
    folders = sorted({path.parent for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES})
    songs = [Song(f.name, _stems(f)) for f in folders]
    found = [s for s in songs if len(s.stems) > 1 and (not names or s.name in names)]
    if not found:
        wanted = f" named {', '.join(sorted(names))}" if names else ""
        raise InputError(
            f"{folder} holds no songs{wanted}: expected SONG/vocals.wav, SONG/bass.wav, "
            "SONG/drums.wav, SONG/other.wav"
        )
    return found


def _stems(folder: Path) -> dict[str, Path]:
    files = sorted(p for p in folder.iterdir() if p.suffix.lower() in SUFFIXES)
    return {
        stem: path
        for path in files
        for stem in STEMS
        if path.stem == stem or path.stem.endswith(f" - {stem}")
    }


def load(song: Song) -> Track:
    """A song's stems, channels averaged. Raises InputError when they do not fit each other."""
    samples: dict[str, NDArray[np.float64]] = {}
    shape: tuple[int, int] | None = None
    for stem, path in song.stems.items():
        with open_audio(path) as reader:
            shape = shape or (reader.rate, reader.length)
            if (reader.rate, reader.length) != shape:
                raise InputError(
                    f"{path} has {reader.length} samples at {reader.rate} Hz where other stems of "
                    f"{song.name} have {shape[1]} at {shape[0]} Hz: they must be aligned"
                )
            blocks = [block.mean(axis=0) for _, block in reader.blocks()]
            samples[stem] = np.concatenate(blocks)
    rate, length = shape or (0, 0)
    silence = np.zeros(length)
    return Track(song.name, rate, np.stack([samples.get(stem, silence) for stem in STEMS]))
