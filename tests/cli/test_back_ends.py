"""Back ends of another package through the commands, the promise included."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import Remixer
from tests.packages import CARDS, NAME, VERSION, install
from tests.support import music, read_ints, stems_of, write


@pytest.fixture(autouse=True)
def site(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(install(tmp_path_factory.mktemp("site")))


def test_they_are_listed_with_their_package(remixer: Remixer) -> None:
    outcome = remixer("models")
    assert outcome.code == 0
    assert "half  Half is vocals" in outcome.out
    assert f"back end: {NAME} {VERSION}, gives vocals" in outcome.out
    found = {model["id"]: model for model in remixer("models", "--json").result["models"]}
    assert set(CARDS) <= set(found)
    assert found["narrow"]["rate"] == 32_000


@pytest.mark.parametrize("model", ["half", "left", "narrow", "three"])
def test_stems_sum_to_the_file_and_neutral_is_the_file(
    remixer: Remixer, song: Path, tmp_path: Path, model: str
) -> None:
    result = remixer("separate", song, "-o", "out", "--model", model, "--json").result
    [file] = result["files"]
    assert (file["model"], file["differing"]) == (model, 0)
    stems = [read_ints(path) for path in stems_of(song, tmp_path / "out")]
    assert np.array_equal(sum(stems), read_ints(song))
    assert remixer("nulltest", song, *stems_of(song, tmp_path / "out")).code == 0
    assert remixer("remix", song, "-o", "same.wav", "--model", model).code == 0
    assert np.array_equal(read_ints(tmp_path / "same.wav"), read_ints(song))
    moved = remixer("remix", song, "-o", "up.wav", "--model", model, "--gain", "vocals=-6")
    assert moved.code == 0
    assert not np.array_equal(read_ints(tmp_path / "up.wav"), read_ints(song))


def test_each_model_s_stems_are_cached_apart(
    remixer: Remixer, song: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for model in ("half", "left", "half"):
        remixer("separate", song, "-o", model, "--model", model, "--overwrite")
    entries = remixer("cache", "--json").result["entries"]
    assert sorted(entry["about"]["model"] for entry in entries) == ["half", "left"]


def test_a_batch_goes_through_a_back_end(remixer: Remixer, song: Path, tmp_path: Path) -> None:
    write(tmp_path / "more.wav", 0.5 * music(1, 20_000, 48_000), 48_000, "PCM_24")
    result = remixer("separate", tmp_path, "-o", "out", "--model", "narrow", "--json").result
    assert (result["done"], result["failed"]) == (2, 0)


def test_a_receipt_names_the_back_end(remixer: Remixer, song: Path, tmp_path: Path) -> None:
    move = ("--gain", "vocals=1", "--receipt")
    assert remixer("remix", song, "-o", "a.wav", "--model", "half", *move).code == 0
    model = json.loads((tmp_path / "a.receipt.json").read_text())["model"]
    assert (model["id"], model["licence"]) == ("half", "MIT")
    assert model["version"].startswith("backend-1:")


@pytest.mark.parametrize(
    "model", ["crooked", "endless", "whole", "angry", "quits", "nothing", "absent", "unmade"]
)
def test_a_broken_one_is_one_line_that_names_it(
    remixer: Remixer, song: Path, tmp_path: Path, model: str
) -> None:
    outcome = remixer("separate", song, "-o", "out", "--model", model)
    assert outcome.code == 1
    assert f"the back end '{model}' ({NAME} {VERSION})" in outcome.err
    assert len(outcome.err.splitlines()) == 1
    assert not (tmp_path / "out").exists()
    assert remixer("separate", song, "-o", "out").code == 0
