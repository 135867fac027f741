"""What holds for all treatments: neutral is exact, blocks do not matter, changes do not click."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remixer.dsp.ramp import RAMP
from remixer.dsp.signal import STEMS, ArrayReader, Grid, Samples
from remixer.errors import SettingError
from remixer.mixing.engine import MixEngine
from remixer.mixing.nulltest import null_test
from remixer.mixing.render import TREATED_BLOCK, RenderedMix
from remixer.mixing.returns import Returns, Reverb
from remixer.mixing.stems import ArrayStems, StemSet
from remixer.mixing.strips import MixState
from remixer.mixing.treatments import Band, Equaliser, MasterTreatment, Sends, Treatment
from tests.mixing.treated import (
    COMPRESSOR,
    EQUALISER,
    EVERYTHING,
    KEYED,
    RATE,
    ROOM,
    TREATMENTS,
    lone,
    noise_set,
    play,
    treated,
)

PEAKS = tuple(Band(freq_hz=hertz, q=2.0) for hertz in (80.0, 300.0, 2000.0, 9000.0))
MASTERS = {
    "master equaliser": MixState(master=MasterTreatment(EQUALISER)),
    "master compressor": MixState(master=MasterTreatment(compressor=COMPRESSOR)),
    "master key": MixState(master=MasterTreatment(compressor=KEYED)),
}
STATES = {name: treated(name) for name in TREATMENTS} | MASTERS | {"all": EVERYTHING}


@pytest.mark.parametrize("grid", [Grid(16), Grid(24), None])
@pytest.mark.parametrize("name", TREATMENTS)
def test_bypassed_leaves_0_differing_samples(name: str, grid: Grid | None) -> None:
    stems, mix = noise_set(grid, length=5000)
    state = treated(name, bypass=True)
    assert null_test(stems.mix, [RenderedMix(stems, state)]).differing == 0
    assert play(stems, {0: state}).tobytes() == mix.tobytes()
    assert null_test(stems.mix, [RenderedMix(stems, treated(name))]).differing > 0


NEUTRAL = {
    "polarity and width": Treatment(invert=False, width=1.0),
    "equaliser": Treatment(
        equaliser=Equaliser(tuple(replace(band, gain_db=0.0, on=True) for band in PEAKS))
    ),
    "compressor": Treatment(compressor=replace(COMPRESSOR, ratio=1.0)),
    "key": Treatment(compressor=replace(KEYED, ratio=1.0, makeup_db=0.0)),
    "sends": Treatment(sends=Sends(-math.inf, -math.inf)),
    "automation": Treatment(automation=((0, 0.0), (900, 0.0))),
}
"""Switched on, at the values that change nothing."""


@pytest.mark.parametrize("grid", [Grid(16), None])
@pytest.mark.parametrize("name", NEUTRAL)
def test_neutral_values_leave_0_differing_samples(name: str, grid: Grid | None) -> None:
    stems, mix = noise_set(grid, length=5000)
    state = MixState(returns=ROOM).with_strip("drums", treatment=NEUTRAL[name])
    assert null_test(stems.mix, [RenderedMix(stems, state)]).differing == 0
    assert play(stems, {0: state}, [7, 900]).tobytes() == mix.tobytes()


@pytest.mark.parametrize("name", ["polarity", "width", "equaliser", "compressor", "key"])
def test_what_is_treated_stays_where_it_was(name: str) -> None:
    """No latency to compensate: a click comes out at its sample, and nothing before it."""
    samples = np.zeros((2, 4000))
    samples[0, 1234] = 0.5
    for stem in STEMS:
        out = play(lone(stem, samples), {0: treated(name, stem)})
        changed = np.flatnonzero(out.any(axis=0))
        assert changed[0] == 1234


@pytest.mark.parametrize("master", MASTERS)
def test_a_bypassed_master_leaves_0_differing_samples(master: str) -> None:
    stems, mix = noise_set(length=5000)
    bypass = MasterTreatment(replace(EQUALISER, on=False), replace(KEYED, on=False))
    assert play(stems, {0: MixState(master=bypass)}).tobytes() == mix.tobytes()
    assert play(stems, {0: MASTERS[master]}).tobytes() != mix.tobytes()


@pytest.mark.parametrize("name", STATES)
def test_back_at_neutral_the_bits_are_the_mixs_after_a_ramp(name: str) -> None:
    stems, mix = noise_set(length=12_000)
    out = play(stems, {0: STATES[name], 6000: MixState(returns=ROOM)}, cuts=[6000 + RAMP])
    assert out[:, : 6000 + RAMP].tobytes() != mix[:, : 6000 + RAMP].tobytes()
    assert out[:, 6000 + RAMP :].tobytes() == mix[:, 6000 + RAMP :].tobytes()


@settings(deadline=None, max_examples=25)
@given(
    st.lists(st.tuples(st.integers(0, 9000), st.sampled_from([*STATES, ""])), max_size=5),
    st.lists(st.integers(1, 9999), max_size=12),
)
def test_blocks_do_not_matter(changes: list[tuple[int, str]], cuts: list[int]) -> None:
    stems, _ = noise_set(length=10_000)
    states = {0: EVERYTHING} | {at: STATES.get(name, MixState()) for at, name in changes}
    np.testing.assert_allclose(play(stems, states, cuts), play(stems, states), rtol=0, atol=1e-12)


@pytest.mark.parametrize("rate", [8000, 44_100, 192_000])
@pytest.mark.parametrize("channels", [1, 2])
def test_any_rate_and_channels(rate: int, channels: int) -> None:
    stems, _ = noise_set(channels=channels, rate=rate, length=30_000)
    state = EVERYTHING.playable(channels)
    whole = play(stems, {0: state})
    assert np.all(np.isfinite(whole))
    pieces = play(stems, {0: state}, list(range(0, 30_000, 511)))
    np.testing.assert_allclose(pieces, whole, rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", STATES)
def test_extreme_samples_stay_finite(name: str) -> None:
    random = np.random.default_rng(2)
    odd = np.array([0.0, -0.0, 1.0, -1.0, 5e-324, 1e-310, 1e-30])
    samples = random.choice(odd, (2, 6000))
    samples[:, 2000:4000] = 0.0
    stems = StemSet(ArrayReader(samples, RATE), ArrayStems(random.choice(odd, (3, 2, 6000))))
    assert np.all(np.isfinite(play(stems, {0: STATES[name]})))


@pytest.mark.parametrize("name", STATES)
def test_silence_stays_silence(name: str) -> None:
    stems = lone("drums", np.zeros((2, 4000)))
    assert not play(stems, {0: STATES[name]}).any()


def test_a_muted_strip_is_silent_whatever_is_done_to_it() -> None:
    stems, mix = noise_set(length=4000)
    parts = stems.read(0, 4000)[1]
    for name, treatment in TREATMENTS.items():
        state = MixState(returns=ROOM).with_strip("drums", treatment=treatment, mute=True)
        expected = mix - parts[STEMS.index("drums")]
        np.testing.assert_allclose(play(stems, {0: state}), expected, atol=1e-15, err_msg=name)


def test_the_other_stems_are_untouched() -> None:
    stems, _ = noise_set(length=6000)
    lone_drums = lone("drums", stems.read(0, 6000)[1][2])
    for name in ("equaliser", "width", "compressor", "reverb", "delay", "automation"):
        change = play(stems, {0: treated(name)}) - stems.mix.read(0, 6000)
        alone = play(lone_drums, {0: treated(name)}) - lone_drums.mix.read(0, 6000)
        np.testing.assert_allclose(change, alone, rtol=0, atol=1e-14, err_msg=name)


def smooth_set(length: int = 24_000) -> StemSet:
    time = np.arange(length) / RATE
    tones = [
        np.stack([np.sin(2 * np.pi * f * time), np.cos(2 * np.pi * f * time)])
        for f in (110.0, 60.0, 220.0)
    ]
    return StemSet(ArrayReader(0.2 * sum(tones), RATE), ArrayStems(0.2 * np.stack(tones)))


def corners(samples: Samples) -> float:
    """The highest second difference: a click shows there, a linear ramp's ends but little."""
    return float(np.abs(np.diff(samples, 2)).max())


