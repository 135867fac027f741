"""Loudness and true peak, measured while samples pass by, in bounded memory.

Source: ITU-R BS.1770-5 (annex 1: loudness and gating; annex 2: true peak); EBU R 128, Tech 3341 and
3342.
"""

import math
from dataclasses import dataclass

import numpy as np
import scipy  # its parts are imported when they are used: they take half a second
from numpy.typing import NDArray

from remixer.dsp.gain import db_to_gain, gain_to_db, peak_dbfs
from remixer.dsp.gating import MOMENT, PARTS, SHORT_TERM, Energies, Histogram, Windows
from remixer.dsp.signal import Samples
from remixer.errors import SettingError

LOWEST_RATE = 8_000
HIGHEST_RATE = 192_000

_TABLE_RATE = 48_000

_HALF = 12  # input samples on each side of an interpolated one
_BETA = 5.0  # Kaiser window: flat within 0.05 dB to 0.42 of the rate, 18.5 kHz at 44.1 kHz
_SILENT_STATE = 1e-150  # below, a filter's memory is dropped: denormal arithmetic is slow

Filter = NDArray[np.float64]


@dataclass(frozen=True)
class Loudness:
    """What a meter has heard. -inf stands for silence.

    `integrated_lufs` is also -inf where the standard has nothing to measure: shorter than one
    400 ms gating block, or nowhere louder than -70 LUFS. The loudest 400 ms and 3 s are those of
    windows that were full, -inf where none was; `range_lu` (LRA) is None there.
    """

    integrated_lufs: float
    true_peak_dbtp: float
    sample_peak_dbfs: float
    momentary_max_lufs: float = -math.inf
    short_term_max_lufs: float = -math.inf
    range_lu: float | None = None


def k_weighting(rate: int) -> Filter:
    """The K-weighting as second-order sections (2, 6): a high shelf, then a high-pass.

    The analogue prototypes behind the standard's 48 kHz tables, bilinear transformed at `rate` Hz.
    At 48 kHz the tables themselves; at other rates the same response: within 0.01 dB from
    44.1 kHz on, within 0.3 dB down to 8 kHz.

    Source: BS.1770-5 annex 1, tables 1 and 2; prototypes from B. De Man, "Evaluation of
    implementations of the EBU R128 loudness measurement", AES 145, 2018.
    """
    return np.array([_high_shelf(rate), _high_pass(rate)])


def _high_shelf(rate: int) -> list[float]:
    w = math.tan(math.pi * 1681.974450955533 / rate)
    damping = w / 0.7071752369554196
    top = 10.0 ** (3.999843853973347 / 20.0)
    middle = top**0.4996667741545416 * damping
    a0 = 1.0 + damping + w * w
    b = (top + middle + w * w, 2.0 * (w * w - top), top - middle + w * w)
    return [b[0] / a0, b[1] / a0, b[2] / a0, 1.0, *_poles(w, damping)]


def _high_pass(rate: int) -> list[float]:
    """The table's numerator (1, -2, 1) is 0.04 dB too high; other rates keep that very gain."""
    w, table_w = (math.tan(math.pi * 38.13547087602444 / r) for r in (rate, _TABLE_RATE))
    damping, table_damping = w / 0.5003270373238773, table_w / 0.5003270373238773
    b0 = (1.0 + table_damping + table_w * table_w) / (1.0 + damping + w * w)
    return [b0, -2.0 * b0, b0, 1.0, *_poles(w, damping)]


def _poles(w: float, damping: float) -> tuple[float, float]:
    a0 = 1.0 + damping + w * w
    return 2.0 * (w * w - 1.0) / a0, (1.0 - damping + w * w) / a0


def oversampling(rate: int) -> int:
    """Times a signal is oversampled for its true peak: to about 192 kHz (annex 2)."""
    if rate >= HIGHEST_RATE:
        return 1
    return 2 if rate >= 88_200 else 4


def interpolator(factor: int) -> Filter:
    """The FIR that oversamples by `factor`: a windowed sinc, which keeps the given samples.

    Returns (2 * 12 * factor + 1,) taps at the higher rate, its centre tap 1.
    """
    taps = np.arange(-_HALF * factor, _HALF * factor + 1)
    window = scipy.signal.windows.kaiser(taps.size, _BETA)
    return np.asarray(np.sinc(taps / factor) * window, dtype=np.float64)


class _Weighted:
    """Mean square of the K-weighted signal, summed over channels (annex 1, eq. 1 and 2)."""

    def __init__(self, rate: int, channels: int) -> None:
        self._sections = k_weighting(rate)
        self._state = np.zeros((len(self._sections), channels, 2))

    def energies(self, chunk: Samples) -> Energies:
        """Of each 10 ms of a chunk of 100 ms, (PARTS,); their mean is the chunk's."""
        weighted, state = scipy.signal.sosfilt(self._sections, chunk, zi=self._state)
        state[np.abs(state) < _SILENT_STATE] = 0.0
        self._state = state
        count = chunk.shape[1]
        starts = np.arange(PARTS) * count // PARTS
        squares = np.add.reduceat(np.sum(weighted * weighted, axis=0), starts)
        return np.asarray(squares * (PARTS / count), dtype=np.float64)

    def cut(self) -> None:
        """Let nothing ring on."""
        self._state = np.zeros_like(self._state)


