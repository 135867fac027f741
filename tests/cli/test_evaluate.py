"""remixer evaluate and remixer compare, from songs on disk to tables and a figure."""

import json
from pathlib import Path

import pytest
import soundfile

from tests.cli.conftest import Remixer
from tests.evaluation.signals import stems

RATE = 8_000


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Two short songs, mono, without drums."""
    folder = tmp_path / "data"
    for number in range(2):
        song = folder / f"song {number}"
        song.mkdir(parents=True)
        true = 0.2 * stems(3, 1, 6_000 + 500 * number)
        for stem, samples in zip(("vocals", "bass", "other"), true, strict=True):
            soundfile.write(song / f"{stem}.wav", samples.T, RATE, "PCM_24")
    return folder


def test_models_the_mix_and_oracles_are_measured(
    remixer: Remixer, data: Path, tmp_path: Path
) -> None:
    results = tmp_path / "results.json"
    done = remixer(
        *("evaluate", "bands", "--data", data, "--oracle", "irm,wiener", "--jobs", 1),
        *("-o", results, "--json"),
    )
    assert done.code == 0, done.err
    assert done.result == json.loads(results.read_text())
    assert list(done.result["median_sdr_db"]) == ["mix", "bands", "irm", "wiener"]
    assert [(r["song"], r["system"]) for r in done.result["rows"]][:5] == [
        ("song 0", "mix"),
        ("song 0", "bands"),
        ("song 0", "irm"),
        ("song 0", "wiener"),
        ("song 1", "mix"),
    ]
    sdr = {system: medians["vocals"] for system, medians in done.result["median_sdr_db"].items()}
    assert sdr["irm"] > sdr["mix"]


def test_a_run_goes_on_where_it_was(remixer: Remixer, data: Path, tmp_path: Path) -> None:
    results = tmp_path / "results.json"
    command = ("--data", data, "--jobs", 1, "-o", results)
    assert remixer("evaluate", "mix", *command, "--oracle", "none").code == 0
    before = json.loads(results.read_text())["rows"]
    done = remixer("evaluate", "mix", *command, "--oracle", "irm")
    assert "2 rows that still hold" in done.err
    assert sum("mix  " in line for line in done.out.splitlines()) == 1  # the median only
    head, columns = done.out.splitlines()[:2]
    assert head.startswith("SDR in dB, BSS Eval v3, higher is better; mix is the song itself")
    assert head.endswith(", irm ideal masks")
    assert columns.split() == ["song", "model"]
    rows = json.loads(results.read_text())["rows"]
    assert [row for row in rows if row["system"] == "mix"] == before
    assert len(rows) == 4


def test_results_of_another_measure_are_not_overwritten(
    remixer: Remixer, data: Path, tmp_path: Path
) -> None:
    results = tmp_path / "results.json"
    command = ("evaluate", "mix", "--data", data, "--oracle", "none", "--jobs", 1, "-o", results)
    assert remixer(*command).code == 0
    before = results.read_bytes()
    done = remixer(*command, "--measure", "v4")
    assert done.code == 1
    assert "measure 'v3', not 'v4'" in done.err
    assert results.read_bytes() == before


def test_a_broken_track_stops_or_is_skipped(remixer: Remixer, data: Path, tmp_path: Path) -> None:
    broken = data / "song 0" / "bass.wav"
    broken.write_bytes(broken.read_bytes()[:4_000])
    command = ("evaluate", "mix", "--data", data, "--oracle", "none", "--jobs", 1)
    stopped = remixer(*command)
    assert stopped.code == 1
    assert "song 0" in stopped.err
    assert "bass.wav" in stopped.err
    skipped = remixer(*command, "--on-error", "skip", "--json")
    assert skipped.code == 0
    assert "left out: song 0" in skipped.err
    assert list(skipped.result["failed"]) == ["song 0"]
    assert [row["song"] for row in skipped.result["rows"]] == ["song 1"]


def test_nothing_left_is_an_error(remixer: Remixer, data: Path) -> None:
    for path in data.rglob("bass.wav"):
        path.write_bytes(b"RIFF")
    command = ("evaluate", "mix", "--data", data, "--oracle", "none", "--jobs", 1)
    assert remixer(*command, "--on-error", "skip").code == 1


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("mix", "--oracle", "magic"), 2, "there is no oracle 'magic'"),
        (("cnn9",), 1, "mix, irm, ibm, wiener"),
        (("mix", "--split", "dev"), 0, ""),  # folders without splits have them all
        (("mix", "--measure", "v5"), 2, "v5"),
    ],
)
def test_options_that_do_not_fit(
    remixer: Remixer, data: Path, arguments: tuple[str, ...], code: int, said: str
) -> None:
    if "--oracle" not in arguments:
        arguments = (*arguments, "--oracle", "none")
    done = remixer("evaluate", *arguments, "--data", data, "--jobs", 1)
    assert done.code == code
    assert said in done.err


@pytest.mark.parametrize(
    ("training", "told"),
    [
        ({"names": ["song 1", "other"]}, ["song 1"]),
        ({"names": ["more:Song-1"]}, ["song 1"]),
        ({"names": ["other"], "data": "data"}, []),
        ({"data": "data"}, []),  # folders without splits do not say which were for training
        ({"names": "song 1"}, []),
        ({}, []),
    ],
)
def test_songs_that_a_model_has_learned_from_are_noted(
    remixer: Remixer,
    data: Path,
    models: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    training: dict[str, object],
    told: list[str],
) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    card = json.loads((models / "bands.json").read_text())
    (folder / "bands.json").write_text(json.dumps({**card, "training": training}))
    (folder / "bands.safetensors").write_bytes((models / "bands.safetensors").read_bytes())
    monkeypatch.setenv("REMIXER_MODELS", str(folder))
    command = ("evaluate", "bands", "--data", data, "--oracle", "none", "--jobs", 1, "--json")
    done = remixer(*command)
    assert done.code == 0, done.err
    assert done.result.get("trained_on", {}) == ({"bands": told} if told else {})
    warned = "bands was trained on 1 of these 2 songs, as its card tells (song 1)" in done.err
    assert warned is bool(told)
    assert remixer(*command, "-o", "a.json").code == 0
    remixer("evaluate", "mix", *command[2:], "-o", "a.json")  # goes on with another system
    shown = remixer("compare", "a.json").out
    assert ("**Note:** bands was trained on 1 of these 2 songs" in shown) is bool(told)
    written = remixer("compare", "a.json", "-o", "tables")
    assert ("bands was trained on 1 of these 2 songs" in written.err) is bool(told)
    assert ("(song 1)" in (tmp_path / "tables" / "comparison.md").read_text()) is bool(told)
    assert remixer("compare", "a.json", "--json").result["trained_on"] == (
        {"bands": told} if told else {}
    )
    assert remixer("compare", "a.json", "--system", "mix", "--json").result["trained_on"] == {}


def test_the_training_side_of_the_folder_a_model_learned_from_is_noted(
    remixer: Remixer,
    data: Path,
    models: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sides = tmp_path / "divided"
    for number, split in enumerate(("train", "test")):
        (sides / split).mkdir(parents=True)
        (data / f"song {number}").rename(sides / split / f"song {number}")
    folder = tmp_path / "mine"
    folder.mkdir()
    card = json.loads((models / "bands.json").read_text())
    (folder / "bands.json").write_text(json.dumps({**card, "training": {"data": "divided"}}))
    (folder / "bands.safetensors").write_bytes((models / "bands.safetensors").read_bytes())
    monkeypatch.setenv("REMIXER_MODELS", str(folder))
    command = ("evaluate", "bands", "--data", sides, "--oracle", "none", "--jobs", 1, "--json")
    seen = remixer(*command, "--split", "train")
    assert seen.result["trained_on"] == {"bands": ["song 0"]}
    assert "trained_on" not in remixer(*command).result


def test_silent_stems_are_named(remixer: Remixer, data: Path) -> None:
    (data / "song 1" / "vocals.wav").unlink()
    done = remixer("evaluate", "mix", "--data", data, "--oracle", "none", "--jobs", 1)
    assert done.code == 0
    assert "song 1: vocals, drums silent" in done.err


def test_a_comparison_from_start_to_figure(remixer: Remixer, data: Path, tmp_path: Path) -> None:
    for system in ("mix", "bands"):
        path = tmp_path / f"{system}.json"
        command = ("--data", data, "--oracle", "irm", "--jobs", 1, "-o", path)
        assert remixer("evaluate", system, *command).code == 0
    files = (tmp_path / "mix.json", tmp_path / "bands.json")
    printed = remixer("compare", *files)
    assert printed.code == 0
    assert "| SDR | bands |" in printed.out
    assert "Published by others" in printed.out
    out = tmp_path / "out"
    done = remixer("compare", *files, "-o", out, "--system", "irm", "--system", "bands", "--json")
    assert done.code == 0, done.err
    assert sorted(path.name for path in out.iterdir()) == [
        "comparison.md",
        "figure.png",
        "figure.svg",
        "medians.csv",
        "tests.csv",
    ]
    assert list(done.result["medians_db"]["sdr"]) == ["irm", "bands"]
    assert len(done.result["tests"]) == 9


def test_what_is_no_results_is_named(remixer: Remixer, tmp_path: Path) -> None:
    path = tmp_path / "odd.json"
    path.write_text("{}")
    done = remixer("compare", path)
    assert done.code == 1
    assert "odd.json holds no results" in done.err
