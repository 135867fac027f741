"""The paper's dnn: two fully connected layers on a few frames, the baseline that has no
convolutions.

Source: Roma, Green and Tremblay 2018, section 3; the sizes of the layers are inferred from the
"38M" parameters that it states.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from remixer.separation.networks.cnn1 import initialise


@dataclass(frozen=True)
class DnnConfig:
    """Sizes of the dnn; the defaults are the paper's (37 830 700 parameters)."""

    context: int = 5
    bins: int = 1025
    stems: int = 4
    hidden: int = 4100


class Dnn(nn.Module):
    """Masks of the middle frame of a texture window, a sigmoid after each layer (eq. 9).

    Its inputs are brought to zero mean and unit variance, bin by bin, with statistics of the
    training data that are kept beside the weights.
    """

    def __init__(self, config: DnnConfig) -> None:
        super().__init__()
        self.config = config
        self.mean = nn.Buffer(torch.zeros(config.bins))
        self.deviation = nn.Buffer(torch.ones(config.bins))
        self.hidden = nn.Linear(config.context * config.bins, config.hidden)
        self.output = nn.Linear(config.hidden, config.stems * config.bins)
        self.apply(initialise)

    def forward(self, magnitudes: Tensor) -> Tensor:
        """Masks before they are normalised to sum to 1.

        magnitudes: (batch, context, bins), |STFT| over a quarter of the window. Returns (batch,
        stems, bins) in (0, 1).
        """
        seen = ((magnitudes - self.mean) / self.deviation).flatten(1)
        masks = torch.sigmoid(self.output(torch.sigmoid(self.hidden(seen))))
        return masks.reshape(-1, self.config.stems, self.config.bins)

    def measure(self, magnitudes: Tensor) -> None:
        """Take mean and standard deviation of each bin from examples, (examples, context, bins). A
        bin that is always the same keeps its size.
        """
        deviation, mean = torch.std_mean(magnitudes, dim=(0, 1))
        self.mean.copy_(mean)
        self.deviation.copy_(torch.where(deviation > 0, deviation, torch.ones_like(deviation)))
