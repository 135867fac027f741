"""What ends a training at hour three, as one line with a remedy."""

import math
from collections.abc import Iterator
from contextlib import contextmanager

import torch
import torch.distributed as dist

from remixer.errors import ModelError
from remixer.training.batches import Batch
from remixer.training.devices import Place

_MEMORY = ("can't allocate memory", "not enough memory", "out of memory", "bad_alloc")
"""How PyTorch says it on CPUs, on Apple's GPUs, and what C++ says."""


@contextmanager
def advised(place: Place, when: str, frames: int, batch: Batch | None = None) -> Iterator[None]:
    """Raises ModelError for memory that ran out, naming the batch's size, and for another process
    of the run that has ended. when: what was being done, as "at batch 7"; frames: in a batch;
    batch: one of them, where there is one.
    """
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if memory_ran_out(error):
            raise ModelError(_no_memory(place, when, frames, batch)) from error
        if place.size > 1 and lost(error):
            raise ModelError(
                f"another of the {place.size} processes has ended {when}: its own error says why; "
                "start them again to go on from the last epoch"
            ) from error
        raise


def memory_ran_out(error: Exception) -> bool:
    """Whether an error means that there is no memory left."""
    known = isinstance(error, MemoryError | torch.OutOfMemoryError)
    return known or any(words in str(error).lower() for words in _MEMORY)


def lost(error: Exception) -> bool:
    """Whether an error means that another process is gone."""
    words = str(error)
    return isinstance(error, dist.DistError) or "gloo" in words or "NCCL" in words


def finite(loss: float, when: str, rate: float) -> float:
    """The loss. Raises ModelError when it is no number; rate: the learning rate, to be named."""
    if not math.isfinite(loss):
        raise ModelError(
            f"the loss became {loss} {when}: lower the learning rate ({rate:g}), for example "
            f"--rate {rate / 3:.1g}, and train again, which goes on from the last epoch"
        )
    return loss


def _no_memory(place: Place, when: str, frames: int, batch: Batch | None) -> str:
    examples = f"{batch.examples} examples, " if batch else ""
    processes = f" in {place.size} processes" if place.size > 1 else ""
    smaller = f", for example --batch {batch.smaller}" if batch and batch.smaller else " (--batch)"
    return (
        f"memory ran out on {place.device} {when}, with batches of {examples}{frames} frames"
        f"{processes}: use smaller ones{smaller}, or free some, and train again, which goes on "
        "from the last epoch"
    )
