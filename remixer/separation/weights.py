"""Weights on disk: safetensors, never pickle; large matrices and kernels as int8 with one scale per
row.
"""

import hashlib
import json
import math
import struct
from collections.abc import Container
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_bytes
from safetensors.torch import save_file
from torch import Tensor

from remixer.errors import ModelError, brief

SCALE = ".scale"
LARGE = 1 << 20
LARGE_KERNELS = 1 << 16
"""Values from which a matrix, and the kernels of a convolution, are rounded."""
LIMIT = 200 << 20
HEADER_LIMIT = 1 << 20
MOST_ARRAYS = 4096
_BYTES = {"F32": 4, "F64": 8, "F16": 2, "BF16": 2, "I8": 1, "I64": 8}
"""Kinds of numbers that weights are of, and how long each is."""


def quantise(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """Matrices of a million values or more, and kernels of 65 536, as int8, each row over its
    largest magnitude; the rest as float32.

    `x` becomes `x` (int8) and `x.scale` (rows,): x = int8 * scale. A row is what has one index in
    the first dimension.
    """
    stored: dict[str, Tensor] = {}
    for name, value in state.items():
        least = {2: LARGE, 4: LARGE_KERNELS}.get(value.ndim)
        if least is not None and value.numel() >= least:
            largest = value.detach().flatten(1).abs().amax(dim=1)
            scale = largest.clamp_min(torch.finfo(torch.float32).tiny) / 127
            rounded = torch.round(value.detach() / _by_row(scale, value)).to(torch.int8)
            stored[name] = rounded.contiguous()
            stored[name + SCALE] = scale.to(torch.float32)
        else:
            stored[name] = value.detach().clone().contiguous()
    return stored


def dequantise(stored: dict[str, Tensor], left: Container[str] = ()) -> dict[str, Tensor]:
    """The float32 state that `quantise` rounded.

    left: matrices whose values nobody needs; they come with their shape only, on torch's meta
    device. Raises ModelError where a scale is missing.
    """
    state: dict[str, Tensor] = {}
    for name, value in stored.items():
        if value.dtype == torch.int8:
            device = "meta" if name in left else "cpu"
            if name + SCALE not in stored:
                raise ModelError(
                    f"{brief(name)} is int8 and has no {SCALE}: it does not fit the network of its "
                    "card, reinstall the model"
                )
            scale = stored[name + SCALE].to(device)
            state[name] = value.to(device).float() * _by_row(scale, value)
        elif not name.endswith(SCALE):
            state[name] = value.float() if value.is_floating_point() else value
    return state


def _by_row(scale: Tensor, value: Tensor) -> Tensor:
    return scale.reshape(-1, *[1] * (value.ndim - 1))


def save(stored: dict[str, Tensor], path: Path) -> None:
    """Write weights beside the target, then rename."""
    beside = path.with_name(path.name + ".part")
    save_file(stored, str(beside))
    beside.replace(path)


def load(path: Path, sha256: str) -> dict[str, Tensor]:
    """Weights as stored, once their checksum and header are right.

    Raises ModelError when the file is missing, too large, altered, not safetensors, or holds what
    is no finite number.
    """
    if not path.is_file():
        raise ModelError(
            f"the weights {path.name} are missing from {path.parent}: reinstall the model"
        )
    size = path.stat().st_size
    if size > LIMIT:
        raise ModelError(
            f"{path.name} is {size >> 20} MB, above the limit of {LIMIT >> 20} MB for weights"
        )
    _check_header(path, size)
    # Read, not mapped: a file that is written over in place would take the process with it.
    data = path.read_bytes()
    actual = hashlib.sha256(data).hexdigest()
    if actual != sha256:
        raise ModelError(
            f"{path.name} does not match its card (sha256 {actual[:12]}..., "
            f"expected {sha256[:12]}...): it is damaged or altered, reinstall it"
        )
    try:
        stored = load_bytes(data)
    except (SafetensorError, OSError) as error:
        raise ModelError(f"{path.name} is not a readable safetensors file: {error}") from error
    for name, value in stored.items():
        if value.is_floating_point() and not torch.isfinite(value).all():
            raise ModelError(
                f"{brief(name)} in {path.name} is not finite: it is damaged, reinstall it"
            )
    return stored


def _check_header(path: Path, size: int) -> None:
    """Refuse a header that promises more than the file holds, or anything but plain numbers, before
    anything is allocated.
    """
    with path.open("rb") as file:
        prefix = file.read(8)
        length = struct.unpack("<Q", prefix)[0] if len(prefix) == 8 else size
        if length > min(size - 8, HEADER_LIMIT):
            raise ModelError(
                f"{path.name} is not a safetensors file or is truncated ({size} bytes)"
            )
        try:
            header = json.loads(file.read(length))
            wrong = _wrong_in(header, size - 8 - length)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise ModelError(
                f"{path.name} has an unreadable header: it is damaged, reinstall it"
            ) from error
    if wrong:
        raise ModelError(f"{path.name} is damaged ({wrong}): reinstall it")


def _wrong_in(header: dict[str, Any], size: int) -> str:
    """What is wrong with the table of a file with so many bytes of data; "" for nothing.

    Its arrays lie one behind the other, without holes, and each is as large as its shape. Raises
    ValueError, TypeError, KeyError or AttributeError where it is no table.
    """
    header.pop("__metadata__", None)
    if len(header) > MOST_ARRAYS:
        return f"{len(header)} arrays, the limit is {MOST_ARRAYS}"
    end = 0
    for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        start, stop = entry["data_offsets"]
        numbers = (start, stop, *entry["shape"])
        if entry["dtype"] not in _BYTES:
            return (
                f"{brief(name)} is of {brief(entry['dtype'])}, weights are of {', '.join(_BYTES)}"
            )
        if len(numbers) > 10 or not all(type(n) is int and 0 <= n <= LIMIT for n in numbers):
            return f"{brief(name)} has the shape {brief(entry['shape'])} at {brief((start, stop))}"
        if start != end or stop - start != math.prod(entry["shape"]) * _BYTES[entry["dtype"]]:
            return f"{brief(name)} does not lie where its shape and its neighbours need it"
        end = stop
    return "" if end == size else f"{size} bytes of data, {end} are promised"


def file_sha256(path: Path) -> str:
    """Hex SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
