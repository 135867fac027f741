import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remixer.dsp.ramp import RAMP, Ramp, ramp_values

GAIN = st.floats(0.0, 16.0)


def test_the_line_is_the_line() -> None:
    values = ramp_values(np.array([0.0]), np.array([1.0]), 10, 8, 8, length=4)
    assert values.tolist() == [[0.0, 0.0, 0.0, 0.25, 0.5, 0.75, 1.0, 1.0]]


@given(GAIN, GAIN, st.integers(0, 10**12))
def test_ends_are_exact_and_nothing_passes_them(a: float, b: float, start: int) -> None:
    ramp = Ramp(np.array([a]), np.array([b]), start)
    values = ramp.values(start, RAMP + 1)[0]
    assert values[0] == a
    assert values[-1] == b
    assert np.all(np.diff(values) * np.sign(b - a) >= 0.0)
    assert values.min() == min(a, b)
    assert values.max() == max(a, b)


@given(GAIN, GAIN)
def test_no_step_is_larger_than_one_part_in_ramp(a: float, b: float) -> None:
    values = Ramp(np.array([a]), np.array([b]), 100).values(0, RAMP + 300)[0]
    assert np.abs(np.diff(values)).max() <= abs(b - a) / RAMP * (1 + 1e-9) + 1e-15


@settings(deadline=None, max_examples=50)
@given(st.lists(st.integers(1, 400), min_size=1, max_size=12), GAIN, GAIN)
def test_values_do_not_depend_on_blocks(sizes: list[int], a: float, b: float) -> None:
    ramp = Ramp(np.array([a, b]), np.array([b, a]), 37)
    starts = np.cumsum([0, *sizes])
    parts = [ramp.values(int(p), n) for p, n in zip(starts, sizes, strict=False)]
    assert np.concatenate(parts, axis=1).tobytes() == ramp.values(0, sum(sizes)).tobytes()


def test_a_new_target_leaves_from_the_value_reached() -> None:
    ramp = Ramp(np.array([0.0]), np.array([1.0]), 0)
    turned = ramp.towards(np.array([0.25]), 512)
    assert turned.values(512, 1) == 0.5
    assert turned.values(512 + RAMP // 2, 1) == 0.375
    assert turned.values(512 + RAMP, 1) == 0.25


def test_the_same_target_does_not_restart() -> None:
    ramp = Ramp(np.array([0.0]), np.array([1.0]), 0)
    assert ramp.towards(np.array([1.0]), 512) is ramp


def test_settled_means_every_later_value_is_the_target() -> None:
    ramp = Ramp(np.array([0.0]), np.array([1.0]), 7)
    assert not ramp.settled(7 + RAMP - 1)
    assert ramp.values(7 + RAMP - 1, 1) < 1.0
    assert ramp.settled(7 + RAMP)
    assert Ramp.held(np.array([0.5])).settled(0)
    assert Ramp.held(np.array([0.5])).values(0, 3).tolist() == [[0.5] * 3]


@pytest.mark.parametrize("count", [0, 1])
def test_short_blocks_keep_their_shape(count: int) -> None:
    assert Ramp(np.zeros(2), np.ones(2), 0).values(5, count).shape == (2, count)
