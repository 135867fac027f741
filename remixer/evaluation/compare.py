"""Systems compared on the songs that all were measured on: medians and significance."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import scipy.stats
from numpy.typing import NDArray

from remixer.dsp.signal import STEMS
from remixer.errors import InputError
from remixer.evaluation.bss import RATIOS
from remixer.evaluation.results import Results, Row, read_results

LEVEL = 0.01
"""The paper's level of significance."""
EXACT_DB = 100.0
"""Ratios above it are rounding errors in place of infinity, such as the artefacts of the mix."""
TARGETS = ("vocals", "drums", "bass", "other")
"""Stems in the paper's order."""
assert sorted(TARGETS) == sorted(STEMS)


@dataclass(frozen=True)
class Pair:
    """Two systems on one ratio of one stem. difference: median of first minus second over songs, in
    dB; p: corrected; None where there are too few songs to tell.
    """

    ratio: str
    stem: str
    first: str
    second: str
    songs: int
    difference: float
    p: float | None

    @property
    def significant(self) -> bool:
        """Whether the systems differ at the paper's level."""
        return self.p is not None and self.p < LEVEL


@dataclass(frozen=True, eq=False)
class Comparison:
    """Values as {(ratio, stem, system): one value a song, NaN where there is none}, songs in order,
    in dB; -inf is a silent estimate. trained_on: {system: those of the songs that it has learned
    from, as far as its card tells}, of systems that have.
    """

    measure: str
    data: str
    split: str
    systems: tuple[str, ...]
    songs: tuple[str, ...]
    values: dict[tuple[str, str, str], NDArray[np.float64]]
    pairs: tuple[Pair, ...]
    trained_on: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def ratios(self) -> tuple[str, ...]:
        """The ratios of this measure."""
        return tuple(r for r in RATIOS if any(key[0] == r for key in self.values))

    @property
    def needed(self) -> int:
        """With fewer songs no difference can be significant: no p is below 2 / 2^songs, times the
        pairs of systems.
        """
        tests = math.comb(len(self.systems), 2)
        return math.floor(math.log2(2 * tests / LEVEL)) + 1 if tests else 0

    def found(self, ratio: str, stem: str, system: str) -> NDArray[np.float64]:
        """The values that exist."""
        values = self.values.get((ratio, stem, system), np.zeros(0))
        return values[~np.isnan(values)]

    def median(self, ratio: str, stem: str, system: str) -> float | None:
        """Over the songs; None without any."""
        found = self.found(ratio, stem, system)
        return float(np.median(found)) if found.size else None


def compare_files(paths: Sequence[Path], systems: Sequence[str] = ()) -> Comparison:
    """Several results as one comparison. systems: which, in order; without, all as they come.

    Of a system that is in several files the first counts. Raises InputError when the files are of
    different measures, data sets or splits, have different models under one name, a system is not
    there, or no song is common to all.
    """
    results = [read_results(path) for path in paths]
    first = results[0]
    seen: dict[str, tuple[Path, str]] = {}
    for path, other in zip(paths, results, strict=True):
        for system, mark in other.systems.items():
            before, known = seen.setdefault(system, (path, mark))
            if known != mark:
                raise InputError(
                    f"{system} in {path} is another model than in {before}: give one of them "
                    "another name (remixer train --name) and measure it again"
                )
    for path, other in zip(paths, results, strict=True):
        for what in ("measure", "data", "split"):
            if getattr(other, what) != getattr(first, what):
                raise InputError(
                    f"{path} has the {what} {getattr(other, what)!r}, {paths[0]} "
                    f"{getattr(first, what)!r}: compare what was measured alike"
                )
    made = compare(first.measure, first.data, first.split, _rows(results), systems)
    return replace(made, trained_on=_trained_on(made, results))


def _trained_on(made: Comparison, results: Sequence[Results]) -> dict[str, tuple[str, ...]]:
    heard = {
        system: {song for result in results for song in result.trained_on.get(system, ())}
        for system in made.systems
    }
    found = {s: tuple(song for song in made.songs if song in heard[s]) for s in made.systems}
    return {system: songs for system, songs in found.items() if songs}


def _rows(results: Sequence[Results]) -> list[Row]:
    """Each system's rows, from the first file that has it."""
    taken: set[str] = set()
    rows: list[Row] = []
    for result in results:
        new = {row.system for row in result.rows} - taken
        rows += [row for row in result.rows if row.system in new]
        taken |= new
    return rows


def compare(
    measure: str, data: str, split: str, rows: Sequence[Row], systems: Sequence[str] = ()
) -> Comparison:
    """Rows as a comparison on the songs that every system has. See `compare_files`."""
    known = tuple(dict.fromkeys(row.system for row in rows))
    chosen = tuple(systems) or known
    if unknown := [system for system in chosen if system not in known]:
        raise InputError(
            f"no results of {', '.join(unknown)}: there is {', '.join(known) or 'nothing'}"
        )
    table = {(row.song, row.system): row for row in rows}
    songs = tuple(
        song
        for song in dict.fromkeys(row.song for row in rows)
        if all((song, system) in table for system in chosen)
    )
    if not songs:
        raise InputError(f"no song was measured with all of {', '.join(chosen)}")
    values = _values(table, songs, chosen)
    return Comparison(measure, data, split, chosen, songs, values, _pairs(values, chosen))


def _values(
    table: dict[tuple[str, str], Row], songs: Sequence[str], systems: Sequence[str]
) -> dict[tuple[str, str, str], NDArray[np.float64]]:
    values: dict[tuple[str, str, str], NDArray[np.float64]] = {}
    for ratio, stem, system in itertools.product(RATIOS, TARGETS, systems):
        scores = [table[song, system].scores.get(stem) for song in songs]
        column = [None if score is None else getattr(score, ratio) for score in scores]
        numbers = np.array([math.nan if v is None else v for v in column], np.float64)
        if not np.isnan(numbers).all():
            values[ratio, stem, system] = numbers
    return values


def _pairs(
    values: dict[tuple[str, str, str], NDArray[np.float64]], systems: Sequence[str]
) -> tuple[Pair, ...]:
    """Every two systems on every ratio and stem. Bonferroni: p times the pairs of that ratio and
    stem.
    """
    couples = list(itertools.combinations(systems, 2))
    found = []
    for ratio, stem in itertools.product(RATIOS, TARGETS):
        for first, second in couples:
            a, b = values.get((ratio, stem, first)), values.get((ratio, stem, second))
            if a is not None and b is not None:
                found.append(_pair((ratio, stem, first, second), a, b, len(couples)))
    return tuple(found)


def _pair(
    names: tuple[str, str, str, str],
    a: NDArray[np.float64],
    b: NDArray[np.float64],
    tests: int,
) -> Pair:
    both = np.isfinite(a) & np.isfinite(b)
    differences = a[both] - b[both]
    middle = float(np.median(differences)) if differences.size else math.nan
    p = wilcoxon(differences)
    return Pair(*names, differences.size, middle, None if p is None else min(1.0, p * tests))


def wilcoxon(differences: NDArray[np.float64]) -> float | None:
    """Two-sided p of the signed-rank test; 1 where nothing differs; None for fewer than two songs.

    Source: Wilcoxon 1945; zero differences are left out, ties share their ranks.
    """
    if differences.size < 2:
        return None
    if not np.any(differences):
        return 1.0
    return float(scipy.stats.wilcoxon(differences[differences != 0]).pvalue)
