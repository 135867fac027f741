"""The least squares under every version of BSS Eval: filters that make estimates from stems.

Everything is summed over blocks, so a track of any length takes little memory.
"""

from collections.abc import Iterator

import numpy as np
import scipy.fft
import scipy.linalg
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FILTER = 512
"""Taps of a distortion filter."""
_REACH = FILTER - 1
BLOCK = 2**15
_SIZE = BLOCK + 2 * _REACH


def correlations(stems: Floats, estimates: Floats) -> tuple[Floats, Floats]:
    """Inner products of the delayed stems with each other and with the estimates.

    stems, estimates: (rows, samples). Returns (rows x 512, rows x 512) and (rows x 512, rows).
    """
    rows = len(stems)
    n = scipy.fft.next_fast_len(_SIZE, real=True)
    with_stems = np.zeros((rows, rows, n // 2 + 1), np.complex128)
    with_guesses = np.zeros_like(with_stems)
    for start in range(0, stems.shape[1], BLOCK):
        block = scipy.fft.rfft(stems[:, start : start + BLOCK], n)
        around = scipy.fft.rfft(_stretch(stems, start - _REACH, _SIZE), n)
        guesses = scipy.fft.rfft(_stretch(estimates, start - _REACH, _SIZE), n)
        with_stems += np.conj(block)[:, None] * around[None]
        with_guesses += np.conj(block)[:, None] * guesses[None]
    lags = scipy.fft.irfft(with_stems, n)[..., : 2 * _REACH + 1]  # [i, j]: j later by lag - 511
    gram = np.empty((rows, FILTER, rows, FILTER))
    for i in range(rows):
        for j in range(rows):
            # Stem i delayed by a times stem j delayed by b: they meet at the lag a - b of j.
            gram[i, :, j] = scipy.linalg.toeplitz(lags[i, j, _REACH:], lags[i, j, _REACH::-1])
    cross = scipy.fft.irfft(with_guesses, n)[..., _REACH : 2 * _REACH + 1].transpose(0, 2, 1)
    return gram.reshape(rows * FILTER, -1), cross.reshape(rows * FILTER, rows)


def _stretch(signals: Floats, start: int, count: int) -> Floats:
    """Samples [start, start + count), zero outside the signals."""
    low, high = max(start, 0), min(start + count, signals.shape[1])
    out = np.zeros((len(signals), count))
    if high > low:
        out[:, low - start : high - start] = signals[:, low:high]
    return out


def solve(gram: Floats, cross: Floats) -> Floats:
    """Least squares, as museval does it: stems that are copies of each other share what is
    theirs.
    """
    try:
        return np.asarray(np.linalg.solve(gram + np.finfo(float).eps * np.eye(len(gram)), cross))
    except np.linalg.LinAlgError:
        return np.asarray(np.linalg.lstsq(gram, cross)[0])


class Filters:
    """The filters that make each estimate from all stems, and from its own stem.

    stems, estimates: (stems, channels, samples). every: (rows, taps, stems, channels) with rows =
    stems x channels; own: (stems, channels, taps, channels).
    """

    def __init__(self, stems: Floats, estimates: Floats) -> None:
        sources, channels, samples = stems.shape
        rows = sources * channels
        gram, cross = correlations(stems.reshape(rows, samples), estimates.reshape(rows, samples))
        self.every = solve(gram, cross).reshape(rows, FILTER, sources, channels)
        self.own = np.empty((sources, channels, FILTER, channels))
        width = channels * FILTER
        for j in range(sources):
            part = slice(j * width, (j + 1) * width)
            found = solve(gram[part, part], cross[part, j * channels : (j + 1) * channels])
            self.own[j] = found.reshape(channels, FILTER, channels)


class Projector:
    """Filters applied to stretches of the stems of one length, by their spectra.

    size: samples of a stretch; what is projected is 511 samples longer.
    """

    def __init__(self, filters: Filters, size: int) -> None:
        self._length = size + _REACH
        self._n = scipy.fft.next_fast_len(self._length, real=True)
        self._every = scipy.fft.rfft(filters.every, self._n, axis=1)
        self._own = scipy.fft.rfft(filters.own, self._n, axis=2)

    def project(self, stems: Floats) -> tuple[Floats, Floats]:
        """The part of each estimate that all stems explain, and the part that its own stem does.

        stems: (stems, channels, size). Returns two of (stems, channels, size + 511).
        """
        spectra = scipy.fft.rfft(stems, self._n, axis=2)
        flat = spectra.reshape(-1, spectra.shape[2])
        explained = np.einsum("rf,rfjc->jcf", flat, self._every)
        own = np.einsum("jrf,jrfc->jcf", spectra, self._own)
        return self._signals(explained), self._signals(own)

    def _signals(self, spectra: NDArray[np.complex128]) -> Floats:
        return np.asarray(scipy.fft.irfft(spectra, self._n, axis=-1)[..., : self._length])


def projected(
    filters: Filters, stems: Floats, estimates: Floats
) -> Iterator[tuple[Floats, Floats, Floats]]:
    """The whole track block by block: what all stems explain, what its own stem does, and the
    estimate itself, (stems, channels, block) each; 511 samples longer than the track in all.
    """
    sources, channels, samples = stems.shape
    flat, guesses = stems.reshape(-1, samples), estimates.reshape(-1, samples)
    projector = Projector(filters, BLOCK + _REACH)
    for start in range(0, samples + _REACH, BLOCK):
        before = _stretch(flat, start - _REACH, BLOCK + _REACH)
        explained, own = projector.project(before.reshape(sources, channels, -1))
        here = slice(_REACH, _REACH + min(BLOCK, samples + _REACH - start))
        guess = _stretch(guesses, start, here.stop - here.start)
        shape = (sources, channels, -1)
        yield explained[..., here], own[..., here], guess.reshape(shape)


def decibels(energy: Floats, error: Floats) -> Floats:
    """A ratio of energies; +inf where there is no error, NaN where there is nothing."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(10 * np.log10(np.divide(energy, error)))
