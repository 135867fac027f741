"""Devices by name, and the precision that each has."""

import pytest
import torch

from remixer.errors import SettingError
from remixer.training.devices import CPU, find_device, pick, precision, present


@pytest.mark.parametrize(
    ("there", "chosen"),
    [({"cpu"}, "cpu"), ({"cpu", "mps"}, "mps"), ({"cpu", "mps", "cuda"}, "cuda")],
)
def test_auto_takes_the_fastest_that_is_here(there: set[str], chosen: str) -> None:
    assert pick("auto", there) == chosen


@pytest.mark.parametrize("name", ["cuda", "mps"])
def test_a_device_that_is_not_here_is_an_error_with_a_remedy(name: str) -> None:
    if name in present():
        pytest.skip(f"there is {name} here")
    with pytest.raises(SettingError, match=rf"--device {name}: .* use auto or .*cpu"):
        find_device(name)


def test_an_unknown_device_is_told() -> None:
    with pytest.raises(SettingError, match="no device 'tpu': use auto, cuda, mps, cpu"):
        find_device("tpu")


def test_the_cpu_is_always_here() -> None:
    assert find_device("cpu", 7) == torch.device("cpu") == CPU.device
    assert find_device("auto").type in present()


def test_without_amp_products_are_exact() -> None:
    whole = precision(torch.device("cpu"), amp=False)
    with whole.autocast(torch.device("cpu")):
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == torch.float32


def test_amp_on_a_cpu_is_bfloat16_without_a_scaler() -> None:
    reduced = precision(torch.device("cpu"), amp=True)
    assert (reduced.reduced, reduced.scaled) == (torch.bfloat16, False)
    with reduced.autocast(torch.device("cpu")):
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == torch.bfloat16


def test_amp_on_mps_is_left_out_with_a_note() -> None:
    whole = precision(torch.device("mps"), amp=True)
    assert whole.reduced is None
    assert "float32" in whole.note
