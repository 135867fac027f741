import csv
import io
import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread

from remixer.dsp.signal import STEMS
from remixer.errors import InputError
from remixer.evaluation.bss import SILENT, Score
from remixer.evaluation.compare import Comparison, compare, compare_files, wilcoxon
from remixer.evaluation.figure import draw
from remixer.evaluation.published import PUBLISHED
from remixer.evaluation.report import markdown, medians_csv, number, significance_csv
from remixer.evaluation.results import Results, Row, write_results
from tests.evaluation.signals import noise


def rows(systems: Mapping[str, float], songs: int = 20, spread: float = 0.5) -> list[Row]:
    """Every system at its SDR with a song's difficulty and some scatter."""
    scatter = spread * noise(1, len(systems), songs, len(STEMS))
    made = []
    for i, (system, level) in enumerate(systems.items()):
        for song in range(songs):
            values = level + 0.2 * song + scatter[i, song]
            scores = {
                stem: Score(float(v), None, float(v) + 4, float(v) + 2)
                for stem, v in zip(STEMS, values, strict=True)
            }
            made.append(Row(f"song{song}", system, scores))
    return made


def compared(systems: Mapping[str, float], songs: int = 20) -> Comparison:
    return compare("v3", "DSD100", "test", rows(systems, songs))


def test_medians_are_over_songs() -> None:
    found = compare("v3", "d", "", rows({"dnn": 1.0}, songs=3, spread=0))
    assert found.median("sdr", "vocals", "dnn") == pytest.approx(1.2)
    assert found.ratios == ("sdr", "sir", "sar")
    assert found.median("isr", "vocals", "dnn") is None


@pytest.mark.parametrize(("songs", "expected"), [(6, 2 / 2**6), (8, 2 / 2**8), (1, None)])
def test_wilcoxon_of_differences_of_one_sign(songs: int, expected: float | None) -> None:
    found = wilcoxon(np.arange(1.0, songs + 1))
    assert found == (None if expected is None else pytest.approx(expected))


def test_wilcoxon_by_hand() -> None:
    """Ranks of -1, 2, 3, -4, 5: sums 5 and 10; of 32 signs 20 give a smaller sum of at most 5."""
    assert wilcoxon(np.array([-1.0, 2, 3, -4, 5])) == pytest.approx(20 / 32)


def test_wilcoxon_of_what_is_the_same() -> None:
    assert wilcoxon(np.zeros(9)) == 1.0


def test_p_is_multiplied_by_the_pairs_and_at_most_1() -> None:
    two, three = compared({"a": 0, "b": 2}, 8), compared({"a": 0, "b": 2, "c": 2}, 8)
    p = {(x.first, x.second): x.p for x in three.pairs if (x.ratio, x.stem) == ("sdr", "bass")}
    assert two.pairs[0].p == pytest.approx(2 / 2**8)
    assert p["a", "b"] == pytest.approx(3 * 2 / 2**8)
    assert p["b", "c"] is not None
    assert p["b", "c"] <= 1


def test_a_clear_difference_is_significant_and_a_small_one_is_not() -> None:
    found = compared({"dnn": 2.0, "cnn1": 4.0, "cnn2": 2.02})
    sdr = {(p.first, p.second): p for p in found.pairs if (p.ratio, p.stem) == ("sdr", "vocals")}
    assert sdr["dnn", "cnn1"].significant
    assert sdr["dnn", "cnn1"].difference == pytest.approx(-2, abs=0.4)
    assert not sdr["dnn", "cnn2"].significant


def test_only_songs_that_all_were_measured_on_count() -> None:
    made = rows({"a": 0, "b": 1}, 5)[:-2]
    found = compare("v3", "d", "", made)
    assert found.songs == ("song0", "song1", "song2")
    assert found.found("sdr", "bass", "a").size == 3


def test_a_stem_that_a_song_lacks_has_no_pair_there() -> None:
    made = rows({"a": 0, "b": 1}, 4)
    del made[0].scores["vocals"]
    pair = next(p for p in compare("v3", "d", "", made).pairs if p.stem == "vocals")
    assert pair.songs == 3


