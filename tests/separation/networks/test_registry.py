from typing import Any

import pytest

from remixer.errors import ModelError
from remixer.separation.networks.cnn1 import Cnn1, Cnn1Config
from remixer.separation.networks.registry import ARCHITECTURES, DEFAULTS, build


def test_a_config_of_json_values_builds() -> None:
    network = build("cnn1", {"channels": [2, 3], "hidden": 8, "bins": 65})
    assert isinstance(network, Cnn1)
    assert network.config == Cnn1Config(channels=(2, 3), hidden=8, bins=65)


def test_defaults_are_the_paper_s() -> None:
    assert DEFAULTS.keys() == ARCHITECTURES.keys()
    assert Cnn1Config(**DEFAULTS["cnn1"]) == Cnn1Config()


def test_unknown_architectures_are_named_beside_the_known() -> None:
    with pytest.raises(ModelError, match="'resnet' is unknown; this version knows cnn1"):
        build("resnet", {})


@pytest.mark.parametrize(
    "config",
    [
        {"layers": 3},
        {"channels": 4},
        {"channels": [2.5]},
        {"channels": ["a"]},
        {"hidden": -1},
        {"hidden": "many"},
        {"hidden": None},
        {"bins": 8.5},
        {"kernel": -3},
        {"stems": [1]},
        {"context": "11"},
    ],
)
def test_configs_that_do_not_fit_are_refused(config: dict[str, Any]) -> None:
    with pytest.raises(ModelError, match="config of architecture 'cnn1' does not fit"):
        build("cnn1", {"channels": [2], "hidden": 4, "bins": 65, **config})
