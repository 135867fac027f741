"""Sessions as a person meets them: after a crash, after the song was moved or changed."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from tests.audio_server import wait_until
from tests.gui.conftest import RATE, Launch
from tests.gui.running import RunningApp
from tests.gui.screen import Screen
from tests.support import music, write

pytestmark = pytest.mark.usefixtures("small_models")

UP3 = [0.3, 0.0, 0.0, 0.0]
WINDOW = "MainWindow"


def recovery_files(tmp_path: Path) -> list[Path]:
    return list((tmp_path / "state" / "remixer" / "recovery").glob("[!.]*.remix"))


def kept_gains(tmp_path: Path) -> list[float]:
    """Of the vocals, in all recovery files."""
    values = [json.loads(file.read_bytes()) for file in recovery_files(tmp_path)]
    return sorted(v["work"]["mix"]["strips"]["vocals"]["gain_db"] for v in values)


def asked(app: RunningApp, dialog: str) -> None:
    """Wait for a dialog that has the keyboard."""
    app.until(dialog=dialog, active=dialog)


def raise_vocals(app: RunningApp, screen: Screen) -> None:
    app.until(separation="done")
    screen.key("1", "Up", "Up", "Up")
    app.until(gains=UP3)


def saved_session(launch: Launch, screen: Screen, song: Path) -> Path:
    """Made by hand, with moves and the song's content in it."""
    session = song.with_suffix(".remix")
    with launch(song) as app:
        raise_vocals(app, screen)
        screen.key("ctrl+s")
        asked(app, "QFileDialog")
        screen.key("Return")
        app.until(saved_as=str(session), dialog=None, active=WINDOW)
        assert app.quit() == 0
    return session


def change(song: Path) -> None:
    """Other samples, the same geometry."""
    samples = music(2, round(RATE * 20.0), RATE, seed=7)
    write(song, np.rint(samples * 2**23) / 2**23, RATE, "PCM_24")


def test_moves_come_back_after_a_kill(
    launch: Launch, screen: Screen, tmp_path: Path, song: Path
) -> None:
    with launch(song) as app:
        raise_vocals(app, screen)
        wait_until(lambda: kept_gains(tmp_path) == [0.3])
        app.process.kill()
        app.process.wait()
    with launch() as app:
        wait_until(lambda: "ended before" in str(app.state["notice"]))
        assert app.state["song"] is None
        app.click("Restore")
        app.until(song=str(song), gains=UP3, unsaved=True, saved_as=None, separation="done")
        assert len(recovery_files(tmp_path)) == 1  # its own, in place of the dead one's
        assert app.ask("warnings") == []
        assert app.quit_without_saving() == 0
    assert recovery_files(tmp_path) == []
    with launch() as app:
        assert app.state["notice"] is None
        assert app.quit() == 0


def test_two_windows_and_a_list(launch: Launch, screen: Screen, tmp_path: Path, song: Path) -> None:
    """What a living window has is not offered; what two dead ones had is listed."""
    with launch(song) as first:
        raise_vocals(first, screen)
        wait_until(lambda: kept_gains(tmp_path) == [0.3])
        with launch(song) as second:
            second.until(separation="done")
            assert second.state["notice"] is None
            screen.key("2", "Up", "Up", "Up")
            second.until(gains=[0.0, 0.3, 0.0, 0.0], unsaved=True)
            wait_until(lambda: kept_gains(tmp_path) == [0.0, 0.3])
            second.ask("fail")
            second.until(dialog="CrashDialog")
            second.process.kill()
            second.process.wait()
        first.process.kill()
        first.process.wait()
    with launch() as app:
        wait_until(lambda: "2 songs" in str(app.state["notice"]))
        app.click("Show…")
        asked(app, "RecoveryDialog")
        app.click("Discard the session")
        wait_until(lambda: len(recovery_files(tmp_path)) == 1)
        app.click("Restore the session")
        app.until(song=str(song), gains=UP3, dialog=None, active=WINDOW)
        assert app.quit_without_saving() == 0
    assert recovery_files(tmp_path) == []


