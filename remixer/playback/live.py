"""Stems that are being separated: which of them sound, and that they begin without a click."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from remixer.dsp.ramp import RAMP
from remixer.dsp.signal import Samples
from remixer.errors import CacheError
from remixer.separation.store import Layout, StemStore


def live_runs(done: NDArray[np.bool_], layout: Layout) -> list[tuple[int, int]]:
    """Samples [start, stop) in which the store holds stems: runs of chunks that are done, without
    the crossfades that wait for a neighbour.
    """
    steps = np.flatnonzero(np.diff(np.concatenate(([False], done, [False])).astype(np.int8)))
    return [
        (
            first * layout.chunk + layout.fade if first else 0,
            last * layout.chunk - layout.fade if last < layout.chunks else layout.length,
        )
        for first, last in steps.reshape(-1, 2).tolist()
    ]


def envelope(
    runs: list[tuple[int, int]], length: int, start: int, count: int
) -> NDArray[np.float64]:
    """Gains for samples [start, start + count): 1 within runs, 0 without, with linear slopes of
    RAMP samples inside the runs' ends; none at the song's own ends. Returns (count,).
    """
    gains = np.zeros(count)
    time = np.arange(start, start + count)
    for first, last in runs:
        if first < start + count and last > start:
            rise = (time - first) / RAMP if first else np.ones(count)
            fall = (last - 1 - time) / RAMP if last < length else np.ones(count)
            gains = np.maximum(gains, np.clip(np.minimum(rise, fall), 0.0, 1.0))
    return gains


class LiveStems:
    """A song's StemStore, read while it is written.

    Raises: CacheError when there is none in the folder, or it is another song's.
    """

    def __init__(self, folder: Path, rate: int, channels: int, length: int) -> None:
        self._store = StemStore.open(folder)
        layout = self._store.layout
        if (layout.rate, layout.channels, layout.length) != (rate, channels, length):
            self._store.close()
            raise CacheError(
                f"the stems in {folder.name} are of another song: "
                f"{layout.channels} channels, {layout.length} samples at {layout.rate} Hz"
            )
        self._done = np.zeros(layout.chunks, np.bool_)
        self._runs: list[tuple[int, int]] = []

    def poll(self) -> list[tuple[int, int]]:
        """Samples [start, stop) whose stems have changed since the last poll."""
        layout, done = self._store.layout, self._store.done
        changed = np.flatnonzero(done != self._done).tolist()
        self._done, self._runs = done, live_runs(done, layout)
        slope = layout.fade + RAMP
        return [(c * layout.chunk - slope, (c + 1) * layout.chunk + slope) for c in changed]

    def read(self, start: int, count: int) -> Samples | None:
        """Stems as they sound, (3, channels, count); None where they are all silent."""
        gains = envelope(self._runs, self._store.layout.length, start, count)
        if not gains.any():
            return None
        stems = self._store.read(start, count)
        return stems if np.all(gains == 1.0) else stems * gains

    def close(self) -> None:
        """Let go of the files."""
        self._store.close()
