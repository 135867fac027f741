import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remixer.errors import SettingError
from remixer.mixing.automation import (
    level_at,
    moved_point,
    raised,
    simplified,
    with_point,
    without_point,
)
from remixer.mixing.effects.strip import Curve
from remixer.mixing.treatments import Automation, Treatment, automation_from

POINTS: Automation = ((100, 0.0), (200, 6.0), (400, -6.0))
automations = st.dictionaries(st.integers(0, 2000), st.floats(-30, 12), max_size=8).map(
    lambda points: tuple(sorted(points.items()))
)


@given(automations, st.integers(0, 2500))
def test_the_level_is_the_one_that_is_heard(points: Automation, sample: int) -> None:
    gain = Curve(points).gains(sample, 1)[0]
    assert 20 * np.log10(gain) == pytest.approx(level_at(points, sample), abs=1e-9)


@given(automations, st.integers(0, 2500), st.integers(0, 2500))
def test_a_part_sounds_as_it_does_in_the_song(points: Automation, start: int, at: int) -> None:
    part = automation_from(points, start)
    assert Treatment(automation=part).automation == part
    assert level_at(part, at) == pytest.approx(level_at(points, start + at), abs=1e-9)


def test_points_are_added_moved_and_removed() -> None:
    assert with_point((), 50, 1.23456) == ((50, 1.235),)
    assert with_point(POINTS, 300, 1.0)[2] == (300, 1.0)
    assert with_point(POINTS, 200, 1.0)[1] == (200, 1.0)
    assert without_point(POINTS, 1) == (POINTS[0], POINTS[2])
    assert moved_point(POINTS, 1, 9999, 99.0) == (POINTS[0], (399, 24.0), POINTS[2])
    assert moved_point(POINTS, 1, 0, -999.0) == (POINTS[0], (101, -90.0), POINTS[2])
    assert moved_point(POINTS, 2, 9999, 0.0)[2] == (9999, 0.0)
    assert moved_point(POINTS, 0, -5, 0.0)[0] == (0, 0.0)


def test_a_region_is_raised_and_lowered_back() -> None:
    once = raised((), 1000, 2000, 1.5, 50)
    assert once == ((950, 0.0), (1000, 1.5), (2000, 1.5), (2050, 0.0))
    twice = raised(once, 1000, 2000, 1.5, 50)
    assert twice == ((950, 0.0), (1000, 3.0), (2000, 3.0), (2050, 0.0))
    assert raised(raised(twice, 1000, 2000, -1.5, 50), 1000, 2000, -1.5, 50) == ()
    assert raised((), 0, 2000, -2.0, 50) == ((0, -2.0), (2000, -2.0), (2050, 0.0))


@given(automations, st.integers(200, 900), st.integers(10, 900), st.floats(-6, 6))
def test_raising_keeps_what_was_beside(
    points: Automation, start: int, count: int, by_db: float
) -> None:
    after = raised(points, start, start + count, by_db, 50)
    assert Treatment(automation=after).automation == after
    for at in (0, start - 50, start + count + 50, 2400):
        assert level_at(after, at) == pytest.approx(level_at(points, at), abs=2e-3)
    for at in (start, start + count // 2, start + count):
        expected = level_at(points, at) + by_db
        assert level_at(after, at) == pytest.approx(expected, abs=2e-3)


def test_what_changes_nothing_is_dropped() -> None:
    assert simplified(((0, 0.0), (10, 0.0), (20, 0.0))) == ()
    assert simplified(((0, 1.0), (10, 2.0), (20, 3.0))) == ((0, 1.0), (20, 3.0))


def test_too_many_are_refused() -> None:
    points = tuple((10 * n, float(n % 2)) for n in range(510))
    with pytest.raises(SettingError, match="at most 512"):
        raised(points, 2003, 2006, 1.0, 1)
