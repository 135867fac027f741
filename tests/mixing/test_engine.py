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
from remixer.mixing.stems import ArrayStems, StemSet, complete, to_grid
from remixer.mixing.strips import MixState, Strip

GRIDS = [Grid(8), Grid(16), Grid(24), Grid(32), None]
PCM = GRIDS[:-1]
NEUTRAL = MixState()
ALL_MUTED = MixState((Strip(mute=True),) * 4)
LENGTH = 4 * RAMP + 333
quick = settings(deadline=None, max_examples=30)


class CountingStems(ArrayStems):
    """Stored stems that remember what was read."""

    reads: list[tuple[int, int]]

    def read(self, start: int, count: int) -> Samples:
        self.reads.append((start, count))
        return super().read(start, count)


def counting(samples: Samples) -> CountingStems:
    stems = CountingStems(samples)
    object.__setattr__(stems, "reads", [])
    return stems


def extreme(random: np.random.Generator, shape: tuple[int, ...]) -> Samples:
    """Noise of many levels with silence, full scale, both zeros and denormals strewn in."""
    values = np.array([0.0, -0.0, 1.0, -1.0, 5e-324, -1e-310, 2.0**-149, 2.0**-31, 1e-20])
    odd = random.choice(values, shape)
    noise = random.uniform(-1, 1, shape) * 2.0 ** -random.integers(0, 12, shape)
    return np.where(random.random(shape) < 0.4, odd, noise)


def make_set(
    grid: Grid | None, channels: int = 2, length: int = LENGTH, seed: int = 0
) -> tuple[StemSet, Samples, Samples]:
    """(set, mix, all four stems), the mix of a float source untouched by any rounding."""
    random = np.random.default_rng(seed)
    mix = extreme(random, (channels, length))
    if grid is not None:
        mix = to_grid(mix, grid)
    stored = to_grid(extreme(random, (3, channels, length)), grid)
    return StemSet(ArrayReader(mix, 44_100, grid), ArrayStems(stored)), mix, complete(mix, stored)


def constant_set(mix: float, vocals: float, length: int = 8 * RAMP) -> StemSet:
    """A mono mix of one value with a constant vocal and nothing else in the stored stems."""
    stored = np.zeros((3, 1, length))
    stored[0] = vocals
    return StemSet(ArrayReader(np.full((1, length), mix), 44_100), ArrayStems(stored))


def render(engine: MixEngine, state: MixState, start: int, count: int, channels: int) -> Samples:
    out = np.full((channels, count), np.nan)
    engine.render(state, start, out)
    return out


def render_all(stems: StemSet, state: MixState) -> Samples:
    return render(MixEngine(stems), state, 0, stems.mix.length, stems.mix.channels)


CASES = st.tuples(
    st.sampled_from(GRIDS), st.integers(1, 2), st.sampled_from([1, 2, 333]), st.integers(0, 99)
)
PCM_CASES = st.tuples(
    st.sampled_from(PCM), st.integers(1, 2), st.sampled_from([1, 2, 333]), st.integers(0, 99)
)
Case = tuple[Grid | None, int, int, int]


@quick
@given(CASES, st.lists(st.integers(0, 50), max_size=8))
def test_neutral_is_bit_identical_and_reads_no_stems(case: Case, sizes: list[int]) -> None:
    plain, mix, stems = make_set(*case)
    stored = counting(stems[:3])
    engine = MixEngine(StemSet(plain.mix, stored))
    start, parts = 0, []
    for size in [*sizes, mix.shape[1]]:
        parts.append(render(engine, MixState(), start, size, mix.shape[0]))
        start += size
    together = np.concatenate(parts, axis=1)[:, : mix.shape[1]]
    assert together.tobytes() == mix.tobytes()
    assert stored.reads == []


def test_all_soloed_is_neutral_too() -> None:
    plain, mix, stems = make_set(None)
    stored = counting(stems[:3])
    state = MixState((Strip(solo=True, mute=True),) * 4)
    assert render_all(StemSet(plain.mix, stored), state).tobytes() == mix.tobytes()
    assert stored.reads == []


def test_stems_are_read_when_a_strip_has_something_to_do() -> None:
    plain, _, stems = make_set(Grid(16))
    stored = counting(stems[:3])
    render_all(StemSet(plain.mix, stored), NEUTRAL.with_strip("other", mute=True))
    assert stored.reads == [(0, LENGTH)]


@quick
@given(CASES)
def test_vocals_up_by_1_5_db(case: Case) -> None:
    grid = case[0] or Grid(24)
    stems, mix, parts = make_set(*case)
    out = render_all(stems, NEUTRAL.with_strip("vocals", gain_db=1.5))
    expected = mix + 0.18850222743701853 * parts[0]
    np.testing.assert_allclose(out, expected, rtol=0, atol=1e-15)
    assert np.abs(grid.round(out) - grid.round(expected)).max() <= grid.step


