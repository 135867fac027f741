"""One screen for all tests of a run; an audio server and empty settings and cache for each."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from remixer.app.settings import Settings
from tests.audio_server import AudioServer
from tests.gui.running import RunningApp
from tests.gui.screen import Screen
from tests.support import make_models, music, write

RATE = 44_100

Launch = Callable[..., RunningApp]


@pytest.fixture(scope="session")
def screen() -> Iterator[Screen]:
    with Screen() as screen:
        yield screen


@pytest.fixture
def server() -> Iterator[AudioServer]:
    with AudioServer(RATE) as server:
        yield server


@pytest.fixture
def environment(screen: Screen, server: AudioServer, tmp_path: Path) -> dict[str, str]:
    """What the app is started with: small models, and nothing of the user's."""
    mine = {
        "REMIXER_SETTINGS": str(tmp_path / "settings.ini"),
        "REMIXER_CACHE": str(tmp_path / "cache"),
        "REMIXER_PRESETS": str(tmp_path / "presets.json"),
        "DISPLAY": screen.display,
        "QT_QPA_PLATFORM": "xcb",
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "XDG_DATA_HOME": str(tmp_path / "data"),
    }
    return {**server.environment, **mine}


@pytest.fixture
def small_models(environment: dict[str, str], tmp_path: Path) -> None:
    """Quick untrained models in place of the real ones; "bands" is chosen, whose vocals are all
    above 430 Hz.
    """
    environment["REMIXER_MODELS"] = str(make_models(tmp_path / "models"))
    settings = Settings(Path(environment["REMIXER_SETTINGS"]))
    settings.model = "bands"
    settings.save()


@pytest.fixture
def launch(screen: Screen, environment: dict[str, str]) -> Launch:
    """`with launch(song, "--play") as app:`."""
    return lambda *arguments: RunningApp(screen, environment, arguments)


def make_song(folder: Path, seconds: float, name: str = "song.wav", seed: int = 0) -> Path:
    """A 24-bit stereo song with a voice in it, on the grid."""
    samples = music(2, round(RATE * seconds), RATE, seed)
    grid = np.rint(samples * 2**23) / 2**23
    return write(folder / name, grid, RATE, "PCM_24")


@pytest.fixture
def song(tmp_path: Path) -> Path:
    return make_song(tmp_path, 20.0)
