"""The paper's cnn1: convolutions over a short texture window, then two fully connected layers; one
soft mask per stem.

Source: Roma, Green and Tremblay 2018, section 2.3 and figure 1; sizes from the authors' published
experiment.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Cnn1Config:
    """Sizes of cnn1; the defaults are the paper's (33 626 456 parameters)."""

    context: int = 11
    bins: int = 1025
    stems: int = 4
    channels: tuple[int, ...] = (4, 16, 32)
    kernel: int = 5
    hidden: int = 4100


class Cnn1(nn.Module):
    """Masks of the middle frame of a texture window.

    Each convolution is padded to keep its size and followed by batch norm, ReLU and 2 x 2 max
    pooling: 11 x 1025 -> 5 x 512 -> 2 x 256 -> 1 x 128 cells of 32 channels. Sigmoids follow both
    fully connected layers (eq. 9).
    """

    def __init__(self, config: Cnn1Config) -> None:
        super().__init__()
        self.config = config
        blocks: list[nn.Module] = []
        frames, bins, before = config.context, config.bins, 1
        for after in config.channels:
            blocks += [
                nn.Conv2d(before, after, config.kernel, padding=config.kernel // 2),
                nn.BatchNorm2d(after),
                nn.ReLU(),
                nn.MaxPool2d(2),
            ]
            frames, bins, before = frames // 2, bins // 2, after
        self.front = nn.Sequential(*blocks)
        self.hidden = nn.Linear(before * frames * bins, config.hidden)
        self.output = nn.Linear(config.hidden, config.stems * config.bins)
        self.apply(initialise)

    def forward(self, magnitudes: Tensor) -> Tensor:
        """Masks before they are normalised to sum to 1.

        magnitudes: (batch, context, bins), |STFT| over a quarter of the window. Returns (batch,
        stems, bins) in (0, 1).
        """
        return torch.sigmoid(self.scores(magnitudes))

    def scores(self, magnitudes: Tensor) -> Tensor:
        """What the last layer gives, before its sigmoid; shapes as in `forward`."""
        image = magnitudes.unsqueeze(1).to(memory_format=torch.channels_last)
        cells = self.front(image).flatten(1)
        scores: Tensor = self.output(torch.sigmoid(self.hidden(cells)))
        return scores.reshape(-1, self.config.stems, self.config.bins)


def initialise(module: nn.Module) -> None:
    """Kaiming uniform for convolutions, Xavier uniform for fully connected layers, as in the
    experiment.
    """
    if isinstance(module, nn.Conv2d):
        nn.init.kaiming_uniform_(module.weight)
    elif isinstance(module, nn.Linear):
        nn.init.xavier_uniform_(module.weight)
