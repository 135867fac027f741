"""Widgets are tested without a screen unless there is one, and leave nothing to recover."""

import os
from pathlib import Path

import pytest

from remixer.session import autosave, own_presets

if "DISPLAY" not in os.environ:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


@pytest.fixture(autouse=True)
def state_folder(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state folder of the test's own, with its presets."""
    folder = tmp_path_factory.mktemp("state")
    monkeypatch.setenv(autosave.ENVIRONMENT, str(folder))
    monkeypatch.setenv(own_presets.ENVIRONMENT, str(folder / "presets.json"))
    return folder
