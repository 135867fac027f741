"""Echoes: a delay line that feeds itself through a lowpass."""

import math

import numpy as np

from remixer.dsp.signal import Samples
from remixer.mixing.effects.filters import LowPass
from remixer.mixing.effects.history import ROOM, History
from remixer.mixing.effects.switch import Switch
from remixer.mixing.returns import LONGEST_S, MS, Delay

_OPEN_HZ = 20_000.0
"""A tone up there is no lowpass."""


class _Shape:
    """A setting as numbers, with the memory of its lowpass."""

    def __init__(self, settings: Delay, rate: int, channels: int, before: "_Shape | None") -> None:
        self.samples = max(round(settings.seconds * rate), 1)
        open_ = settings.tone_hz >= _OPEN_HZ
        factor = 0.0 if open_ else math.exp(-2.0 * math.pi * settings.tone_hz / rate)
        self._feedback = settings.feedback
        memory: LowPass | None = before._tone if before else None
        self._tone: LowPass = LowPass(factor, channels, memory)

    def fed_back(self, echo: Samples) -> Samples:
        return self._tone.process(echo) * self._feedback


class DelayEffect:
    """The echoes, silent at first: the first as it came, each further one through tone and
    feedback once more.
    """

    def __init__(self, settings: Delay, rate: int, channels: int) -> None:
        self._rate, self._channels = rate, channels
        self._line = History(channels, round(LONGEST_S * rate) + 1)
        self._switch = Switch(_shaped(settings), self._make)

    def aim(self, settings: Delay, at: int) -> None:
        """Want other settings from now on; level and bypass are not its own."""
        self._switch.aim(_shaped(settings), at)

    def process(self, samples: Samples, at: int) -> Samples:
        """The echoes during the next block, (channels, n)."""
        out = np.empty_like(samples)
        for span in self._switch.spans(at, samples.shape[1]):
            step = min(span.old.samples, span.new.samples, ROOM)
            for first in range(span.first, span.last, step):
                last = min(first + step, span.last)
                rise = (
                    None if span.rise is None else span.rise[first - span.first :][: last - first]
                )
                out[:, first:last] = self._step(span.old, span.new, rise, samples[:, first:last])
        return out

    def _step(self, old: _Shape, new: _Shape, rise: Samples | None, samples: Samples) -> Samples:
        count = samples.shape[1]
        echo = self._line.past(new.samples, count).copy()
        fed = new.fed_back(echo)
        if rise is not None:
            before = self._line.past(old.samples, count)
            fed_before = old.fed_back(before)
            echo, fed = before + (echo - before) * rise, fed_before + (fed - fed_before) * rise
        self._line.write(samples + fed)
        return echo

    def _make(self, settings: Delay, before: _Shape | None) -> _Shape:
        return _Shape(settings, self._rate, self._channels, before)


def _shaped(settings: Delay) -> Delay:
    """Without what the return does, level and bypass, and in one unit."""
    return Delay(
        settings.seconds * 1000.0, MS, feedback=settings.feedback, tone_hz=settings.tone_hz
    )
