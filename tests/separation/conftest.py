"""A small network in a card, and signals."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import nn

from remixer.dsp.signal import ArrayReader
from remixer.separation import weights
from remixer.separation.catalogue import Card
from remixer.separation.model import MaskModel, optimise
from remixer.separation.networks.cnn1 import Cnn1, Cnn1Config

torch.set_num_threads(1)

SMALL = {"context": 11, "bins": 1025, "stems": 4, "channels": [4, 8, 8], "kernel": 5, "hidden": 32}
QUANTISED = {**SMALL, "channels": [4, 16, 32], "hidden": 256}
"""The smallest cnn1 whose fully connected layers are both stored as int8."""


def lively(config: dict[str, object]) -> Cnn1:
    """A network whose batch norm has seen something and whose masks are not all alike."""
    generator = torch.Generator().manual_seed(5)
    torch.manual_seed(4)
    network = Cnn1(Cnn1Config(**{**config, "channels": tuple(config["channels"])}))  # type: ignore
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.running_mean.normal_(0, 0.3, generator=generator)
                module.running_var.uniform_(0.3, 3, generator=generator)
                module.weight.uniform_(0.5, 2, generator=generator)
                module.bias.normal_(0, 0.3, generator=generator)
        network.front[0].weight *= 30  # quiet frames count too
        network.hidden.weight *= 3
        network.output.weight *= 10
    return network.eval()


@pytest.fixture(scope="session")
def card() -> Card:
    return Card(
        id="small",
        title="Small",
        architecture="cnn1",
        config=SMALL,
        stems=("vocals", "drums", "bass", "other"),
        rate=22_050,
        window=2048,
        hop=256,
        weights="small.safetensors",
        sha256="0" * 64,
        licence="GPL-3.0-or-later",
    )


@pytest.fixture(scope="session")
def network() -> Callable[[], Cnn1]:
    """Fresh copies of one small network in float32."""
    return lambda: lively(SMALL)


@pytest.fixture(scope="session")
def model(card: Card) -> MaskModel:
    return MaskModel(card, optimise(lively(SMALL)))


@pytest.fixture(scope="session")
def quantised() -> tuple[dict[str, object], Cnn1, dict[str, torch.Tensor]]:
    """A config, its network, and the network's weights as stored."""
    network = lively(QUANTISED)
    return QUANTISED, network, weights.quantise(network.state_dict())


@pytest.fixture(scope="session")
def noise() -> Callable[..., ArrayReader]:
    """Stereo noise whose level changes, so that frames differ: noise(rate, length, channels)."""

    def make(rate: int, length: int, channels: int = 2) -> ArrayReader:
        rng = np.random.default_rng([rate, length])
        swell = 0.4 + 0.3 * np.sin(2 * np.pi * 7 * np.arange(length) / rate)
        return ArrayReader(rng.uniform(-1, 1, (channels, length)) * swell, rate)

    return make
