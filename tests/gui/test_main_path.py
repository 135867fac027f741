"""The main path as a person walks it: a real window on a real screen, mouse, keys, sound."""

import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from remixer.dsp.gain import db_to_gain
from tests.audio_server import AudioServer, Capture, Frames, find_run, wait_until
from tests.gui.conftest import RATE, Launch, make_song
from tests.gui.running import RunningApp
from tests.gui.screen import Screen
from tests.support import read_floats, read_ints

pytestmark = pytest.mark.usefixtures("small_models")

LOW_HZ, HIGH_HZ = 300.0, 600.0
"""Well below and well above what the small model takes for vocals."""
START = 2048
"""Samples after which playing is the file itself, whatever is done to begin without a click."""


def longest_run(captured: np.ndarray, expected: np.ndarray) -> int:
    """How many of the expected samples, from START on, the capture holds without a gap."""
    tail = expected[START:]
    at = find_run(captured, tail)
    if at < 0:
        return 0
    count = min(len(tail), len(captured) - at)
    differing = np.flatnonzero(np.any(captured[at : at + count] != tail[:count], axis=1))
    return int(differing[0]) if differing.size else count


def test_unity_is_the_file_itself_while_it_separates(
    launch: Launch, screen: Screen, server: AudioServer, song: Path
) -> None:
    """Of three tries one at least: the machine is shared, and may be taken away for a while."""
    expected = read_floats(song).astype(np.float32)
    with server.capture() as capture, launch(song, "--play") as app:
        heard = [plays_from_the_start(app, capture, expected, begun=0)]
        while heard[-1] <= 10 * RATE and len(heard) < 3:
            screen.key("period")
            app.until(playing=False, position=0)
            begun = len(capture.frames)
            screen.key("space")
            heard.append(plays_from_the_start(app, capture, expected, begun))
        assert heard[-1] > 10 * RATE, heard
        assert app.ask("warnings") == []
        assert app.quit() == 0


def plays_from_the_start(app: RunningApp, capture: Capture, expected: Frames, begun: int) -> int:
    """How many samples of the song are heard without a gap, of twelve seconds."""
    app.until(playing=True)
    wait_until(lambda: app.state["position"] > 12 * RATE)
    return longest_run(capture.frames[begun:], expected)


def test_play_move_undo_export(
    launch: Launch, screen: Screen, server: AudioServer, song: Path
) -> None:
    with server.capture() as capture, launch(song) as app:
        app.until(separation="done")
        x, y = app.centre("Vocals gain")
        screen.drag(x, y, x, y - 40)  # dragging is relative: anywhere on the fader does
        gain_db = app.state["gains"][0]
        assert gain_db > 0.5
        assert app.state["undo"] == f"Vocals {gain_db:+.1f} dB"
        screen.key("ctrl+z")
        app.until(gains=[0.0] * 4)
        screen.key("ctrl+shift+z")
        app.until(gains=[gain_db, 0.0, 0.0, 0.0])
        screen.key("space")
        app.until(playing=True)
        capture.wait_frames(RATE)
        screen.key("space")
        app.until(playing=False)
        export(app, screen)
        if sys.platform == "linux":  # what is slow to load is never loaded by the window
            assert "libtorch" not in Path(f"/proc/{app.process.pid}/maps").read_text()
        assert app.quit_without_saving() == 0
    check_export(song, gain_db)


def export(app: RunningApp, screen: Screen) -> None:
    """Ctrl+E, Return, wait for the proof, Escape."""
    screen.key("ctrl+e")
    app.until(dialog="ExportDialog")
    screen.key("Return")
    wait_until(lambda: "Show in folder" in app.ask("names"))
    screen.key("Escape")
    app.until(dialog=None)


def check_export(song: Path, gain_db: float) -> None:
    """The file on disk is the original with a vocals stem added that is none of its lows."""
    made = song.with_name("song - remix.wav")
    added = (read_ints(made) - read_ints(song)) / 2.0**31
    vocals = added / (db_to_gain(gain_db) - 1.0)
    spectrum = np.abs(np.fft.rfft(vocals[RATE : 3 * RATE, 0] * np.hanning(2 * RATE))) ** 2
    low, high = round(2 * LOW_HZ), round(2 * HIGH_HZ)
    assert spectrum[high:].sum() > 1000 * spectrum[:low].sum()
    assert 0.01 < np.sqrt(np.mean(vocals**2)) < 0.5


