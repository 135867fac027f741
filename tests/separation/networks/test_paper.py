"""dnn and cnn2: the paper's sizes, activations, losses and masks."""

import math

import pytest
import torch
from torch import nn

from remixer.separation.networks.cnn1 import Cnn1, Cnn1Config
from remixer.separation.networks.cnn2 import Cnn2, Cnn2Config, likeliest, nll_loss
from remixer.separation.networks.dnn import Dnn, DnnConfig
from remixer.separation.networks.registry import ARCHITECTURES, build

BINS = 33
GENERATOR = torch.Generator().manual_seed(3)


@pytest.mark.parametrize(
    ("architecture", "parameters"),
    [("dnn", 37_830_700), ("cnn1", 33_626_456), ("cnn2", 33_626_456)],
)
def test_parameter_counts_are_the_papers(architecture: str, parameters: int) -> None:
    with torch.device("meta"):
        network = build(architecture, {})
    assert sum(p.numel() for p in network.parameters()) == parameters


def small(faithful: bool = False, binary: bool = False) -> Cnn2:
    config = Cnn2Config(bins=BINS, channels=(2, 3, 4), hidden=20, faithful=faithful, binary=binary)
    return Cnn2(config).eval()


def windows(context: int = 11, count: int = 6) -> torch.Tensor:
    return torch.rand(count, context, BINS, generator=GENERATOR)


def test_cnn2_gives_probabilities_that_sum_to_one() -> None:
    masks = small()(windows())
    assert masks.shape == (6, 4, 33)
    torch.testing.assert_close(masks.sum(dim=1), torch.ones(6, 33))


def test_cnn2_is_a_softmax_over_the_layers_of_cnn1() -> None:
    plain, classes = (Cnn1(Cnn1Config(bins=BINS, channels=(2, 3, 4), hidden=20)).eval(), small())
    classes.load_state_dict(plain.state_dict())
    seen = windows()
    torch.testing.assert_close(classes(seen), torch.softmax(torch.logit(plain(seen)), dim=1))
    faithful = small(faithful=True)
    faithful.load_state_dict(plain.state_dict())
    torch.testing.assert_close(faithful(seen), torch.softmax(plain(seen), dim=1))
    assert float(faithful(seen).detach().max()) < math.e / (math.e + 3)


def test_binary_masks_are_the_arg_max_of_the_soft_ones() -> None:
    soft, binary = small(), small(binary=True)
    binary.load_state_dict(soft.state_dict())
    seen = windows()
    masks = binary(seen)
    assert set(masks.unique().tolist()) == {0.0, 1.0}
    assert torch.equal(masks.sum(dim=1), torch.ones(6, 33))
    assert torch.equal(masks.argmax(dim=1), soft(seen).argmax(dim=1))


def test_the_first_of_equal_streams_takes_the_bin() -> None:
    assert torch.equal(
        likeliest(torch.full((1, 4, 1), 0.25)), torch.tensor([[[1.0], [0.0], [0.0], [0.0]]])
    )


@pytest.mark.parametrize("faithful", [False, True])
def test_the_loss_of_cnn2_is_equation_7(faithful: bool) -> None:
    network = small(faithful, binary=True)
    seen = windows()
    ideal = torch.rand(6, 4, 33, generator=GENERATOR)
    given = torch.softmax(
        torch.sigmoid(network.scores(seen)) if faithful else network.scores(seen), dim=1
    )
    loudest = given.gather(1, ideal.argmax(dim=1, keepdim=True))
    expected = -loudest.mean() if faithful else -loudest.log().mean()
    torch.testing.assert_close(nll_loss(network, (seen, ideal)), expected)


def test_dnn_sees_zero_mean_and_unit_variance() -> None:
    network = Dnn(DnnConfig(bins=33, hidden=20)).eval()
    examples = 5 + 3 * torch.randn(400, 5, 33, generator=GENERATOR)
    examples[..., 7] = 2.0
    network.measure(examples)
    caught: list[torch.Tensor] = []
    network.hidden.register_forward_pre_hook(lambda _m, given: caught.append(given[0]))
    assert network(examples).shape == (400, 4, 33)
    seen = caught[0].reshape(400, 5, 33)
    torch.testing.assert_close(seen.mean(dim=(0, 1)), torch.zeros(33), atol=1e-5, rtol=0)
    deviation = torch.ones(33)
    deviation[7] = 0.0  # a bin that never changes is shifted only
    torch.testing.assert_close(seen.std(dim=(0, 1)), deviation, atol=1e-5, rtol=0)


def test_what_dnn_measured_travels_with_its_weights() -> None:
    first, second = (Dnn(DnnConfig(bins=33, hidden=20)) for _ in range(2))
    first.measure(torch.rand(50, 5, 33, generator=GENERATOR))
    second.load_state_dict(first.state_dict())
    assert torch.equal(first.mean, second.mean)
    assert torch.equal(first.deviation, second.deviation)


def test_every_architecture_is_a_module() -> None:
    for name in ARCHITECTURES:
        with torch.device("meta"):
            assert isinstance(build(name, {}), nn.Module)
