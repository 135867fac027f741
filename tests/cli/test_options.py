"""Mixer settings from the options of `remixer remix`."""

import pytest

from remixer.cli.options import mix_state
from remixer.errors import SettingError
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
