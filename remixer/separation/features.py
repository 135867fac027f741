"""What a network sees of a recording, on the model's own lattice of hertz and seconds, at any
sampling rate.
"""

import math

import numpy as np
import scipy.fft
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from remixer.dsp.masks import Lattice
from remixer.dsp.signal import SampleReader
from remixer.dsp.stft import Stft, hann
from remixer.separation.catalogue import Card

LIMIT = 2.0**20
"""Louder samples are taken as this loud: their spectra would overflow float32."""


def native_stft(card: Card, rate: int) -> Stft:
    """The STFT that masks are applied in: the model's window in seconds, to the nearest power of
    two.

    At 22.05, 44.1, 88.2 and 176.4 kHz it lies on the lattice of a model at 22.05 kHz.
    """
    overlap = card.window // card.hop
    window = 2 ** round(np.log2(card.window * rate / card.rate))
    window = max(window, 2 * overlap)
    return Stft(window, window // overlap)


def coincides(card: Card, stft: Stft, rate: int) -> bool:
    """Whether a native STFT has the model's bins and frames: masks need no interpolation then."""
    return stft.window * card.rate == card.window * rate and stft.hop * card.rate == card.hop * rate


def model_magnitudes(
    source: SampleReader, card: Card, first: int, frames: int, *, mono: bool = True
) -> NDArray[np.float32]:
    """Magnitudes at the model's frames, |STFT| over a quarter of the window.

    Frame m is centred on sample round(m * hop * rate / model rate); the window is the model's in
    seconds to the nearest sample, so bins lie on the model's within 7e-4 (8 kHz) to 1e-5 (192 kHz).
    first may be negative: the signal is zero outside. mono: of the channel mean, else of each
    channel. Returns (card.window / 2 + 1, frames) float32, or (channels, ...); bins above the
    source's Nyquist are 0.
    """
    ratio = source.rate / card.rate
    window = round(card.window * ratio)
    centres = np.round(np.arange(first, first + frames) * card.hop * ratio).astype(np.int64)
    begin = int(centres[0]) - window // 2
    audio = read_padded(source, begin, int(centres[-1]) - window // 2 + window - begin)
    signals = audio.mean(axis=0)[np.newaxis] if mono else audio
    magnitudes = [
        _magnitudes(signal.astype(np.float32), window, centres - centres[0], card.window // 2 + 1)
        for signal in signals
    ]
    return magnitudes[0] if mono else np.stack(magnitudes)


def _magnitudes(
    signal: NDArray[np.float32], window: int, starts: NDArray[np.int64], bins: int
) -> NDArray[np.float32]:
    segments = sliding_window_view(signal, window)[starts]
    spectra = scipy.fft.rfft(segments * hann(window).astype(np.float32), axis=-1)
    return quarter_window(np.abs(spectra).T, window, bins)


def quarter_window(magnitudes: NDArray[np.float32], window: int, bins: int) -> NDArray[np.float32]:
    """|STFT| over a quarter of its window, cut or zero-filled to `bins`. magnitudes: (any bins,
    frames).
    """
    scaled = magnitudes[:bins] / np.float32(window / 4)
    return np.pad(scaled, ((0, bins - scaled.shape[0]), (0, 0)))


def read_padded(source: SampleReader, start: int, count: int) -> NDArray[np.float64]:
    """Samples [start, start + count) of a source, (channels, count); zero outside it and where a
    sample is not finite, which would spoil every frame that holds it.
    """
    low, high = max(start, 0), min(start + count, source.length)
    out = np.zeros((source.channels, count))
    if high > low:
        finite = np.nan_to_num(source.read(low, high - low), nan=0.0, posinf=0.0, neginf=0.0)
        out[:, low - start : high - start] = np.clip(finite, -LIMIT, LIMIT)
    return out


def model_span(card: Card, stft: Stft, rate: int, first: int, frames: int) -> tuple[int, int]:
    """The model's frames between which native frames [first, first + frames) lie: the first of them
    and how many.
    """
    scale = stft.hop * card.rate / (card.hop * rate)  # model frames per native frame
    low = math.floor(first * scale)
    return low, math.ceil((first + frames - 1) * scale) - low + 1


def model_lattice(card: Card, first: int, frames: int, bins: int = 0) -> Lattice:
    """The lattice of the model's frames [first, first + frames), of all its bins or the lowest."""
    frame_s = card.hop / card.rate
    whole = bins or card.window // 2 + 1
    return Lattice(card.rate / card.window, frame_s, whole, frames, first * frame_s)


def native_lattice(stft: Stft, rate: int, first: int, frames: int) -> Lattice:
    """The lattice of native frames, the first one centred on sample first * hop."""
    frame_s = stft.hop / rate
    return Lattice(rate / stft.window, frame_s, stft.bins, frames, first * frame_s)
