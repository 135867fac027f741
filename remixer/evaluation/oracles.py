"""What masks made from the true stems give: the most that masks of a kind can reach."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from remixer.dsp.masks import Masks, binary_masks, normalise_masks, ratio_masks
from remixer.dsp.signal import Samples
from remixer.dsp.stft import Stft
from remixer.evaluation.songs import Track

CHUNK = 1 << 19


def _wiener(magnitudes: NDArray[np.floating]) -> Masks:
    """Each stem's share of the power.  Source: Liutkus and Badeau 2015, alpha = 2."""
    return normalise_masks(np.square(magnitudes))


ORACLES: dict[str, Callable[[NDArray[np.floating]], Masks]] = {
    "irm": ratio_masks,
    "ibm": binary_masks,
    "wiener": _wiener,
}
"""Ideal masks by name, from magnitudes (4, bins, frames) of the true stems."""


def oracle_estimates(track: Track, name: str) -> Samples:
    """The mixture through ideal masks, each channel through its own: (4, channels, samples).

    Computed in stretches with the window that separation uses at the track's rate (93 ms).
    """
    window = 2 ** round(np.log2(2048 * track.rate / 22050))
    stft = Stft(window, window // 8)
    out = np.zeros_like(track.stems)
    length = track.stems.shape[2]
    for start in range(0, length, CHUNK):
        low = max(0, start - window) // stft.hop * stft.hop
        here = slice(low, start + CHUNK + window)
        stop = min(start + CHUNK, length)
        for channel in range(out.shape[1]):
            heard = _masked(
                track.stems[:, channel, here], track.mixture[channel, here], stft, ORACLES[name]
            )
            out[:, channel, start:stop] = heard[:, start - low : stop - low]
    return out


def _masked(
    stems: Samples, mixture: Samples, stft: Stft, masks: Callable[[NDArray[np.floating]], Masks]
) -> NDArray[np.floating]:
    magnitudes = np.abs(stft.forward(stems.astype(np.float32)))
    spectrum = stft.forward(mixture.astype(np.float32))
    return stft.inverse(masks(magnitudes) * spectrum, mixture.size)
