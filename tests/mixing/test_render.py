import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remixer.dsp.signal import ArrayReader, Grid, Samples
from remixer.errors import SettingError
from remixer.mixing.engine import MixEngine
from remixer.mixing.nulltest import null_test
from remixer.mixing.render import RenderedMix
from remixer.mixing.stems import ArrayStems, StemSet, to_grid
from remixer.mixing.strips import MixState

PCM16 = Grid(16)
NEUTRAL = MixState()
REMIX = NEUTRAL.with_strip("vocals", gain_db=1.5).with_strip("drums", pan=0.4)


def make_set(grid: Grid | None = PCM16, channels: int = 2, length: int = 1001) -> StemSet:
    random = np.random.default_rng(3)
    mix = to_grid(random.uniform(-1, 1, (channels, length)), grid)
    stored = to_grid(random.uniform(-1, 1, (3, channels, length)), grid)
    return StemSet(ArrayReader(mix, 48_000, grid), ArrayStems(stored))


def whole(stems: StemSet, state: MixState) -> Samples:
    out = np.empty((stems.mix.channels, stems.mix.length))
    MixEngine(stems).render(state, 0, out)
    return out


@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 1001), st.integers(0, 400)), min_size=1, max_size=10))
def test_any_place_in_any_order_gives_the_same_bits(places: list[tuple[int, int]]) -> None:
    stems = make_set(None)
    rendered, expected = RenderedMix(stems, REMIX), whole(stems, REMIX)
    for start, count in places:
        count = min(count, 1001 - start)
        assert rendered.read(start, count).tobytes() == expected[:, start : start + count].tobytes()


@pytest.mark.parametrize("size", [1, 7, 1000, 1001, 1002])
def test_blocks_cover_the_signal_once(size: int) -> None:
    rendered = RenderedMix(make_set(), REMIX)
    starts, blocks = zip(*rendered.blocks(size), strict=True)
    assert list(starts) == list(range(0, 1001, size))
    assert np.array_equal(np.concatenate(blocks, axis=1), rendered.read(0, 1001))


def test_geometry_is_the_mixes() -> None:
    rendered = RenderedMix(make_set(channels=1), NEUTRAL)
    assert (rendered.rate, rendered.channels, rendered.length) == (48_000, 1, 1001)


def test_neutral_nulls_against_the_mix() -> None:
    stems = make_set()
    assert null_test(stems.mix, [RenderedMix(stems, NEUTRAL)]).passed
    assert not null_test(stems.mix, [RenderedMix(stems, REMIX)]).passed


@pytest.mark.parametrize(
    ("state", "kept"),
    [
        (NEUTRAL, True),
        (NEUTRAL.with_strip("vocals", mute=True), True),
        (NEUTRAL.with_strip("vocals", solo=True), True),
        (NEUTRAL.with_strip("vocals", pan=1.0), True),
        (NEUTRAL.with_strip("vocals", gain_db=0.001), False),
        (NEUTRAL.with_strip("vocals", pan=0.001), False),
    ],
)
def test_the_grid_is_claimed_only_where_samples_lie_on_it(state: MixState, kept: bool) -> None:
    grid = Grid(16)
    rendered = RenderedMix(make_set(grid), state)
    assert rendered.grid == (grid if kept else None)
    samples = rendered.read(0, 1001)
    assert np.array_equal(grid.round(samples), samples) == kept


def test_a_float_source_has_no_grid() -> None:
    assert RenderedMix(make_set(None), NEUTRAL).grid is None


def test_a_state_the_source_cannot_have_is_refused_at_once() -> None:
    with pytest.raises(SettingError, match="mono: set pan 0"):
        RenderedMix(make_set(channels=1), REMIX)
