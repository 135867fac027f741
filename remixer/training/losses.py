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
    bass, other: their places among the stems.
    """

    def __init__(self, bass: int, other: int, compressed: float = 0.5) -> None:
        self.bass, self.other = bass, other
        self.compressed = compressed

    def __call__(self, network: nn.Module, batch: tuple[Tensor, ...]) -> Tensor:
        """batch: see `stretches.targets`, stacked. In examples whose bass and other are not told
        apart, these are judged by their sum.
        """
        mix, parts, levels, joint = batch
        masks = network(mix)
        if bool(joint.any()):
            masks, parts, levels = (self._joined(v, joint) for v in (masks, parts, levels))
        found = masks * mix[:, None]
        level = mix.mean(dim=(1, 2, 3))[:, None, None, None, None] + FLOOR
        loud: Tensor = ((found - parts) / level).abs().mean()
        soft = ((mix + FLOOR) ** POWER).mean(dim=(1, 2, 3))[:, None, None, None, None]
        quiet: Tensor = (((found + FLOOR) ** POWER - (levels + FLOOR) ** POWER) / soft).abs().mean()
        return loud + self.compressed * quiet

    def _joined(self, stems: Tensor, joint: Tensor) -> Tensor:
        """Half the sum of bass and other in place of each, in the examples that are joint."""
        half = (stems[:, self.bass] + stems[:, self.other]) / 2
        parts = list(stems.unbind(dim=1))
        where = joint[:, None, None, None]
        for place in (self.bass, self.other):
            parts[place] = torch.where(where, half, parts[place])
        return torch.stack(parts, dim=1)
