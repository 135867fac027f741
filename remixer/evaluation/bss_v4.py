"""BSS Eval version 4: ratios in frames of a second, with distortion filters of the whole track.

The same numbers as museval, which computes every frame's convolutions one by one: here the spectra
of a frame's stems and of the filters are computed once, and projections are sums of their products.
Source: Stöter, Liutkus and Ito, The 2018 Signal Separation Evaluation Campaign; Vincent et al.,
First stereo audio source separation evaluation campaign, 2007, for the image ratios.
"""

import numpy as np

from remixer.evaluation.filters import FILTER, Filters, Floats, Projector, decibels


def bss_eval_images(stems: Floats, estimates: Floats, rate: int, seconds: float = 1.0) -> Floats:
    """SDR, ISR, SIR and SAR of each frame.

    stems, estimates: (stems, channels, samples). A track shorter than a frame is one frame; what is
    left after the last whole frame is not measured. Returns (4, stems, frames) in dB, NaN in frames
    where a stem or an estimate is silent.
    """
    size = min(round(rate * seconds), stems.shape[2])
    projector = Projector(Filters(stems, estimates), size)
    count = stems.shape[2] // size
    out = np.full((4, stems.shape[0], count), np.nan)
    for frame in range(count):
        here = slice(frame * size, (frame + 1) * size)
        if not _any_silent(stems[..., here]) and not _any_silent(estimates[..., here]):
            out[:, :, frame] = _ratios(projector, stems[..., here], estimates[..., here])
    return out


def _any_silent(signals: Floats) -> bool:
    """Whether one of them is silent; as in museval, by the sum of its channels."""
    return bool(np.any(np.all(signals.sum(axis=1) == 0, axis=1)))


def _ratios(projector: Projector, stems: Floats, estimates: Floats) -> Floats:
    """SDR, ISR, SIR and SAR of one frame: (4, stems)."""
    explained, own = projector.project(stems)
    tail = ((0, 0), (0, 0), (0, FILTER - 1))
    true, guessed = np.pad(stems, tail), np.pad(estimates, tail)
    return np.stack(
        [
            decibels(_energy(true), _energy(guessed - true)),
            decibels(_energy(true), _energy(own - true)),
            decibels(_energy(own), _energy(explained - own)),
            decibels(_energy(explained), _energy(guessed - explained)),
        ]
    )


def _energy(signals: Floats) -> Floats:
    """Over channels and samples."""
    return np.asarray(np.square(signals).sum(axis=(1, 2)))
