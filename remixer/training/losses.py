"""What networks are trained to make small."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

Loss = Callable[[nn.Module, tuple[Tensor, ...]], Tensor]
"""(network, batch) -> a mean over the batch."""

POWER = 0.4
FLOOR = 1e-5


def mask_loss(network: nn.Module, batch: tuple[Tensor, ...]) -> Tensor:
    """Mean squared error of masks over stems and bins.  Source: Roma et al. 2018, eq. 10.

    batch: texture windows (batch, context, bins), ideal masks (batch, stems, bins).
    """
    windows, masks = batch
    return nn.functional.mse_loss(network(windows).float(), masks)


class SpectralLoss:
    """L1 of masked magnitudes against what a mask can reach of each stem, and of their compressed
    magnitudes.

    Both are over the mix's mean, so that loud and quiet examples count alike. The first is close to
    what is heard and measured, the mix's phases included; the second gives quiet bins their share.
    """

    def __init__(self, compressed: float = 0.5) -> None:
        self.compressed = compressed

    def __call__(self, network: nn.Module, batch: tuple[Tensor, ...]) -> Tensor:
        """batch: see `stretches.targets`, stacked. Stems that are not told apart are judged by
        their sum.
        """
        mix, parts, levels, joint = batch
        masks = network(mix)
        if bool(joint.any()):
            masks, parts, levels = (summed(v, joint) for v in (masks, parts, levels))
        found = masks * mix[:, None]
        level = mix.mean(dim=(1, 2, 3))[:, None, None, None, None] + FLOOR
        loud: Tensor = ((found - parts) / level).abs().mean()
        soft = ((mix + FLOOR) ** POWER).mean(dim=(1, 2, 3))[:, None, None, None, None]
        quiet: Tensor = (((found + FLOOR) ** POWER - (levels + FLOOR) ** POWER) / soft).abs().mean()
        return loud + self.compressed * quiet


def summed(stems: Tensor, joint: Tensor) -> Tensor:
    """The mean of those stems of each example that are joint in place of each of them.

    stems: (batch, stems, channels, bins, frames); joint: (batch, stems), bool.
    """
    where = joint[:, :, None, None, None]
    count = where.sum(dim=1, keepdim=True).clamp(min=1)
    mean = (stems * where).sum(dim=1, keepdim=True) / count
    return torch.where(where, mean, stems)
