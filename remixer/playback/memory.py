"""What the callback plays from: pages of mix and stems in memory, published whole.

A view is never changed: more pages, or stems that have arrived, come as a new view, by one
assignment.
"""

from dataclasses import dataclass, field

import numpy as np

from remixer.dsp.ramp import RAMP
from remixer.dsp.signal import STORED, Grid, Samples

PAGE = 1 << 14
"""Samples of a page."""


@dataclass(frozen=True, eq=False)
class Page:
    """PAGE samples, the song's last page fewer. mix: (channels, n). stems: (3, channels, n), None
    where none of them is separated.
    """

    mix: Samples
    stems: Samples | None = None


@dataclass(frozen=True, eq=False)
class View:
    """Pages by their number. revision: another one where stems of pages that were there changed."""

    pages: dict[int, Page] = field(default_factory=dict)
    revision: int = 0

    def available(self, start: int, count: int) -> int:
        """How many of the samples from `start` on are there without a hole; at most `count`."""
        there = start
        while there < start + count and (page := self.pages.get(there // PAGE)):
            stop = there // PAGE * PAGE + page.mix.shape[1]
            if stop <= there:
                break
            there = stop
        return min(there - start, count)

    def mix(self, start: int, count: int) -> Samples:
        """A copy of the mix (channels, count), which must be available."""
        parts = [self.pages[number].mix[:, part] for number, part in parts_of(start, count)]
        return parts[0].copy() if len(parts) == 1 else np.concatenate(parts, axis=1)


def parts_of(start: int, count: int) -> list[tuple[int, slice]]:
    """The pages that samples [start, start + count) lie on, and which of their samples."""
    parts = []
    stop = start + count
    while start < stop:
        number, first = divmod(start, PAGE)
        last = min(stop - number * PAGE, PAGE)
        parts.append((number, slice(first, last)))
        start = number * PAGE + last
    return parts


class MemoryMix:
    """The mix in memory as a SampleReader. view: the latest, set before each block."""

    def __init__(self, rate: int, channels: int, length: int, grid: Grid | None) -> None:
        self.rate, self.channels, self.length, self.grid = rate, channels, length, grid
        self.view = View()

    def read(self, start: int, count: int) -> Samples:
        """A copy of samples [start, start + count), which must be available."""
        return self.view.mix(start, count)


class MemoryStems:
    """The stored stems in memory as StoredStems; zeros where they are not.

    Stems that change while they may be heard (a chunk was separated, another model was chosen) are
    faded from the old ones to the new ones over RAMP samples. A change in that time waits.
    """

    def __init__(self, channels: int) -> None:
        self._channels = channels
        self._old = self._new = self._latest = View()
        self._faded = RAMP

    def follow(self, view: View) -> None:
        """Play from this view from now on."""
        self._latest = view
        if view.revision == self._new.revision:
            self._new = view
        elif self._faded >= RAMP:
            self._old, self._new, self._faded = self._new, view, 0

    def hold(self, view: View) -> None:
        """Play from this view, without a fade."""
        self._new = self._latest = view

    def advance(self, count: int) -> None:
        """So many samples were played."""
        self._faded += count

    def read(self, start: int, count: int) -> Samples:
        """Samples [start, start + count), (3, channels, count)."""
        new = self._gather(self._new, start, count)
        if self._faded >= RAMP:
            return new
        old = self._gather(self._old, start, count)
        rise = np.clip((self._faded + np.arange(count)) / RAMP, 0.0, 1.0)
        return old + (new - old) * rise

    def _gather(self, view: View, start: int, count: int) -> Samples:
        out = np.zeros((len(STORED), self._channels, count))
        for number, part in parts_of(start, count):
            page = view.pages.get(number) or self._latest.pages.get(number)
            if page and page.stems is not None:
                at = number * PAGE + part.start - start
                out[:, :, at : at + part.stop - part.start] = page.stems[:, :, part]
        return out
