"""What the decoders hand to the reader: a description and blocks, or random access.

Blocks are (n, channels), as files interleave them: int32 left-justified for integer sources, so
that 2^-31 scales every depth; float32 or float64 as stored otherwise.
"""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from remixer.audio.formats import grid_of, is_lossy
from remixer.dsp.signal import Grid

Native = NDArray[Any]
"""Samples as decoded: (n, channels) int32, float32 or float64."""

Blocks = Generator[Native, None, None]


@dataclass(frozen=True)
class Description:
    """What a file is: container, libsndfile's name of the encoding, rate in Hz, channels."""

    format: str
    subtype: str
    rate: int
    channels: int

    @property
    def grid(self) -> Grid | None:
        """The integer grid, or None."""
        return grid_of(self.subtype)

    @property
    def lossy(self) -> bool:
        """Whether it was encoded with loss."""
        return is_lossy(self.subtype)

    @property
    def dtype(self) -> np.dtype[Any]:
        """The kind of decoded samples."""
        if self.grid:
            return np.dtype(np.int32)
        return np.dtype(np.float64 if self.subtype == "DOUBLE" else np.float32)


class Samples(Protocol):
    """Random access to decoded samples. Not thread-safe: the reader locks."""

    @property
    def length(self) -> int:
        """Samples per channel."""
        ...

    def fetch(self, start: int, count: int) -> Native:
        """Samples [start, start + count), within the length, as (count, channels).

        Raises InputError if the file ends early or is damaged.
        """
        ...

    def close(self) -> None:
        """Let go of files."""
        ...
