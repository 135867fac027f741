"""Architectures by the name that a model card gives them."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from torch import nn

from remixer.errors import ModelError
from remixer.separation.networks.cnn1 import Cnn1, Cnn1Config
from remixer.separation.networks.unet import UNet, UNetConfig


def _cnn1(config: Mapping[str, Any]) -> nn.Module:
    values = dict(config)
    if "channels" in values:
        values["channels"] = tuple(values["channels"])
    return Cnn1(Cnn1Config(**values))


def _unet(config: Mapping[str, Any]) -> nn.Module:
    values = dict(config)
    for name in ("widths", "towers"):
        if name in values:
            values[name] = tuple(values[name])
    return UNet(UNetConfig(**values))


ARCHITECTURES: dict[str, Callable[[Mapping[str, Any]], nn.Module]] = {
    "cnn1": _cnn1,
    "unet": _unet,
}
DEFAULTS: dict[str, dict[str, Any]] = {"cnn1": asdict(Cnn1Config()), "unet": asdict(UNetConfig())}


SEGMENTED = {"unet"}
"""Those that see segments and give the masks of all their frames."""


def build(architecture: str, config: Mapping[str, Any]) -> nn.Module:
    """A network with fresh weights.

    Raises ModelError when the architecture is unknown or the config does not fit it.
    """
    if architecture not in ARCHITECTURES:
        known = ", ".join(sorted(ARCHITECTURES))
        raise ModelError(f"architecture {architecture!r} is unknown; this version knows {known}")
    try:
        return ARCHITECTURES[architecture](config)
    except (TypeError, ValueError, RuntimeError) as error:
        raise ModelError(
            f"the config of architecture {architecture!r} does not fit: {error}"
        ) from error