def test_an_error_keeps_the_moves_first(
    launch: Launch, screen: Screen, tmp_path: Path, song: Path
) -> None:
    with launch(song) as app:
        raise_vocals(app, screen)
        wait_until(lambda: kept_gains(tmp_path) == [0.3])
        screen.key("Up")
        app.until(gains=[0.4, 0.0, 0.0, 0.0])
        app.ask("fail")
        asked(app, "CrashDialog")
        assert kept_gains(tmp_path) == [0.4]
        app.ask("fail")  # another while it is open
        app.click("Continue after the error")
        app.until(dialog=None, active=WINDOW, gains=[0.4, 0.0, 0.0, 0.0])
        app.ask("fail")
        wait_until(lambda: "went wrong again" in str(app.state["notice"]))
        assert app.state["dialog"] is None
        assert (
            app.ask("warnings")
            == ["exception: ZeroDivisionError: integer division or modulo by zero"] * 3
        )
        assert app.quit_without_saving() == 0


def test_a_polite_end_that_asks_nobody_keeps_the_moves(
    launch: Launch, screen: Screen, tmp_path: Path, song: Path
) -> None:
    with launch(song) as app:
        raise_vocals(app, screen)
        app.process.terminate()
        assert app.process.wait(30) == 0
    assert kept_gains(tmp_path) == [0.3]


def test_a_session_has_its_song_by_content_and_its_view(
    launch: Launch, screen: Screen, song: Path
) -> None:
    session = song.with_suffix(".remix")
    with launch(song) as app:
        raise_vocals(app, screen)
        screen.key("ctrl+2", "plus", "plus")
        wait_until(lambda: app.state["view"][1] - app.state["view"][0] < 10)
        view, content = app.state["view"], app.state["content"]
        screen.key("ctrl+s")
        asked(app, "QFileDialog")
        screen.key("Return")
        app.until(saved_as=str(session), unsaved=False, active=WINDOW)
        assert app.quit() == 0
    assert len(content) == 64
    assert json.loads(session.read_text())["song"]["content"] == content
    with launch(session) as app:
        app.until(song=str(song), gains=UP3, mode="masks", view=view, separation="done")
        assert app.state["unsaved"] is False
        assert app.quit() == 0
    os.utime(song)  # another time of change: its samples tell
    with launch(session) as app:
        app.until(song=str(song), gains=UP3, unsaved=False)
        assert app.quit() == 0


def test_a_song_that_moved_is_asked_for_once(
    launch: Launch, screen: Screen, tmp_path: Path, song: Path
) -> None:
    session = saved_session(launch, screen, song)
    moved = tmp_path / "archive" / "renamed song.wav"
    moved.parent.mkdir()
    song.rename(moved)
    with launch(session) as app:
        asked(app, "QMessageBox")
        app.click("Cancel")
        app.until(dialog=None, song=None, active=WINDOW)
        screen.key("ctrl+o")
        asked(app, "QFileDialog")
        screen.type(str(session))
        screen.key("Return")
        asked(app, "QMessageBox")
        app.click("Locate")
        asked(app, "QFileDialog")
        screen.type(str(moved))
        screen.key("Return")
        app.until(song=str(moved), gains=UP3, separation="done", unsaved=False, active=WINDOW)
        assert app.quit() == 0
    with launch(session) as app:
        app.until(song=str(moved), gains=UP3, saved_as=str(session))
        assert app.ask("warnings") == []
        assert app.quit() == 0


def test_a_song_that_changed_is_refused_with_choices(
    launch: Launch, screen: Screen, tmp_path: Path, song: Path
) -> None:
    session = saved_session(launch, screen, song)
    original = tmp_path / "kept.wav"
    original.write_bytes(song.read_bytes())
    change(song)
    with launch(session) as app:
        asked(app, "QMessageBox")
        assert app.state["song"] is None
        screen.key("Escape")
        app.until(dialog=None, song=None, active=WINDOW)
        assert app.quit() == 0
    with launch(session) as app:
        asked(app, "QMessageBox")
        app.click("Locate another")
        asked(app, "QFileDialog")
        screen.type(str(original))
        screen.key("Return")
        app.until(song=str(original), gains=UP3, unsaved=False, active=WINDOW)
        assert app.quit() == 0
    change(original)  # where the song is by now
    with launch(session) as app:
        asked(app, "QMessageBox")
        app.click("Open anyway")
        app.until(song=str(original), gains=UP3, unsaved=True, separation="done", active=WINDOW)
        assert app.ask("warnings") == []
        assert app.quit_without_saving() == 0
