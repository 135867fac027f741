"""Data sets of songs with true stems, all as `Multitrack`s: DSD100, MUSDB18, MUSDB18-HQ, Remixer's
corpus, and any folder of SONG/{vocals,bass,drums,other}.* files.
"""

import csv
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from remixer.audio.multitrack import Multitrack, StemFile
from remixer.dsp.signal import STEMS
from remixer.errors import InputError
from remixer.training.datasets_known import MUSDB_VALID, bare_name, undeclared

SUFFIXES = (".wav", ".flac", ".aiff", ".aif", ".opus", ".ogg", ".mp3", ".m4a")
MANIFEST = "manifest.csv"
STEM_MP4 = ".stem.mp4"
TRACKS = ("mixture", "drums", "bass", "other", "vocals")
"""The sound tracks of MUSDB18's files, in order."""
SPLITS = ("train", "valid", "test")


def find_songs(folder: Path) -> list[Multitrack]:
    """The songs of a data set, whichever of the known layouts it has, in order of name.

    A file that a song lacks but its data set promises is among its stems, as one that is missing.
    Raises InputError when the folder holds no songs, two files are the same stem of a song, two
    songs have one name, or a song is on both sides of a split.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder: give one with {EXPECTED}")
    songs = list(_reader(folder)(folder))
    if not songs:
        raise InputError(f"{folder} holds no songs with two stems or more: expected {EXPECTED}")
    check_sides(songs)
    names: set[str] = set()
    for song in songs:
        if song.name in names:
            raise InputError(f"{folder} holds two songs called {song.name}: rename one of them")
        names.add(song.name)
    return songs


EXPECTED = (
    "SONG/{vocals,bass,drums,other}.wav, DSD100's Sources/Dev/SONG/vocals.wav, or MUSDB18's "
    "train/SONG.stem.mp4"
)


def select(songs: Sequence[Multitrack], split: str | None, folder: Path) -> list[Multitrack]:
    """The songs of a split; by default those of "test", else of "valid", else all.

    Songs of a data set without splits belong to every split. Raises InputError when the split has
    no song.
    """
    known = {song.split for song in songs}
    if split is None:
        split = next((s for s in ("test", "valid") if s in known), None)
    if split is None or known == {""}:
        return list(songs)
    chosen = [song for song in songs if song.split == split]
    if not chosen:
        there = ", ".join(sorted(known))
        raise InputError(f"{folder} has no songs in the split {split!r}; there is {there}")
    return chosen


def check_sides(songs: Iterable[Multitrack]) -> None:
    """Raises InputError when a song is on more than one side of a split, by its name without
    number, case and punctuation.
    """
    sides: dict[str, Multitrack] = {}
    for song in songs:
        before = sides.setdefault(bare_name(song.name), song)
        if before.split != song.split:
            raise InputError(
                f"{song.name} is both in {before.split or 'no split'} and in "
                f"{song.split or 'no split'}: keep it on one side"
            )


def is_public(folder: Path) -> bool:
    """Whether a folder has the layout of DSD100, MUSDB18 or MUSDB18-HQ."""
    return _reader(folder) in (_dsd100, _musdb18, _musdb18_hq)


def _reader(folder: Path) -> Callable[[Path], Iterator[Multitrack]]:
    if (folder / MANIFEST).is_file():
        return _corpus
    if (folder / "Sources").is_dir():
        return _dsd100
    if any(folder.glob(f"*/*{STEM_MP4}")) or any(folder.glob(f"*{STEM_MP4}")):
        return _musdb18
    if any(folder.glob("test/*/mixture.*")) or any(folder.glob("train/*/mixture.*")):
        return _musdb18_hq
    return _plain


def _dsd100(folder: Path) -> Iterator[Multitrack]:
    """Sources/{Dev,Test}/SONG/STEM.wav and Mixtures/{Dev,Test}/SONG/mixture.wav."""
    for side, split in (("Dev", "train"), ("Test", "test")):
        for song in _folders(folder / "Sources" / side):
            mixture = folder / "Mixtures" / side / song.name
            yield _whole(song, split, mixture)


def _musdb18_hq(folder: Path) -> Iterator[Multitrack]:
    """{train,test}/SONG/{mixture,drums,bass,other,vocals}.wav."""
    for side in ("train", "test"):
        for song in _folders(folder / side):
            yield _whole(song, _musdb_split(side, song.name), song)


def _whole(song: Path, split: str, mixture: Path) -> Multitrack:
    """A song that has all stems and, in the folder `mixture`, a mixture; those that are not there
    are WAV files that are missing.
    """
    promised = {stem: StemFile(song / f"{stem}.wav") for stem in STEMS}
    mixed = _one(mixture, "mixture") or StemFile(mixture / "mixture.wav")
    return Multitrack(song.name, split, promised | _stems(song), mixed)


def _musdb18(folder: Path) -> Iterator[Multitrack]:
    """{train,test}/SONG.stem.mp4, or such files without a split."""
    for side in ("train", "test", ""):
        for path in sorted((folder / side).glob(f"*{STEM_MP4}")):
            tracks = {name: StemFile(path, number) for number, name in enumerate(TRACKS)}
            name = path.name[: -len(STEM_MP4)]
            mixture = tracks.pop("mixture")
            yield Multitrack(name, _musdb_split(side, name), tracks, mixture)


def _musdb_split(side: str, name: str) -> str:
    return "valid" if side == "train" and name in MUSDB_VALID else side


def _corpus(folder: Path) -> Iterator[Multitrack]:
    """Songs of a manifest.csv: songs/SONG/STEM.*, each row with its split. Of the stems that its
    rows name, and those that no note calls absent, what has no file is missing.
    """
    manifest = folder / MANIFEST
    splits: dict[str, str] = {}
    rows = [r for r in _manifest_rows(manifest) if r[0].parts[:1] == ("songs",)]
    rows = [row for row in rows if len(row[0].parts) > 2]
    named: dict[str, dict[str, StemFile]] = {}
    for path, split, _ in rows:
        if split not in SPLITS:
            raise InputError(f"{manifest} puts {path} in {split!r}: use {', '.join(SPLITS)}")
        if splits.setdefault(path.parent.name, split) != split:
            raise InputError(f"{manifest} has {path.parent.name} on both sides of the split")
        if path.stem in STEMS:
            named.setdefault(path.parent.name, {})[path.stem] = StemFile(folder / path)
    for song, lacking in undeclared((p, p.stem, notes) for p, _, notes in rows).items():
        missing = {stem: StemFile(folder / song / f"{stem}.*") for stem in lacking}
        named[song.name] = missing | named.get(song.name, {})
    places = {place.name: place for place in _folders(folder / "songs")}
    for name, split in sorted(splits.items()):
        stems = named.get(name, {}) | (_stems(places[name]) if name in places else {})
        if len(stems) > 1:
            yield Multitrack(name, split, stems)


def _manifest_rows(manifest: Path) -> list[tuple[Path, str, str]]:
    """(path, split, notes) of every row that has a path."""
    try:
        with manifest.open(newline="", encoding="utf-8-sig") as lines:
            return [
                (Path(row["path"]), row["split"], row.get("notes") or "")
                for row in csv.DictReader(lines)
                if row["path"]
            ]
    except (KeyError, TypeError) as error:
        raise InputError(f"{manifest} lacks the column {error}: add it") from error
    except (OSError, ValueError, csv.Error) as error:
        raise InputError(f"{manifest} cannot be read ({error}): write it as UTF-8 text") from error


def _plain(folder: Path) -> Iterator[Multitrack]:
    return plain_songs(folder, least=2)


def plain_songs(folder: Path, least: int = 1) -> Iterator[Multitrack]:
    """Songs with so many stems, wherever they lie below: SONG/vocals.wav and its like, or "SONG -
    vocals.wav" as Remixer exports them. Folders called train, valid or test at the top are the
    splits; what is hidden is no song.
    """
    songs: dict[tuple[Path, str], dict[str, StemFile]] = {}
    for path in _files(folder):
        prefix, _, stem = path.stem.rpartition(" - ")
        if stem in STEMS and path.suffix.lower() in SUFFIXES:
            name = prefix or path.parent.resolve().name
            _add(songs.setdefault((path.parent, name), {}), stem, path)
    for (place, name), stems in songs.items():
        top = place.relative_to(folder).parts[:1]
        if len(stems) >= least:
            yield Multitrack(name, top[0] if top and top[0] in SPLITS else "", stems)


def _files(folder: Path) -> list[Path]:
    """All files below a folder in order, through links to folders too, each folder once."""
    found: list[Path] = []
    seen: set[str] = set()
    for place, folders, files in os.walk(folder, followlinks=True):
        real = os.path.realpath(place)
        folders[:] = [] if real in seen else [n for n in folders if not n.startswith(".")]
        if real not in seen:
            found += [Path(place) / name for name in files if not name.startswith(".")]
        seen.add(real)
    return sorted(path for path in found if path.is_file())


def _stems(song: Path) -> dict[str, StemFile]:
    """The stem files in a song's folder."""
    stems: dict[str, StemFile] = {}
    for path in sorted(song.iterdir()):
        if path.stem in STEMS and path.suffix.lower() in SUFFIXES:
            _add(stems, path.stem, path)
    return stems


def _add(stems: dict[str, StemFile], stem: str, path: Path) -> None:
    if stem in stems:
        raise InputError(f"{stems[stem]} and {path} are the same stem: remove one of them")
    stems[stem] = StemFile(path)


def _one(song: Path, name: str) -> StemFile | None:
    found = (song / f"{name}{suffix}" for suffix in SUFFIXES)
    return next((StemFile(path) for path in found if path.is_file()), None)


def _folders(folder: Path) -> list[Path]:
    return sorted(p for p in folder.iterdir() if p.is_dir()) if folder.is_dir() else []
