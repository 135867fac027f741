"""A few seconds of what `make fuzz` does for as long as it is given, the same every time."""

from pathlib import Path
from random import Random

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


def test_the_files_that_are_damaged_are_whole() -> None:
    for format, files in corpus.sounds().items():
        if format not in ("CAF", "STEM"):
            assert all(corpus.is_sound(data) for data in files), format