@quick
@given(CASES)
def test_all_muted_is_exact_silence_for_float_sources_too(case: Case) -> None:
    stems, _, _ = make_set(*case)
    assert not render_all(stems, ALL_MUTED).any()


@quick
@given(PCM_CASES, st.sampled_from(STEMS))
def test_a_soloed_stem_is_exactly_that_stem(case: Case, name: str) -> None:
    stems, _, parts = make_set(*case)
    out = render_all(stems, NEUTRAL.with_strip(name, solo=True, mute=True))
    assert np.array_equal(out, parts[STEMS.index(name)])


@quick
@given(PCM_CASES, st.sampled_from(STEMS))
def test_a_muted_stem_leaves_exactly_the_others(case: Case, name: str) -> None:
    stems, _, parts = make_set(*case)
    others = np.delete(parts, STEMS.index(name), axis=0).sum(axis=0)
    assert np.array_equal(render_all(stems, NEUTRAL.with_strip(name, mute=True)), others)
    off = render_all(stems, NEUTRAL.with_strip(name, gain_db=-math.inf))
    assert np.array_equal(off, others)


@quick
@given(CASES)
def test_a_soloed_stem_of_a_float_source_is_within_2_to_minus_51(case: Case) -> None:
    stems, _, parts = make_set(*case)
    for name, part in zip(STEMS, parts, strict=True):
        out = render_all(stems, NEUTRAL.with_strip(name, solo=True))
        assert np.abs(out - part).max() <= 2.0**-51


def test_every_strip_counts() -> None:
    stems, _, parts = make_set(Grid(16))
    gains = [2.0, 0.5, 0.25, 3.0]
    state = MixState(tuple(Strip(gain_db=20 * math.log10(gain)) for gain in gains))
    expected = np.einsum("s,scn->cn", gains, parts)
    np.testing.assert_allclose(render_all(stems, state), expected, rtol=0, atol=1e-14)


def test_pan_takes_only_the_far_channel() -> None:
    stems, mix, parts = make_set(Grid(16))
    out = render_all(stems, NEUTRAL.with_strip("bass", pan=-1.0))
    assert out[0].tobytes() == mix[0].tobytes()
    assert np.array_equal(out[1], mix[1] - parts[1, 1])


def test_the_first_render_does_not_ramp() -> None:
    engine = MixEngine(constant_set(1.0, 0.5))
    state = NEUTRAL.with_strip("vocals", mute=True)
    assert render(engine, state, 1000, 5, 1).tolist() == [[0.5] * 5]


