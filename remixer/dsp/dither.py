"""Noise that makes the error of rounding independent of the sound, the same on every read.

Source: Lipshitz, Wannamaker, Vanderkooy, "Quantization and Dither: A Theoretical Survey", JAES 40,
1992: noise of triangular density, two steps wide, leaves an error whose mean and variance (a
quarter of a step squared) do not depend on the signal: no distortion, no modulated noise.
"""

import numpy as np

from remixer.dsp.signal import Samples

CHUNK = 1 << 14
"""Samples drawn from one counter."""
_KEY = 0x52656D69786572


def tpdf(start: int, count: int, channels: int) -> Samples:
    """Noise (channels, count) of triangular density on (-1, 1), for samples [start, start + count).

    What is given for a sample depends on its place and channel only, so that an export can be
    rendered again and held against what was written. Channels are independent.
    """
    first, last = start // CHUNK, (start + max(count, 1) - 1) // CHUNK
    drawn = np.concatenate([_chunk(i, channels) for i in range(first, last + 1)], axis=1)
    return drawn[:, start - first * CHUNK :][:, :count]


def _chunk(index: int, channels: int) -> Samples:
    """Philox gives any chunk without those before it (Salmon et al., "Parallel random numbers: as
    easy as 1, 2, 3", 2011).
    """
    generator = np.random.Generator(np.random.Philox(key=[_KEY, index]))
    ones = generator.random((2, channels, CHUNK))
    return np.asarray(ones[0] - ones[1])
