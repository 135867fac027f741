"""Mixer settings from the options of `remixer remix`."""

import json
import re
from pathlib import Path

import pytest

from remixer.cli.options import mix_state, saved_mix
from remixer.dsp.signal import STEMS
from remixer.errors import SettingError
from remixer.mixing.plain import to_plain
from remixer.mixing.strips import MixState


def test_gains_of_stems_and_master() -> None:
    state = mix_state(["vocals=+1.5", "Master=-1"], [], [], [])
    assert state == MixState(MixState().with_strip("vocals", gain_db=1.5).strips, master_db=-1.0)


@pytest.mark.parametrize("gain", ["master", "master=x", "master=25", "main=1"])
def test_gains_that_are_refused(gain: str) -> None:
    with pytest.raises(SettingError):
        mix_state([gain], [], [], [])


def test_the_master_is_no_stem() -> None:
    for options in (([], ["master"], [], []), ([], [], ["master"], []), ([], [], [], ["master=0"])):
        with pytest.raises(SettingError, match="no stem"):
            mix_state(*options)


def test_names_that_have_levels_are_told() -> None:
    with pytest.raises(SettingError, match=r"drums, other, master$"):
        mix_state(["voc=1"], [], [], [])
    with pytest.raises(SettingError, match=r"drums, other$"):
        mix_state([], [], [], ["voc=1"])


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"strips": {"vocal": {"gain_db": 1}}}, "strips.vocal is not known: did you mean vocals?"),
        ({"strips": {"vocals": {"gain": 1.5}}}, "strips.vocals.gain is not known: did you mean"),
        ({"masterdb": -3}, "masterdb is not known: did you mean master_db?"),
        ({"return": {}}, "return is not known: did you mean returns?"),
        (
            {"strips": {"bass": {"treatment": {"equalizer": {}}}}},
            "strips.bass.treatment.equalizer is not known: did you mean equaliser?",
        ),
    ],
)
def test_misspelt_settings_are_named(tmp_path: Path, values: object, message: str) -> None:
    path = tmp_path / "moves.json"
    path.write_text(json.dumps(values))
    with pytest.raises(SettingError, match=re.escape(message)):
        saved_mix(path)


@pytest.mark.parametrize(
    ("compressor", "on"),
    [
        ({}, False),
        ({"ratio": 3}, True),
        ({"key": "vocals"}, True),
        ({"on": False, "ratio": 3}, False),
        ({"on": True}, True),
    ],
)
def test_a_compressor_that_is_given_settings_is_on(
    tmp_path: Path, compressor: dict[str, object], on: bool
) -> None:
    path = tmp_path / "moves.json"
    inserts = {"compressor": compressor}
    path.write_text(json.dumps({"strips": {"bass": {"treatment": inserts}}, "master": inserts}))
    state = saved_mix(path)
    assert state.strips[STEMS.index("bass")].treatment.compressor.on is on
    assert state.master.compressor.on is on
    assert state.is_neutral is not on


def test_what_a_state_says_of_itself_is_known(tmp_path: Path) -> None:
    state = MixState().with_strip("vocals", gain_db=1.5)
    path = tmp_path / "moves.json"
    path.write_text(json.dumps(to_plain(state)))
    assert saved_mix(path) == state
