from typing import Any

import pytest
import torch
from torch.nn import functional as F

from remixer.errors import ModelError
from remixer.separation.networks.registry import DEFAULTS, build
from remixer.separation.networks.unet import Affine, Down, UNet, UNetConfig, Up

SMALL = UNetConfig(bins=64, widths=(4, 6, 8), towers=(1, 3), branch=2)


def lively(config: UNetConfig, seed: int = 1) -> UNet:
    """A network whose masks are not all alike."""
    torch.manual_seed(seed)
    network = UNet(config)
    with torch.no_grad():
        for branch in (b for tower in network.towers for b in tower.branches):
            branch.output.weight *= 30
    return network.eval()


def test_it_has_two_of_spleeter_s_towers_and_branches_for_three_stems() -> None:
    norms = 16 + 32 + 64 + 128 + 256 + 512 + 256 + 128 + 64 + 32 + 16 + 1
    tower = 9_826_759 - 2 * norms - 2 * 512  # less statistics, and a norm that nothing uses
    network = UNet(UNetConfig())
    first, second = (sum(p.numel() for p in tower.parameters()) for tower in network.towers)
    branch = sum(p.numel() for p in network.towers[0].branches[0].parameters())
    assert (first, second) == (tower, tower + 2 * branch)


@pytest.mark.parametrize("level", [0.0, 1e-30, 1e-3, 1.0, 1e4])
@pytest.mark.parametrize("frames", [8, 40])
def test_masks_of_every_bin_and_channel_sum_to_one(level: float, frames: int) -> None:
    with torch.inference_mode():
        masks = lively(SMALL)(torch.rand(3, 2, 64, frames) * level)
    assert masks.shape == (3, 4, 2, 64, frames)
    assert masks.dtype == torch.float32
    assert masks.min() >= 0
    assert (masks.sum(dim=1) - 1).abs().max() < 1e-5


def test_stems_bins_and_channels_differ() -> None:
    with torch.inference_mode():
        masks = lively(SMALL)(torch.rand(1, 2, 64, 16) * 0.1)[0]
    assert masks.std(dim=(1, 2, 3)).min() > 1e-3
    assert (masks[:, 0] - masks[:, 1]).abs().max() > 1e-3


def test_masks_are_squares_of_sigmoids_over_their_sum() -> None:
    network, seen = lively(SMALL), torch.rand(1, 2, 64, 16) * 0.01
    with torch.inference_mode():
        scores = torch.cat([t(seen * network.config.gain) for t in network.towers], dim=1)
        squares = torch.sigmoid(scores) ** 2
        expected = squares / squares.sum(dim=1, keepdim=True)
        assert (network(seen) - expected).abs().max() < 1e-5


def test_a_shift_by_a_step_shifts_the_masks() -> None:
    """So segments may begin at any multiple of the step."""
    network, seen = lively(SMALL), torch.rand(1, 2, 64, 160) * 0.01
    step = SMALL.step
    with torch.inference_mode():
        whole, later = network(seen), network(seen[..., step:])
    inner = slice(64, 96)
    shifted = whole[..., inner.start + step : inner.stop + step]
    assert (later[..., inner] - shifted).abs().max() < 1e-5


def test_strides_are_padded_as_tensorflow_does() -> None:
    """One before, two after: the first output is centred between the second and third sample."""
    down, up = Down(1, 1, last=True), Up(1, 1)
    with torch.no_grad():
        for conv in (down.conv, up.conv):
            conv.weight.copy_(torch.arange(25.0).reshape(1, 1, 5, 5))
            conv.bias.zero_()
        image = torch.zeros(1, 1, 8, 8)
        image[..., 0, 0] = 1
        raw, _ = down(image)
        assert raw.shape == (1, 1, 4, 4)
        assert raw[0, 0, 0, 0] == 6  # row 1, column 1 of the kernel
        wide = up(F.pad(torch.ones(1, 1, 1, 1), (0, 3, 0, 3)))
        assert wide.shape == (1, 1, 8, 8)
        assert torch.equal(wide[0, 0, :4, :4], torch.arange(25.0).reshape(5, 5)[1:, 1:])


def test_the_affine_layer_is_a_gain_and_an_offset() -> None:
    layer = Affine(2)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([2.0, -1.0]))
        layer.bias.copy_(torch.tensor([0.5, 0.0]))
        out = layer(torch.ones(1, 2, 3, 4))
    assert torch.equal(out[0, :, 0, 0], torch.tensor([2.5, -1.0]))


def test_a_config_of_json_values_builds() -> None:
    network = build("unet", {"bins": 64, "widths": [4, 6], "towers": [2, 2], "branch": 1})
    assert isinstance(network, UNet)
    assert network.config == UNetConfig(bins=64, widths=(4, 6), towers=(2, 2), branch=1)
    assert UNetConfig(**DEFAULTS["unet"]) == UNetConfig()


@pytest.mark.parametrize(
    "config",
    [
        {"bins": 63},
        {"branch": 2},
        {"branch": -1},
        {"widths": 4},
        {"widths": []},
        {"towers": "1"},
        {"towers": [-1]},
        {"layers": 3},
        {"channels": 1.5},
    ],
)
def test_configs_that_do_not_fit_are_refused(config: dict[str, Any]) -> None:
    with pytest.raises(ModelError, match="config of architecture 'unet' does not fit"):
        build("unet", {"bins": 64, "widths": [4, 6], "branch": 1, **config})
