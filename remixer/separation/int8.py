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
        rounded = torch.round((values - middle) / step).to(torch.int8)
        products = torch._int_mm(nn.functional.pad(rounded, (0, self._pad)), self.weight)
        return torch.addcmul(
            self.bias, self.scale, step * products.to(torch.float32) + middle * self.row_sum
        )


def int8_works() -> bool:
    """Whether this build of torch multiplies int8 matrices correctly on this machine."""
    a = torch.arange(-64, 64, dtype=torch.int8).reshape(16, 8).repeat(1, 4)
    b = torch.arange(-96, 96, dtype=torch.int8).reshape(32, 6).repeat(1, 4)
    try:
        product = torch._int_mm(a, b)
    except (RuntimeError, AttributeError):
        return False
    return torch.equal(product.double(), a.double() @ b.double())
