import math

import pytest
import torch
from torch import nn

from remixer.separation.networks.cnn1 import Cnn1, Cnn1Config

SMALL = Cnn1Config(channels=(2, 3, 4), hidden=8)


@pytest.fixture(scope="module")
def full() -> Cnn1:
    torch.manual_seed(1)
    return Cnn1(Cnn1Config()).eval()


def test_it_has_the_paper_s_parameters(full: Cnn1) -> None:
    assert sum(parameter.numel() for parameter in full.parameters()) == 33_626_456


def test_layers_have_the_paper_s_shapes(full: Cnn1) -> None:
    shapes = []
    values = torch.rand(2, 1, 11, 1025)
    with torch.inference_mode():
        for layer in full.front:
            values = layer(values)
            if isinstance(layer, nn.MaxPool2d):
                shapes.append(tuple(values.shape[1:]))
    assert shapes == [(4, 5, 512), (16, 2, 256), (32, 1, 128)]
    assert (full.hidden.in_features, full.hidden.out_features) == (4096, 4100)
    assert (full.output.in_features, full.output.out_features) == (4100, 4 * 1025)


@pytest.mark.parametrize("level", [0.0, 1e-30, 1e-3, 1.0, 100.0])
@pytest.mark.parametrize("training", [False, True])
def test_outputs_lie_between_0_and_1(level: float, training: bool) -> None:
    torch.manual_seed(2)
    network = Cnn1(SMALL).train(training)
    with torch.no_grad():
        masks = network(torch.rand(3, 11, 1025) * level)
    assert masks.shape == (3, 4, 1025)
    assert masks.dtype == torch.float32
    assert masks.min() > 0
    assert masks.max() < 1


def test_outputs_are_streams_of_bins() -> None:
    """Output i * bins + k is bin k of stem i."""
    network = Cnn1(SMALL).eval()
    with torch.no_grad():
        network.output.weight.zero_()
        network.output.bias.copy_(torch.linspace(-3, 3, 4 * 1025))
        masks = network(torch.rand(1, 11, 1025))[0]
    assert torch.equal(masks.flatten(), torch.sigmoid(torch.linspace(-3, 3, 4 * 1025)))


def test_the_middle_frame_is_not_the_only_one_seen() -> None:
    torch.manual_seed(3)
    network = Cnn1(SMALL).eval()
    frames = torch.rand(1, 11, 1025)
    with torch.no_grad():
        before = network(frames)
        frames[0, 0] += 1
        assert not torch.equal(network(frames), before)


def test_weights_start_as_in_the_experiment(full: Cnn1) -> None:
    """Uniform within Kaiming's bound sqrt(6 / fan in) and Xavier's sqrt(6 / (fan in + fan out))."""
    for module in full.modules():
        if isinstance(module, nn.Conv2d):
            bound = math.sqrt(6 / (module.in_channels * 25))
        elif isinstance(module, nn.Linear):
            bound = math.sqrt(6 / (module.in_features + module.out_features))
        else:
            continue
        weight = module.weight.detach()
        assert weight.abs().max() <= bound
        # 100 values or more: the largest comes near the bound, the spread to a uniform one's.
        assert weight.abs().max() > 0.9 * bound
        assert weight.std() == pytest.approx(bound / math.sqrt(3), rel=0.2)
