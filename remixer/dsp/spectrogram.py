"""Pictures of a signal in time and log frequency, and of the stems' shares in it.

A signal of any length is streamed through a short-time Fourier transform and reduced at once to a
picture of fixed size, so memory does not grow with the signal. Frame k is centred on sample k * hop
and the signal is zero outside. Frames are twice zero-padded: bins are then half a bin apart and a
sine of any frequency shows within 0.4 dB of its level, where it could lose 1.4 dB.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import scipy.fft
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from remixer.dsp.masks import Masks, normalise_masks, ratio_masks
from remixer.dsp.signal import STEMS, SampleReader, Samples
from remixer.dsp.stft import hann
from remixer.errors import SettingError

FLOOR_DB = -120.0
"""Silence, and all that is below, in dBFS."""

LOWEST_HZ = 20.0
"""Where the pictures begin; they end at half the sampling rate."""

STEM_COLOURS = {"vocals": "#F2C230", "bass": "#7F7CF0", "drums": "#E8486B", "other": "#5CDDD6"}
"""The stems' colours as #RRGGBB, alike in lightness and told apart with any colour vision.

Found by search: the smallest distance of two of them in OKLab, lightness counted half, is as large
as could be for normal vision and full protanopia, deuteranopia and tritanopia.  Source: Machado,
Oliveira and Fernandes 2009, tables of severity 1.
"""

WINDOW_S = 0.093
_PADDING = 2
_BLOCK = 1 << 18
_LOUDEST = 1e6  # of full scale; what is louder is limited, so that powers fit float32

Levels = NDArray[np.float32]
"""Levels in dBFS, (rows, columns), the lowest frequency in row 0."""

OnProgress = Callable[[float, float], None]
_Read = Callable[[int, int], Samples]
_Powers = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Spectrogram:
    """A picture of a signal.

    levels: (rows, columns) in dBFS, at least FLOOR_DB; a sine of full scale on all channels is at
    0 dB. edges_hz: (rows + 1,), evenly spaced in log frequency. seconds: what the columns span.
    """

    levels: Levels
    edges_hz: NDArray[np.float64]
    seconds: float


@dataclass(frozen=True, eq=False)
class StemShares:
    """A picture of who owns a mix: its levels, and shares (stems, rows, columns) that sum to 1."""

    mix: Spectrogram
    shares: Masks


class MixWithStems(Protocol):
    """A mix and its stems, as `mixing.stems.StemSet` reads them."""

    @property
    def mix(self) -> SampleReader:
        """The mix."""
        ...

    def read(self, start: int, count: int) -> tuple[Samples, Samples]:
        """Samples [start, start + count): mix (channels, count), stems (4, channels, count)."""
        ...


def _unwatched(_done_s: float, _total_s: float) -> None:
    """Progress that nobody watches."""


def spectrogram(
    signal: SampleReader,
    columns: int,
    rows: int,
    *,
    on_progress: OnProgress = _unwatched,
    block: int = _BLOCK,
) -> Spectrogram:
    """The picture of a signal: in each cell the highest level, from the channels' mean power.

    columns, rows: its size, 1 or more. on_progress: called with the seconds done and their total.
    block: samples of overlapping frames held at a time; it does not change the picture. A sample
    that is not finite counts as silence.

    Raises: SettingError for a size below 1 or a rate that leaves no band above LOWEST_HZ.
    """
    plan = _plan(signal, columns, rows)
    peaks = np.zeros((plan.columns, rows), np.float32)
    for first, power in plan.powers(signal.read, block, on_progress):
        _gather(np.maximum, peaks, plan.rows.highest(power), plan.column_of(first, len(power)))
    return _picture(plan, peaks, columns)


def stem_shares(
    stems: MixWithStems,
    columns: int,
    rows: int,
    *,
    on_progress: OnProgress = _unwatched,
    block: int = _BLOCK,
) -> StemShares:
    """The mix's picture, and how the stems share each of its cells.

    A bin's shares are the ratio masks of the stems' magnitudes; a cell's are the mean of its bins'
    over time and frequency, weighted by the mix's power. Where it is silent all have the same.
    Parameters and Raises: as `spectrogram`.
    """
    plan = _plan(stems.mix, columns, rows)
    peaks = np.zeros((plan.columns, rows), np.float32)
    energies = [np.zeros_like(peaks) for _ in STEMS]

    def read(start: int, count: int) -> Samples:
        mix, parts = stems.read(start, count)
        return np.concatenate((mix[np.newaxis], parts))

    for first, (mix, *parts) in plan.powers(read, block, on_progress):
        cells = plan.column_of(first, len(mix))
        _gather(np.maximum, peaks, plan.rows.highest(mix), cells)
        owned = ratio_masks(np.sqrt(parts)) * mix
        for energy, part in zip(energies, owned, strict=True):
            _gather(np.add, energy, plan.rows.total(part), cells)
    shares = normalise_masks(np.stack([_stretched(e, columns).T for e in energies]))
    return StemShares(_picture(plan, peaks, columns), shares)


def blend(
    shares: Masks, brightness: NDArray[np.floating], ground: tuple[float, float, float]
) -> NDArray[np.uint8]:
    """Pixels coloured by the stems that own them.

    shares: (stems, rows, columns), summing to 1. brightness: (rows, columns) from 0, the ground's
    colour (sRGB, 0 to 1), to 1, the full mixture of STEM_COLOURS. Returns (rows, columns, 3) sRGB.
    Colours are mixed as light is, linearly, so equal shares give a pale grey and none is favoured.
    """
    colours = _linear(np.array([_rgb(STEM_COLOURS[stem]) for stem in STEMS]))
    mixture = _encoded(np.einsum("src,sk->rck", shares, colours))
    pixels = np.array(ground) + brightness[..., np.newaxis] * (mixture - np.array(ground))
    return np.asarray(np.rint(255.0 * np.clip(pixels, 0.0, 1.0)), np.uint8)


def _rgb(colour: str) -> list[float]:
    """ "#RRGGBB" as sRGB from 0 to 1."""
    return [int(colour[k : k + 2], 16) / 255.0 for k in (1, 3, 5)]


def _linear(encoded: NDArray[np.float64]) -> NDArray[np.float64]:
    """Light of sRGB values.  Source: IEC 61966-2-1."""
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


def _encoded(light: NDArray[np.float64]) -> NDArray[np.float64]:
    """sRGB values of light, the inverse of `_linear`."""
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


@dataclass(frozen=True, eq=False)
class _Rows:
    """Bins gathered to rows: those in a row, or interpolated where rows are narrower than a bin.

    starts: the first bin of each wide row. below, weight: for each narrow row the bin under its
    centre, and the part of the next one.
    """

    starts: NDArray[np.intp]
    below: NDArray[np.intp]
    weight: NDArray[np.float32]

    @classmethod
    def between(cls, edges_hz: NDArray[np.float64], bin_hz: float) -> "_Rows":
        """Rows [edges_hz[i], edges_hz[i + 1]); wide ones hold a bin each, as do all above them."""
        first = np.ceil(edges_hz[:-1] / bin_hz).astype(np.intp)
        empty = np.flatnonzero(np.diff(first) == 0)
        narrow = int(empty[-1]) + 1 if empty.size else 0
        centre = np.sqrt(edges_hz[:narrow] * edges_hz[1 : narrow + 1]) / bin_hz
        below = centre.astype(np.intp)
        return cls(first[narrow:], below, (centre - below).astype(np.float32))

    def highest(self, power: _Powers) -> _Powers:
        """The highest power of each row, interpolated in dB. power: (frames, bins)."""
        count = int(self.below.max(initial=-1)) + 2
        log = np.log(power[:, :count] + np.finfo(np.float32).tiny)
        narrow = np.exp(self._interpolated(log))
        return np.concatenate((narrow, np.maximum.reduceat(power, self.starts, axis=1)), axis=1)

    def total(self, energy: _Powers) -> _Powers:
        """The sum over each row, or the interpolated density. energy: (frames, bins)."""
        wide = np.add.reduceat(energy, self.starts, axis=1)
        return np.concatenate((self._interpolated(energy), wide), axis=1)

    def _interpolated(self, values: _Powers) -> _Powers:
        low = values[:, self.below]
        return low + self.weight * (values[:, self.below + 1] - low)


@dataclass(frozen=True, eq=False)
class _Plan:
    """How a signal of `length` samples at `rate` Hz becomes `columns`, each of a frame or more."""

    rate: int
    length: int
    columns: int
    window: int
    hop: int
    edges_hz: NDArray[np.float64]

    @cached_property
    def rows(self) -> _Rows:
        return _Rows.between(self.edges_hz, self.rate / (_PADDING * self.window))

    def column_of(self, first: int, count: int) -> NDArray[np.intp]:
        """The columns that hold the centres of frames [first, first + count)."""
        centres = np.arange(first, first + count, dtype=np.int64) * self.hop
        return (centres * self.columns // max(self.length, 1)).astype(np.intp)

    def powers(
        self, read: _Read, block: int, on_progress: OnProgress
    ) -> Iterator[tuple[int, _Powers]]:
        """(first frame, powers (..., frames, bins), channels averaged) of what `read` reads."""
        frames = max(1, -(-self.length // self.hop))
        step = max(1, block // self.window)
        for first in range(0, frames, step):
            count = min(step, frames - first)
            yield first, self._power(self._read(read, first, count))
            done = min((first + count) * self.hop, self.length)
            on_progress(done / self.rate, self.length / self.rate)

    def _read(self, read: _Read, first: int, count: int) -> NDArray[np.float32]:
        """The samples that frames [first, first + count) cover, (..., channels, samples)."""
        start = first * self.hop - self.window // 2
        stop = start + (count - 1) * self.hop + self.window
        low, high = max(start, 0), min(stop, self.length)
        found = np.nan_to_num(read(low, high - low), nan=0.0, posinf=0.0, neginf=0.0)
        limited = np.clip(found, -_LOUDEST, _LOUDEST).astype(np.float32)
        edges = [(0, 0)] * (limited.ndim - 1) + [(low - start, stop - high)]
        return np.pad(limited, edges)

    def _power(self, samples: NDArray[np.float32]) -> _Powers:
        """|STFT|² over that of a sine of full scale, the mean of the channels."""
        window = (hann(self.window) * (4.0 / self.window)).astype(np.float32)  # its sum is 2
        segments = sliding_window_view(samples, self.window, axis=-1)[..., :: self.hop, :]
        spectra = scipy.fft.rfft(segments * window, n=_PADDING * self.window, axis=-1)
        power: _Powers = (spectra.real**2 + spectra.imag**2).mean(axis=-3)
        return power


def _plan(signal: SampleReader, columns: int, rows: int) -> _Plan:
    if columns < 1 or rows < 1:
        raise SettingError(f"a picture of {columns} x {rows} cells is empty: give 1 or more")
    if signal.rate <= 2 * LOWEST_HZ:
        raise SettingError(
            f"a signal at {signal.rate} Hz has nothing above {LOWEST_HZ:g} Hz to show: "
            f"give one of more than {2 * LOWEST_HZ:g} Hz"
        )
    filled = max(1, min(columns, signal.length))
    window = window_for(signal.rate)
    # The largest power of two that still gives every column a frame, overlapping by 3/4 or more.
    hop = min(window // 4, 1 << max(0, (signal.length // filled).bit_length() - 1))
    edges_hz = np.geomspace(LOWEST_HZ, signal.rate / 2, rows + 1)
    return _Plan(signal.rate, signal.length, filled, window, hop, edges_hz)


def window_for(rate: int) -> int:
    """The power of two nearest, by ratio, to 93 ms at `rate` Hz: 4096 at 44.1 and 48 kHz."""
    return 1 << max(2, round(math.log2(WINDOW_S * rate)))


def _gather(ufunc: np.ufunc, cells: _Powers, frames: _Powers, column: NDArray[np.intp]) -> None:
    """Combine frames (frames, rows) into the cells (columns, rows) they belong to, in place."""
    present, starts = np.unique(column, return_index=True)
    cells[present] = ufunc(cells[present], ufunc.reduceat(frames, starts, axis=0))


def _picture(plan: _Plan, peaks: _Powers, columns: int) -> Spectrogram:
    levels = 10.0 * np.log10(_stretched(peaks, columns).T + np.finfo(np.float32).tiny)
    seconds = plan.length / plan.rate
    return Spectrogram(np.maximum(levels, np.float32(FLOOR_DB)), plan.edges_hz, seconds)


def _stretched(cells: _Powers, columns: int) -> _Powers:
    """Signals of fewer samples than columns: each of theirs repeated to fill the picture."""
    stretched: _Powers = cells[np.arange(columns) * len(cells) // columns]
    return stretched
