import json
import math
from dataclasses import fields, is_dataclass, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remixer.dsp.biquad import KINDS
from remixer.dsp.signal import STEMS
from remixer.errors import SettingError
from remixer.mixing.plain import from_plain, to_plain
from remixer.mixing.returns import BEATS, Delay, Returns, Reverb
from remixer.mixing.strips import MixState, Strip
from remixer.mixing.treatments import (
    Band,
    Compressor,
    Equaliser,
    MasterTreatment,
    Sends,
    Treatment,
)

levels = st.one_of(st.just(-math.inf), st.floats(-60, 12))
bands = st.builds(
    Band,
    st.sampled_from(KINDS),
    st.floats(20, 20_000),
    st.floats(-24, 24),
    st.floats(0.1, 18),
    st.booleans(),
)
equalisers = st.builds(Equaliser, st.tuples(bands, bands, bands, bands), st.booleans())
compressors = st.builds(
    Compressor,
    threshold_db=st.floats(-60, 0),
    ratio=st.floats(1, 100),
    key=st.sampled_from([None, *STEMS]),
    on=st.booleans(),
)
automations = st.dictionaries(st.integers(0, 10**9), st.floats(-90, 24), max_size=6).map(
    lambda points: tuple(sorted(points.items()))
)
treatments = st.builds(
    Treatment,
    st.booleans(),
    st.floats(0, 2),
    equalisers,
    compressors,
    st.builds(Sends, levels, levels, st.booleans()),
    automations,
)
strips = st.builds(
    Strip,
    st.one_of(st.just(-math.inf), st.floats(-60, 24)),
    st.booleans(),
    st.booleans(),
    st.floats(-1, 1),
    treatments,
)
states = st.builds(
    MixState,
    st.tuples(strips, strips, strips, strips),
    st.floats(-60, 24),
    st.builds(
        Returns,
        st.builds(Reverb, st.floats(0, 1)),
        st.builds(Delay, st.floats(0.1, 2), st.just(BEATS)),
    ),
    st.builds(MasterTreatment, equalisers, compressors),
)


@settings(deadline=None, max_examples=40)
@given(states)
def test_a_state_comes_back_from_strict_json(state: MixState) -> None:
    text = json.dumps(to_plain(state), allow_nan=False)
    assert from_plain(json.loads(text)) == state


def test_every_field_is_written() -> None:
    def check(value: Any, plain: Any) -> None:
        if is_dataclass(value):
            assert set(plain) == {field.name for field in fields(value)}
            for field in fields(value):
                inner = plain[field.name]
                if field.name == "strips":
                    inner = list(inner.values())
                check(getattr(value, field.name), inner)
        elif isinstance(value, tuple):
            for one, other in zip(value, plain, strict=True):
                check(one, other)

    check(MixState(), to_plain(MixState()))


def test_nothing_is_the_neutral_mix() -> None:
    assert from_plain({}) == MixState()
    assert from_plain({"strips": {"bass": {}}, "later": 1}) == MixState()


def test_what_is_left_out_is_as_it_comes() -> None:
    plain = {"strips": {"bass": {"treatment": {"compressor": {"on": True, "key": "drums"}}}}}
    bass = from_plain(plain).strips[STEMS.index("bass")]
    assert bass.treatment.compressor == replace(Compressor(), on=True, key="drums")
    saved = {"strips": {"bass": {"treatment": {"compressor": {"key": "drums"}}}}}
    assert from_plain(saved).is_neutral  # in a file, off as it comes: see `switched_on`


@pytest.mark.parametrize(
    ("plain", "words"),
    [
        (
            {"strips": {"bass": {"treatment": {"width": 3}}}},
            "strips.bass.treatment: width 3 is out",
        ),
        ({"master_db": True}, "master_db is True: give a number"),
        ({"master_db": float("nan")}, "gain nan dB is out of range"),
        ({"master_db": 10**400}, "give a number"),
        ({"strips": []}, "strips is \\[\\]: give an object"),
        ({"strips": {"drums": {"mute": 1}}}, "strips.drums.mute is 1: give true or false"),
        (
            {"returns": {"delay": {"unit": "bars"}}},
            "unit 'bars' is not known: use one of ms, beats",
        ),
        (
            {"strips": {"other": {"treatment": {"automation": [[1.5, 0]]}}}},
            "strips.other.treatment.automation\\[0\\]\\[0\\] is 1.5: give a whole number",
        ),
        (
            {"master": {"equaliser": {"bands": [1, 2, 3, 4]}}},
            "master.equaliser.bands\\[0\\] is 1: give an object",
        ),
    ],
)
def test_what_cannot_be_is_refused_by_name(plain: dict[str, Any], words: str) -> None:
    with pytest.raises(SettingError, match=words):
        from_plain(plain)
