"""Breakpoints of a level: read and edited as values. See `Treatment.automation`."""

from itertools import pairwise

from remixer.errors import SettingError
from remixer.mixing.treatments import (
    HIGHEST_POINT_DB,
    LOWEST_POINT_DB,
    MAX_POINTS,
    Automation,
)

RAMP_S = 0.02
"""Of a region's edges, in seconds: heard as a step, without a click."""


def level_at(points: Automation, sample: int) -> float:
    """The level in dB at a sample: straight between breakpoints, held beyond them, 0 without."""
    if not points:
        return 0.0
    if sample <= points[0][0]:
        return points[0][1]
    for (left, left_db), (right, right_db) in pairwise(points):
        if sample < right:
            return left_db + (right_db - left_db) * (sample - left) / (right - left)
    return points[-1][1]


def with_point(points: Automation, sample: int, gain_db: float) -> Automation:
    """With a breakpoint more, or one at the same sample set anew."""
    others = [point for point in points if point[0] != sample]
    return tuple(sorted([*others, (sample, limited(gain_db))]))


def without_point(points: Automation, index: int) -> Automation:
    """With a breakpoint less."""
    return points[:index] + points[index + 1 :]


def moved_point(points: Automation, index: int, sample: int, gain_db: float) -> Automation:
    """With a breakpoint elsewhere, but still between its neighbours."""
    low = points[index - 1][0] + 1 if index else 0
    high = points[index + 1][0] - 1 if index + 1 < len(points) else sample
    place = max(min(sample, max(high, low)), low)
    return (*points[:index], (place, limited(gain_db)), *points[index + 1 :])


def raised(points: Automation, start: int, stop: int, by_db: float, ramp: int) -> Automation:
    """With samples [start, stop) higher by some dB, and slopes of `ramp` samples outside of them.

    What there was is kept on both sides, and raised within; slopes that were made before are used
    again. Raises SettingError when there are too many breakpoints.
    """
    before, after = max(start - ramp, 0), stop + ramp
    kept = [(at, db) for at, db in points if at <= before or at >= after]
    inside = {at: db + by_db for at, db in points if start <= at <= stop}
    inside |= {at: level_at(points, at) + by_db for at in (start, stop)}
    edges = {at: level_at(points, at) for at in (before, after) if not start <= at <= stop}
    made = dict(kept) | edges | {at: limited(db) for at, db in inside.items()}
    if len(made) > MAX_POINTS:
        raise SettingError(f"{len(made)} breakpoints of one stem: at most {MAX_POINTS}")
    return simplified(tuple(sorted(made.items())))


def simplified(points: Automation) -> Automation:
    """Without breakpoints that change nothing; none where all is at 0 dB."""
    kept = list(points)
    for index in range(len(kept) - 2, 0, -1):
        (left, a), (here, b), (right, c) = kept[index - 1 : index + 2]
        if abs(a + (c - a) * (here - left) / (right - left) - b) < 1e-9:
            del kept[index]
    return tuple(kept) if any(gain_db for _, gain_db in kept) else ()


def limited(gain_db: float) -> float:
    """The nearest level there is, kept to 0.001 dB."""
    return round(min(max(gain_db, LOWEST_POINT_DB), HIGHEST_POINT_DB), 3) + 0.0
