"""How far an estimate is from the signal that was meant."""

import numpy as np
from numpy.typing import NDArray

FLOOR = 1e-7
"""Energy that keeps silence and perfection finite, as in the source."""


def sdr_db(reference: NDArray[np.floating], estimate: NDArray[np.floating]) -> float:
    """Signal-to-distortion ratio in dB: the reference's energy over that of what differs from it,
    over all channels and samples.

    Both (channels, samples). Quick, and strict: unlike in BSS Eval no filtered copy of the
    reference counts as the reference.  Source: Mitsufuji et al. 2022, "Music Demixing Challenge
    2021", eq. 1.
    """
    wanted = np.square(reference, dtype=np.float64).sum()
    missed = np.square(np.subtract(reference, estimate, dtype=np.float64)).sum()
    return float(10 * np.log10((wanted + FLOOR) / (missed + FLOOR)))
