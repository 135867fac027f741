"""Results of an evaluation: a JSON file that is whole at every moment, and how it goes on."""

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from remixer.audio.placing import identity, write_text
from remixer.dsp.signal import STEMS
from remixer.errors import ExistsError, InputError, OutputError, brief
from remixer.evaluation.bss import MEASURES, RATIOS, Score
from remixer.smallfiles import read_json

FORMAT = 1
LARGEST = 1 << 26
_TOLD = 5
"""Names that a note lists at most."""


@dataclass(frozen=True)
class Row:
    """The scores of one system on one song; stems that are silent there have none."""

    song: str
    system: str
    scores: dict[str, Score]


@dataclass
class Results:
    """All that was measured. data: name of the data set and its split; systems: their fingerprints;
    silent: {song: stems without a sound}; failed: {song: why it has no scores};
    trained_on: {system: songs here that it has learned from, as far as its card tells}.
    """

    measure: str
    data: str
    split: str
    systems: dict[str, str] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)
    silent: dict[str, list[str]] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    trained_on: dict[str, list[str]] = field(default_factory=dict)

    def add(self, song: str, rows: Sequence[Row], silent: Sequence[str]) -> None:
        """Take a song's rows."""
        self.rows += rows
        self.failed.pop(song, None)
        if silent:
            self.silent[song] = list(silent)

    def missing(self, song: str, systems: Iterable[str]) -> list[str]:
        """Those of the systems that have no scores for a song yet."""
        done = {row.system for row in self.rows if row.song == song}
        return [system for system in systems if system not in done]


def resumed(path: Path, wanted: Results, songs: Iterable[str]) -> Results:
    """`wanted` with the rows of an earlier file that still hold, on songs that are still there: all
    but those of systems that have changed since. An absent file has none.

    Raises InputError when the file is no results, or of another measure, data set or split.
    """
    if not path.exists():
        return wanted
    before = read_results(path)
    for what in ("measure", "data", "split"):
        old, new = getattr(before, what), getattr(wanted, what)
        if old != new:
            raise InputError(
                f"{path} holds results of the {what} {old!r}, not {new!r}: write to another file"
            )
    there = frozenset(songs)
    wanted.rows = [
        row
        for row in before.rows
        if row.song in there
        and row.system in before.systems
        and wanted.systems.get(row.system, before.systems[row.system]) == before.systems[row.system]
    ]
    others = {s: f for s, f in before.systems.items() if s not in wanted.systems}
    wanted.systems |= others
    wanted.trained_on |= {s: songs for s, songs in before.trained_on.items() if s in others}
    kept = {row.song for row in wanted.rows}
    wanted.silent = {song: stems for song, stems in before.silent.items() if song in kept}
    return wanted


def read_results(path: Path) -> Results:
    """Results from a file. Raises InputError naming it when it is none."""
    try:
        values = read_json(path, LARGEST)
        if values["format"] != FORMAT or values["measure"] not in MEASURES:
            raise ValueError(f"format {values['format']}, measure {values['measure']}")
        rows = [
            Row(str(row["song"]), str(row["system"]), _scores(row["scores"]))
            for row in values["rows"]
        ]
        return Results(
            values["measure"],
            values["data"],
            values["split"],
            dict(values["systems"]),
            rows,
            dict(values["silent"]),
            dict(values["failed"]),
            {str(s): list(map(str, heard)) for s, heard in values.get("trained_on", {}).items()},
        )
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError) as error:
        raise InputError(
            f"{path} holds no results of this version ({brief(error, 200)})"
        ) from error


def _scores(values: dict[str, Any]) -> dict[str, Score]:
    if unknown := values.keys() - set(STEMS):
        raise ValueError(f"unknown stems {sorted(unknown)}")
    return {stem: Score(*(_number(values[stem].get(r)) for r in RATIOS)) for stem in values}  # type: ignore[arg-type]


def _number(value: Any) -> float | None:
    """JSON has no infinities and no NaN: they are words."""
    return None if value is None else float(value)


def as_json(results: Results) -> dict[str, Any]:
    """Results as the file holds them, with their medians."""
    values = asdict(results)
    values["rows"] = [
        {"song": r.song, "system": r.system, "scores": _plain(asdict(r)["scores"])}
        for r in results.rows
    ]
    if not results.trained_on:
        del values["trained_on"]
    about = {"format": FORMAT, "description": MEASURES[results.measure]}
    return {**about, "median_sdr_db": _plain(medians(results.rows)), **values}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(entry) for name, entry in value.items() if entry is not None}
    return value if math.isfinite(value) else str(value)


def write_results(results: Results, path: Path) -> None:
    """Replace the file by one that is whole; its folder is made where it lacks. Raises OutputError
    when it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, _text(results), overwrite=True)
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror}") from error


class ResultsFile:
    """The file of an evaluation under way: written again and again, and only over what this
    evaluation found there at its start or wrote itself.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._known = identity(path)

    def write(self, results: Results) -> None:
        """As `write_results`. Raises OutputError for a file of somebody else's, too."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if identity(self.path) != self._known:
                raise ExistsError(self.path)
            write_text(self.path, _text(results), overwrite=self._known is not None)
        except ExistsError as error:
            raise OutputError(
                f"{self.path} was written by another program meanwhile and is left as it is: "
                "give another file"
            ) from error
        except OSError as error:
            raise OutputError(f"{self.path} cannot be written: {error.strerror}") from error
        self._known = identity(self.path)


def trained_note(system: str, heard: Sequence[str], songs: int) -> str:
    """What to tell of a system that has learned from songs it was measured on."""
    some = ", ".join(heard[:_TOLD]) + (", …" if heard[_TOLD:] else "")
    return (
        f"{system} was trained on {len(heard)} of these {songs} songs, as its card tells ({some}): "
        "its figures there do not say how well it does on others"
    )


def _text(results: Results) -> str:
    return json.dumps(as_json(results), indent=2, ensure_ascii=False) + "\n"


def medians(rows: Iterable[Row], ratio: str = "sdr") -> dict[str, dict[str, float]]:
    """Medians over the songs that have a stem, in dB: {system: {stem: median}}. Stems that no song
    has are left out, and songs where nothing could be measured.
    """
    values: dict[str, dict[str, list[float]]] = {}
    for row in rows:
        found = values.setdefault(row.system, {})
        for stem, score in row.scores.items():
            value = getattr(score, ratio)
            if value is not None and not math.isnan(value):
                found.setdefault(stem, []).append(value)
    return {
        system: {stem: float(np.median(found[stem])) for stem in STEMS if stem in found}
        for system, found in values.items()
    }