@pytest.mark.parametrize("name", STATES)
def test_changes_do_not_click(name: str) -> None:
    stems = smooth_set()
    dry, wet = MixState(returns=ROOM), STATES[name]
    steady = max(corners(play(stems, {0: state})[:, 4000:]) for state in (dry, wet))
    out = play(stems, {0: dry, 8000: wet, 16_000: dry})
    assert corners(out[:, 4000:]) < steady + 4.0 * np.abs(out).max() / RAMP


def test_settings_change_without_clicks() -> None:
    stems = smooth_set()
    other = replace(
        EVERYTHING,
        returns=Returns(Reverb(0.9, 3.0, 0.8, 40.0), replace(ROOM.delay, bpm=90.0, feedback=0.8)),
        master=MasterTreatment(compressor=replace(COMPRESSOR, threshold_db=-12.0, makeup_db=4.0)),
    ).with_treatment(
        "vocals",
        width=0.4,
        invert=True,
        compressor=KEYED,
        equaliser=replace(EQUALISER, bands=EQUALISER.bands[::-1]),
        automation=((5000, -6.0),),
    )
    steady = max(corners(play(stems, {0: state})[:, 4000:]) for state in (EVERYTHING, other))
    moving = {at: other if at // 300 % 2 else EVERYTHING for at in range(0, 24_000, 300)}
    assert corners(play(stems, moving)[:, 4000:]) < 2.0 * steady


def test_a_seek_begins_from_silence() -> None:
    stems, _ = noise_set()
    engine = MixEngine(stems)
    out = np.empty((2, 3000))
    engine.render(EVERYTHING, 0, out)
    engine.render(EVERYTHING, 9000, out)
    fresh = np.empty((2, 3000))
    MixEngine(stems).render(EVERYTHING, 9000, fresh)
    assert out.tobytes() == fresh.tobytes()


def test_a_loop_wraps_with_its_echoes() -> None:
    samples = np.zeros((2, 4000))
    samples[:, 3900] = 1.0
    stems = lone("vocals", samples)
    state = MixState(returns=replace(ROOM, delay=replace(ROOM.delay, level_db=0.0)))
    engine = MixEngine(stems)
    state = state.with_strip("vocals", treatment=TREATMENTS["delay"])
    out = np.empty((2, 4000))
    engine.render(state, 0, out)
    engine.jump(0)
    engine.render(state, 0, out)
    echo = round(0.125 * 60 / 140 * RATE) - 100
    assert np.flatnonzero(out[0]).tolist()[0] == echo


def test_a_rendered_mix_reads_the_same_bits_in_any_order() -> None:
    stems, _ = noise_set(length=3 * TREATED_BLOCK + 77)
    length = stems.mix.length
    rendered = RenderedMix(stems, EVERYTHING)
    whole = rendered.read(0, length)
    for start, count in ((0, 100), (40_000, 5000), (TREATED_BLOCK - 5, 10), (3, length - 3)):
        part = rendered.read(start, count)
        assert part.tobytes() == whole[:, start : start + count].tobytes()
    blocks = np.concatenate([block for _, block in rendered.blocks(1000)], axis=1)
    assert blocks.tobytes() == whole.tobytes()
    assert rendered.grid is None
    np.testing.assert_allclose(play(stems, {0: EVERYTHING}, [512, 1024]), whole, atol=1e-12)


def test_a_rendered_mix_may_begin_later() -> None:
    stems, _ = noise_set()
    later = RenderedMix(stems, EVERYTHING, origin=5000).read(5000, 4000)
    out = np.empty((2, 4000))
    MixEngine(stems).render(EVERYTHING, 5000, out)
    np.testing.assert_allclose(later, out, rtol=0, atol=1e-12)
    with pytest.raises(SettingError, match="cannot be read from 4999"):
        RenderedMix(stems, EVERYTHING, origin=5000).read(4999, 1)


def test_the_master_alone_reads_no_stems() -> None:
    class Refusing(ArrayStems):
        def read(self, start: int, count: int) -> Samples:
            raise AssertionError("read")

    stems, mix = noise_set()
    alone = StemSet(stems.mix, Refusing(mix))
    assert np.isfinite(play(alone, {0: MASTERS["master compressor"]})).all()


def test_meters_tell_what_was_done() -> None:
    stems, _ = noise_set()
    engine, out = MixEngine(stems), np.empty((2, 4000))
    engine.render(MixState(), 0, out)
    assert engine.readings is None
    state = MASTERS["master compressor"].with_treatment("bass", compressor=COMPRESSOR)
    engine.render(state.with_strip("bass", gain_db=-math.inf), 0, out)
    readings = engine.readings
    assert readings is not None
    vocals, bass, drums, other, master = readings.reduction_db
    assert vocals == drums == other == 0.0
    assert bass > 3.0
    assert master > 3.0
    assert readings.peaks.shape == (4, 2)
    assert not readings.peaks[1].any()
