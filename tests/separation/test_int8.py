import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from remixer.separation import int8
from remixer.separation.int8 import Int8Linear, int8_works
from remixer.separation.weights import SCALE, quantise

EPS = 2.0**-23


def layer(outputs: int, inputs: int, seed: int) -> tuple[Int8Linear, Tensor, Tensor]:
    """A layer, and its dequantised weights and bias in float64."""
    generator = torch.Generator().manual_seed(seed)
    weight = torch.randint(-127, 128, (outputs, inputs), dtype=torch.int8, generator=generator)
    scale = torch.rand(outputs, generator=generator) + 1e-3
    bias = torch.randn(outputs, generator=generator)
    return Int8Linear(weight, scale, bias), weight.double() * scale[:, None].double(), bias.double()


def bound(values: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """What rounding may do to each output, (batch, outputs).

    Inputs move by half a step of range / 254, and by float32's rounding of the middle; the sums
    (below 2^26 in exact integers) and the five float32 operations on them round by an ulp each.
    """
    high, low = values.amax(1, keepdim=True), values.amin(1, keepdim=True)
    largest = values.abs().amax(1, keepdim=True)
    moved = (high - low) / 254 / 2 + 4 * EPS * largest + 2.0**-126
    total = weight.abs().sum(1)
    return moved * total + 8 * EPS * (2 * largest * total + bias.abs())


@given(
    st.integers(1, 40),
    st.integers(1, 70),
    st.integers(1, 20),
    st.integers(0, 1 << 20),
    st.sampled_from([0.0, 1e-30, 1e-3, 1.0, 1e6]),
    st.sampled_from([0.0, 1.0, -1000.0]),
)
def test_it_is_the_linear_layer_within_half_a_step(
    outputs: int, inputs: int, batch: int, seed: int, spread: float, middle: float
) -> None:
    linear, weight, bias = layer(outputs, inputs, seed)
    values = torch.randn(batch, inputs, generator=torch.Generator().manual_seed(seed + 1))
    values = values * spread + middle
    exact = values.double() @ weight.T + bias
    result = linear(values)
    assert result.dtype == torch.float32
    assert torch.all((result - exact).abs() <= bound(values.double(), weight, bias))


@pytest.mark.parametrize("ulps", [1, 2, 25, 101, 253])
def test_a_range_of_a_few_ulps_does_not_wrap_around(ulps: int) -> None:
    """Its middle is rounded, so one end lies more than 127 steps from it."""
    eight = torch.full((1, 16), 127, dtype=torch.int8)
    linear, weight, bias = Int8Linear(eight, torch.ones(1), torch.zeros(1)), eight.double(), 0.0
    values = torch.full((2, 16), 1.0)
    values[0, 1:] += ulps * EPS
    values[1, 1:] -= ulps * EPS
    exact = values.double() @ weight.T + bias
    assert torch.all(
        (linear(values) - exact).abs() <= bound(values.double(), weight, torch.zeros(1))
    )


def test_integers_in_range_are_exact() -> None:
    """Inputs -127 .. 127 are their own steps: what is left is an integer product."""
    weight = torch.randint(-127, 128, (5, 24), dtype=torch.int8)
    values = torch.randint(-127, 128, (9, 24)).float()
    values[:, 0], values[:, 1] = -127, 127
    linear = Int8Linear(weight, torch.ones(5), torch.zeros(5))
    assert torch.equal(linear(values).double(), values.double() @ weight.double().T)


def test_sums_of_the_largest_products_do_not_saturate() -> None:
    weight = torch.full((2, 4100), 127, dtype=torch.int8)
    weight[1] = -127
    values = torch.ones(3, 4100)
    values[:, 0] = -1.0
    linear = Int8Linear(weight, torch.ones(2), torch.zeros(2))
    expected = torch.tensor([127.0 * 4098, -127.0 * 4098])
    assert torch.allclose(linear(values), expected.expand(3, 2), rtol=1e-6)


def test_rows_do_not_depend_on_each_other() -> None:
    linear, _, _ = layer(16, 33, 5)
    values = torch.randn(65, 33)
    whole = linear(values)
    values[1:] *= 100
    assert torch.equal(linear(values)[0], whole[0])
    assert torch.equal(linear(values[:1])[0], whole[0])


def test_it_takes_the_weights_as_stored() -> None:
    weight = torch.randn(1024, 1024, generator=torch.Generator().manual_seed(6))
    stored = quantise({"w": weight})
    linear = Int8Linear(stored["w"], stored["w" + SCALE], torch.zeros(1024))
    values = torch.rand(4, 1024, generator=torch.Generator().manual_seed(7))
    exact = values @ weight.T
    assert (linear(values) - exact).std() < 0.01 * exact.std()


def test_it_works_here() -> None:
    """Not on every machine, but where these tests run; see model's tests for the other case."""
    assert int8_works()


def refuses(*_: Tensor) -> Tensor:
    raise RuntimeError("_int_mm is not implemented")


def clamp16(values: Tensor) -> Tensor:
    return values.clamp(-(2**15), 2**15 - 1)


def saturates(a: Tensor, b: Tensor) -> Tensor:
    """What a kernel on 16-bit sums gives."""
    return clamp16(a.int() @ b.int())


def saturates_pairs(a: Tensor, b: Tensor) -> Tensor:
    """What vpmaddubsw gives: inputs moved to 0 .. 255, pairs summed in 16 bits."""
    moved = a.int() + 128
    pairs = moved[:, 0::2, None] * b.int()[0::2] + moved[:, 1::2, None] * b.int()[1::2]
    return clamp16(pairs).sum(dim=1).int() - 128 * b.int().sum(dim=0).int()


@pytest.mark.parametrize("kernel", [refuses, saturates, saturates_pairs])
def test_a_kernel_that_refuses_or_saturates_does_not_work(
    kernel: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(int8.torch, "_int_mm", kernel)
    assert not int8_works()


def test_a_torch_without_the_kernel_does_not_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(int8.torch, "_int_mm")
    assert not int8_works()
