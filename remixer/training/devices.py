"""Where a process trains and how precisely: devices by name, mixed precision as each has it."""

from collections.abc import Collection
from dataclasses import dataclass

import torch
from torch import Tensor

from remixer.errors import SettingError

PREFERRED = ("cuda", "mps", "cpu")
AUTO = "auto"


@dataclass(frozen=True)
class Place:
    """Where one process of a training works: on which device, as which of how many processes."""

    device: torch.device
    rank: int = 0
    size: int = 1

    @property
    def leads(self) -> bool:
        """Whether this process is the one that writes files and talks."""
        return self.rank == 0

    def hold(self, tensors: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """The tensors where the device can fetch them while something else is computed."""
        return tuple(t.pin_memory() for t in tensors) if self.device.type == "cuda" else tensors

    def take(self, tensors: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """The tensors on the device."""
        return tuple(t.to(self.device, non_blocking=True) for t in tensors)


CPU = Place(torch.device("cpu"))


@dataclass(frozen=True)
class Precision:
    """What products are computed in: float32, or `reduced`. scaled: whether small gradients would
    be lost in it, and losses are to be scaled. note: what the user is to know.
    """

    reduced: torch.dtype | None = None
    scaled: bool = False
    note: str = ""

    def autocast(self, device: torch.device) -> torch.autocast:
        """A context in which products are computed so."""
        reduced = self.reduced or torch.bfloat16
        return torch.autocast(device.type, reduced, enabled=self.reduced is not None)


def find_device(wanted: str, number: int = 0) -> torch.device:
    """The device of a name: cuda (the GPU of a number), mps, cpu, or auto for the first of these
    that is here.

    Raises SettingError when it is not.
    """
    name = pick(wanted, present())
    if name != "cuda":
        return torch.device(name)
    if number >= torch.cuda.device_count():
        raise SettingError(
            f"process {number} of this machine has no GPU to itself, as there are "
            f"{torch.cuda.device_count()}: start at most that many, or use --device cpu"
        )
    return torch.device(name, number)


def present() -> set[str]:
    """Names of the devices that are here."""
    gpus = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    return {"cpu", *(name for name, there in gpus.items() if there)}


def pick(wanted: str, there: Collection[str]) -> str:
    """A device's name for a wish, see `find_device`; there: the names to choose from. Raises
    SettingError.
    """
    if wanted == AUTO:
        return next(name for name in PREFERRED if name in there)
    if wanted not in PREFERRED:
        raise SettingError(f"there is no device {wanted!r}: use {AUTO}, {', '.join(PREFERRED)}")
    if wanted not in there:
        raise SettingError(
            f"--device {wanted}: this machine has none that PyTorch {torch.__version__} can use: "
            f"use {AUTO} or {' or '.join(name for name in PREFERRED if name in there)}"
        )
    return wanted


def precision(device: torch.device, amp: bool) -> Precision:
    """float32, or with amp what the device computes faster: bfloat16, or float16 on GPUs that lack
    it.
    """
    if not amp:
        return Precision()
    if device.type == "cuda":
        if torch.cuda.is_bf16_supported(including_emulation=False):
            return Precision(torch.bfloat16)
        return Precision(torch.float16, scaled=True)
    if device.type == "cpu":
        slow = not torch.ops.mkldnn._is_mkldnn_bf16_supported()
        note = "this CPU has no products in bfloat16: --amp makes training slower here"
        return Precision(torch.bfloat16, note=note if slow else "")
    return Precision(note=f"--amp does nothing on {device.type}: training in float32")
