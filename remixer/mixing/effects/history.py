"""What has passed, kept for delays."""

import numpy as np

from remixer.dsp.signal import Samples

ROOM = 1 << 14
"""The longest block that can be written at once."""


class History:
    """The last `reach` samples of some rows. Blocks are copied once; once in ROOM samples all moves
    back to the front.
    """

    def __init__(self, rows: int, reach: int) -> None:
        self._reach = reach
        self._data = np.zeros((rows, reach + ROOM))
        self._now = reach

    def write(self, block: Samples) -> None:
        """Add (rows, n), n <= ROOM."""
        count = block.shape[1]
        if self._now + count > self._data.shape[1]:
            self._data[:, : self._reach] = self._data[:, self._now - self._reach : self._now]
            self._now = self._reach
        self._data[:, self._now : self._now + count] = block
        self._now += count

    def past(self, delay: int, count: int) -> Samples:
        """A view of `count` samples from `delay` samples ago on; count <= delay <= reach."""
        start = self._now - delay
        return self._data[:, start : start + count]

    def past_rows(self, delays: list[int], count: int) -> Samples:
        """A copy, each row from its own delay on; count <= the smallest."""
        out = np.empty((len(delays), count))
        for row, delay in enumerate(delays):
            start = self._now - delay
            out[row] = self._data[row, start : start + count]
        return out
