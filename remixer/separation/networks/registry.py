"""Architectures by the name that a model card gives them."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from torch import nn

from remixer.errors import ModelError, brief
from remixer.separation.networks.cnn1 import Cnn1, Cnn1Config
from remixer.separation.networks.cnn2 import Cnn2, Cnn2Config
from remixer.separation.networks.dnn import Dnn, DnnConfig
from remixer.separation.networks.unet import UNet, UNetConfig

Maker = Callable[[Mapping[str, Any]], nn.Module]


def _made(network: Callable[[Any], nn.Module], config: type[Any]) -> Maker:
    """What builds a network from the values of its config; JSON's lists become tuples."""

    def make(values: Mapping[str, Any]) -> nn.Module:
        tuples = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}
        return network(config(**tuples))

    return make


ARCHITECTURES: dict[str, Maker] = {
    "dnn": _made(Dnn, DnnConfig),
    "cnn1": _made(Cnn1, Cnn1Config),
    "cnn2": _made(Cnn2, Cnn2Config),
    "unet": _made(UNet, UNetConfig),
}
DEFAULTS: dict[str, dict[str, Any]] = {
    "dnn": asdict(DnnConfig()),
    "cnn1": asdict(Cnn1Config()),
    "cnn2": asdict(Cnn2Config()),
    "unet": asdict(UNetConfig()),
}


SEGMENTED = {"unet"}
"""Those that see segments and give the masks of all their frames."""


def build(architecture: str, config: Mapping[str, Any]) -> nn.Module:
    """A network with fresh weights.

    Raises ModelError when the architecture is unknown or the config does not fit it.
    """
    if architecture not in ARCHITECTURES:
        known = ", ".join(sorted(ARCHITECTURES))
        raise ModelError(
            f"architecture {brief(architecture)!r} is unknown; this version knows {known}"
        )
    try:
        return ARCHITECTURES[architecture](config)
    except (TypeError, ValueError, RuntimeError) as error:
        raise ModelError(
            f"the config of architecture {architecture!r} does not fit: {brief(error, 300)}"
        ) from error
