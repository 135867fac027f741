"""Loudness of windows of a signal, from the energies of its 10 ms: moments, gates, percentiles.

An energy is a mean square of the K-weighted signal, summed over channels.

Source: ITU-R BS.1770-5 annex 1; EBU Tech 3341 (windows) and Tech 3342 (loudness range).
"""

import math

import numpy as np
from numpy.typing import NDArray

PARTS = 10
"""The 10 ms in 100 ms, in which energies come."""
MOMENT = 4 * PARTS
"""Of 400 ms: gating blocks and momentary loudness."""
SHORT_TERM = 30 * PARTS
"""Of 3 s."""

_OFFSET = -0.691  # annex 1, eq. 2: makes 997 Hz at full scale in one channel -3.01 LKFS
_ABSOLUTE_GATE = -70.0  # LKFS
_RELATIVE_GATE = -10.0  # LU, of integrated loudness
_RANGE_GATE = -20.0  # LU, of the loudness range
_RANGE = (0.10, 0.95)  # between these shares of what passes its gates it lies
_BIN = 0.01  # LU; resolution at which the relative gate divides blocks
_BINS = 10_000  # -70 to +30 LKFS, what is louder shares the last bin

Energies = NDArray[np.float64]


def lufs(energy: float) -> float:
    """The loudness of an energy (annex 1, eq. 2); -inf for none."""
    return _OFFSET + 10.0 * math.log10(energy) if energy > 0.0 else -math.inf


class Windows:
    """Energy of the last `length` times 10 ms, and the highest there was."""

    def __init__(self, length: int) -> None:
        self._length = length
        self._recent = np.zeros(0)
        self._highest = 0.0

    def add(self, parts: Energies) -> float | None:
        """Take the energies of the next 100 ms, (PARTS,). Returns that of the window that ends with
        them; None while that is not full.
        """
        joined = np.concatenate((self._recent[1 - self._length :], parts))
        self._recent = joined[-self._length :]
        if joined.size < self._length:
            return None
        means = np.convolve(joined, np.full(self._length, 1.0 / self._length), "valid")
        self._highest = max(self._highest, float(means.max()))
        return float(means[-1])

    def cut(self) -> None:
        """What comes next does not follow what came last."""
        self._recent = np.zeros(0)

    @property
    def last(self) -> float:
        """Loudness in LUFS of the last window; what is missing of it is silence."""
        return lufs(float(self._recent.sum()) / self._length)

    @property
    def highest(self) -> float:
        """Loudness in LUFS of the loudest window that was full, to 10 ms."""
        return lufs(self._highest)


class Histogram:
    """Windows louder than the absolute gate: a count and an exact energy sum per 0.01 LU.

    A bin is in or out of a relative gate by its mean energy.
    """

    def __init__(self) -> None:
        self._counts = np.zeros(_BINS, dtype=np.int64)
        self._energies = np.zeros(_BINS)

    def add(self, energy: float) -> None:
        """Take a window."""
        level = lufs(energy)
        if level > _ABSOLUTE_GATE:
            index = min(int((level - _ABSOLUTE_GATE) / _BIN), _BINS - 1)
            self._counts[index] += 1
            self._energies[index] += energy

    def integrated(self) -> float:
        """Gated loudness in LUFS (annex 1, eq. 5 to 7); -inf where there is nothing to measure."""
        counts, energies = self._gated(_RELATIVE_GATE)
        return lufs(float(energies.sum() / counts.sum())) if counts.size else -math.inf

    def range_lu(self) -> float | None:
        """Loudness range in LU; None where there is nothing to measure (Tech 3342)."""
        counts, energies = self._gated(_RANGE_GATE)
        if not counts.size:
            return None
        last_rank = np.cumsum(counts) - 1
        ranks = [round((int(last_rank[-1])) * share) for share in _RANGE]
        low, high = np.searchsorted(last_rank, ranks)
        return lufs(energies[high] / counts[high]) - lufs(energies[low] / counts[low])

    def _gated(self, gate_lu: float) -> tuple[NDArray[np.int64], Energies]:
        """Counts and energies of the bins within `gate_lu` of the mean of all; upwards."""
        used = self._counts > 0
        counts, energies = self._counts[used], self._energies[used]
        if not counts.size:
            return counts, energies
        threshold = 10.0 ** (gate_lu / 10.0) * energies.sum() / counts.sum()
        heard = energies / counts > threshold
        return counts[heard], energies[heard]
