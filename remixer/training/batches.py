"""Batches of a run, step by step, drawn in threads while the network learns from the one before."""

import copy
import math
import os
import time
from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from remixer.errors import InputError, SettingError
from remixer.training.devices import CPU, Place

Arrays = tuple[NDArray[Any], ...]
"""A batch: arrays whose first axis is the examples'."""
MOST_DRAWERS = 8


class Source(Protocol):
    """Where training batches come from."""

    @property
    def frames(self) -> int:
        """Frames in a batch."""
        ...

    def draw(self, rng: np.random.Generator) -> Arrays:
        """One batch; the same generator state gives the same batch."""
        ...


@runtime_checkable
class Portioned(Protocol):
    """A source whose batches are put together from portions; one that is not is drawn whole by each
    process, which then keeps its share.
    """

    def portions(self, rng: np.random.Generator) -> Sequence[Callable[[], Arrays]]:
        """What makes the parts of the batch that `draw` would give, in order, in any thread."""
        ...


@dataclass(frozen=True)
class Batch:
    """What a process learns from in a step. weight: of the mean over its examples among those of
    all processes, whose weights' mean is 1. examples: of all processes; smaller: of the next batch
    size that is worth a try when memory runs out, 0 where there is none.
    """

    tensors: tuple[Tensor, ...]
    weight: float
    examples: int
    smaller: int


class Batches:
    """Draws the batch of any step; it depends on the seed and the step alone, so that a resumed run
    sees the same ones, and any number of processes shares the same ones.
    """

    def __init__(self, source: Source, seed: int, place: Place = CPU) -> None:
        self.source, self.seed, self.place = source, seed, place
        self.waited_s = 0.0
        """How long the network has waited for its batches, the first one not counted."""

    def follow(self, first: int) -> Generator[Batch]:
        """The batches of steps from the first on, without end.

        Raises InputError when a batch holds what is no number, naming its songs.
        """
        drawers = self._drawers()
        pool = ThreadPoolExecutor(drawers)
        try:
            coming = deque(pool.submit(self.batch, first + ahead) for ahead in range(drawers))
            for step in count(first):
                start = time.perf_counter()
                batch = coming.popleft().result()
                self.waited_s += time.perf_counter() - start if step > first else 0.0
                coming.append(pool.submit(self.batch, step + drawers))
                yield batch
        finally:
            pool.shutdown(cancel_futures=True)

    def batch(self, step: int) -> Batch:
        """This process's share of a step's batch."""
        rng = np.random.default_rng([self.seed, step])
        arrays, parts, each = self._share(rng)
        self._check(step, arrays)
        tensors = self.place.hold(tuple(torch.from_numpy(array) for array in arrays))
        weight = len(arrays[0]) * self.place.size / (parts * each)
        half = parts // 2 if parts // 2 >= self.place.size else 0
        return Batch(tensors, weight, parts * each, half * each)

    def _drawers(self) -> int:
        """Threads: one beside a network on the CPU, which needs the cores itself."""
        if self.place.device.type == "cpu":
            return 1
        neighbours = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))  # torchrun's, on this machine
        return max(1, min(MOST_DRAWERS, (os.cpu_count() or 1) // neighbours - 1))

    def _share(self, rng: np.random.Generator) -> tuple[Arrays, int, int]:
        """The arrays of every size-th portion; how many portions the whole batch has, and the
        examples in each.
        """
        mine = slice(self.place.rank, None, self.place.size)
        if not isinstance(self.source, Portioned):
            whole = self.source.draw(rng)
            self._check_size(len(whole[0]))
            return tuple(array[mine] for array in whole), len(whole[0]), 1
        portions = self.source.portions(rng)
        self._check_size(len(portions))
        made = [make() for make in portions[mine]]
        arrays = tuple(np.concatenate(arrays) for arrays in zip(*made, strict=True))
        return arrays, len(portions), len(made[0][0])

    def _check_size(self, parts: int) -> None:
        if parts < self.place.size:
            raise SettingError(
                f"a batch has {parts} parts to share among {self.place.size} processes: start "
                "fewer processes, or make batches larger with --batch"
            )

    def _check(self, step: int, arrays: Arrays) -> None:
        with np.errstate(all="ignore"):
            sums = [float(array.sum()) for array in arrays]
        if not all(map(math.isfinite, sums)):
            songs = _songs(self.source, np.random.default_rng([self.seed, step]))
            raise InputError(
                f"batch {step} holds values that are no numbers"
                + (f", drawn from {', '.join(songs)}" if songs else "")
                + ": check these songs and the recipe's gains, and delete the run's pack"
            )


def _songs(source: Source, rng: np.random.Generator) -> list[str]:
    """The songs that a batch comes from, found by drawing it once more with an ear on the pack."""
    if not hasattr(source, "pack"):
        return []
    listening = copy.copy(source)
    ear = listening.pack = Ear(source.pack)
    listening.draw(rng)
    return sorted(ear.songs)


class Ear:
    """A pack that remembers which songs were read."""

    def __init__(self, pack: Any) -> None:
        self._pack = pack
        self.songs: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pack, name)

    def read(self, clip: Any, start: int, count: int) -> NDArray[np.float32]:
        """See `Pack.read`."""
        self.songs.add(clip.song)
        samples: NDArray[np.float32] = self._pack.read(clip, start, count)
        return samples
