"""Folders of training audio: which file is which stem of which song, on which side of the split,
under which licence.
"""

import csv
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from remixer.dsp.signal import STEMS
from remixer.errors import InputError
from remixer.training import datasets
from remixer.training.datasets_known import bare_name, undeclared
from remixer.training.sources import Source, Told, Trouble, by_song, untold

MANIFEST = "manifest.csv"
SPLITS, TEST = ("train", "valid"), "test"
ONE_IN = 5
"""Where nobody says which songs are for validation, one in five is; a fifth as in Roma et al. 2018,
but by song.
"""

Licences = dict[str, dict[str, dict[str, float]]]
"""{stem: {licence: {"files": count, "minutes": minutes}}}."""


def find_sources(folder: Path, valid: frozenset[str] = frozenset()) -> list[Source]:
    """The stems in a corpus folder (one with a manifest.csv), in DSD100, MUSDB18 or MUSDB18-HQ, or
    in a folder of SONG/{vocals,bass,drums,other}.* folders; songs for testing are left out.

    valid: song folders kept for validation, besides those that the data set marks; without any, one
    song in five is. Files are not opened: a stem that is promised but not there is among them.
    Raises InputError when there are no stems, a song of `valid` is not there, two files are the
    same stem of a song, or a song would be on both sides.
    """
    _check_folder(folder)
    manifest = folder / MANIFEST
    found = list(_from_manifest(manifest) if manifest.exists() else _from_songs(folder))
    if not found:
        raise InputError(_no_stems(folder))
    _check_stems(found)
    divided = _divide(found, valid)
    _check_sides(divided)
    return divided


def more_sources(folder: Path) -> list[Source]:
    """The stems of a public data set or of a folder of SONG/{vocals,bass,drums,other}.* folders,
    but its test songs, all for training; songs are named after folder and song.

    Raises InputError when there are none.
    """
    _check_folder(folder)
    found = list(_from_songs(folder))
    if not found:
        raise InputError(_no_stems(folder))
    named = [replace(s, song=f"{folder.name}:{s.song}", split="train") for s in found]
    _check_stems(named)
    return named