def test_a_change_ramps_over_ramp_samples_from_where_it_is_seen() -> None:
    engine = MixEngine(constant_set(1.0, 0.5))
    render(engine, NEUTRAL, 0, 100, 1)
    out = render(engine, NEUTRAL.with_strip("vocals", mute=True), 100, 2 * RAMP, 1)[0]
    assert out[0] == 1.0
    assert out[RAMP // 2] == 0.75
    assert out[RAMP - 1] > 0.5
    assert np.all(out[RAMP:] == 0.5)


def test_a_ramp_back_to_neutral_ends_in_the_mixes_own_bits_without_reading_stems() -> None:
    plain, mix, stems = make_set(None)
    stored = counting(stems[:3])
    engine = MixEngine(StemSet(plain.mix, stored))
    render(engine, NEUTRAL.with_strip("drums", gain_db=-7.3), 0, 100, 2)
    render(engine, NEUTRAL, 100, RAMP, 2)
    stored.reads.clear()
    assert (
        render(engine, NEUTRAL, 100 + RAMP, 500, 2).tobytes()
        == mix[:, 100 + RAMP : 600 + RAMP].tobytes()
    )
    assert stored.reads == []


def test_no_change_clicks() -> None:
    engine = MixEngine(constant_set(0.9, 0.9))
    states = [NEUTRAL, ALL_MUTED, NEUTRAL.with_strip("vocals", gain_db=6.0), NEUTRAL]
    parts = [
        render(engine, states[block % 4], block * 300, 300, 1) for block in range(8 * RAMP // 300)
    ]
    out = np.concatenate(parts, axis=1)[0]
    assert np.abs(np.diff(out)).max() <= 0.9 * 2.0 / RAMP
    assert np.ptp(out) > 0.2


def test_a_seek_begins_at_the_new_states_gains() -> None:
    engine = MixEngine(constant_set(1.0, 0.5))
    muted = NEUTRAL.with_strip("vocals", mute=True)
    render(engine, NEUTRAL, 0, 100, 1)
    assert render(engine, muted, 101, 5, 1).tolist() == [[0.5] * 5]
    assert render(engine, NEUTRAL, 0, 5, 1).tolist() == [[1.0] * 5]


def test_a_seek_ends_a_ramp_under_way() -> None:
    engine = MixEngine(constant_set(1.0, 0.5))
    muted = NEUTRAL.with_strip("vocals", mute=True)
    render(engine, NEUTRAL, 0, 100, 1)
    render(engine, muted, 100, 10, 1)
    assert render(engine, muted, 200, 5, 1).tolist() == [[0.5] * 5]


def test_a_change_of_one_strip_leaves_the_other_strips_ramp_alone() -> None:
    stems, _, _ = make_set(None)
    muted = NEUTRAL.with_strip("vocals", mute=True)
    both = muted.with_strip("bass", mute=True)
    one, two = MixEngine(stems), MixEngine(stems)
    for engine in (one, two):
        render(engine, NEUTRAL, 0, 10, 2)
        render(engine, muted, 10, 90, 2)
    render(one, both, 100, RAMP - 90, 2)
    assert one._ramps[0].settled(10 + RAMP)
    assert not one._ramps[1].settled(10 + RAMP)
    assert one._ramps[1].settled(100 + RAMP)


STRIPS = st.builds(
    Strip,
    gain_db=st.sampled_from([0.0, 0.0, 1.5, -7.3, -math.inf, 24.0]),
    mute=st.booleans(),
    solo=st.sampled_from([False, False, False, True]),
    pan=st.sampled_from([0.0, 0.0, 0.3, -1.0]),
)
STATES = st.one_of(
    st.just(NEUTRAL),
    st.lists(STRIPS, min_size=4, max_size=4).map(lambda strips: MixState(tuple(strips))),
)
POSITIONS = st.integers(0, LENGTH + 50)


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from([Grid(16), None]),
    st.lists(st.tuples(POSITIONS, STATES), min_size=1, max_size=5),
    st.lists(POSITIONS, max_size=10),
    st.lists(POSITIONS, max_size=10),
)
def test_output_does_not_depend_on_blocks(
    grid: Grid | None,
    changes: list[tuple[int, MixState]],
    cuts: list[int],
    other_cuts: list[int],
) -> None:
    stems, _, _ = make_set(grid)
    schedule = dict([(0, NEUTRAL), *changes])

    def play(own_cuts: list[int]) -> bytes:
        engine, state, parts = MixEngine(stems), NEUTRAL, []
        edges = sorted({*schedule, *own_cuts, LENGTH + 50})
        for start, end in zip(edges, [*edges[1:], LENGTH + 100], strict=True):
            state = schedule.get(start, state)
            parts.append(render(engine, state, start, end - start, 2))
        return np.concatenate(parts, axis=1).tobytes()

    assert play(cuts) == play(other_cuts)


def test_beyond_the_end_there_are_zeros() -> None:
    stems, _, _ = make_set(Grid(16), length=10)
    state = NEUTRAL.with_strip("vocals", gain_db=3.0)
    for given_state in (NEUTRAL, state):
        whole = render_all(stems, given_state)
        out = render(MixEngine(stems), given_state, 7, 8, 2)
        assert np.array_equal(out[:, :3], whole[:, 7:])
        assert not out[:, 3:].any()
        assert not render(MixEngine(stems), given_state, 10, 4, 2).any()
        assert not render(MixEngine(stems), given_state, 10**9, 4, 2).any()


def test_an_empty_block_is_allowed() -> None:
    stems, _, _ = make_set(Grid(16))
    assert render(MixEngine(stems), ALL_MUTED, 5, 0, 2).shape == (2, 0)


def test_a_panned_mono_source_is_refused_and_the_engine_plays_on() -> None:
    stems, mix, _ = make_set(Grid(16), channels=1)
    engine = MixEngine(stems)
    first = render(engine, NEUTRAL, 0, 50, 1)
    with pytest.raises(SettingError, match="mono: set pan 0"):
        render(engine, NEUTRAL.with_strip("bass", pan=0.5), 50, 50, 1)
    second = render(engine, NEUTRAL, 50, 50, 1)
    assert np.array_equal(np.concatenate((first, second), axis=1), mix[:, :100])


@pytest.mark.parametrize(("start", "channels"), [(-1, 2), (0, 1), (0, 3)])
def test_an_impossible_block_is_refused(start: int, channels: int) -> None:
    stems, _, _ = make_set(Grid(16))
    with pytest.raises(SettingError, match="give 2 channels and a start of 0 or more"):
        render(MixEngine(stems), NEUTRAL, start, 8, channels)


def test_master_gain_is_applied_to_the_sum() -> None:
    stems, _mix, _parts = make_set(Grid(24), length=4000, seed=7)
    state = MixState(master_db=-6.0).with_strip("vocals", gain_db=1.5)
    moved, plain = np.empty((2, 4000)), np.empty((2, 4000))
    MixEngine(stems).render(state, 0, moved)
    MixEngine(stems).render(replace(state, master_db=0.0), 0, plain)
    np.testing.assert_array_equal(moved, plain * 10 ** (-6.0 / 20))


def test_master_alone_is_not_neutral() -> None:
    assert MixState().is_neutral
    assert not MixState(master_db=0.1).is_neutral
