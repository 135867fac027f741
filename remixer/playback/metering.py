"""Meters, computed beside the callback from what it has played."""

import math
import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from remixer.dsp.gain import gain_to_db
from remixer.dsp.signal import STEMS, Samples
from remixer.mixing.stems import complete
from remixer.mixing.strips import effective_gains
from remixer.playback.memory import MemoryStems
from remixer.playback.renderer import Heard
from remixer.playback.types import Meters

if TYPE_CHECKING:
    from remixer.dsp.loudness import LoudnessMeter

_TICK_S = 0.02
_MOMENT_S = 0.4
_SHORT_TERM_S = 3.0
_LONGEST = 256
"""Blocks, and ticks, that may wait; older ones are dropped."""


@dataclass(frozen=True, eq=False)
class _Tick:
    """Peaks of what was played in a moment. report: the number of the next report then."""

    report: int
    stems: Samples
    master: Samples
    reductions: Samples


def loudness_meter(rate: int, channels: int) -> "LoudnessMeter":
    """A new meter. Imports SciPy, which takes longer than all the rest of the audio process."""
    from remixer.dsp.loudness import LoudnessMeter

    return LoudnessMeter(rate, channels)


class Metering:
    """Hears what was played, in a thread of its own; `hear` is all that the callback does."""

    def __init__(self, rate: int, channels: int) -> None:
        self._rate, self._channels = rate, channels
        self._heard: deque[Heard] = deque(maxlen=_LONGEST)
        self._ticks: deque[_Tick] = deque(maxlen=_LONGEST)
        self._loudness: LoudnessMeter | None = None
        self._change = math.nan
        self._silent_since = 0.0
        self._gauged = 0
        """Samples that the loudness has heard since it began, or since it was silent for long."""
        self._reset = False
        self._closing = threading.Event()
        self.next_report = 0
        """Set by who reports: peaks that are heard now will be in this report."""
        threading.Thread(target=self._work, name="meters", daemon=True).start()

    def hear(self, heard: list[Heard]) -> None:
        """Take what was played; for the callback."""
        self._heard.extend(heard)

    def reset(self) -> None:
        """Begin the true peak anew."""
        self._reset = True

    def close(self) -> None:
        """End the thread; does not wait for it."""
        self._closing.set()

    def meters(self, taken: int) -> Meters:
        """As of now; peaks are those that came after report number `taken`."""
        ticks = [tick for tick in list(self._ticks) if tick.report > taken]
        stems = np.max([t.stems for t in ticks], axis=0) if ticks else self._silence()
        master = np.max([t.master for t in ticks], axis=0) if ticks else np.zeros(self._channels)
        loudness = self._loudness
        silent_s = time.monotonic() - self._silent_since
        return Meters(
            tuple(tuple(peaks) for peaks in stems.tolist()),
            tuple(master.tolist()),
            self._loud(loudness.momentary_lufs, _MOMENT_S, silent_s) if loudness else math.nan,
            loudness.highest_dbtp if loudness else -math.inf,
            self._change_dbfs() if silent_s <= _MOMENT_S else math.nan,
            self._loud(loudness.short_term_lufs, _SHORT_TERM_S, silent_s) if loudness else math.nan,
            self._reduced(ticks),
        )

    def _loud(self, lufs: float, window_s: float, silent_s: float) -> float:
        """NaN until a window is full, and -inf once it is empty again."""
        if self._gauged < window_s * self._rate:
            return math.nan
        return lufs if silent_s <= window_s else -math.inf

    def _change_dbfs(self) -> float:
        return self._change if math.isnan(self._change) else gain_to_db(self._change)

    def _reduced(self, ticks: list[_Tick]) -> tuple[float, ...]:
        if not ticks:
            return (0.0,) * (len(STEMS) + 1)
        return tuple(np.max([tick.reductions for tick in ticks], axis=0).tolist())

    def _silence(self) -> Samples:
        return np.zeros((len(STEMS), self._channels))

    def _work(self) -> None:
        while not self._closing.wait(_TICK_S):
            if self._reset or self._loudness is None:
                self._loudness, self._reset = loudness_meter(self._rate, self._channels), False
                self._gauged = 0
            heard = [self._heard.popleft() for _ in range(len(self._heard))]
            if heard:
                if time.monotonic() - self._silent_since > _SHORT_TERM_S:
                    self._gauged = 0
                self._silent_since = time.monotonic()
                self._tick(heard, self._loudness)

    def _tick(self, heard: list[Heard], loudness: "LoudnessMeter") -> None:
        peaks = [self._peaks(block) for block in heard]
        stems = np.max(peaks, axis=0)
        master = np.max([np.max(np.abs(block.samples), axis=1) for block in heard], axis=0)
        reductions = np.max([_reductions(block) for block in heard], axis=0)
        self._ticks.append(_Tick(self.next_report, stems, master, reductions))
        for block in heard:
            loudness.add(block.samples)
            self._gauged += block.samples.shape[1]
        changes = [_change(block) for block in heard if block.original is not None]
        if changes:
            self._change = max(changes)

    def _peaks(self, block: Heard) -> Samples:
        """Of each strip behind its gain and treatment, (4, channels)."""
        count = block.samples.shape[1]
        stems = MemoryStems(self._channels)
        stems.hold(block.view)
        mix = block.view.mix(block.start, count)
        levels = np.max(np.abs(complete(mix, stems.read(block.start, count))), axis=2)
        gained: Samples = levels * effective_gains(block.state, self._channels)
        if block.readings is None:
            return gained
        treated = block.readings.peaks
        return np.where(np.isnan(treated), gained, treated)


def _reductions(block: Heard) -> Samples:
    """Of the strips' compressors and the master's, in dB, (5,)."""
    if block.readings is None:
        return np.zeros(len(STEMS) + 1)
    return np.array(block.readings.reduction_db)


def _change(block: Heard) -> float:
    """The highest sample of remix minus original: the change alone may be what was played."""
    if block.original == 0.0:
        return float(np.max(np.abs(block.samples)))
    original = block.view.mix(block.start, block.samples.shape[1])
    return float(np.max(np.abs(block.samples - original)))
