"""How fast a run goes and how long it takes, on a clock of our own."""

import pytest

from remixer.training.progress import Pace


class Clock:
    """Seconds that pass when told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_speed_and_time_left() -> None:
    clock = Clock()
    pace = Pace(first=10, last=30, frames=50, clock=clock)
    assert (pace.frames_s, pace.left_s) == (0, None)
    for _ in range(5):
        clock.now += 2
        pace.batch()
    assert pace.frames_s == pytest.approx(25)
    assert pace.left_s == pytest.approx(15 * 2)


def test_pauses_slow_the_whole_but_not_the_speed() -> None:
    clock = Clock()
    pace = Pace(first=0, last=8, frames=50, clock=clock)
    for _ in range(4):
        clock.now += 2
        pace.batch()
    pace.pause()
    clock.now += 100
    for _ in range(2):
        clock.now += 2
        pace.batch()
    assert pace.frames_s == pytest.approx(25)
    assert pace.left_s == pytest.approx(2 * 112 / 6)


def test_speed_follows_what_is_seen() -> None:
    clock = Clock()
    pace = Pace(first=0, last=500, frames=50, clock=clock)
    for seconds in [2] * 10 + [1] * 200:
        clock.now += seconds
        pace.batch()
    assert pace.frames_s == pytest.approx(50, rel=0.01)


def test_nothing_is_left_when_all_is_done() -> None:
    clock = Clock()
    pace = Pace(first=0, last=1, frames=50, clock=clock)
    clock.now += 1
    pace.batch()
    pace.batch()
    assert pace.left_s == 0
