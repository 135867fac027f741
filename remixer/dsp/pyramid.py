"""Levels of a signal to look at, at any zoom: a pyramid of columns in time, 8 bits a cell.

A column of level k spans `hop << k` samples. Columns of the first levels hold one short-time
spectrum each, about their middle; every column above is the maximum of two below it, so a short
peak stays visible however far one zooms out. Rows are bins, pooled where they lie closer than any
screen shows them on a logarithmic or linear axis.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.fft
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from remixer.dsp.signal import Samples
from remixer.dsp.spectrogram import FLOOR_DB, LOWEST_HZ, window_for
from remixer.dsp.stft import hann

STEP_DB = 0.5
"""Of the stored levels: 0 is FLOOR_DB and below, 240 is 0 dBFS, 255 is +7.5 dBFS and above."""

TRANSFORMED = 3
"""Levels 0 to 2 are transformed, with overlaps of 7/8 to 1/2; those above are pooled."""

_LOUDEST = 1e6  # of full scale; what is louder is limited, so that powers fit float32

Cells = NDArray[np.uint8]
"""Stored levels, (..., rows, columns), the lowest frequency in row 0."""

Read = Callable[[int, int], Samples]


def to_cells(power: NDArray[np.floating]) -> Cells:
    """Stored levels of powers relative to a sine of full scale; any shape."""
    db = 10.0 * np.log10(power + np.finfo(np.float32).tiny)
    return np.asarray(np.clip(np.rint((db - FLOOR_DB) / STEP_DB), 0, 255), np.uint8)


def to_db(cell: int) -> float:
    """dBFS of a stored level."""
    return FLOOR_DB + STEP_DB * cell


def pool(cells: Cells) -> Cells:
    """The level above: the maximum of each two columns; the last one alone when odd."""
    whole = cells.shape[-1] // 2 * 2
    pairs = np.maximum(cells[..., 0:whole:2], cells[..., 1:whole:2])
    return np.concatenate((pairs, cells[..., whole:]), axis=-1)


@dataclass(frozen=True)
class Raster:
    """Where the cells of a signal of `length` samples at `rate` Hz lie."""

    rate: int
    length: int

    @cached_property
    def window(self) -> int:
        """Samples of a spectrum: 93 ms to the nearest power of two."""
        return window_for(self.rate)

    @property
    def hop(self) -> int:
        """Samples of a column of level 0."""
        return max(1, self.window // 8)

    def span(self, level: int) -> int:
        """Samples of a column."""
        return self.hop << level

    def columns(self, level: int) -> int:
        """Columns that cover the signal; 1 or more."""
        return max(1, -(-self.length // self.span(level)))

    @property
    def top(self) -> int:
        """The level that is a single column."""
        return (self.columns(0) - 1).bit_length()

    @cached_property
    def starts(self) -> NDArray[np.intp]:
        """The first bin of each row: 1 bin wide up to the 256th, then wider by octaves."""
        bins = self.window // 2 + 1
        widest = max(1, (bins - 1) // 512)
        starts = [0]
        while starts[-1] < bins - 1:
            octave = max(starts[-1] // 128, 1)
            starts.append(starts[-1] + min(1 << (octave.bit_length() - 1), widest))
        return np.array(starts[:-1], np.intp)  # the last row takes the bin at half the rate along

    @property
    def rows(self) -> int:
        """Rows of a column."""
        return len(self.starts)

    @cached_property
    def centres_hz(self) -> NDArray[np.float64]:
        """The middle of each row."""
        stops = np.append(self.starts[1:], self.window // 2 + 1)
        return np.asarray((self.starts + stops - 1) / 2 * self.rate / self.window)

    def columns_within(self, level: int, start: int, stop: int) -> tuple[int, int]:
        """The columns [first, last) that depend on no sample outside [start, stop)."""
        count = self.columns(level)
        base = min(level, TRANSFORMED - 1)
        hop, half = self.span(base), self.window // 2
        first = -(-(start + half - hop // 2) // hop) if start > 0 else 0
        last = (stop - half - hop // 2) // hop + 1 if stop < self.length else self.columns(base)
        pooled = 1 << (level - base)
        first = -(-first // pooled)
        last = count if stop >= self.length else last // pooled
        return min(max(first, 0), count), min(max(last, 0), count)

    def transform(self, read: Read, level: int, first: int, count: int) -> Cells:
        """Cells of columns [first, first + count) of a transformed level.

        read: gives samples (..., channels, n) of [start, start + n) within the signal. Returns
        (..., rows, count). Channels are averaged in power; samples that are not finite are silence.
        """
        hop = self.span(level)
        start = first * hop + hop // 2 - self.window // 2
        stop = start + (count - 1) * hop + self.window
        low, high = min(max(start, 0), self.length), max(min(stop, self.length), 0)
        found = read(low, max(high - low, 0))
        planes = found.reshape(-1, *found.shape[-2:])
        cells = [self._plane(plane, low - start, stop - start, hop) for plane in planes]
        return np.stack(cells).reshape(*found.shape[:-2], self.rows, count)

    def _plane(self, found: Samples, lead: int, total: int, hop: int) -> Cells:
        """Cells (rows, columns) of samples that begin `lead` into `total` of them, else zero."""
        samples = np.zeros((found.shape[0], total), np.float32)
        finite = np.nan_to_num(found, nan=0.0, posinf=0.0, neginf=0.0)
        np.clip(finite, -_LOUDEST, _LOUDEST, out=finite)
        samples[:, lead : lead + found.shape[1]] = finite
        window = (hann(self.window) * (4.0 / self.window)).astype(np.float32)  # its sum is 2
        segments = sliding_window_view(samples, self.window, axis=-1)[:, ::hop]
        spectra = scipy.fft.rfft(segments * window, axis=-1)
        power = (spectra.real**2 + spectra.imag**2).mean(axis=0)
        rows = np.maximum.reduceat(power, self.starts, axis=1)
        return np.ascontiguousarray(to_cells(rows).T)


@dataclass(frozen=True, eq=False)
class RowMap:
    """Stored rows on the rows of a screen: the highest in each, interpolated where none lies.

    wide, starts, counts: screen rows that hold stored ones, the first of these and how many.
    narrow, below, weight: the others, the stored row under each and the part of the next, in 1/256.
    """

    edges_hz: NDArray[np.float64]
    wide: NDArray[np.intp]
    starts: NDArray[np.intp]
    counts: NDArray[np.intp]
    narrow: NDArray[np.intp]
    below: NDArray[np.intp]
    weight: NDArray[np.uint16]

    @classmethod
    def between(cls, raster: Raster, scale: str, rows: int) -> "RowMap":
        """Rows of a "log" or "linear" axis up to half the rate, the highest frequency first."""
        edges = frequency_edges(raster.rate, scale, rows)
        centres = raster.centres_hz
        first = np.searchsorted(centres, edges)
        counts = np.diff(first)
        held = counts > 0
        middles = (
            np.sqrt(edges[:-1] * edges[1:]) if scale == "log" else (edges[:-1] + edges[1:]) / 2
        )
        place = np.interp(middles[~held], centres, np.arange(len(centres)))
        below = np.minimum(place.astype(np.intp), max(len(centres) - 2, 0))
        weight = np.rint((place - below) * 256).astype(np.uint16)
        wide, narrow = np.flatnonzero(held), np.flatnonzero(~held)
        starts, counts = first[:-1][held], counts[held]
        return cls(edges, rows - 1 - wide, starts, counts, rows - 1 - narrow, below, weight)

    def apply(self, cells: Cells) -> Cells:
        """Cells (..., stored rows, columns) as (..., screen rows, columns), top row highest."""
        rows = len(self.edges_hz) - 1
        out = np.empty((*cells.shape[:-2], rows, cells.shape[-1]), np.uint8)
        if self.wide.size:
            out[..., self.wide, :] = self._highest(cells)
        if self.narrow.size:
            above = np.minimum(self.below + 1, cells.shape[-2] - 1)
            weight = self.weight[:, np.newaxis]
            low = cells.take(self.below, axis=-2) * (256 - weight)  # below 2^16
            out[..., self.narrow, :] = (low + cells.take(above, axis=-2) * weight) >> 8
        return out

    def _highest(self, cells: Cells) -> Cells:
        """The highest of each screen row's stored ones; ten times faster than reduceat on bytes."""
        highest = cells.take(self.starts, axis=-2)
        for k in range(1, int(self.counts.max())):
            more = np.flatnonzero(self.counts > k)
            found = cells.take(self.starts[more] + k, axis=-2)
            highest[..., more, :] = np.maximum(highest[..., more, :], found)
        return highest


def frequency_edges(rate: int, scale: str, rows: int) -> NDArray[np.float64]:
    """The edges in Hz of `rows` rows of a "log" or "linear" axis, ascending."""
    if scale == "log":
        return np.geomspace(LOWEST_HZ, rate / 2, rows + 1)
    return np.linspace(0.0, rate / 2, rows + 1)


def peaks(samples: Samples, bucket: int) -> NDArray[np.float32]:
    """Lowest, highest and root mean square of each `bucket` samples: (3, buckets).

    samples: (channels, n); over all channels; the last bucket may be shorter. What is not finite
    is silence.
    """
    finite = np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0)
    starts = np.arange(0, samples.shape[1], bucket)
    if not starts.size:
        return np.zeros((3, 0), np.float32)
    low = np.minimum.reduceat(finite.min(axis=0), starts)
    high = np.maximum.reduceat(finite.max(axis=0), starts)
    counts = np.diff(np.append(starts, samples.shape[1]))
    mean = np.add.reduceat(np.square(finite).mean(axis=0), starts) / counts
    return np.stack((low, high, np.sqrt(mean))).astype(np.float32)
