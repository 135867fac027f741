"""A band-split network, the other start that the default model was compared with: from scratch,
without a teacher.

Source: Luo and Yu 2023, "Music source separation with band-split RNN", with real masks and narrow
layers.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

BANDS = (8,) * 16 + (16,) * 16 + (32,) * 12 + (64,) * 4
"""Bins of each band: 86 Hz wide below 1.4 kHz, 690 Hz above 8 kHz."""


@dataclass(frozen=True)
class BandSplitConfig:
    """Sizes. features: of a band. layers: pairs of LSTMs, over time and over bands."""

    channels: int = 2
    bands: tuple[int, ...] = BANDS
    stems: int = 4
    features: int = 64
    layers: int = 3


class BandSplit(nn.Module):
    """Masks of a stretch of stereo magnitudes."""

    def __init__(self, config: BandSplitConfig) -> None:
        super().__init__()
        self.config = config
        width, made = config.features, config.stems * config.channels
        self.into = nn.ModuleList(
            nn.Sequential(nn.LayerNorm(config.channels * b), nn.Linear(config.channels * b, width))
            for b in config.bands
        )
        self.layers = nn.ModuleList(Recurrent(width) for _ in range(2 * config.layers))
        self.out = nn.ModuleList(
            nn.Sequential(
                nn.LayerNorm(width), nn.Linear(width, 2 * width), nn.Tanh(),
                nn.Linear(2 * width, made * b),
            )
            for b in config.bands
        )  # fmt: skip

    def forward(self, magnitudes: Tensor) -> Tensor:
        """Masks that sum to 1 over stems: (batch, channels, bins, frames) -> (batch, stems,
        channels, bins, frames).
        """
        seen = torch.log1p(1000 * magnitudes).split(self.config.bands, dim=2)
        cells = torch.stack(
            [into(band.flatten(1, 2).mT) for into, band in zip(self.into, seen, strict=True)], dim=1
        )  # batch, bands, frames, features
        for number, layer in enumerate(self.layers):
            cells = (
                layer(cells) if number % 2 == 0 else layer(cells.transpose(1, 2)).transpose(1, 2)
            )
        shape = (self.config.stems, self.config.channels)
        logits = [out(cells[:, i]).mT.unflatten(1, (*shape, -1)) for i, out in enumerate(self.out)]
        return torch.softmax(torch.cat(logits, dim=3), dim=1)


class Recurrent(nn.Module):
    """An LSTM in both directions over the last axis but one, added to what it was given."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.lstm = nn.LSTM(width, width, batch_first=True, bidirectional=True)
        self.join = nn.Linear(2 * width, width)

    def forward(self, cells: Tensor) -> Tensor:
        """(batch, rows, steps, features), same shape."""
        flat, _ = self.lstm(self.norm(cells).flatten(0, 1))
        joined: Tensor = self.join(flat)
        return cells + joined.reshape(cells.shape)
