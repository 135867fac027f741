"""Where networks run. No GPU is needed: what one may do wrong is tried by devices that do."""

import logging
from dataclasses import asdict, replace

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from remixer.errors import ModelError
from remixer.separation import device
from remixer.separation.catalogue import Card
from remixer.separation.networks.unet import UNet, UNetConfig
from remixer.separation.segments import SegmentModel

CPU = torch.device("cpu")
META = torch.device("meta")
"""A device that has no values."""
CONFIG = UNetConfig(bins=64, widths=(2, 3), branch=1, segment=16, margin=4)


class Off(nn.Module):
    """A network that is off by a little wherever it has been copied to."""

    def __init__(self, error: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1))
        self.error, self.copied = error, False

    def __deepcopy__(self, memo: object) -> "Off":
        other = Off(self.error)
        other.copied = True
        return other

    def to(self, *_: object) -> "Off":  # type: ignore[override]
        return self

    def forward(self, values: Tensor) -> Tensor:
        return values * self.weight + (self.error if self.copied else 0)


class Elsewhere(torch.Tensor):
    """A sample that stays where it is."""

    def to(self, *_: object) -> "Elsewhere":  # type: ignore[override]
        return self


def model(card: Card) -> SegmentModel:
    torch.manual_seed(1)
    card = replace(card, architecture="unet", config=asdict(CONFIG), window=256, hop=64)
    return SegmentModel(card, UNet(CONFIG).eval())


def test_without_a_gpu_it_is_the_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "_is_there", lambda kind: kind == "cpu")
    assert device.best_device() == CPU
    monkeypatch.setenv(device.ENVIRONMENT, "cpu")
    assert device.best_device() == CPU
    monkeypatch.setenv(device.ENVIRONMENT, "cuda")
    with pytest.raises(ModelError, match="REMIXER_DEVICE is 'cuda': this machine has cpu"):
        device.best_device()


def test_a_gpu_that_torch_reports_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert device.best_device() == torch.device("cuda")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert device.best_device() == torch.device("mps")
    monkeypatch.setenv(device.ENVIRONMENT, "cpu")
    assert device.best_device() == CPU


def test_placed_on_the_processor_nothing_changes(card: Card) -> None:
    ours = model(card)
    before, network = ours.masks(np.full((2, 64, 24), 0.1, np.float32)), ours.network
    ours.place(CPU)
    assert ours.network is network
    assert np.array_equal(ours.masks(np.full((2, 64, 24), 0.1, np.float32)), before)


def test_a_device_that_fails_is_said_and_not_used(
    card: Card, caplog: pytest.LogCaptureFixture
) -> None:
    ours = model(card)
    expected = ours.masks(np.full((2, 64, 24), 0.1, np.float32))
    with caplog.at_level(logging.WARNING):
        ours.place(META)
    assert "separating on the processor: on meta" in caplog.text
    assert np.array_equal(ours.masks(np.full((2, 64, 24), 0.1, np.float32)), expected)


@pytest.mark.parametrize(("error", "used"), [(0.0, True), (1e-5, True), (0.01, False)])
@pytest.mark.parametrize("number", [1.0, float("nan")])
def test_a_device_whose_masks_are_others_is_not_used(
    error: float, used: bool, number: float
) -> None:
    network = Off(error)
    sample = torch.full((1, 2, 8, 8), number).as_subclass(Elsewhere)
    placed = device.placed(network, sample, META)
    assert (placed is not network) == (used and number == 1.0)
