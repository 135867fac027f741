"""Sample rate conversion for what the model changes; the original is never converted. soxr at VHQ.

Length rule: `resampled_length`, round(length x to / from) with halves up, in one shot and
streaming.
"""

from typing import Any, TypeVar

import numpy as np
import soxr
from numpy.typing import NDArray

_Float = TypeVar("_Float", np.float32, np.float64)


def resampled_length(length: int, source_rate: int, target_rate: int) -> int:
    """Samples per channel after conversion."""
    return (2 * length * target_rate + source_rate) // (2 * source_rate)


def resample(samples: NDArray[_Float], source_rate: int, target_rate: int) -> NDArray[_Float]:
    """Samples at another rate, without delay.

    samples: (channels, n) float32 or float64. Returns (channels, resampled_length(n)), same dtype;
    the same samples where the rates are equal.
    """
    stream = Resampler(source_rate, target_rate, samples.shape[0], samples.dtype)
    return np.concatenate([stream.process(samples), stream.flush()], axis=1)


class Resampler:
    """The same conversion block by block: what `process` and `flush` return, joined, is `resample`.

    dtype: float64 or float32, of blocks in and out.
    """

    def __init__(
        self, source_rate: int, target_rate: int, channels: int, dtype: Any = np.float64
    ) -> None:
        self._rates = source_rate, target_rate
        self._channels = channels
        self._dtype = np.dtype(dtype)
        self._taken = 0
        self._given = 0
        self._stream = (
            None
            if source_rate == target_rate
            else soxr.ResampleStream(
                source_rate, target_rate, channels, dtype=self._dtype.name, quality="VHQ"
            )
        )

    def process(self, block: NDArray[_Float]) -> NDArray[_Float]:
        """What is ready after (channels, n) more samples: (channels, m), m >= 0."""
        self._taken += block.shape[1]
        if self._stream is None:
            return block
        return self._counted(self._stream.resample_chunk(_interleaved(block)).T)

    def flush(self) -> NDArray[Any]:
        """The rest, (channels, m), to the length rule; then the resampler is spent."""
        rest = np.zeros((self._channels, 0), self._dtype)
        if self._stream is None:
            return rest
        rest = self._counted(self._stream.resample_chunk(_interleaved(rest), last=True).T)
        missing = resampled_length(self._taken, *self._rates) - self._given
        if missing >= 0:
            return np.pad(rest, ((0, 0), (0, missing)))
        return rest[:, :missing]

    def _counted(self, block: NDArray[Any]) -> NDArray[Any]:
        self._given += block.shape[1]
        return np.ascontiguousarray(block)


def _interleaved(block: NDArray[Any]) -> NDArray[Any]:
    """(channels, n) as the (n, channels) in memory order that soxr takes."""
    return np.ascontiguousarray(block.T)