def test_typed_gain_mute_solo_and_keys(launch: Launch, screen: Screen, song: Path) -> None:
    with launch(song) as app:
        app.until(separation="done")
        app.double_click("Vocals gain value")
        screen.type("-4,5")
        screen.key("Return")
        app.until(gains=[-4.5, 0.0, 0.0, 0.0])
        app.click("Mute drums")
        app.until(mute=[False, False, True, False])
        app.click("Solo bass")
        app.until(solo=[False, True, False, False])
        screen.key("4", "s")
        app.until(solo=[False, True, False, True])
        screen.key("1", "shift+s")
        app.until(solo=[True, False, False, False])
        app.click("Clear all solos")
        app.until(solo=[False] * 4)
        screen.key("3", "m")
        app.until(mute=[False] * 4)
        screen.key("a")
        app.until(listen="original")
        screen.key("a")
        app.until(listen="remix")
        screen.key("ctrl+0")
        app.until(gains=[0.0] * 4)
        screen.key("l")
        wait_until(lambda: app.state["loop"] is not None)
        screen.key("l")
        app.until(loop=None)
        assert app.ask("warnings") == []


@pytest.mark.parametrize(("width", "height"), [(1024, 768), (1366, 768)])
def test_the_first_window_is_all_on_a_small_screen(
    environment: dict[str, str], song: Path, width: int, height: int
) -> None:
    """Its title bar, menus, and the last row too."""
    with Screen(f"{width}x{height}x24") as small:
        environment["DISPLAY"] = small.display
        with RunningApp(small, environment, [song]) as app:
            app.until(song=str(song))
            left, top, right, bottom = small.place("Remixer$")
            assert left >= 0
            assert top > 10  # below its title
            assert right <= width
            assert bottom <= height
            assert app.quit() == 0


def test_seek_by_the_overview(launch: Launch, screen: Screen, song: Path) -> None:
    with launch(song) as app:
        x, y, width, height = app.ask("where Overview of the song")
        screen.click(x + width // 2, y + height // 2)
        wait_until(lambda: abs(app.state["position"] - 10 * RATE) < RATE // 2)
        screen.key("Home")
        app.until(position=0)


def test_open_by_typed_path_and_by_drop(
    launch: Launch, screen: Screen, environment: dict[str, str], tmp_path: Path, song: Path
) -> None:
    other = make_song(tmp_path, 3.0, "other söng [1].wav", seed=1)
    with launch() as app:
        assert app.state["song"] is None
        screen.key("ctrl+o")
        app.until(dialog="QFileDialog")
        time.sleep(0.3)  # until it has the keyboard, which nobody tells
        screen.type(str(song))
        screen.key("Return")
        app.until(song=str(song))
        command = [sys.executable, str(Path(__file__).with_name("drag_source.py")), str(other)]
        source = subprocess.Popen(command, env=environment)
        try:
            wait_until(lambda: screen.tool("search", "--name", "drag_source", check=False))
            wait_until(lambda: dropped(app, screen, other))
        finally:
            source.kill()
            source.wait()


def dropped(app: RunningApp, screen: Screen, song: Path) -> bool:
    """Drag from the other program's window to ours; whether the song was opened by it."""
    screen.drag(20, 20, 800, 500, steps=30)
    with suppress(AssertionError):  # a window manager at work may lose a drag
        wait_until(lambda: app.state["song"] == str(song), 3.0)
    return bool(app.state["song"] == str(song))


def test_a_file_that_is_no_audio_is_a_notice(
    launch: Launch, screen: Screen, tmp_path: Path, song: Path
) -> None:
    wrong = tmp_path / "notes.txt"
    wrong.write_text("not audio")
    with launch(wrong) as app:
        wait_until(lambda: any("not audio" in n for n in app.ask("names")))
        screen.key("ctrl+o")
        app.until(dialog="QFileDialog")
        time.sleep(0.3)
        screen.type(str(song))
        screen.key("Return")
        app.until(song=str(song), separation="done")


def test_moves_are_saved_and_come_back(launch: Launch, screen: Screen, song: Path) -> None:
    with launch(song) as app:
        app.until(separation="done")
        screen.key("1", "Up", "Up", "Up")
        app.until(gains=[0.3, 0.0, 0.0, 0.0])
        screen.key("ctrl+s")
        app.until(dialog="QFileDialog")
        time.sleep(0.3)
        screen.key("Return")
        wait_until(song.with_suffix(".remix").exists)
        assert app.quit() == 0
    with launch(song.with_suffix(".remix")) as app:
        app.until(song=str(song), gains=[0.3, 0.0, 0.0, 0.0], undo=None)
        assert app.quit() == 0


def test_nothing_is_left_running(launch: Launch, song: Path) -> None:
    with launch(song, "--play") as app:
        app.until(playing=True)
        children = app.children()
        assert len(children) >= 2
        assert app.quit() == 0
    for child in children:
        assert not Path(f"/proc/{child}").exists()
