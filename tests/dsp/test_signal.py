import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remixer.dsp.signal import RESIDUAL, STEMS, STORED, ArrayReader, Grid

BITS = st.sampled_from([8, 12, 16, 20, 24, 32])


def test_the_residual_is_the_one_that_is_not_stored() -> None:
    assert STEMS == ("vocals", "bass", "drums", "other")
    assert (*STORED, RESIDUAL) == STEMS


@given(BITS, st.data())
def test_multiples_of_the_step_are_on_the_grid_and_stay(bits: int, data: st.DataObject) -> None:
    grid, half = Grid(bits), 2 ** (bits - 1)
    integers = data.draw(st.lists(st.integers(-half, half - 1), min_size=1))
    samples = np.array([[-half, half - 1, *integers]]) / half
    assert grid.holds(samples)
    assert np.array_equal(grid.round(samples), samples)
    assert np.array_equal(grid.clip(samples), samples)
    assert np.array_equal(np.rint(samples / grid.step), [[-half, half - 1, *integers]])


@given(BITS, st.lists(st.floats(-1, 1, width=64), min_size=1))
def test_rounding_moves_by_half_a_step_at_most(bits: int, values: list[float]) -> None:
    grid, samples = Grid(bits), np.array([values])
    rounded = grid.round(samples)
    assert np.abs(rounded - samples).max() <= grid.step / 2
    assert grid.holds(grid.clip(rounded))


def test_ties_go_to_even_and_signs_do_not_matter() -> None:
    grid = Grid(16)
    halves = np.array([[0.5, 1.5, 2.5, -0.5, -1.5]]) * grid.step
    assert (grid.round(halves) / grid.step).tolist() == [[0, 2, 2, 0, -2]]


@pytest.mark.parametrize(
    "value", [1.0, 2.0**-16, -1.0 - 2.0**-15, 1 - 2.0**-16, np.nan, np.inf, -np.inf]
)
def test_other_values_are_not_on_the_grid(value: float) -> None:
    assert not Grid(16).holds(np.array([[0.0, value]]))


def test_full_scale_is_one_step_short_of_one() -> None:
    assert Grid(16).highest == 32767 / 32768
    assert Grid(16).clip(np.array([-2.0, 2.0])).tolist() == [-1.0, 32767 / 32768]


def test_an_array_is_a_signal() -> None:
    samples = np.arange(12, dtype=np.float64).reshape(2, 6)
    reader = ArrayReader(samples, 8_000, Grid(16))
    assert (reader.rate, reader.channels, reader.length, reader.grid) == (8_000, 2, 6, Grid(16))
    block = reader.read(1, 3)
    assert block.tolist() == [[1, 2, 3], [7, 8, 9]]
    block[:] = 0  # a copy
    assert samples[0, 1] == 1
    assert reader.read(6, 0).shape == (2, 0)