def test_a_silent_estimate_counts_in_the_median_and_not_in_the_test() -> None:
    made = rows({"a": 0, "b": 1}, 4)
    made[0].scores["drums"] = SILENT
    found = compare("v3", "d", "", made)
    assert found.median("sdr", "drums", "a") < found.median("sdr", "bass", "a") + 1  # type: ignore[operator]
    assert next(p for p in found.pairs if p.stem == "drums").songs == 3


def write(path: Path, measure: str, data: str, systems: Mapping[str, float]) -> Path:
    made = Results(measure, data, "test", dict.fromkeys(systems, "x"), rows(systems))
    write_results(made, path)
    return path


def test_files_are_joined_and_of_a_system_twice_the_first_counts(tmp_path: Path) -> None:
    one = write(tmp_path / "1.json", "v3", "d", {"mix": 0, "dnn": 1})
    two = write(tmp_path / "2.json", "v3", "d", {"mix": 50, "cnn1": 3})
    found = compare_files([one, two])
    assert found.systems == ("mix", "dnn", "cnn1")
    assert found.median("sdr", "bass", "mix") < 10  # type: ignore[operator]
    assert compare_files([one, two], ["cnn1", "dnn"]).systems == ("cnn1", "dnn")


def test_files_that_were_not_measured_alike_are_refused(tmp_path: Path) -> None:
    one = write(tmp_path / "1.json", "v3", "d", {"mix": 0})
    for i, (measure, data) in enumerate([("v4", "d"), ("v3", "e")]):
        other = write(tmp_path / f"other{i}.json", measure, data, {"mix": 0})
        with pytest.raises(InputError, match=rf"other{i}\.json.*measured alike"):
            compare_files([one, other])


def test_two_models_of_one_name_are_refused(tmp_path: Path) -> None:
    for name, mark in (("a", "masks-1:1"), ("b", "masks-1:2")):
        found = Results("v3", "d", "", {"cnn1": mark}, rows({"cnn1": 1.0}))
        write_results(found, tmp_path / f"{name}.json")
    with pytest.raises(InputError, match=r"cnn1 in .*b\.json is another model than in .*a\.json"):
        compare_files([tmp_path / "a.json", tmp_path / "b.json"])


def test_a_system_that_is_not_there_is_named(tmp_path: Path) -> None:
    one = write(tmp_path / "1.json", "v3", "d", {"mix": 0})
    with pytest.raises(InputError, match="no results of cnn9: there is mix"):
        compare_files([one], ["cnn9"])


def test_no_song_in_common_is_an_error() -> None:
    made = [Row("x", "a", {}), Row("y", "b", {})]
    with pytest.raises(InputError, match="no song was measured with all of a, b"):
        compare("v3", "d", "", made)


def test_markdown_has_medians_tests_and_published_rows_marked() -> None:
    text = markdown(compared({"dnn": 2.0, "cnn1": 4.0, "cnn2": 2.02}))
    assert "| SDR | cnn1 | 5." in text
    assert "DSD100, test: 20 songs, BSS Eval v3" in text
    line = next(line for line in text.splitlines() if line.startswith("| dnn - cnn1"))
    assert line.count("**") == 8
    assert " ns (" in next(line for line in text.splitlines() if line.startswith("| dnn - cnn2"))
    below = text[text.index("Published by others") :]
    assert all(row.system in below for row in PUBLISHED)
    assert "RGT1" not in text[: text.index("Published by others")]
    assert "With fewer than" not in text


def test_markdown_says_when_there_are_too_few_songs() -> None:
    assert "With fewer than 10 songs" in markdown(compared({"a": 0, "b": 1, "c": 3}, 9))
    assert "With fewer than" not in markdown(compared({"a": 0, "b": 1, "c": 3}, 10))


@pytest.mark.parametrize(("songs", "significant"), [(9, False), (10, True)])
def test_the_number_of_songs_that_it_gives_is_right(songs: int, significant: bool) -> None:
    pairs = compared({"a": 0, "b": 5, "c": 10}, songs).pairs
    assert all(pair.significant == significant for pair in pairs)


