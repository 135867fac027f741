"""A finished remix as a signal: the same engine, any place, any order."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from remixer.dsp.signal import Grid, SampleReader, Samples
from remixer.mixing.engine import MixEngine
from remixer.mixing.stems import StemSet
from remixer.mixing.strips import MixState, effective_gains

BLOCK = 1 << 16


@dataclass(frozen=True, eq=False)
class RenderedMix:
    """A mix with one fixed state, as a SampleReader: no ramps, so any read gives the same bits.

    Raises: SettingError for a state that the source cannot have (pan on mono).
    """

    stems: StemSet
    state: MixState

    def __post_init__(self) -> None:
        effective_gains(self.state, self.channels)

    @property
    def rate(self) -> int:
        """The mix's rate in Hz."""
        return self.stems.mix.rate

    @property
    def channels(self) -> int:
        """The mix's channels."""
        return self.stems.mix.channels

    @property
    def length(self) -> int:
        """The mix's samples per channel."""
        return self.stems.mix.length

    @property
    def grid(self) -> Grid | None:
        """The mix's grid while stems are only let through or left out, None for other gains.

        On the grid's steps, but a partial sum of stems may pass full scale.
        """
        gains = np.append(effective_gains(self.state, self.channels), self.state.master_gain)
        return self.stems.mix.grid if np.all((gains == 0.0) | (gains == 1.0)) else None

    def read(self, start: int, count: int) -> Samples:
        """Samples [start, start + count) as (channels, count) float64; zeros beyond the end."""
        out = np.empty((self.channels, count))
        MixEngine(self.stems).render(self.state, start, out)
        return out

    def blocks(self, size: int = BLOCK) -> Iterator[tuple[int, Samples]]:
        """(start, block) from first to last sample; blocks of `size` samples, the last shorter."""
        return read_blocks(self, size)


def read_blocks(reader: SampleReader, size: int = BLOCK) -> Iterator[tuple[int, Samples]]:
    """(start, block) over a whole signal; blocks of `size` samples, the last one shorter."""
    for start in range(0, reader.length, size):
        yield start, reader.read(start, min(size, reader.length - start))
