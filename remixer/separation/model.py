"""A model ready to run: weights in a network, frames in, masks out."""

import numpy as np
import torch
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from remixer.dsp.masks import Masks, normalise_masks
from remixer.dsp.signal import STEMS
from remixer.errors import ModelError
from remixer.separation import weights
from remixer.separation.catalogue import Card
from remixer.separation.device import best_device
from remixer.separation.int8 import Int8Linear, int8_works
from remixer.separation.networks.registry import DEFAULTS, SEGMENTED, build
from remixer.separation.segments import SegmentModel

BATCH = 64
LONGEST = 255
"""Frames that a network may see at once."""


class MaskModel:
    """A network that sees `context` frames of magnitudes and gives the masks of the middle one."""

    def __init__(self, card: Card, network: nn.Module) -> None:
        config = {**DEFAULTS.get(card.architecture, {}), **card.config}
        self.card = card
        self.network = network.eval()
        self.context, self.bins = config["context"], config["bins"]
        sizes = (self.context % 2, self.bins, config["stems"])
        if not 3 <= self.context <= LONGEST or sizes != (1, card.window // 2 + 1, len(STEMS)):
            raise ModelError(
                f"model {card.id!r} sees {self.context} frames of {self.bins} bins and gives "
                f"{config['stems']} masks: a window of {card.window} needs 3, 5, 7 or another odd "
                f"number of frames, {card.window // 2 + 1} bins and {len(STEMS)} masks"
            )
        self._order = [card.stems.index(stem) for stem in STEMS]

    def masks(self, magnitudes: NDArray[np.float32]) -> Masks:
        """Masks in the order of STEMS, summing to 1.

        magnitudes: (bins, frames + context - 1), |STFT| over a quarter of the window. Returns
        (stems, bins, frames) float32. Frames go through the network in batches; one at a time would
        be several times slower.
        """
        frames = np.ascontiguousarray(magnitudes.T, np.float32)
        windows = sliding_window_view(frames, self.context, axis=0).swapaxes(1, 2)
        parts = []
        with torch.inference_mode():
            for start in range(0, len(windows), BATCH):
                batch = torch.from_numpy(np.array(windows[start : start + BATCH], order="C"))
                parts.append(self.network(batch).numpy())
        masks = np.concatenate(parts)[:, self._order]
        return normalise_masks(masks.transpose(1, 2, 0))


def load_model(card: Card) -> MaskModel | SegmentModel:
    """The model of a card, of the kind that its architecture asks for.

    Raises ModelError when weights and card do not fit each other.
    """
    stored = weights.load(card.path, card.sha256)
    with torch.device("meta"):
        network = build(card.architecture, card.config)
    try:
        state = weights.dequantise(stored, _int8_matrices(network, stored))
        network.load_state_dict(state, assign=True)
    except (RuntimeError, KeyError) as error:
        raise ModelError(f"{card.weights} does not fit the network of its card: {error}") from error
    network = optimise(network.eval(), stored)
    if card.architecture not in SEGMENTED:
        return MaskModel(card, network)
    model = SegmentModel(card, network)
    model.place(best_device())
    return model


def optimise(network: nn.Module, stored: dict[str, Tensor] | None = None) -> nn.Module:
    """The network for inference: batch norm folded into convolutions, int8 layers where the weights
    are stored so.
    """
    for name, child in list(network.named_children()):
        if isinstance(child, nn.Sequential):
            setattr(network, name, _fold(child))
        elif isinstance(child, nn.Linear) and stored and int8_works():
            setattr(network, name, _int8(child, stored, f"{name}.weight"))
    return channels_last(network)


def _int8_matrices(network: nn.Module, stored: dict[str, Tensor]) -> list[str]:
    """Weights that `optimise` takes as they are stored: half a second less than by float32."""
    names = [f"{n}.weight" for n, layer in network.named_children() if isinstance(layer, nn.Linear)]
    return [name for name in names if name + weights.SCALE in stored and int8_works()]


def _int8(layer: nn.Linear, stored: dict[str, Tensor], name: str) -> nn.Module:
    """The layer on its stored int8 weights; itself where they are stored otherwise."""
    if name + weights.SCALE not in stored:
        return layer
    return Int8Linear(stored[name], stored[name + weights.SCALE], layer.bias.detach())


def _fold(layers: nn.Sequential) -> nn.Sequential:
    """Each convolution followed by a batch norm as one convolution."""
    folded: list[nn.Module] = []
    for layer in layers:
        if isinstance(layer, nn.BatchNorm2d) and folded and isinstance(folded[-1], nn.Conv2d):
            folded[-1] = fuse_conv_bn_eval(folded[-1], layer)
        else:
            folded.append(layer)
    return nn.Sequential(*folded)


def channels_last(network: nn.Module) -> nn.Module:
    """The network with convolution weights laid out as CPUs like them: twice as fast there."""
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return network