def test_markdown_of_one_system_and_one_song() -> None:
    assert "nothing to compare" in markdown(compared({"cnn1": 1.0}, 1))
    assert "(one song)" in markdown(compared({"a": 1.0, "b": 2.0}, 1))


def test_names_cannot_break_the_table() -> None:
    made = rows({"a|b": 1.0}, 2)
    lines = markdown(compare("v3", "d", "", made)).splitlines()
    assert any("a\\|b" in line for line in lines)


def test_numbers_of_the_table() -> None:
    found = [number(value) for value in (1.005, None, math.nan, -math.inf, math.inf, 154.99)]
    assert found == ["1.00", "-", "-", "-∞", "∞", "∞"]


def test_csv_tells_measured_from_published() -> None:
    table = list(csv.DictReader(io.StringIO(medians_csv(compared({"cnn1": 4.0})))))
    measured = [row for row in table if row["source"] == "measured"]
    assert len(measured) == 3 * 4
    assert {row["songs"] for row in measured} == {"20"}
    published = [row for row in table if row["source"] == "published"]
    assert len(published) == sum(len(row.sdr) for row in PUBLISHED)
    rgt1 = {r["stem"]: r["median_db"] for r in published if r["system"].startswith("RGT1")}
    assert rgt1 == {"vocals": "3.85", "drums": "3.44", "bass": "2.70", "other": "2.63"}


def test_csv_of_tests() -> None:
    found = compared({"a": 0.0, "b": 3.0})
    table = list(csv.DictReader(io.StringIO(significance_csv(found))))
    assert len(table) == 12
    assert {row["significant"] for row in table} == {"1"}
    assert float(table[0]["p_corrected"]) == pytest.approx(found.pairs[0].p, rel=1e-4)


def marks(svg: Path) -> int:
    """matplotlib notes the text of what it draws as paths."""
    return svg.read_text().count("<!-- ns -->")


def test_the_figure_has_a_mark_for_every_pair_that_does_not_differ(tmp_path: Path) -> None:
    found = compared({"dnn": 2.0, "cnn1": 4.0, "cnn2": 2.02})
    png, svg = draw(found, tmp_path / "figure")
    assert marks(svg) == sum(not pair.significant for pair in found.pairs) > 0
    picture = imread(png)
    assert picture.shape[1] > 1_200
    assert picture.std() > 0.05
    text = svg.read_text()
    for word in ("dnn", "cnn1", "cnn2", *STEMS, "SDR (dB)", "SIR (dB)", "SAR (dB)"):
        assert f"<!-- {word} -->" in text


def test_the_figure_of_the_same_results_is_the_same(tmp_path: Path) -> None:
    found = compared({"a": 0, "b": 1})
    first, second = (draw(found, tmp_path / name)[1].read_bytes() for name in "xy")
    assert first == second


def test_the_figure_copes_with_infinities_and_nothing(tmp_path: Path) -> None:
    made = rows({"mix": 0, "cnn1": 1}, 4)
    for row in made:
        row.scores.pop("bass")
        for stem, score in row.scores.items():
            exact = 155.0 if row.system == "mix" else score.sar
            row.scores[stem] = Score(-math.inf if stem == "drums" else score.sdr, None, 3.0, exact)
    _, svg = draw(compare("v3", "d", "", made), tmp_path / "figure")
    assert svg.read_text().count("<!-- ∞ -->") == 3


def test_a_figure_of_one_system_and_one_song(tmp_path: Path) -> None:
    _, svg = draw(compared({"cnn1": 1.0}, 1), tmp_path / "figure")
    assert marks(svg) == 0


def test_a_figure_of_too_few_songs_says_so_and_marks_nothing(tmp_path: Path) -> None:
    _, svg = draw(compared({"a": 1.0, "b": 1.0}, 3), tmp_path / "figure")
    assert marks(svg) == 0
    assert "Too few for any test of significance, which takes 8." in svg.read_text()
