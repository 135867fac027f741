"""Several processes that train one network, as torchrun starts them: each makes its share of every
batch, gradients are averaged, the first process talks and writes.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, TypeVar

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from remixer.errors import RemixerError, SettingError
from remixer.training.devices import Place, find_device
from remixer.training.shared_norm import share_norms

PATIENCE = timedelta(days=1)
"""How long a process waits for another: the first may pack many songs meanwhile. One that ends is
noticed at once.
"""

T = TypeVar("T")


@contextmanager
def joined(device: str) -> Iterator[Place]:
    """This process's place: the only one, or among those that torchrun has started, which are
    joined by NCCL on GPUs and by gloo on CPUs until the context ends.

    Raises SettingError when the device is not here, or cannot be shared. Errors of any but the
    first process say whose they are.
    """
    rank, size, local = (int(os.environ.get(n, "0")) for n in ("RANK", "WORLD_SIZE", "LOCAL_RANK"))
    found = find_device(device, local)
    if size <= 1 or not dist.is_torchelastic_launched():
        yield Place(found)
        return
    if found.type == "mps":
        raise SettingError("several processes cannot share the device mps: use --device cpu")
    if found.type == "cuda":
        torch.cuda.set_device(found)
    dist.init_process_group("nccl" if found.type == "cuda" else "gloo", timeout=PATIENCE)
    try:
        yield Place(found, rank, size)
    except RemixerError as error:
        if rank:
            raise type(error)(f"process {rank + 1} of {size}: {error}") from error
        raise
    dist.destroy_process_group()  # after an error: not at all, as others may never come to it


def in_turns(place: Place) -> Iterator[bool]:
    """Whether it is this process's turn to prepare files, turn by turn: the first process's, then
    the first's of each other machine, which finds the work done where they share a disk.
    """
    if place.size == 1:
        yield True
        return
    for turn in (place.leads, not place.leads and os.environ.get("LOCAL_RANK") == "0"):
        yield turn
        dist.barrier()


def told(place: Place, value: T) -> T:
    """The first process's value, in all of them."""
    if place.size == 1:
        return value
    values: list[Any] = [value]
    dist.broadcast_object_list(values, device=place.device)
    found: T = values[0]
    return found


def summed(place: Place, values: Sequence[float]) -> list[float]:
    """Each value summed over all processes."""
    if place.size == 1:
        return list(values)
    total = torch.tensor(values, dtype=torch.float64, device=place.device)
    dist.all_reduce(total)
    numbers: list[float] = total.tolist()
    return numbers


def spread(network: nn.Module, place: Place) -> nn.Module:
    """The network as the loss is to call it: every backward pass averages its gradients over all
    processes, and its batch norms take their statistics from the whole batch. Weights become the
    first process's.
    """
    if place.size == 1:
        return network
    share_norms(network)
    ids = [place.device.index] if place.device.type == "cuda" else None
    return DistributedDataParallel(network, device_ids=ids)
