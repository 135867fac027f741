"""The program as the tests of the command line run it, with the shipped model or a small one."""

from pathlib import Path

import pytest

from tests.cli.conftest import (  # noqa: F401 - fixtures
    Remixer,
    cache,
    environment,
    models,
    remixer,
    song,
    start,
)

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "resources" / "demo"


@pytest.fixture
def shipped(remixer: Remixer, monkeypatch: pytest.MonkeyPatch) -> Remixer:  # noqa: F811
    """The program with the models that it is shipped with."""
    monkeypatch.delenv("REMIXER_MODELS")
    return remixer
