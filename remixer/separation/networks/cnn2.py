"""The paper's cnn2: the layers of cnn1, trained as a classifier of time-frequency bins; the four
streams' probabilities, or the likeliest stream alone, are the masks.

Source: Roma, Green and Tremblay 2018, sections 2.2 and 3, equations 4 to 7; sizes from the authors'
published experiment.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from remixer.separation.networks.cnn1 import Cnn1, Cnn1Config


@dataclass(frozen=True)
class Cnn2Config(Cnn1Config):
    """Sizes of cnn2; the defaults are the paper's (33 626 456 parameters).

    faithful: the classes' scores pass a sigmoid before the softmax, as in the authors' experiment,
    so that no probability is above 0.48. binary: at inference the likeliest stream takes the whole
    bin (eq. 5); otherwise the probabilities are the masks.
    """

    faithful: bool = False
    binary: bool = False


class Cnn2(Cnn1):
    """Probabilities of the streams in each bin of a texture window's middle frame (eq. 6)."""

    config: Cnn2Config

    def __init__(self, config: Cnn2Config) -> None:
        super().__init__(config)

    def forward(self, magnitudes: Tensor, loss: bool = False) -> Tensor:
        """Masks that sum to 1: probabilities, or 1 for the likeliest stream where the config says
        binary.

        magnitudes: (batch, context, bins). Returns (batch, stems, bins). loss: what eq. 7 takes
        instead: log-probabilities; with `faithful` the probabilities themselves, which the authors'
        experiment gave to a loss that expects their logarithm.
        """
        scores = self.scores(magnitudes).float()
        if self.config.faithful:
            scores = torch.sigmoid(scores)
        if loss and not self.config.faithful:
            return F.log_softmax(scores, dim=1)
        masks = torch.softmax(scores, dim=1)
        return likeliest(masks) if self.config.binary and not loss else masks


def likeliest(masks: Tensor) -> Tensor:
    """Binary masks (eq. 5): 1 where a stream's mask is the largest, the first of equals.

    masks: (batch, stems, bins), same shape.
    """
    chosen = F.one_hot(masks.argmax(dim=1), masks.shape[1])
    return chosen.movedim(-1, 1).to(masks.dtype)


def nll_loss(network: nn.Module, batch: tuple[Tensor, ...]) -> Tensor:
    """Negative log likelihood of the loudest stream, a mean over bins.  Source: eq. 4 and 7.

    batch: texture windows (batch, context, bins), ideal ratio masks (batch, stems, bins), whose
    largest is the loudest stream's.
    """
    windows, masks = batch
    return F.nll_loss(network(windows, loss=True), masks.argmax(dim=1))
