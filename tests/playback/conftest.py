"""A song, a real audio server, and players that leave nothing."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from remixer.playback.player import Player
from remixer.playback.types import Output
from tests.audio_server import AudioServer
from tests.playback.support import Fed, song


@pytest.fixture(scope="session")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return song(tmp_path_factory.mktemp("song"))


@pytest.fixture
def feed() -> Iterator[Callable[..., Fed]]:
    made: list[Fed] = []

    def make(path: Path, position: int = 0) -> Fed:
        made.append(Fed(path, position))
        return made[-1]

    yield make
    for fed in made:
        fed.close()


@pytest.fixture
def server() -> Iterator[AudioServer]:
    with AudioServer(44100) as server:
        before = dict(os.environ)
        os.environ.update(server.environment)
        yield server
        os.environ.clear()
        os.environ.update(before)


@pytest.fixture
def make_player() -> Iterator[Callable[..., Player]]:
    made: list[Player] = []

    def make(output: Output | None = None) -> Player:
        made.append(Player(output))
        return made[-1]

    yield make
    for player in made:
        player.close()


@pytest.fixture
def player(server: AudioServer, make_player: Callable[..., Player]) -> Player:
    return make_player()
