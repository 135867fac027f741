"""The stems beside their mix: three are stored, the fourth is what is left, so they always add up.

What the sums hold, in float64 and in the order vocals, bass, drums, other:

- Integer source (grid of b bits, b <= 32): every value is a multiple of 2^(1-b) and below 2^3, so
  every sum and difference is exact, in any order.
- Float source (grid None): the stored stems are multiples of 2^-31, so their sum is exact; only the
  residual is rounded. The parts add up exactly wherever the mix is a multiple of 2^-52 and the
  residual within ±2: every float32 sample of at least 2^-29 (-174 dBFS). Elsewhere, while mix and
  stored stems are within full scale, they add up within 2^-52 (-313 dBFS).
- Float source, stems written as float32: the stored stems are float32 values already; the residual
  is rounded to its 24 digits, so the parts add up within -144 dBFS while it is within ±2.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from remixer.dsp.signal import RESIDUAL, STEMS, STORED, Grid, SampleReader, Samples
from remixer.errors import CacheError, SettingError

_FLOAT_SCALE = 2.0**31
_FLOAT_LIMIT = 2.0**20
"""Beyond ±2^20 three multiples of 2^-31 could not be summed exactly in float64."""


class StoredStems(Protocol):
    """What the separation has stored: vocals, bass and drums; zero where not separated yet."""

    def read(self, start: int, count: int) -> Samples:
        """Samples [start, start + count) as (3, channels, count) float64, from `to_grid`."""
        ...


@dataclass(frozen=True, eq=False)
class ArrayStems:
    """An array as StoredStems. samples: (3, channels, samples) float64."""

    samples: Samples

    def read(self, start: int, count: int) -> Samples:
        """A copy of samples [start, start + count)."""
        return self.samples[:, :, start : start + count].astype(np.float64)


@dataclass(frozen=True, eq=False)
class StemSet:
    """A mix and its stems: the stored ones, and the residual computed at every read."""

    mix: SampleReader
    stored: StoredStems

    def read(self, start: int, count: int) -> tuple[Samples, Samples]:
        """The mix (channels, count) and its stems (4, channels, count); within [0, length].

        Raises: CacheError when the stored stems do not have the mix's shape.
        """
        mix = self.mix.read(start, count)
        return mix, complete(mix, self.read_stored(start, count))

    def read_stored(self, start: int, count: int) -> Samples:
        """The stored stems (3, channels, count), without reading the mix.  Raises: as `read`."""
        stored = self.stored.read(start, count)
        expected = (len(STORED), self.mix.channels, count)
        if stored.shape != expected:
            raise CacheError(
                f"stored stems of shape {stored.shape} at sample {start} where the mix needs "
                f"{expected}: separate the source again"
            )
        return stored

    def reader(self, name: str) -> SampleReader:
        """One stem as a signal with the mix's rate, channels, length and grid.

        The residual lies on the grid's steps, but may pass full scale (see `fit_full_scale`).
        Raises: SettingError for a name that is not in STEMS.
        """
        if name not in STEMS:
            raise SettingError(f"no stem is called {name!r}: use one of {', '.join(STEMS)}")
        return StemReader(self, name)


@dataclass(frozen=True, eq=False)
class StemReader:
    """One stem of a StemSet as a SampleReader."""

    stems: StemSet
    name: str

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
        """The mix's grid."""
        return self.stems.mix.grid

    def read(self, start: int, count: int) -> Samples:
        """Samples [start, start + count) of the stem, (channels, count) float64."""
        if self.name == RESIDUAL:
            stems = self.stems.read(start, count)[1]
        else:
            stems = self.stems.read_stored(start, count)
        stem: Samples = stems[STEMS.index(self.name)]
        return stem


def complete(mix: Samples, stored: Samples) -> Samples:
    """The stems with their residual, mix - (vocals + bass + drums), behind them.

    mix: (channels, n), stored: (3, channels, n). Returns (4, channels, n).
    """
    vocals, bass, drums = stored
    return np.concatenate((stored, (mix - (vocals + bass + drums))[None]))


def to_grid(estimates: Samples, grid: Grid | None) -> Samples:
    """Samples as they may be stored: rounded to the grid and within full scale. Any shape.

    Without a grid (float sources): multiples of 2^-31 within ±2^20 that float32 holds exactly.
    What rounding and clipping take away goes to the residual, which is computed from the result.
    A value that is not finite is no estimate: it becomes 0, the original sounds there.
    """
    finite = np.nan_to_num(np.asarray(estimates, np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    if grid is not None:
        return grid.round(grid.clip(finite))
    stepped = np.rint(np.clip(finite, -_FLOAT_LIMIT, _FLOAT_LIMIT) * _FLOAT_SCALE) / _FLOAT_SCALE
    return stepped.astype(np.float32).astype(np.float64)


def regrid(mix: Samples, stems: Samples, grid: Grid) -> tuple[Samples, Samples]:
    """Mix and stems for a coarser grid than the source's: 24-bit or float to PCM_16.

    mix: (channels, n), stems: (4, channels, n). Returns the mix rounded (no dither) and within
    full scale, and stems whose stored three are rounded likewise and whose residual is the
    difference: the parts add up to the rounded mix exactly. The residual may pass full scale: see
    `fit_full_scale`.
    """
    coarse = to_grid(mix, grid)
    return coarse, complete(coarse, to_grid(stems[:-1], grid))


def fit_full_scale(stems: Samples, grid: Grid) -> tuple[Samples, int]:
    """Stems for PCM files: what the residual has beyond full scale goes to stems with room there.

    stems: (4, channels, n) on the grid, their sum and the first three within full scale. Returns
    stems within full scale with exactly the same sum, and how many samples of the residual were
    moved; the same array when none was. The stem with the most room takes first, which draws it
    towards 0.

    Raises: SettingError when there is no room, which takes a mix that passes full scale.
    """
    residual = stems[-1]
    channel, position = np.nonzero(residual != grid.clip(residual))
    if channel.size == 0:
        return stems, 0
    fitted = stems.copy()
    fitted[:, channel, position] = _share_excess(stems[:, channel, position], grid)
    return fitted, int(channel.size)


def _share_excess(stems: Samples, grid: Grid) -> Samples:
    """The columns of `stems` (4, k), whose residuals all pass full scale, with the excess moved."""
    residual = stems[-1]
    limit = grid.clip(residual)
    sign = np.sign(residual)
    excess = np.abs(residual - limit)
    room = np.maximum((limit - stems[:-1]) * sign, 0.0)
    shared = np.concatenate((stems[:-1], limit[None]))
    columns = np.arange(residual.size)
    for stem in np.argsort(-room, axis=0, kind="stable"):
        given = np.minimum(excess, room[stem, columns])
        shared[stem, columns] += given * sign
        excess -= given
    if np.any(excess > 0.0):
        raise SettingError(
            f"the mix passes full scale by {excess.max():g}, {grid.bits}-bit PCM stems cannot hold "
            "it: write FLOAT stems"
        )
    return shared
