"""What an installed package has with it, by what pyproject.toml says that it takes along."""

import json
import tomllib

import pytest

from tests.end_to_end.conftest import ROOT

SETUPTOOLS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
SHARED = {
    folder: {path.name for pattern in patterns for path in ROOT.glob(pattern)}
    for folder, patterns in SETUPTOOLS["data-files"].items()
}


def test_every_pattern_finds_something() -> None:
    patterns = [pattern for patterns in SETUPTOOLS["data-files"].values() for pattern in patterns]
    assert [pattern for pattern in patterns if not list(ROOT.glob(pattern))] == []


def test_models_come_with_their_weights_and_stay_small() -> None:
    cards = list((ROOT / "models").glob("*.json"))
    assert cards
    for path in cards:
        weights = json.loads(path.read_text())["weights"]
        assert {path.name, weights} <= SHARED["share/remixer/models"]
        assert (path.parent / weights).stat().st_size < 40e6


def test_the_demo_song_comes_along() -> None:
    assert "demo.flac" in SHARED["share/remixer/demo"]


@pytest.mark.parametrize("name", SETUPTOOLS["package-data"]["remixer"])
def test_types_come_along(name: str) -> None:
    assert (ROOT / "remixer" / name).is_file()
