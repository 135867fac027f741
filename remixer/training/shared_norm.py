"""Batch norm over a batch that several processes share, on any device: PyTorch's own is for GPUs
only.
"""

from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn


class SharedBatchNorm2d(nn.BatchNorm2d):
    """A batch norm whose statistics are those of all processes' examples.

    Output and gradients are those of one process that sees the whole batch, up to rounding. Names
    in the state are a batch norm's.
    """

    def forward(self, image: Tensor) -> Tensor:
        """(batch, channels, height, width), same shape."""
        if not self.training:
            return super().forward(image)
        cells = image.float() if image.dtype.itemsize < 4 else image
        ones = cells.new_full((1,), cells.numel() / cells.shape[1])
        totals = summed(torch.cat([cells.sum(dim=(0, 2, 3)), ones]))
        number = totals[-1]
        mean = totals[:-1] / number
        distance = cells - mean[:, None, None]
        variance = summed(distance.square().sum(dim=(0, 2, 3))) / number
        self._follow(mean.detach(), variance.detach(), number.detach())
        scale = self.weight * torch.rsqrt(variance + self.eps)
        out: Tensor = distance * scale[:, None, None] + self.bias[:, None, None]
        return out.to(image.dtype)

    @torch.no_grad()
    def _follow(self, mean: Tensor, variance: Tensor, number: Tensor) -> None:
        """Move the running statistics, as `nn.BatchNorm2d` does."""
        assert self.running_mean is not None
        assert self.running_var is not None
        assert self.num_batches_tracked is not None
        assert self.momentum is not None
        self.num_batches_tracked.add_(1)
        self.running_mean.lerp_(mean, self.momentum)
        self.running_var.lerp_(variance * number / (number - 1), self.momentum)


def summed(values: Tensor) -> Tensor:
    """A tensor's sum over all processes; so is its gradient."""
    total: Tensor = _Summed.apply(values)  # type: ignore[no-untyped-call]
    return total


class _Summed(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, values: Tensor) -> Tensor:  # noqa: ARG004 - what autograd calls with
        total = values.clone()
        dist.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:  # noqa: ARG004
        total = gradients[0].clone()
        dist.all_reduce(total)
        return total


def share_norms(network: nn.Module) -> None:
    """Replace the batch norms of a network by ones that share, with the same weights."""
    for name, child in network.named_children():
        if isinstance(child, nn.BatchNorm2d):
            shared = SharedBatchNorm2d(child.num_features, child.eps, child.momentum)
            for key, parameter in child.named_parameters():
                setattr(shared, key, parameter)
            for key, buffer in child.named_buffers():
                setattr(shared, key, buffer)
            setattr(network, name, shared)
        else:
            share_norms(child)
