"""A U-Net on stereo spectrograms: two towers of strided convolutions with skip connections share
each bin of each channel among the stems.

Sources: Jansson et al. 2017, "Singing voice separation with deep U-Net convolutional networks";
sizes and activations of the towers from Spleeter (Hennequin et al. 2020), whose two-stem weights
they can start from. Ours: the second tower ends in one branch per stem, and the masks of all stems
sum to 1 inside the network, so that training sees it.
"""

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

LEAK = 0.2
MOST_STEMS = 16


@dataclass(frozen=True)
class UNetConfig:
    """Sizes of the U-Net; the defaults of the towers are Spleeter's.

    towers: how many stems each tower gives, in the order of the network's outputs. branch: how many
    of the last stages of a tower's way up each of its stems has for itself. gain: magnitudes come
    over a quarter of the window; the towers see them times this. segment, margin: frames whose
    masks are used when a recording is separated, and those that are seen besides on both sides.
    """

    channels: int = 2
    bins: int = 1024
    widths: tuple[int, ...] = (16, 32, 64, 128, 256, 512)
    towers: tuple[int, ...] = (1, 3)
    branch: int = 3
    gain: float = 1024.0
    segment: int = 384
    margin: int = 64

    def __post_init__(self) -> None:
        if self.bins % self.step or not 0 <= self.branch < len(self.widths) or min(self.towers) < 1:
            raise ValueError(
                f"{self.bins} bins are no multiple of {self.step}, {self.branch} branched stages "
                f"are not below {len(self.widths)}, or a tower of {self.towers} gives no stem"
            )
        if self.stems > MOST_STEMS:
            raise ValueError(f"{self.stems} stems are more than {MOST_STEMS}")

    @property
    def step(self) -> int:
        """Frames and bins come in multiples of this."""
        return 1 << len(self.widths)

    @property
    def stems(self) -> int:
        """Masks that the network gives."""
        return sum(self.towers)


class UNet(nn.Module):
    """Masks of a stretch of stereo magnitudes."""

    def __init__(self, config: UNetConfig) -> None:
        super().__init__()
        self.config = config
        self.towers = nn.ModuleList(Tower(config, stems) for stems in config.towers)

    def forward(self, magnitudes: Tensor) -> Tensor:
        """Masks that sum to 1 over stems.

        magnitudes: (batch, channels, bins, frames), |STFT| over a quarter of the window, frames a
        multiple of `config.step`. Returns (batch, stems, channels, bins, frames). Each stem's
        estimate is a sigmoid s; its mask is s^2 over the sum of all stems'.
        """
        image = magnitudes * self.config.gain
        logits = torch.cat([tower(image) for tower in self.towers], dim=1)
        return torch.softmax(2 * F.logsigmoid(logits.float()), dim=1)


class Tower(nn.Module):
    """One way down, one or several ways up: logits of its stems."""

    def __init__(self, config: UNetConfig, stems: int) -> None:
        super().__init__()
        widths = (config.channels, *config.widths)
        pairs = list(pairwise(widths))
        self.down = nn.ModuleList(
            Down(a, b, last=i == len(pairs) - 1) for i, (a, b) in enumerate(pairs)
        )
        ups = [(2 * b, a) for a, b in reversed(pairs)]
        ups[0] = (widths[-1], ups[0][1])  # the deepest stage has no skip
        ups[-1] = (ups[-1][0], 1)
        shared = len(ups) - config.branch
        self.shared = nn.ModuleList(Up(a, b) for a, b in ups[:shared])
        self.branches = nn.ModuleList(
            Branch([Up(a, b) for a, b in ups[shared:]], config.channels) for _ in range(stems)
        )

    def forward(self, image: Tensor) -> Tensor:
        """(batch, channels, bins, frames) -> (batch, stems, channels, bins, frames)."""
        skips: list[Tensor] = []
        for down in self.down:
            raw, image = down(image)
            skips.append(raw)
        cells = skips.pop()
        for i, up in enumerate(self.shared):
            cells = up(cells if i == 0 else torch.cat([skips.pop(), cells], dim=1))
        return torch.stack([branch(cells, skips) for branch in self.branches], dim=1)


class Branch(nn.Module):
    """The last stages up of one stem, and its logits."""

    def __init__(self, ups: list["Up"], channels: int) -> None:
        super().__init__()
        self.ups = nn.ModuleList(ups)
        self.output = nn.Conv2d(1, channels, 4, dilation=2, padding=3)

    def forward(self, cells: Tensor, skips: list[Tensor]) -> Tensor:
        """Cells of the stage below and what the way down left, the finest first, to (batch,
        channels, bins, frames).
        """
        for up, skip in zip(self.ups, reversed(skips), strict=True):
            cells = up(torch.cat([skip, cells], dim=1))
        out: Tensor = self.output(cells)
        return out


class Down(nn.Module):
    """Half as many bins and frames: a 5 x 5 convolution of stride 2.

    Padded by 1 before and 2 after, as TensorFlow does, where the weights come from.
    """

    def __init__(self, before: int, after: int, last: bool) -> None:
        super().__init__()
        self.conv = nn.Conv2d(before, after, 5, stride=2)
        self.affine = nn.Identity() if last else Affine(after)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Returns what the skip connection takes and what the next stage does."""
        raw = self.conv(F.pad(image, (1, 2, 1, 2)))
        return raw, F.leaky_relu(self.affine(raw), LEAK)


class Up(nn.Module):
    """Twice as many bins and frames."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.conv = nn.ConvTranspose2d(before, after, 5, stride=2, padding=1)
        self.affine = Affine(after)

    def forward(self, cells: Tensor) -> Tensor:
        """(batch, before, bins, frames) -> (batch, after, 2 bins, 2 frames)."""
        image: Tensor = self.affine(F.relu(self.conv(cells)[..., :-1, :-1]))
        return image


class Affine(nn.Module):
    """A gain and an offset per channel: batch norm whose statistics are settled."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, image: Tensor) -> Tensor:
        """(batch, channels, bins, frames), same shape."""
        return torch.addcmul(self.bias[:, None, None], image, self.weight[:, None, None])
