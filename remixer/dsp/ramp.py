"""Gain ramps counted in samples: their values do not depend on how playback is cut into blocks."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RAMP = 1024
"""Length of a gain ramp in samples (23 ms at 44.1 kHz)."""

Gains = NDArray[np.float64]
"""Linear gains, one per channel."""


def ramp_values(
    origin: Gains, target: Gains, start: int, position: int, count: int, length: int = RAMP
) -> Gains:
    """A linear ramp's values at the absolute samples [position, position + count).

    origin, target: (channels,). Returns (channels, count): exactly `origin` up to and at sample
    `start`, exactly `target` from sample `start + length` on, linear between. Each value depends on
    its own absolute position only.
    """
    done = (np.arange(position, position + count) - start) / length
    between = origin[:, None] + (target - origin)[:, None] * np.clip(done, 0.0, 1.0)
    return np.where(done < 1.0, between, target[:, None])


@dataclass(frozen=True, eq=False)
class Ramp:
    """Gains on their way from `origin` to `target`, both (channels,), from sample `start` on."""

    origin: Gains
    target: Gains
    start: int = 0
    length: int = RAMP

    @classmethod
    def held(cls, target: Gains) -> "Ramp":
        """A ramp that is at its target everywhere."""
        return cls(target, target)

    def towards(self, target: Gains, position: int) -> "Ramp":
        """The ramp that leaves this one at sample `position` for another target.

        Itself when the target is the same: a repeated setting does not restart a ramp.
        """
        if np.array_equal(target, self.target):
            return self
        here = self.values(position, 1)[:, 0]
        return Ramp(here, target, position, self.length)

    def settled(self, position: int) -> bool:
        """Whether every value from sample `position` on is the target."""
        return position >= self.start + self.length or np.array_equal(self.origin, self.target)

    def values(self, position: int, count: int) -> Gains:
        """Gains (channels, count) at the absolute samples [position, position + count)."""
        return ramp_values(self.origin, self.target, self.start, position, count, self.length)
