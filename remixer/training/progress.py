"""How fast a run goes and how long it still takes."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Pace:
    """Counts batches of a run that goes on from batch `first` to batch `last`.

    frames: in a batch. Batches per second follow what is seen, all but the oldest forgotten; time
    left counts the whole time, pauses for validation included. clock: seconds.
    """

    first: int
    last: int
    frames: int
    clock: Callable[[], float] = time.monotonic
    done: int = 0
    keep: float = 0.95
    _seconds: float = 0.0
    _start: float = field(default=0.0)
    _before: float | None = None

    def __post_init__(self) -> None:
        self._start = self.clock()

    def batch(self) -> None:
        """One more batch is done."""
        now = self.clock()
        if self._before is not None:
            taken = now - self._before
            kept = self.keep if self._seconds else 0.0
            self._seconds = kept * self._seconds + (1 - kept) * taken
        self._before = now
        self.done += 1

    def pause(self) -> None:
        """What comes until the next batch is no training."""
        self._before = None

    @property
    def frames_s(self) -> float:
        """Frames per second while batches are trained on; 0 before that is known."""
        return self.frames / self._seconds if self._seconds else 0.0

    @property
    def left_s(self) -> float | None:
        """Seconds to the last batch; None before that is known."""
        if not self.done:
            return None
        each = (self.clock() - self._start) / self.done
        return max(0, self.last - self.first - self.done) * each
