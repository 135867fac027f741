import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remixer.dsp.gain import db_to_gain
from remixer.dsp.signal import STEMS
from remixer.errors import SettingError
from remixer.mixing.strips import MixState, Strip, effective_gains

NEUTRAL = MixState()
STRIPS = st.builds(
    Strip,
    gain_db=st.sampled_from([0.0, 1.5, -6.0, -math.inf, 24.0]),
    mute=st.booleans(),
    solo=st.booleans(),
    pan=st.sampled_from([0.0, 0.3, -1.0]),
)
STATES = st.lists(STRIPS, min_size=4, max_size=4).map(lambda strips: MixState(tuple(strips)))


def test_a_new_state_is_neutral_exactly() -> None:
    for channels in (1, 2):
        assert effective_gains(NEUTRAL, channels).tolist() == [[1.0] * channels] * 4
    assert NEUTRAL.is_neutral


@pytest.mark.parametrize("gain_db", [24.001, math.inf, math.nan])
def test_gains_out_of_range_are_refused(gain_db: float) -> None:
    with pytest.raises(SettingError, match=r"gain .* is out of range: set -inf to \+24 dB"):
        Strip(gain_db=gain_db)


@pytest.mark.parametrize("pan", [-1.001, 1.001, math.inf, -math.inf, math.nan])
def test_pans_out_of_range_are_refused(pan: float) -> None:
    with pytest.raises(SettingError, match=r"pan .* is out of range: set -1"):
        Strip(pan=pan)


def test_the_ends_of_the_range_are_allowed() -> None:
    state = NEUTRAL.with_strip("vocals", gain_db=24.0, pan=1.0)
    state = state.with_strip("bass", gain_db=-math.inf, pan=-1.0)
    assert effective_gains(state, 2)[:2].tolist() == [[0.0, db_to_gain(24.0)], [0.0, 0.0]]


@pytest.mark.parametrize("count", [0, 3, 5])
def test_a_state_has_one_strip_a_stem(count: int) -> None:
    with pytest.raises(SettingError, match=f"{count} strips for 4 stems"):
        MixState((Strip(),) * count)


def test_with_strip_changes_one_field_of_one_strip_in_a_copy() -> None:
    first = NEUTRAL.with_strip("drums", gain_db=-3.0)
    second = first.with_strip("drums", mute=True)
    assert second.strip("drums") == Strip(gain_db=-3.0, mute=True)
    assert [second.strip(name) for name in ("vocals", "bass", "other")] == [Strip()] * 3
    assert NEUTRAL.strips == (Strip(),) * 4


def test_an_unknown_strip_is_refused_by_name() -> None:
    with pytest.raises(SettingError, match="'piano': use one of vocals, bass, drums, other"):
        NEUTRAL.with_strip("piano", mute=True)
    with pytest.raises(SettingError, match="'piano'"):
        NEUTRAL.strip("piano")


def test_pan_is_a_balance_with_a_sine_law() -> None:
    panned = effective_gains(NEUTRAL.with_strip("bass", pan=0.5).with_strip("other", pan=-0.5), 2)
    assert panned[1].tolist() == [pytest.approx(math.sqrt(0.5)), 1.0]
    assert panned[3].tolist() == [1.0, pytest.approx(math.sqrt(0.5))]
    assert effective_gains(NEUTRAL.with_strip("bass", pan=1.0), 2)[1].tolist() == [0.0, 1.0]


@given(st.floats(-1.0, 1.0), st.floats(-1.0, 1.0))
def test_the_near_side_stays_and_the_far_side_falls(a: float, b: float) -> None:
    a, b = sorted((abs(a), abs(b)))
    gains = [effective_gains(NEUTRAL.with_strip("bass", pan=pan), 2)[1] for pan in (a, b)]
    assert gains[0][1] == gains[1][1] == 1.0
    assert 1.0 >= gains[0][0] >= gains[1][0] >= 0.0


def test_pan_of_a_mono_source_names_the_remedy() -> None:
    with pytest.raises(SettingError, match=r"drums is panned to 0\.5 .* mono: set pan 0"):
        effective_gains(NEUTRAL.with_strip("drums", pan=0.5), 1)


@pytest.mark.parametrize("flags", list(product([False, True], repeat=8)))
def test_solo_and_mute_in_every_combination(flags: tuple[bool, ...]) -> None:
    mutes, solos = flags[:4], flags[4:]
    state = NEUTRAL
    for name, mute, solo in zip(STEMS, mutes, solos, strict=True):
        state = state.with_strip(name, mute=mute, solo=solo)
    sounding = set(np.flatnonzero(effective_gains(state, 1)[:, 0]).tolist())
    soloed = {index for index in range(4) if solos[index]}
    assert sounding == (soloed or {index for index in range(4) if not mutes[index]})
    assert state.is_neutral == (len(sounding) == 4)


@given(STATES)
def test_leaving_solo_restores_what_was(state: MixState) -> None:
    for name in STEMS:
        state = state.with_strip(name, solo=False)
    again = state.with_strip("bass", solo=True).with_strip("bass", solo=False)
    assert np.array_equal(effective_gains(again, 2), effective_gains(state, 2))


@given(STATES)
def test_mutes_do_not_matter_while_anything_is_soloed(state: MixState) -> None:
    state = state.with_strip("drums", solo=True)
    toggled = state
    for name in STEMS:
        toggled = toggled.with_strip(name, mute=not toggled.strip(name).mute)
    assert np.array_equal(effective_gains(toggled, 2), effective_gains(state, 2))


@given(STATES)
def test_neutral_means_every_gain_is_one(state: MixState) -> None:
    assert state.is_neutral == (effective_gains(state, 2) == 1.0).all()
    assert state.is_neutral == all(
        gain == 1.0 for row in effective_gains(state, 2).tolist() for gain in row
    )