class _Interpolated:
    """Peak between the samples; the FIR's history crosses the chunks."""

    def __init__(self, factor: int, channels: int) -> None:
        self._factor = factor
        self._taps = interpolator(self._factor)
        self._history = np.zeros((channels, 2 * _HALF))

    def peak(self, chunk: Samples) -> float:
        """Highest absolute value up to 12 samples before the chunk's end."""
        if self._factor == 1:
            return 0.0  # the sample peak says it all
        joined = np.concatenate((self._history, chunk), axis=1)
        self._history = joined[:, -2 * _HALF :]
        dense = scipy.signal.upfirdn(self._taps, joined, up=self._factor, axis=1)
        edge = 2 * _HALF * self._factor
        return float(np.max(np.abs(dense[:, edge : joined.shape[1] * self._factor]), initial=0.0))

    def last(self, chunk: Samples) -> float:
        """Highest absolute value to the end of a signal that ends with `chunk`; keeps no trace."""
        history = self._history
        peak = self.peak(np.pad(chunk, ((0, 0), (0, _HALF))))
        self._history = history
        return peak

    def cut(self) -> None:
        """Let nothing join what comes."""
        self._history = np.zeros_like(self._history)


class LoudnessMeter:
    """Loudness, its range, true peak and sample peak of a signal given block by block.

    rate: Hz, 8 000 to 192 000. channels: 1 or 2, each of weight 1 (a mono file therefore reads
    3.01 LU below the same signal on two channels, as the standard has it). Memory does not grow
    with the signal, and the result does not depend on how it was cut into blocks, to the last bit:
    samples are gathered to 100 ms before anything is computed. A sample that is not finite counts
    as silence. true_peak: whether to look between the samples, which is most of the work; without,
    the true peak told is the sample peak.

    Raises: SettingError for a rate or channel count out of range.
    """

    def __init__(self, rate: int, channels: int, *, true_peak: bool = True) -> None:
        if not LOWEST_RATE <= rate <= HIGHEST_RATE:
            raise SettingError(
                f"cannot measure loudness at {rate} Hz: "
                f"convert to a rate between {LOWEST_RATE} and {HIGHEST_RATE} Hz"
            )
        if channels not in (1, 2):
            raise SettingError(
                f"cannot measure loudness of {channels} channels: give 1 or 2, downmix others"
            )
        self._pending = np.zeros((channels, round(rate / 10)))
        self._filled = 0
        self._weighted = _Weighted(rate, channels)
        self._moments, self._short_terms = Windows(MOMENT), Windows(SHORT_TERM)
        self._gate, self._range = Histogram(), Histogram()
        self._interpolated = _Interpolated(oversampling(rate) if true_peak else 1, channels)
        self._peak = 0.0
        self._sample_peak = -math.inf

    def add(self, block: Samples) -> None:
        """Hear the next samples. block: (channels, n), any n.

        Raises: SettingError when the block has other channels than the meter.
        """
        channels, size = self._pending.shape
        if block.ndim != 2 or block.shape[0] != channels:
            raise SettingError(
                f"a block of shape {block.shape} does not fit a meter of {channels} channels: "
                f"give ({channels}, samples)"
            )
        taken = 0
        while taken < block.shape[1]:
            part = block[:, taken : taken + size - self._filled]
            self._pending[:, self._filled : self._filled + part.shape[1]] = part
            self._filled += part.shape[1]
            taken += part.shape[1]
            if self._filled == size:
                self._hear()

    def _hear(self) -> None:
        chunk = _finite(self._pending)
        self._filled = 0
        self._gauge(self._weighted.energies(chunk))
        self._peak = max(self._peak, self._interpolated.peak(chunk))
        self._sample_peak = max(self._sample_peak, peak_dbfs(chunk))

    def _gauge(self, energies: Energies) -> None:
        moment, short_term = self._moments.add(energies), self._short_terms.add(energies)
        if moment is not None:
            self._gate.add(moment)
        if short_term is not None:
            self._range.add(short_term)

    def cut(self) -> None:
        """What comes next does not follow what came last: no window reaches across, and less than
        100 ms before the cut count for the peaks only.
        """
        result = self.result()
        self._peak = max(self._peak, db_to_gain(result.true_peak_dbtp))
        self._sample_peak = result.sample_peak_dbfs
        self._filled = 0
        for part in (self._weighted, self._moments, self._short_terms, self._interpolated):
            part.cut()

    @property
    def momentary_lufs(self) -> float:
        """Of the last 400 ms, ungated, as of the last full 100 ms (EBU Tech 3341, 2.2)."""
        return self._moments.last

    @property
    def short_term_lufs(self) -> float:
        """Of the last 3 s, ungated, as of the last full 100 ms (EBU Tech 3341, 2.2)."""
        return self._short_terms.last

    @property
    def highest_dbtp(self) -> float:
        """The true peak as of the last full 100 ms: cheap, for a live meter."""
        return max(gain_to_db(self._peak), self._sample_peak)

    def result(self) -> Loudness:
        """What was heard so far, taken as the whole signal; more may be added afterwards."""
        tail = _finite(self._pending[:, : self._filled])
        sample_peak = max(self._sample_peak, peak_dbfs(tail))
        true_peak = gain_to_db(max(self._peak, self._interpolated.last(tail)))
        return Loudness(
            self._gate.integrated(),
            max(true_peak, sample_peak),
            sample_peak,
            self._moments.highest,
            self._short_terms.highest,
            self._range.range_lu(),
        )


def _finite(chunk: Samples) -> Samples:
    return np.nan_to_num(chunk, nan=0.0, posinf=0.0, neginf=0.0)
