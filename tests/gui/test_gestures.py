"""A session of random gestures with a real mouse: nothing is thrown, warned of, or left behind."""

import os
import random
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.audio_server import wait_until
from tests.gui.conftest import Launch, make_song
from tests.gui.running import RunningApp
from tests.gui.screen import Screen
from tests.support import write

pytestmark = pytest.mark.usefixtures("small_models")

GESTURES = int(os.environ.get("REMIXER_GESTURES", "200"))
SEED = int(os.environ.get("REMIXER_SEED", "0"))
KEYS = (
    *("space", "space", "Home", "l", "shift+l", "a", "d", "shift+a", "m", "s", "shift+s", "0"),
    *("1", "2", "3", "4", "5", "Up", "Down", "Prior", "Next", "ctrl+z", "ctrl+shift+z", "ctrl+0"),
    *("plus", "minus", "f", "z", "ctrl+1", "ctrl+2", "ctrl+3", "ctrl+f", "ctrl+r", "period"),
    *("ctrl+Left", "ctrl+Right", "Tab"),
)
CLICKED = (
    *("Mute vocals", "Solo vocals", "Mute bass", "Solo drums", "Clear all solos", "Stop"),
    *("To the beginning", "Loop", "Listen to: Original", "Listen to: Change", "Listen to: Remix"),
    *("Match loudness", "Fold the bass lane", "Cancel the separation", "True peak"),
)
DRAGGED = ("Vocals gain", "Bass gain", "Drums gain", "Other gain", "Master gain", "Bass pan")
ANSWERS = {"QMessageBox": ("alt+d", "Escape"), "QFileDialog": ("Escape",)}
"""What is pressed in a dialog that stays: discard, else cancel."""
PLACES = ("Overview of the song", "Vocals picture", "Mix picture", "Drums picture")


class Hands:
    """Someone who does anything, by a seed."""

    def __init__(self, app: RunningApp, screen: Screen, songs: list[Path], folder: Path) -> None:
        self.app, self.screen, self.songs, self.folder = app, screen, songs, folder
        self.random = random.Random(SEED)
        self.done: list[str] = []
        self.exports = 0

    def gesture(self) -> None:
        many: list[tuple[Callable[[], str], int]] = [
            (self.press, 12),
            (self.click, 5),
            (self.drag, 5),
            (self.point, 5),
            (self.open, 2),
            (self.choose_model, 2),
            (self.export, 1),
            (self.look_at_dialog, 1),
        ]
        verbs, weights = zip(*many, strict=True)
        self.done.append(self.random.choices(verbs, weights)[0]())

    def press(self) -> str:
        key = self.random.choice(KEYS)
        self.screen.key(key)
        return key

    def click(self) -> str:
        name = self.random.choice(CLICKED)
        if place := self.app.ask(f"where {name}"):
            x, y, width, height = place
            self.screen.click(x + width // 2, y + height // 2)
        return f"click {name}"

    def drag(self) -> str:
        name = self.random.choice(DRAGGED)
        if place := self.app.ask(f"where {name}"):
            x, y = place[0] + place[2] // 2, place[1] + place[3] // 2
            to = self.random.randint(-80, 80)
            self.screen.drag(x, y, x + to // 8, y + to, steps=4)
        return f"drag {name}"

    def point(self) -> str:
        """Click, select or zoom somewhere in the pictures."""
        name = self.random.choice(PLACES)
        if place := self.app.ask(f"where {name}"):
            x = place[0] + self.random.randrange(max(place[2], 1))
            y = place[1] + self.random.randrange(max(place[3], 1))
            kind = self.random.choice(["click", "wheel", "select"])
            if kind == "click":
                self.screen.click(x, y)
            elif kind == "wheel":
                self.screen.click(x, y, self.random.choice([4, 5]))
            else:
                self.screen.tool("keydown", "shift")
                self.screen.drag(x, y, x + self.random.randint(-200, 200), y, steps=4)
                self.screen.tool("keyup", "shift")
        return f"point at {name}"

    def open(self) -> str:
        """Another song, in the middle of whatever goes on; unsaved moves are let go."""
        song = self.random.choice(self.songs)
        self.screen.key("ctrl+o")
        self.settle("QFileDialog")
        time.sleep(0.3)  # until it has the keyboard, which nobody tells
        self.screen.type(str(song))
        self.screen.key("Return")
        self.settle(None)
        return f"open {song.name}"

    def choose_model(self) -> str:
        if place := self.app.ask("where Model"):
            self.screen.click(place[0] + place[2] // 2, place[1] + place[3] // 2)
            self.screen.key(self.random.choice(["Up", "Down"]), "Return")
        return "choose a model"

    def export(self) -> str:
        """As it comes; sometimes stopped at once."""
        self.screen.key("ctrl+e")
        if self.app.state["dialog"] != "ExportDialog":
            return "export nothing"
        self.screen.key("Return")
        for _ in range(self.random.randrange(3)):
            self.app.ask("state")
        self.settle(None)
        self.exports += 1
        return "export"

    def look_at_dialog(self) -> str:
        key = self.random.choice(["F1", "ctrl+comma"])
        self.screen.key(key)
        self.settle(None)
        return key

    def settle(self, dialog: str | None) -> None:
        """Until this dialog is there (or none): the others are answered as people do."""

        def there() -> bool:
            now = self.app.state["dialog"]
            if now not in (dialog, None):
                for key in ANSWERS.get(now, ("Escape",)):
                    self.screen.key(key)
                time.sleep(0.1)
            return bool(now == dialog)

        wait_until(there)


def test_random_gestures_leave_nothing_behind(
    launch: Launch, screen: Screen, tmp_path: Path
) -> None:
    songs = [make_song(tmp_path, 8.0, f"song {n}.wav", seed=n) for n in range(2)]
    quiet = write(tmp_path / "mono.flac", np.zeros((30_000, 1)), 22_050, "PCM_16", "FLAC")
    with launch(songs[0]) as app:
        hands = Hands(app, screen, [*songs, quiet], tmp_path)
        for _ in range(GESTURES):
            hands.gesture()
            assert app.process.poll() is None, hands.done[-5:]
        state = app.state
        assert app.ask("warnings") == [], hands.done[-10:]
        assert hands.exports > 0
        assert len(state["threads"]) < 12, state["threads"]
        children = app.children()
        assert len(children) <= 6
        screen.key("ctrl+q")
        app.let_go()
        assert app.process.wait(30) == 0
    assert not [child for child in children if Path(f"/proc/{child}").exists()]
    left = [p.name for p in tmp_path.iterdir() if p.name.startswith(".remixer")]
    assert left == []
