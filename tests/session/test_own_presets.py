"""Presets of the user's own, in their file."""

import json
from pathlib import Path

import pytest

from remixer.errors import InputError, SettingError
from remixer.session.export_plan import ExportPlan
from remixer.session.finishing import Finish
from remixer.session.own_presets import (
    ENVIRONMENT,
    forget_preset,
    keep_preset,
    known_preset,
    own_preset,
    own_presets,
)
from remixer.session.presets import Preset

CLUB = own_preset(
    "Club", "remix", "WAV", "PCM_16", "{name} {preset}", "drums", Finish("on", -1.0), True
)
BAND = own_preset("band", "minus-one", "FLAC", "source", "{name}", "vocals", Finish(), False)


@pytest.fixture(autouse=True)
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "config" / "presets.json"
    monkeypatch.setenv(ENVIRONMENT, str(path))
    return path


def test_they_are_kept_found_replaced_and_forgotten(file: Path) -> None:
    assert own_presets() == ()
    keep_preset(CLUB)
    keep_preset(BAND)
    assert own_presets() == (BAND, CLUB)
    assert known_preset(" cLuB ") == CLUB
    again = own_preset("CLUB", "stems", "FLAC", "source", "{part}", "vocals", Finish(), False)
    keep_preset(again)
    assert own_presets() == (BAND, again)
    forget_preset("club")
    assert own_presets() == (BAND,)
    assert sorted(path.name for path in file.parent.iterdir()) in (
        ["presets.json", "presets.json.lock"],
        ["presets.json"],
    )
    with pytest.raises(SettingError, match="no preset of yours is called 'club': there are band"):
        forget_preset("club")


def test_a_plan_takes_all_that_a_preset_says() -> None:
    plan = ExportPlan("stems", Path("out"), naming="{part}", finish=Finish("off"), receipt=False)
    club = plan.by(CLUB)
    assert (club.what, club.format, club.subtype, club.preset) == ("remix", "WAV", "PCM_16", "Club")
    assert (club.naming, club.finish, club.receipt) == ("{name} {preset}", Finish("on", -1.0), True)
    assert club.without == "vocals"  # of no meaning for a remix
    assert plan.by(BAND).without == "vocals"
    usual = plan.by(known_preset("flac"))
    assert (usual.naming, usual.finish, usual.receipt) == ("{part}", Finish("off"), False)


@pytest.mark.parametrize(
    "name", ["", " a", "x" * 61, "a\nb", "flac", "FLAC", "custom", "24-bit wav"]
)
def test_names_that_cannot_be(name: str, file: Path) -> None:
    with pytest.raises(SettingError, match=r"choose another name|give it a name"):
        keep_preset(own_preset(name, "remix", "WAV", "source", "{name}", "bass", Finish(), True))
    assert not file.exists()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"presets": 2, "own": []}',
        '{"presets": 1}',
        '{"presets": 1, "own": [{"name": "a"}]}',
        '{"presets": 1, "own": 3}',
    ],
)
def test_a_damaged_file_is_told_and_left_alone(text: str, file: Path) -> None:
    file.parent.mkdir()
    file.write_text(text)
    with pytest.raises(InputError, match="repair the file, or remove it"):
        own_presets()
    with pytest.raises(InputError):
        keep_preset(CLUB)
    assert file.read_text() == text
    assert known_preset("flac").id == "flac"  # those that come with Remixer still work


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "flac"),
        ("name", 3),
        ("what", "solo"),
        ("format", "MP4"),
        ("subtype", "PCM_12"),
        ("naming", "{a}"),
        ("naming", "../{name}"),
        ("without", "voice"),
        ("dither", "some"),
        ("ceiling_db", 3),
        ("ceiling_db", "x"),
        ("receipt", "yes"),
    ],
)
def test_values_that_cannot_be_are_damage(field: str, value: object, file: Path) -> None:
    keep_preset(CLUB)
    values = json.loads(file.read_text())
    values["own"][0][field] = value
    file.write_text(json.dumps(values))
    with pytest.raises(InputError, match="your presets in"):
        own_presets()


def test_those_that_come_with_remixer_say_no_more_than_the_format() -> None:
    preset: Preset = known_preset("all")
    assert (preset.naming, preset.without, preset.finish, preset.receipt) == (None,) * 4
