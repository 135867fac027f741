"""Fully connected layers on int8 weights: an int8 product with exact integer sums, several times
faster than float32 on CPUs.
"""

import torch
from torch import Tensor, nn


class Int8Linear(nn.Module):
    """A linear layer with int8 weights and inputs rounded to 8 bits, each row over its own range.

    weight: (outputs, inputs) int8. scale: (outputs,). bias: (outputs,). With x = middle + step * q
    and integers q in [-127, 127], W x = scale * (step * (W8 q) + middle * rowsum(W8)): the products
    of int8 are summed exactly in int32.
    """

    def __init__(self, weight: Tensor, scale: Tensor, bias: Tensor) -> None:
        super().__init__()
        inputs = weight.shape[1]
        self._pad = -inputs % 8  # the kernel takes whole groups of eight
        self.weight = nn.Buffer(nn.functional.pad(weight, (0, self._pad)).t().contiguous())
        self.scale = nn.Buffer(scale)
        self.row_sum = nn.Buffer(weight.sum(dim=1, dtype=torch.float32))
        self.bias = nn.Buffer(bias)

    def forward(self, values: Tensor) -> Tensor:
        """(batch, inputs) float32 -> (batch, outputs)."""
        low, high = values.aminmax(dim=1, keepdim=True)
        middle = (low + high) / 2
        step = ((high - low) / 254).clamp_min(torch.finfo(torch.float32).tiny)
        steps = torch.round((values - middle) / step)
        # A range of a few ulps has no exact middle: its ends would wrap around.
        rounded = steps.clamp(-127, 127).to(torch.int8)
        products = torch._int_mm(nn.functional.pad(rounded, (0, self._pad)), self.weight)
        return torch.addcmul(
            self.bias, self.scale, step * products.to(torch.float32) + middle * self.row_sum
        )


def int8_works() -> bool:
    """Whether this build of torch multiplies int8 matrices correctly on this machine.

    Tried on values that saturate the 16-bit sums of pairs that some CPUs' instructions make.
    """
    a = (torch.arange(16 * 1024) * 37 % 255 - 127).to(torch.int8).reshape(16, 1024)
    a[0], a[1] = 127, -127
    b = a.flip(0, 1).t().contiguous()
    try:
        works = (
            torch.equal(torch._int_mm(x, b).double(), x.double() @ b.double()) for x in (a, a[:1])
        )
        return all(works)
    except (RuntimeError, AttributeError):
        return False
