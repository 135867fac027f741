"""What every room calls a signal: the stems' names and order, the grid, the reader protocol."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

STEMS = ("vocals", "bass", "drums", "other")
RESIDUAL = "other"
STORED = STEMS[:-1]

Samples = NDArray[np.float64]
"""Audio as (channels, samples), or (stems, channels, samples), full scale at ±1."""


@dataclass(frozen=True)
class Grid:
    """The values an integer PCM source can take: multiples of 2^-(bits-1) in [-1, 1).

    Multiples of one step up to 2^53 of them are exact in float64, so are their sums and
    differences: this is why Remixer computes exactly in float64 instead of in integers.
    """

    bits: int

    @property
    def step(self) -> float:
        """One least significant bit, linear."""
        return float(2.0 ** (1 - self.bits))

    @property
    def highest(self) -> float:
        """The largest value; the smallest is -1."""
        return 1.0 - self.step

    def round(self, samples: Samples) -> Samples:
        """Nearest multiples of the step (ties to even); not clipped. Any shape."""
        scale = 2.0 ** (self.bits - 1)
        return np.rint(samples * scale) / scale

    def clip(self, samples: Samples) -> Samples:
        """Samples limited to [-1, highest]. Any shape."""
        return np.clip(samples, -1.0, self.highest)

    def holds(self, samples: Samples) -> bool:
        """Whether every sample is on the grid and within full scale."""
        return bool(np.array_equal(self.clip(self.round(samples)), samples))


class SampleReader(Protocol):
    """Random access to a signal: a file, a stem, a remix, an array.

    `grid` is None for floating-point and lossy sources.
    """

    @property
    def rate(self) -> int:
        """Sampling rate in Hz."""
        ...

    @property
    def channels(self) -> int:
        """1 or 2."""
        ...

    @property
    def length(self) -> int:
        """Samples per channel."""
        ...

    @property
    def grid(self) -> Grid | None:
        """The integer grid the samples lie on, or None."""
        ...

    def read(self, start: int, count: int) -> Samples:
        """Samples [start, start + count), within [0, length]: (channels, count) float64, exact."""
        ...


class SameShape:
    """Base of readers that change a signal's samples, and neither its rate, channels nor length.

    signal: what is read; a field of the subclass.
    """

    signal: SampleReader

    @property
    def rate(self) -> int:
        """The signal's rate in Hz."""
        return self.signal.rate

    @property
    def channels(self) -> int:
        """The signal's channels."""
        return self.signal.channels

    @property
    def length(self) -> int:
        """The signal's samples per channel."""
        return self.signal.length


@dataclass(frozen=True)
class ArrayReader:
    """An array as a SampleReader. samples: (channels, samples) float64."""

    samples: Samples
    rate: int
    grid: Grid | None = None

    @property
    def channels(self) -> int:
        """Channels of the array."""
        return int(self.samples.shape[0])

    @property
    def length(self) -> int:
        """Samples per channel."""
        return int(self.samples.shape[1])

    def read(self, start: int, count: int) -> Samples:
        """A copy of samples [start, start + count)."""
        return self.samples[:, start : start + count].astype(np.float64)
