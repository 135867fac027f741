import json
import math
from pathlib import Path

import pytest
from scipy import stats

from remixer.errors import OutputError, SettingError
from remixer.mixing.plain import from_plain
from remixer.mixing.strips import MixState
from remixer.session.abx import AbxResult, AbxTest, Trial, needed, p_value
from remixer.session.abx_report import AbxReport, verdict


@pytest.mark.parametrize("trials", [1, 5, 10, 16, 100])
def test_the_probability_is_the_binomial_one(trials: int) -> None:
    for right in range(trials + 1):
        expected = stats.binomtest(right, trials, 0.5, alternative="greater").pvalue
        assert p_value(right, trials) == pytest.approx(expected, rel=1e-9)


def test_the_probability_is_exact() -> None:
    assert p_value(10, 10) == 1 / 1024
    assert p_value(0, 10) == 1.0
    assert p_value(0, 0) == 1.0
    assert p_value(100, 100) == 2.0**-100


@pytest.mark.parametrize(("right", "trials"), [(-1, 5), (6, 5)])
def test_impossible_counts_are_refused(right: int, trials: int) -> None:
    with pytest.raises(SettingError, match="right answers"):
        p_value(right, trials)


@pytest.mark.parametrize(("trials", "fewest"), [(5, 5), (10, 9), (16, 12), (20, 15), (4, None)])
def test_what_it_takes(trials: int, fewest: int | None) -> None:
    assert needed(trials) == fewest


def all_right(test: AbxTest) -> AbxResult:
    while not test.finished:
        test.answer(test.source("X"))
    return test.result()


def test_who_hears_it_gets_all_right() -> None:
    result = all_right(AbxTest(16))
    assert result.right == 16
    assert result.p == 2.0**-16
    assert result.significant


def test_who_guesses_is_not_significant_more_often_than_promised() -> None:
    found = 0
    for seed in range(400):
        test = AbxTest(10, seed)
        while not test.finished:
            test.answer("A")
        found += test.result().significant
    assert found / 400 < 0.03  # 11 of 1 024 in the long run


def test_x_is_either_and_stays_within_a_trial() -> None:
    test = AbxTest(100, 7)
    seen = []
    while not test.finished:
        xs = {test.source("X") for _ in range(5)}
        assert len(xs) == 1
        assert (test.source("A"), test.source("B")) == ("A", "B")
        seen += xs
        test.answer("A")
    assert 30 < seen.count("A") < 70
    assert seen != sorted(seen)


def test_seeds_come_from_the_system_and_can_be_repeated() -> None:
    seeds = {all_right(AbxTest(5)).seed for _ in range(20)}
    assert len(seeds) == 20
    first = all_right(AbxTest(20, 3))
    assert [t.x for t in first.trials] == [t.x for t in all_right(AbxTest(20, 3)).trials]


def test_nothing_is_told_before_the_end() -> None:
    test = AbxTest(5, 1)
    test.answer("A")
    with pytest.raises(SettingError, match="when the last trial is answered"):
        test.result()
    public = {name for name in vars(type(test)) if not name.startswith("_")}
    assert public == {"planned", "answered", "finished", "source", "answer", "stop", "result"}


def test_stopped_early_counts_what_was_answered() -> None:
    test = AbxTest(10, 1)
    test.answer("A")
    test.stop()
    assert test.finished
    assert len(test.result().trials) == 1
    assert test.result().planned == 10
    with pytest.raises(SettingError, match="over"):
        test.answer("B")
    with pytest.raises(SettingError, match="over"):
        test.source("X")


@pytest.mark.parametrize("trials", [0, 4, 101])
def test_trials_out_of_range_are_refused(trials: int) -> None:
    with pytest.raises(SettingError, match="do 5 to 100"):
        AbxTest(trials)


def test_other_answers_are_refused() -> None:
    with pytest.raises(SettingError, match="X is A or B"):
        AbxTest(5).answer("X")


def report(**changes: object) -> AbxReport:
    trials = (Trial("A", "A"), Trial("B", "B"), Trial("B", "A"), Trial("A", "A"), Trial("A", "A"))
    values = {
        "result": AbxResult(trials, 5, 42),
        "song": "söng.wav",
        "state": MixState(master_db=-math.inf).with_strip("vocals", gain_db=1.5),
        "model": "cnn1",
        "region": (44_100, 441_000),
        "rate": 44_100,
        "matched_db": -0.73,
        "when": "2025-06-01 12:00",
        "version": "1.0",
    }
    return AbxReport(**{**values, **changes})  # type: ignore[arg-type]


def test_the_report_says_all(tmp_path: Path) -> None:
    report().save(tmp_path / "a.txt")
    text = (tmp_path / "a.txt").read_text()
    assert "Right       4 of 5\n" in text
    assert "Probability 0.1875 of as many" in text
    assert "Excerpt     0:01.000 to 0:10.000" in text
    assert "turned by -0.73 dB" in text
    assert "    3  B      A  wrong" in text
    assert "random.Random(42)" in text
    assert '"gain_db": 1.5' in text
    assert "not matched" in report(matched_db=None).text()
    early = AbxResult((Trial("A", "A"),), 5, 1)
    assert "1 of 1 (stopped early, 5 planned)" in report(result=early).text()


def test_the_report_for_scripts(tmp_path: Path) -> None:
    (tmp_path / "a.JSON").write_text("old")
    report().save(tmp_path / "a.JSON")
    values = json.loads((tmp_path / "a.JSON").read_text())
    assert values["right"] == 4
    assert values["p"] == 0.1875
    assert values["trials"][2] == {"x": "B", "answer": "A"}
    assert from_plain(values["mix"]) == report().state
    assert [p.name for p in tmp_path.iterdir()] == ["a.JSON"]


def test_a_report_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="does not exist"):
        report().save(tmp_path / "none" / "a.txt")
    (tmp_path / "folder.txt").mkdir()
    with pytest.raises(OutputError, match="could not be written"):
        report().save(tmp_path / "folder.txt")
    assert [p.name for p in tmp_path.iterdir()] == ["folder.txt"]


def test_verdicts() -> None:
    assert verdict(AbxResult((), 5, 1)) == "nothing was answered"
    assert "does not prove" in verdict(report().result)
    assert "was heard" in verdict(AbxResult((Trial("A", "A"),) * 5, 5, 1))
