import json
import math
from pathlib import Path

import pytest

from remixer.errors import InputError, OutputError
from remixer.evaluation.bss import SILENT, Score
from remixer.evaluation.results import (
    Results,
    ResultsFile,
    Row,
    as_json,
    medians,
    read_results,
    resumed,
    write_results,
)


def results(**changes: object) -> Results:
    made = Results("v4", "songs", "test", {"cnn1": "a", "mix": "b"})
    made.add("one", [Row("one", "cnn1", {"vocals": Score(1.5, 2.0, math.inf, -3.25)})], ["bass"])
    made.add(
        "one", [Row("one", "mix", {"vocals": SILENT, "other": Score(math.nan, 1.0, 2.0, 3.0)})], []
    )
    for name, value in changes.items():
        setattr(made, name, value)
    return made


def test_what_is_written_is_read_again_with_infinities(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    made = results(failed={"two": "two is broken"})
    write_results(made, path)
    again = read_results(path)
    assert repr(again) == repr(made)  # NaN is not equal to itself
    assert sorted(p.name for p in tmp_path.iterdir()) == ["results.json"]
    strict = json.loads(path.read_text(), parse_constant=lambda name: pytest.fail(name))
    assert strict["median_sdr_db"]["mix"]["vocals"] == "-inf"


def test_going_on_keeps_the_rows_of_systems_that_are_unchanged(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    write_results(results(), path)
    wanted = Results("v4", "songs", "test", {"cnn1": "new weights", "irm": "c"})
    found = resumed(path, wanted, ["one", "two"])
    assert [(row.song, row.system) for row in found.rows] == [("one", "mix")]
    assert found.systems == {"cnn1": "new weights", "irm": "c", "mix": "b"}
    assert found.missing("one", ["cnn1", "irm", "mix"]) == ["cnn1", "irm"]
    assert found.missing("two", ["cnn1", "irm"]) == ["cnn1", "irm"]
    assert found.silent == {"one": ["bass"]}


@pytest.mark.parametrize("there", [False, True])
def test_what_somebody_else_writes_there_meanwhile_stays(there: bool, tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    if there:
        write_results(results(), path)
    file = ResultsFile(path)
    file.write(results())
    file.write(results(failed={"two": "two is broken"}))
    assert read_results(path).failed
    path.unlink()
    path.write_text("theirs")
    with pytest.raises(OutputError, match="by another program meanwhile"):
        file.write(results())
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("results.json", "theirs")]


def test_of_two_evaluations_the_later_one_gives_way(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    first, second = ResultsFile(path), ResultsFile(path)
    first.write(results())
    with pytest.raises(OutputError, match="by another program meanwhile"):
        second.write(results(failed={"two": "two is broken"}))
    first.write(results())
    assert not read_results(path).failed


def test_songs_that_are_gone_are_not_kept(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    write_results(results(), path)
    wanted = Results("v4", "songs", "test", {"cnn1": "a", "mix": "b"})
    assert resumed(path, wanted, ["two"]).rows == []


@pytest.mark.parametrize(
    ("measure", "data", "split", "what"),
    [
        ("v3", "songs", "test", "measure 'v4', not 'v3'"),
        ("v4", "others", "test", "data 'songs', not 'others'"),
        ("v4", "songs", "valid", "split 'test', not 'valid'"),
    ],
)
def test_results_of_something_else_are_not_gone_on_with(
    tmp_path: Path, measure: str, data: str, split: str, what: str
) -> None:
    path = tmp_path / "results.json"
    write_results(results(), path)
    before = path.read_bytes()
    with pytest.raises(InputError, match=what):
        resumed(path, Results(measure, data, split), ["one"])
    assert path.read_bytes() == before


def test_a_file_that_is_not_there_is_a_beginning(tmp_path: Path) -> None:
    wanted = results()
    assert resumed(tmp_path / "none.json", wanted, ["one"]) is wanted


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", '{"format": 1}', '{"format": 2, "measure": "v3"}', '"\\ud800"'],
)
def test_what_is_no_results_is_refused_by_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "odd.json"
    path.write_text(text)
    with pytest.raises(InputError, match=r"odd\.json holds no results"):
        read_results(path)


def test_a_row_with_an_unknown_stem_is_refused(tmp_path: Path) -> None:
    values = as_json(results())
    values["rows"][0]["scores"]["guitar"] = {"sdr": 1}
    path = tmp_path / "odd.json"
    path.write_text(json.dumps(values))
    with pytest.raises(InputError, match="guitar"):
        read_results(path)


def test_a_missing_folder_is_made_and_an_impossible_one_is_an_output_error(tmp_path: Path) -> None:
    write_results(results(), tmp_path / "new" / "results.json")
    assert read_results(tmp_path / "new" / "results.json").data == "songs"
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot be written"):
        write_results(results(), tmp_path / "file" / "results.json")


def test_medians_leave_out_what_could_not_be_measured() -> None:
    rows = [
        Row(str(number), "mix", {"vocals": Score(value, None, 0, 0)})
        for number, value in enumerate([3.0, math.nan, 1.0, -math.inf])
    ]
    assert medians(rows) == {"mix": {"vocals": 1.0}}
    assert medians(rows, "isr") == {"mix": {}}
