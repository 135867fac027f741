"""Folders of training audio: which file is which stem of which song, on which side of the split,
under which licence.
"""

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from remixer.dsp.signal import STEMS
from remixer.errors import InputError
from remixer.training import datasets
from remixer.training.pack import Source

AUDIO_SUFFIXES = {".wav", ".flac", ".aiff", ".aif", ".ogg", ".opus", ".mp3", ".m4a"}
MANIFEST = "manifest.csv"
SPLITS = ("train", "valid")
ONE_IN = 5
"""Where nobody says which songs are for validation, one in five is; a fifth as in Roma et al. 2018,
but by song.
"""

Licences = dict[str, dict[str, dict[str, float]]]
"""{stem: {licence: {"files": count, "minutes": minutes}}}."""


def find_sources(folder: Path, valid: frozenset[str] = frozenset()) -> list[Source]:
    """The stems in a corpus folder (one with a manifest.csv), in DSD100 or MUSDB18-HQ without their
    test songs, or in a folder of SONG/{vocals,bass,drums,other}.* folders.

    valid: song folders kept for validation, besides those that the data set marks; without any, one
    song in five is. Raises InputError when there are no stems, a song of `valid` is not there, two
    files are the same stem of a song, or a song would be on both sides.
    """
    if not folder.is_dir():
        raise InputError(
            f"{folder} is not a folder; give a folder of SONG/{{vocals,bass,drums,other}}.* files"
        )
    manifest = folder / MANIFEST
    if not manifest.exists() and datasets.is_public(folder):
        found = list(_from_public(folder))
    else:
        found = list(_from_manifest(manifest) if manifest.exists() else _from_songs(folder))
    if not found:
        raise InputError(
            f"{folder} holds no stems: expected folders SONG with vocals.wav, bass.wav, drums.wav, "
            "other.wav (or FLAC, Opus, MP3 ...)"
        )
    _check_stems(found)
    divided = _divide(found, valid)
    _check_sides(divided)
    return divided


def more_sources(folder: Path) -> list[Source]:
    """The stems of a folder of SONG/{vocals,bass,drums,other}.* folders, all for training; songs
    are named after folder and song.

    Raises InputError when there are none.
    """
    found = list(_from_songs(folder)) if folder.is_dir() else []
    if not found:
        raise InputError(
            f"{folder} holds no stems: give a folder of SONG/{{vocals,bass,drums,other}}.* files"
        )
    named = [replace(s, song=f"{folder.name}:{s.song}") for s in found]
    _check_stems(named)
    return named


def licence_table(folder: Path, valid: frozenset[str] = frozenset()) -> Licences:
    """Files and minutes of the training side under each licence, by stem; empty without a
    manifest.csv.

    These are the files that `find_sources` gives for training with the same arguments.
    """
    manifest = folder / MANIFEST
    if not manifest.exists():
        return {}
    rows = {folder / row["path"]: row for row in _rows(manifest)}
    table: Licences = {}
    for source in find_sources(folder, valid):
        if source.split == "train":
            row = rows[source.path]
            kinds = table.setdefault(source.stem, {})
            entry = kinds.setdefault(row["licence"], {"files": 0, "minutes": 0.0})
            entry["files"] += 1
            entry["minutes"] += _minutes(row, manifest)
    return table


def licences(folder: Path, valid: frozenset[str] = frozenset()) -> dict[str, float]:
    """Minutes of the training side under each licence, the largest part first; see
    `licence_table`.
    """
    total: dict[str, float] = {}
    for kinds in licence_table(folder, valid).values():
        for licence, entry in kinds.items():
            total[licence] = total.get(licence, 0.0) + entry["minutes"]
    return dict(sorted(total.items(), key=lambda item: -item[1]))


def _from_public(folder: Path) -> Iterator[Source]:
    """The stems of a public data set, without its test songs."""
    for song in datasets.find_songs(folder):
        for stem, file in song.stems.items():
            if file.track is not None:
                raise InputError(
                    f"{file.path} holds its stems as tracks, which training does not read: "
                    "give it MUSDB18-HQ, or decode the stems to SONG/vocals.wav and its like"
                )
            if song.split in SPLITS:
                yield Source(file.path, song.name, stem, song.split)


def _from_songs(folder: Path) -> Iterator[Source]:
    for song in sorted(p for p in folder.iterdir() if p.is_dir()):
        for path in sorted(song.iterdir()):
            if path.stem in STEMS and path.suffix.lower() in AUDIO_SUFFIXES:
                yield Source(path, song.name, path.stem, "train")


def _from_manifest(manifest: Path) -> Iterator[Source]:
    """Stems of songs, isolated vocals and one-shots; full mixes and MIDI are not stems."""
    for row in _rows(manifest):
        path = manifest.parent / row["path"]
        part = Path(row["path"]).parts[0]
        if row["class"] not in STEMS or part not in {"songs", "vocals", "samples"}:
            continue
        if row["split"] not in SPLITS:
            raise InputError(
                f"{manifest} puts {row['path']} in the split {row['split']!r}: "
                f"use one of {', '.join(SPLITS)}"
            )
        song = path.parent.name if part == "songs" else f"{part}/{path.stem}"
        mixed = row["class"] == "other" and "bass_in_other" in (row.get("notes") or "")
        yield Source(path, song, row["class"], row["split"], mixed)


def _rows(manifest: Path) -> Iterator[dict[str, str]]:
    wanted = {"path", "class", "split", "licence", "seconds"}
    with manifest.open(newline="", encoding="utf-8-sig") as lines:
        table = csv.DictReader(lines)
        if lacking := wanted - set(table.fieldnames or ()):
            raise InputError(f"{manifest} lacks the columns {', '.join(sorted(lacking))}: add them")
        for row in table:
            if any(row[column] is None for column in wanted):
                raise InputError(f"{manifest} is cut short in line {table.line_num}: complete it")
            yield row


def _minutes(row: dict[str, str], manifest: Path) -> float:
    try:
        return float(row["seconds"]) / 60
    except ValueError as error:
        raise InputError(
            f"{manifest} gives {row['path']} the length {row['seconds']!r}: write it in seconds"
        ) from error


def _divide(sources: Sequence[Source], valid: frozenset[str]) -> list[Source]:
    """The sources with the songs that are kept for validation marked."""
    if unknown := valid - {s.song for s in sources}:
        raise InputError(
            f"there is no song {', '.join(sorted(unknown))} to keep for validation: "
            f"choose from {', '.join(_songs(sources))}"
        )
    if not valid and all(s.split == "train" for s in sources):
        valid = frozenset(_songs(sources)[::ONE_IN])
    return [replace(s, split="valid") if s.song in valid else s for s in sources]


def _songs(sources: Sequence[Source]) -> list[str]:
    """Names of the songs that have two stems or more."""
    stems = Counter(s.song for s in sources if not s.alone)
    return sorted(song for song, count in stems.items() if count > 1)


def _check_stems(sources: Sequence[Source]) -> None:
    seen: dict[tuple[str, str], Path] = {}
    for source in (s for s in sources if not s.alone):
        before = seen.setdefault((source.song, source.stem), source.path)
        if before != source.path:
            raise InputError(
                f"{before} and {source.path} are both the {source.stem} of {source.song}: "
                "remove one of them"
            )


def _check_sides(sources: Sequence[Source]) -> None:
    sides: dict[str, str] = {}
    for source in (s for s in sources if not s.alone):
        if sides.setdefault(source.song, source.split) != source.split:
            raise InputError(
                f"{source.song} is on both sides of the split: "
                "put all its stems in train, or all in valid"
            )
