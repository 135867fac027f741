"""A small model and a cache for whole jobs."""

from pathlib import Path

import pytest
import torch

from remixer.separation.cache import StemCache
from remixer.separation.catalogue import Card, read_card
from tests.support import make_models

torch.set_num_threads(1)


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_models(tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="session")
def card(models: Path) -> Card:
    """A network whose masks are never the same."""
    return read_card(models / "cnn1.json")


@pytest.fixture(scope="session")
def bands(models: Path) -> Card:
    """Vocals are all above 430 Hz, other is the rest."""
    return read_card(models / "bands.json")


@pytest.fixture
def cache(tmp_path: Path) -> StemCache:
    return StemCache(tmp_path / "cache")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder
