"""Signals that are the same on every machine: no generator whose stream may change."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def noise(seed: int, *shape: int) -> Floats:
    """Even noise in [-1, 1) from an integer hash.  Source: splitmix64, Steele et al. 2014."""
    count = int(np.prod(shape))
    with np.errstate(over="ignore"):
        z = (np.arange(count, dtype=np.uint64) + np.uint64(seed << 32)) * np.uint64(
            0x9E3779B97F4A7C15
        )
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    return (z.astype(np.float64) / 2.0**63 - 1).reshape(shape)


def stems(count: int, channels: int, samples: int) -> Floats:
    """Coloured noises, each with a colour and a balance of its own, (count, channels, samples)."""
    out = noise(1, count, channels, samples)
    for i in range(count):
        for delay in (3 + 2 * i, 11 * (i + 1)):
            out[i, :, delay:] += 0.6 * out[i, :, :-delay]
        out[i] *= 0.2 + 0.3 * i
        out[i] += 0.2 * out[i, ::-1]
    return out


def estimates(true: Floats) -> Floats:
    """Stems with leakage, a short echo, and noise."""
    count = len(true)
    leak = 0.12 * noise(2, count, count) + np.eye(count)
    out = np.einsum("ij,jcn->icn", leak, true)
    out[:, :, 7:] += 0.2 * out[:, :, :-7]
    return out + 0.03 * noise(3, *true.shape)
