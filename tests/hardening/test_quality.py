"""docs/quality.md says what is so."""

from benchmarks import quality
from benchmarks.quality import PAGE, put


def test_the_table_of_faults_is_the_one_that_is_tested() -> None:
    """Each test that is named is there, and the page was written from the list."""
    page = PAGE.read_text(encoding="utf-8")
    assert put(page, "faults", quality.faults()) == page


def test_the_table_of_fuzzing_is_what_was_recorded() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert put(page, "fuzz", quality.fuzz()) == page
