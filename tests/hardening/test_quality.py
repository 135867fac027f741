"""docs/quality.md says what is so."""

import sys
from pathlib import Path

import pytest

from benchmarks import quality, record
from benchmarks.quality import PAGE, put


def test_the_table_of_faults_is_the_one_that_is_tested() -> None:
    """Each test that is named is there, and the page was written from the list."""
    page = PAGE.read_text(encoding="utf-8")
    assert put(page, "faults", quality.faults()) == page


def test_the_table_of_fuzzing_is_what_was_recorded() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert put(page, "fuzz", quality.fuzz()) == page


def test_the_table_of_slow_parts_is_what_was_recorded() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert put(page, "slow", record.report()) == page


def test_how_a_part_ends_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record, "RESULTS", tmp_path / "results.json")
    parts = {"kills": "print('begun'); print('7 kills')", "packages": "print('no|room'); exit(3)"}
    for name, code in parts.items():
        monkeypatch.setattr(sys, "argv", ["record", name, "--", sys.executable, "-c", code])
        assert record.main() == (3 if name == "packages" else 0)
    kept = record.results()
    assert [(how.said, how.code) for how in kept.values()] == [("7 kills", 0), ("no|room", 3)]
    lines = record.report().splitlines()
    assert any(
        line.startswith("| `make kills` |") and line.endswith("| 7 kills |") for line in lines
    )
    assert any(line.endswith("| **failed (3)**: no/room |") for line in lines)
    assert sum("not recorded yet" in line for line in lines) == len(record.PARTS) - 2
