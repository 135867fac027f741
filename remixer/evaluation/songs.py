"""Songs whose true stems are known: what a separation is measured against."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from remixer.audio.reader import open_audio
from remixer.dsp.signal import STEMS, ArrayReader
from remixer.errors import InputError

MANIFEST = "manifest.csv"
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
    """The songs below a folder, all or those named: SONG/vocals.wav and its like, or files called
    "SONG - vocals.wav", as Remixer exports them.

    A song has two stems or more. Raises InputError when there are none, when one that is named is
    not there, or when two files are the same stem of a song.
    """
    if not folder.is_dir():
        raise InputError(
            f"{folder} is not a folder: give one with SONG/vocals.wav, SONG/bass.wav ..."
        )
    songs = [s for s in _songs(folder) if len(s.stems) > 1 and (not names or s.name in names)]
    missing = names - {s.name for s in songs}
    if missing or not songs:
        wanted = f" named {', '.join(sorted(missing))}" if missing else ""
        raise InputError(
            f"{folder} holds no songs{wanted}: expected SONG/vocals.wav, SONG/bass.wav, "
            "SONG/drums.wav, SONG/other.wav"
        )
    return songs


def manifest_songs(folder: Path, split: str) -> frozenset[str]:
    """Names of the songs of a split, by the folder's manifest.csv; empty when it has none.

    Raises InputError when the manifest has no song in that split.
    """
    manifest = folder / MANIFEST
    if not manifest.exists():
        return frozenset()
    try:
        with manifest.open(newline="", encoding="utf-8-sig") as lines:
            rows = [(Path(row["path"]), row["split"]) for row in csv.DictReader(lines)]
    except (KeyError, TypeError) as error:
        raise InputError(f"{manifest} lacks the column {error}: add it") from error
    splits = {path.parent.name: part for path, part in rows if path.parts[:1] == ("songs",)}
    if split not in splits.values():
        known = ", ".join(sorted(set(splits.values()))) or "none"
        raise InputError(f"{manifest} has no songs in the split {split!r}; there is {known}")
    return frozenset(name for name, part in splits.items() if part == split)


def _songs(folder: Path) -> list[Song]:
    songs: dict[tuple[Path, str], dict[str, Path]] = {}
    for path in sorted(
        p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file()
    ):
        prefix, _, stem = path.stem.rpartition(" - ")
        if stem not in STEMS:
            continue
        stems = songs.setdefault((path.parent, prefix or path.parent.resolve().name), {})
        if stem in stems:
            raise InputError(f"{stems[stem]} and {path} are the same stem: remove one of them")
        stems[stem] = path
    return [Song(name, stems) for (_, name), stems in songs.items()]


def load(song: Song) -> Track:
    """A song's stems, channels averaged. Raises InputError when one cannot be read, or they do not
    fit each other.
    """
    samples: dict[str, NDArray[np.float64]] = {}
    shape: tuple[int, int] | None = None
    for stem, path in song.stems.items():
        rate, samples[stem] = _mono(path)
        shape = shape or (rate, samples[stem].size)
        if (rate, samples[stem].size) != shape:
            raise InputError(
                f"{path} has {samples[stem].size} samples at {rate} Hz where other stems of "
                f"{song.name} have {shape[1]} at {shape[0]} Hz: they must be aligned"
            )
    rate, length = shape or (0, 0)
    silence = np.zeros(length)
    return Track(song.name, rate, np.stack([samples.get(stem, silence) for stem in STEMS]))


def _mono(path: Path) -> tuple[int, NDArray[np.float64]]:
    """A file's rate and the mean of its channels, (samples,)."""
    try:
        with open_audio(path) as reader:
            blocks = [block.mean(axis=0) for _, block in reader.blocks()]
            return reader.rate, np.concatenate(blocks)
    except InputError as error:
        raise InputError(f"{path} cannot be measured against: {error}") from error
