"""A few seconds of what `make fuzz` does for as long as it is given, the same every time."""

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.hardening import corpus
from tests.hardening.fuzzing import examine, keep
from tests.hardening.targets import TARGETS

CASES = 25


@pytest.mark.parametrize("name", TARGETS)
def test_damage_is_one_of_our_errors(name: str, tmp_path: Path) -> None:
    """What is kept of a finding lies beside the test's folder."""
    target, rng = TARGETS[name], Random(7)
    seeds = target.seeds()
    for number in range(CASES):
        data = target.case(seeds, rng) if number >= len(seeds) else seeds[number]
        finding = examine(target, data, tmp_path / "at")
        if finding is not None:
            keep(finding, name, data, tmp_path / "findings")
        assert finding is None, finding.trace


@pytest.mark.parametrize("name", [name for name, target in TARGETS.items() if target.json])
def test_what_is_too_long_in_any_place_makes_no_long_message(name: str, tmp_path: Path) -> None:
    """A text of 50 000 letters in the place of each value, and of each key."""
    target = TARGETS[name]
    for seed in {data for data in target.seeds() if data.startswith(b"{")}:
        for changed in _with_long(json.loads(seed), "a" * 50_000):
            finding = examine(target, json.dumps(changed).encode(), tmp_path / "at")
            assert finding is None, finding.trace[-2_000:]


def _with_long(values: Any, long: str) -> Iterator[Any]:
    """The values with a long text in one place, for each place."""
    if isinstance(values, dict):
        for key, value in values.items():
            rest = {k: v for k, v in values.items() if k != key}
            yield {**rest, long: value}
            yield from ({**values, key: changed} for changed in _with_long(value, long))
    elif isinstance(values, list):
        for at, value in enumerate(values):
            for changed in _with_long(value, long):
                yield [*values[:at], changed, *values[at + 1 :]]
    yield long


def test_the_files_that_are_damaged_are_whole() -> None:
    for format, files in corpus.sounds().items():
        if format not in ("CAF", "STEM"):
            assert all(corpus.is_sound(data) for data in files), format
