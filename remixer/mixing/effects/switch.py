"""Changes without clicks: a crossfade from one setting to the next, counted in samples."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from remixer.dsp.ramp import RAMP
from remixer.dsp.signal import Samples

Setting = TypeVar("Setting")
Worker = TypeVar("Worker")


@dataclass(frozen=True, eq=False)
class Span(Generic[Worker]):
    """Samples [first, last) of a block, in which one worker works, or two while one gives way.

    rise: the weights of `new`, (samples,); None where it is alone, and `old` is the same.
    """

    first: int
    last: int
    old: Worker
    new: Worker
    rise: Samples | None

    def blend(self, work: Callable[[Worker], Samples]) -> Samples:
        """What the workers make of it, crossfaded."""
        if self.rise is None:
            return work(self.new)
        old = work(self.old)
        return old + (work(self.new) - old) * self.rise


class Switch(Generic[Setting, Worker]):
    """Goes from setting to setting by crossfades of RAMP samples on a clock of samples.

    make(setting, before): a worker for a setting; before: the one it follows, whose memory it may
    take over. A setting that comes while a crossfade is under way waits for its end. So what is
    heard depends on when settings came, not on how the clock is cut into blocks.
    """

    def __init__(self, setting: Setting, make: Callable[[Setting, Worker | None], Worker]) -> None:
        self._make = make
        self._setting = self._wanted = setting
        self._old = self._new = make(setting, None)
        self._end = 0
        """Of the crossfade under way; past when there is none."""

    @property
    def worker(self) -> Worker:
        """The latest."""
        return self._new

    @property
    def involved(self) -> tuple[Worker, ...]:
        """All that may work in the next block."""
        waiting = self._wanted != self._setting
        return (self._old, self._new, *([self._make(self._wanted, self._new)] if waiting else ()))

    def aim(self, setting: Setting, at: int) -> None:
        """Want another setting from sample `at` of the clock on."""
        self._wanted = setting
        if at >= self._end:
            self._begin(at)

    def settled(self, at: int) -> bool:
        """Whether from sample `at` on nothing changes."""
        return at >= self._end and self._setting == self._wanted

    def spans(self, at: int, count: int) -> Iterator[Span[Worker]]:
        """The block [at, at + count) of the clock, cut where crossfades begin and end."""
        first = 0
        while first < count:
            here = at + first
            if here >= self._end:
                self._begin(here)
            if here < self._end:
                last = min(self._end - at, count)
                rise = (np.arange(here, at + last) - (self._end - RAMP)) / RAMP
                yield Span(first, last, self._old, self._new, rise)
            else:
                last = count
                yield Span(first, last, self._new, self._new, None)
            first = last

    def _begin(self, at: int) -> None:
        if self._wanted == self._setting:
            return
        self._old, self._new = self._new, self._make(self._wanted, self._new)
        self._setting, self._end = self._wanted, at + RAMP