def estimated_sources(folder: Path) -> list[Source]:
    """The stems that `remixer separate -o FOLDER` wrote of songs that have no others, called
    "SONG - STEM": all for training; songs are named after folder and song.

    Raises InputError when there are none, or a song lacks one.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder: give one that remixer separate wrote to")
    found = [
        Source(path, f"{folder.name}:{song}", stem, "train", estimated=True)
        for path in sorted(folder.iterdir())
        for song, dash, stem in [path.stem.rpartition(" - ")]
        if dash and stem in STEMS and path.suffix in datasets.SUFFIXES
    ]
    if not found:
        raise InputError(f'{folder} holds no "SONG - STEM" files: let remixer separate write there')
    _check_stems(found)
    for song, parts in by_song(found).items():
        if lacking := set(STEMS) - {s.stem for s in parts}:
            raise InputError(
                f"{song} lacks {', '.join(sorted(lacking))}: separate the song once more"
            )
    return found


def gather(
    data: Path,
    valid: frozenset[str] = frozenset(),
    more: Sequence[Path] = (),
    estimated: Sequence[Path] = (),
    told: Told = untold,
) -> list[Source]:
    """The stems of a folder, see `find_sources`, of more folders for training only, and of folders
    of estimates, see `estimated_sources`.

    Public data sets share songs: one that `data` keeps for validation or testing is left out of
    another, and told.
    """
    found = find_sources(data, valid)
    held = {bare_name(s.song) for s in found if s.split == "valid"} | _test_names(data)
    for folder in more:
        public = datasets.is_public(folder)
        for song, parts in by_song(more_sources(folder)).items():
            if public and bare_name(song.partition(":")[2]) in held:
                told(Trouble(song, f"{data} keeps this song for validation or testing"))
            else:
                found += parts
    return found + [source for folder in estimated for source in estimated_sources(folder)]


def _test_names(folder: Path) -> set[str]:
    if not datasets.is_public(folder):
        return set()
    return {bare_name(s.name) for s in datasets.find_songs(folder) if s.split == "test"}


def _check_folder(folder: Path) -> None:
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder; give one of {datasets.EXPECTED}")


def _no_stems(folder: Path) -> str:
    return f"{folder} holds no stems to train with: expected {datasets.EXPECTED}"


def licence_table(
    folder: Path,
    valid: frozenset[str] = frozenset(),
    skipped: Collection[str] = (),
) -> Licences:
    """Files and minutes of the training side under each licence, by stem; empty without a
    manifest.csv.

    These are the files that `find_sources` gives for training with the same arguments, but those of
    the songs that were skipped.
    """
    manifest = folder / MANIFEST
    if not manifest.exists():
        return {}
    rows = {folder / row["path"]: row for row in _rows(manifest)}
    table: Licences = {}
    for source in find_sources(folder, valid):
        if source.split == "train" and source.song not in skipped and source.path in rows:
            row = rows[source.path]
            kinds = table.setdefault(source.stem, {})
            entry = kinds.setdefault(row["licence"], {"files": 0, "minutes": 0.0})
            entry["files"] += 1
            entry["minutes"] += _minutes(row, manifest)
    return table


def mix_licences(folder: Path, songs: Collection[str]) -> dict[str, dict[str, float]]:
    """Files and minutes of those songs that are full mixes in a manifest.csv, by licence; empty
    without one. songs: named as the files are, without their endings.
    """
    manifest = folder / MANIFEST
    table: dict[str, dict[str, float]] = {}
    for row in _rows(manifest) if manifest.exists() else ():
        path = Path(row["path"])
        if path.parts[0] == "mixes" and path.stem in songs:
            entry = table.setdefault(row["licence"], {"files": 0, "minutes": 0.0})
            entry["files"] += 1
            entry["minutes"] = round(entry["minutes"] + _minutes(row, manifest), 1)
    return dict(sorted(table.items()))


def licences(folder: Path, valid: frozenset[str] = frozenset()) -> dict[str, float]:
    """Minutes of the training side under each licence, the largest part first; see
    `licence_table`.
    """
    total: dict[str, float] = {}
    for kinds in licence_table(folder, valid).values():
        for licence, entry in kinds.items():
            total[licence] = total.get(licence, 0.0) + entry["minutes"]
    return dict(sorted(total.items(), key=lambda item: -item[1]))


def _from_songs(folder: Path) -> Iterator[Source]:
    """The stems of a data set that has no manifest, without its test songs."""
    public = datasets.is_public(folder)
    for song in datasets.find_songs(folder) if public else datasets.plain_songs(folder):
        if (song.split or "train") in SPLITS:
            for stem, file in song.stems.items():
                yield Source(file.path, song.name, stem, song.split or "train", track=file.track)


def _from_manifest(manifest: Path) -> Iterator[Source]:
    """Stems of songs, isolated vocals and one-shots; full mixes and MIDI are not stems. A stem that
    a song lacks although its notes do not call it absent follows its others, as a missing file.
    """
    rows = [row for row in _rows(manifest) if _is_stem(row)]
    songs = [row for row in rows if row["path"].startswith("songs/")]
    lacking = undeclared((Path(r["path"]), r["class"], r.get("notes") or "") for r in songs)
    for row in rows:
        if row["split"] not in (*SPLITS, TEST):
            raise InputError(
                f"{manifest} puts {row['path']} in the split {row['split']!r}: "
                f"use one of {', '.join((*SPLITS, TEST))}"
            )
        if row["split"] != TEST:
            yield _from_row(manifest.parent, row)
            for stem in lacking.pop(Path(row["path"]).parent, ()):
                missing = str(Path(row["path"]).with_name(f"{stem}.*"))
                yield _from_row(manifest.parent, {**row, "path": missing, "class": stem})


def _is_stem(row: dict[str, str]) -> bool:
    part = Path(row["path"]).parts[:1]
    return row["class"] in STEMS and part in {("songs",), ("vocals",), ("samples",)}


def _from_row(folder: Path, row: dict[str, str]) -> Source:
    path = Path(row["path"])
    song = path.parent.name if path.parts[0] == "songs" else f"{path.parts[0]}/{path.stem}"
    mixed = row["class"] == "other" and "bass_in_other" in (row.get("notes") or "")
    return Source(folder / path, song, row["class"], row["split"], mixed)


def _rows(manifest: Path) -> Iterator[dict[str, str]]:
    wanted = {"path", "class", "split", "licence", "seconds"}
    try:
        with manifest.open(newline="", encoding="utf-8-sig") as lines:
            table = csv.DictReader(lines)
            if lacking := wanted - set(table.fieldnames or ()):
                lacks = ", ".join(sorted(lacking))
                raise InputError(f"{manifest} lacks the columns {lacks}: add them")
            for row in table:
                if any(row[column] is None for column in wanted):
                    raise InputError(
                        f"{manifest} is cut short in line {table.line_num}: complete it"
                    )
                yield row
    except (OSError, ValueError, csv.Error) as error:
        raise InputError(f"{manifest} cannot be read ({error}): write it as UTF-8 text") from error


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
