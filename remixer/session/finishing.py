"""What may be done to a remix on its way into a file: a ceiling for true peaks, and dither.

Neither is ever done to a mix without moves: that is the source, bit for bit.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from remixer.dsp.ceiling import BLOCK, apply, attenuated
from remixer.dsp.dither import tpdf
from remixer.dsp.gain import db_to_gain
from remixer.dsp.signal import Grid, SameShape, SampleReader, Samples
from remixer.errors import SettingError

AUTO, ON, OFF = "auto", "on", "off"
DITHER = (AUTO, ON, OFF)
LOWEST_DB, HIGHEST_DB = -24.0, 0.0
MARGIN_DB = 0.02
"""Below the ceiling, for what the limiter leaves and what rounding adds."""
_NOISE_STEPS = 4
"""Steps of the grid by which dither and rounding may raise a true peak."""
HEARD_DB = 0.01
"""Attenuation that counts as such in reports."""


@dataclass(frozen=True)
class Finish:
    """How a changed mix is finished.

    dither: "auto" (where the file is shallower than the source), "on" (also where only the moves
    left the file's grid) or "off"; never where nothing was changed. ceiling_db: dBTP, -24 to 0, or
    None. Raises SettingError for other values.
    """

    dither: str = AUTO
    ceiling_db: float | None = None

    def __post_init__(self) -> None:
        if self.dither not in DITHER:
            raise SettingError(f"dither {self.dither!r} is not known: use {', '.join(DITHER)}")
        if self.ceiling_db is not None and not LOWEST_DB <= self.ceiling_db <= HIGHEST_DB:
            raise SettingError(
                f"a ceiling of {self.ceiling_db} dBTP is out of range: "
                f"set {LOWEST_DB:g} to {HIGHEST_DB:g}"
            )

    def dithers(self, source: Grid | None, rendered: Grid | None, target: Grid | None) -> bool:
        """Whether a changed mix of a source is dithered for a file.

        rendered: the grid of what is written, None where moves have left every grid.
        """
        if target is None or self.dither == OFF:
            return False
        before = source if self.dither == AUTO else rendered
        return before is None or before.bits > target.bits


AS_USUAL = Finish()


@dataclass
class Limiting:
    """What a ceiling took away: dB at most, and of how many samples of how many places."""

    deepest_db: float = 0.0
    samples: int = 0
    places: int = 0
    _inside: bool = field(default=False, repr=False)

    def add(self, attenuation: Samples) -> None:
        """Count the next block's attenuation, in dB by sample."""
        heard = np.concatenate(([self._inside], attenuation > HEARD_DB))
        self.deepest_db = max(self.deepest_db, float(attenuation.max(initial=0.0)))
        self.samples += int(heard[1:].sum())
        self.places += int((heard[1:] & ~heard[:-1]).sum())
        self._inside = bool(heard[-1])


@dataclass(eq=False)
class Limited(SameShape):
    """A signal whose true peaks stay under a ceiling, for reading in order.

    Blocks of any size give the same bits; a read that does not go on from the last one renders
    again from the beginning. The signal itself is read in order, once a pass. ceiling_db: dBTP.
    grid: of the file that it is for.
    """

    signal: SampleReader
    ceiling_db: float
    target: Grid | None = None
    limiting: Limiting = field(default_factory=Limiting)
    """Of the last pass that came to the end, or the one under way."""
    _steps: Iterator[Samples] = field(default=iter(()), repr=False)
    _left: Samples = field(default_factory=lambda: np.empty((1, 0)), repr=False)
    _next: int = -1

    @property
    def grid(self) -> Grid | None:
        """None: what is turned down leaves the grid."""
        return None

    def read(self, start: int, count: int) -> Samples:
        """Samples [start, start + count), (channels, count)."""
        if start < self._next or self._next < 0:
            self._begin()
        while self._next < start:
            self._take(min(BLOCK, start - self._next))
        return self._take(count)

    def _begin(self) -> None:
        self.limiting = Limiting()
        self._steps, self._next = self._limited(), 0
        self._left = np.empty((self.channels, 0))

    def _take(self, count: int) -> Samples:
        parts, there = [self._left], self._left.shape[1]
        while there < count:
            parts.append(next(self._steps))
            there += parts[-1].shape[1]
        joined = np.concatenate(parts, axis=1)
        self._left = joined[:, count:]
        self._next += count
        return joined[:, :count]

    def _limited(self) -> Iterator[Samples]:
        blocks = (
            self.signal.read(start, min(BLOCK, self.length - start))
            for start in range(0, self.length, BLOCK)
        )
        for block, attenuation in attenuated(blocks, self.rate, self._aim()):
            self.limiting.add(attenuation)
            yield apply(block, attenuation)

    def _aim(self) -> float:
        """What the limiter is told, linear."""
        aim = db_to_gain(self.ceiling_db - MARGIN_DB)
        return aim if self.target is None else max(aim - _NOISE_STEPS * self.target.step, aim / 2)


@dataclass(frozen=True, eq=False)
class Dithered(SameShape):
    """A signal with dither for a grid, rounded to it; not limited to full scale."""

    signal: SampleReader
    grid: Grid

    def read(self, start: int, count: int) -> Samples:
        """Samples [start, start + count), (channels, count), on the grid."""
        noise = self.grid.step * tpdf(start, count, self.channels)
        return self.grid.round(self.signal.read(start, count) + noise)
