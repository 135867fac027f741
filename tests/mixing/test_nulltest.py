import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remixer.dsp.signal import STEMS, ArrayReader, Grid, Samples
from remixer.errors import SettingError
from remixer.mixing.nulltest import NullResult, null_test
from remixer.mixing.stems import ArrayStems, StemSet, to_grid

GRIDS = [Grid(8), Grid(16), Grid(24), Grid(32)]


def reader(samples: Samples, rate: int = 44_100) -> ArrayReader:
    return ArrayReader(np.atleast_2d(samples), rate)


def make_set(grid: Grid, channels: int = 2, length: int = 500) -> tuple[StemSet, Samples]:
    random = np.random.default_rng(grid.bits)
    mix = to_grid(random.uniform(-1.2, 1.2, (channels, length)), grid)
    stored = to_grid(random.uniform(-1.2, 1.2, (3, channels, length)), grid)
    return StemSet(ArrayReader(mix, 44_100, grid), ArrayStems(stored)), stored


@pytest.mark.parametrize("grid", GRIDS)
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("block", [1, 7, 500, 65536])
def test_the_four_stems_null(grid: Grid, channels: int, block: int) -> None:
    stems, _ = make_set(grid, channels)
    result = null_test(stems.mix, [stems.reader(name) for name in STEMS], block)
    assert result == NullResult(0, -math.inf, None, None, 500)
    assert result.passed


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from(GRIDS),
    st.integers(0, 1),
    st.integers(0, 499),
    st.integers(0, 3),
    st.sampled_from([1, 64, 499, 500, 1000]),
)
def test_one_flipped_bit_is_found(
    grid: Grid, channel: int, position: int, stem: int, block: int
) -> None:
    stems, _ = make_set(grid)
    parts = [stems.reader(name).read(0, 500) for name in STEMS]
    parts[stem][channel, position] += grid.step
    result = null_test(stems.mix, [reader(part) for part in parts], block)
    assert (result.differing, result.channel, result.position) == (1, channel, position)
    assert result.peak_dbfs == pytest.approx(20 * math.log10(grid.step))
    assert not result.passed


def test_a_difference_of_one_denormal_is_found() -> None:
    result = null_test(reader(np.array([1.0, 5e-324])), [reader(np.array([1.0, 0.0]))])
    assert (result.differing, result.position, result.channel) == (1, 1, 0)
    assert result.peak_dbfs == pytest.approx(-6466.1, abs=0.1)


@pytest.mark.parametrize("block", [1, 3, 100])
def test_the_place_is_where_the_highest_difference_first_is(block: int) -> None:
    other = np.zeros((2, 10))
    other[1, 2], other[0, 5], other[1, 4], other[0, 8] = 0.1, -0.5, 0.5, 0.5
    result = null_test(reader(np.zeros((2, 10))), [reader(other)], block)
    assert (result.differing, result.position, result.channel) == (4, 4, 1)
    assert result.peak_dbfs == pytest.approx(-6.02, abs=0.01)


def test_differences_of_all_channels_are_counted() -> None:
    result = null_test(reader(np.zeros((2, 10))), [reader(np.ones((2, 10)))], 3)
    assert (result.differing, result.position, result.channel) == (20, 0, 0)


@pytest.mark.parametrize(
    ("a", "b", "differing"),
    [
        (math.nan, math.nan, 0),
        (math.inf, math.inf, 0),
        (0.0, -0.0, 0),
        (math.nan, 0.0, 1),
        (0.0, math.nan, 1),
        (math.inf, -math.inf, 1),
        (math.inf, 1.0, 1),
        (1.0, math.nan, 1),
    ],
)
def test_values_that_are_not_finite(a: float, b: float, differing: int) -> None:
    result = null_test(reader(np.array([0.5, a])), [reader(np.array([0.5, b]))])
    assert result.differing == differing
    assert result.peak_dbfs == (math.inf if differing else -math.inf)
    assert result.position == (1 if differing else None)


def test_memory_is_bounded_by_the_block() -> None:
    class Endless:
        rate, channels, length, grid = 8_000, 1, 10_000, None
        largest = 0

        def read(self, start: int, count: int) -> Samples:
            self.largest = max(self.largest, count)
            return np.zeros((1, count))

    source = Endless()
    assert null_test(source, [source], 64).length == 10_000
    assert source.largest == 64


def test_an_empty_signal_passes() -> None:
    assert null_test(reader(np.zeros((2, 0))), [reader(np.zeros((2, 0)))]).passed


@pytest.mark.parametrize(
    ("part", "message"),
    [
        (reader(np.zeros((2, 9)), 48_000), "part 2 has rate 48000 where the original has 44100"),
        (reader(np.zeros((1, 9))), "part 2 has channels 1 where the original has 2"),
        (reader(np.zeros((2, 8))), "part 2 has length 8 where the original has 9"),
    ],
)
def test_other_geometry_is_refused_with_both_values(part: ArrayReader, message: str) -> None:
    original = reader(np.zeros((2, 9)))
    with pytest.raises(SettingError, match=message):
        null_test(original, [original, part])


def test_no_parts_are_refused() -> None:
    with pytest.raises(SettingError, match="give at least 1"):
        null_test(reader(np.zeros((1, 1))), [])
