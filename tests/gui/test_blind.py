"""The blind test by keys alone: a real window, a real screen, real sound."""

from pathlib import Path

import pytest

from tests.audio_server import wait_until
from tests.gui.conftest import Launch, make_song
from tests.gui.screen import Screen

pytestmark = pytest.mark.usefixtures("small_models")


def test_by_keys_from_the_song_to_the_result(
    launch: Launch, screen: Screen, tmp_path: Path
) -> None:
    song = make_song(tmp_path, 15.0)
    with launch(song) as app:
        app.until(separation="done")
        screen.key("1", *["Prior"] * 6)
        app.until(gains=[6.0, 0.0, 0.0, 0.0])
        screen.key("c")
        wait_until(lambda: "Averaged spectrum, 1/6 octave, dB" in app.ask("names"))
        screen.key("c")
        wait_until(lambda: "Averaged spectrum, 1/6 octave, dB" not in app.ask("names"))
        screen.key("shift+c")
        app.until(dialog="AbxDialog")
        screen.key("Return")
        wait_until(lambda: "Listen to X" in app.ask("names"))
        app.until(playing=True)
        screen.key("space")
        app.until(playing=False)
        screen.key("space")
        app.until(playing=True, listen="remix")
        for _trial in range(16):
            screen.key("a", "b", "x", "1")
        wait_until(lambda: "Once more" in app.ask("names"))
        screen.key("Escape")
        app.until(dialog=None, listen="remix", playing=False, loop=None)
        assert app.ask("warnings") == []
        assert app.quit_without_saving() == 0
