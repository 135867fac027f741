"""A finished remix as a signal: the same engine, any place, any order."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from remixer.dsp.signal import Grid, SampleReader, Samples
from remixer.errors import SettingError
from remixer.mixing.engine import MixEngine
from remixer.mixing.stems import StemSet
from remixer.mixing.strips import MixState, effective_gains

BLOCK = 1 << 16
TREATED_BLOCK = 1 << 14
"""Treated mixes are rendered in blocks of one lattice, so that any reads give the same bits."""


@dataclass(frozen=True, eq=False)
class RenderedMix:
    """A mix with one fixed state, as a SampleReader: no ramps, so any read gives the same bits.

    Treatments remember what was before: a treated mix is what plays from sample `origin` on, and
    is rendered from there. Reading it in order costs as much as playing it; going back more than a
    block renders it again from the origin. For one thread.

    Raises: SettingError for a state that the source cannot have (pan on mono), and for reading a
    treated mix before its origin.
    """

    stems: StemSet
    state: MixState
    origin: int = 0
    _played: "_Played | None" = field(init=False, repr=False, default=None)

    def __post_init__(self) -> None:
        effective_gains(self.state, self.channels)
        if self.state.is_treated:
            object.__setattr__(self, "_played", _Played(self.stems, self.state, self.origin))

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
        """The mix's grid while stems are only let through or left out, None for other gains and
        for treatments.

        On the grid's steps, but a partial sum of stems may pass full scale.
        """
        if self.state.is_treated:
            return None
        gains = np.append(effective_gains(self.state, self.channels), self.state.master_gain)
        return self.stems.mix.grid if np.all((gains == 0.0) | (gains == 1.0)) else None

    def read(self, start: int, count: int) -> Samples:
        """Samples [start, start + count) as (channels, count) float64; zeros beyond the end."""
        if self._played:
            return self._played.read(start, count)
        out = np.empty((self.channels, count))
        MixEngine(self.stems).render(self.state, start, out)
        return out

    def blocks(self, size: int = BLOCK) -> Iterator[tuple[int, Samples]]:
        """(start, block) from first to last sample; blocks of `size` samples, the last shorter."""
        return read_blocks(self, size)


class _Played:
    """A treated mix, rendered in order; the last two blocks are kept."""

    def __init__(self, stems: StemSet, state: MixState, origin: int) -> None:
        self._stems, self._state, self._origin = stems, state, origin
        self._restart()

    def read(self, start: int, count: int) -> Samples:
        if start < self._origin:
            raise SettingError(
                f"a treated mix that begins at sample {self._origin} cannot be read from {start}: "
                "render it from an earlier origin"
            )
        out = np.empty((self._stems.mix.channels, count))
        filled = 0
        while filled < count:
            number, first = divmod(start + filled - self._origin, TREATED_BLOCK)
            part = self._block(number)[:, first : first + count - filled]
            out[:, filled : filled + part.shape[1]] = part
            filled += part.shape[1]
        return out

    def _restart(self) -> None:
        self._engine = MixEngine(self._stems)
        self._next = 0
        self._kept: dict[int, Samples] = {}

    def _block(self, number: int) -> Samples:
        if number not in self._kept and number < self._next:
            self._restart()
        while self._next <= number:
            block = np.empty((self._stems.mix.channels, TREATED_BLOCK))
            start = self._origin + self._next * TREATED_BLOCK
            self._engine.render(self._state, start, block)
            self._kept = {n: b for n, b in self._kept.items() if n == self._next - 1}
            self._kept[self._next] = block
            self._next += 1
        return self._kept[number]


def read_blocks(reader: SampleReader, size: int = BLOCK) -> Iterator[tuple[int, Samples]]:
    """(start, block) over a whole signal; blocks of `size` samples, the last one shorter."""
    for start in range(0, reader.length, size):
        yield start, reader.read(start, min(size, reader.length - start))
