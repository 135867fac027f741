"""An error that nobody expected: the moves are kept, the log has it, a dialog tells once."""

import faulthandler
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QtMsgType, qInstallMessageHandler, qWarning
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPlainTextEdit, QPushButton
from pytestqt.qtbot import QtBot

from remixer import logs
from remixer.app.controller import Controller
from remixer.app.dialogs.crash import CrashDialog, Failure
from remixer.app.last_words import LastWords, collect
from remixer.app.main import _catch
from remixer.app.main_window import MainWindow
from remixer.app.settings import Settings
from remixer.playback.player import Player
from remixer.session.autosave import Autosaver, recoveries
from remixer.session.separation_service import SeparationService
from tests.support import music, small_disk, write

RATE = 44_100
NEVER_S = 1e6
LONG_MS = 20_000


@pytest.fixture(autouse=True)
def own_log(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A log of the test's own, and the hooks as they were."""
    monkeypatch.setenv(logs.ENVIRONMENT, str(tmp_path / "logs"))
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    before = qInstallMessageHandler(None)
    logs.start()
    yield tmp_path / "logs"
    logs.stop()
    qInstallMessageHandler(before)


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path, own_log: Path) -> Iterator[MainWindow]:
    """With a song, whose moves are only written when somebody wants them to be."""
    settings = Settings(tmp_path / "settings.ini")
    control = Controller(settings, Player(), SeparationService(tmp_path / "cache"))
    control.keeper.saver = Autosaver(interval_s=NEVER_S)
    window = MainWindow(control)
    window.open(write(tmp_path / "song.wav", music(2, RATE, RATE), RATE, "PCM_16"))
    _catch(window)
    yield window
    for dialog in window.findChildren(CrashDialog):
        dialog.close()
    window.discard = True
    window.close()
    for left in recoveries():
        left.discard()


def move(window: MainWindow, gain_db: float) -> None:
    assert window.controller.document is not None
    window.controller.document.set_gain_db("vocals", gain_db)


def fail_here() -> None:
    try:
        _ = 1 // 0
    except ZeroDivisionError as error:
        sys.excepthook(type(error), error, error.__traceback__)


def fail_in_a_thread() -> None:
    thread = threading.Thread(target=lambda: 1 // 0)
    thread.start()
    thread.join()


def kept_gains(state_folder: Path) -> list[float]:
    files = (state_folder / "recovery").glob("*.remix")
    values = [json.loads(file.read_text()) for file in files]
    return [v["work"]["mix"]["strips"]["vocals"]["gain_db"] for v in values]


def dialogs(window: MainWindow) -> list[CrashDialog]:
    return [d for d in window.findChildren(CrashDialog) if d.isVisible()]


def press(dialog: CrashDialog, name: str) -> None:
    (found,) = [b for b in dialog.findChildren(QPushButton) if b.accessibleName() == name]
    found.click()


@pytest.mark.parametrize("fails", [fail_here, fail_in_a_thread])
def test_the_moves_are_kept_before_it_is_told(
    qtbot: QtBot, window: MainWindow, state_folder: Path, own_log: Path, fails
) -> None:
    move(window, 1.5)
    fails()
    assert kept_gains(state_folder) == [1.5]
    assert "ZeroDivisionError" in (own_log / "remixer.log").read_text()
    qtbot.waitUntil(lambda: len(dialogs(window)) == 1, timeout=LONG_MS)
    (dialog,) = dialogs(window)
    assert dialog.failure.safe
    assert "saved first" in dialog.failure.kept
    assert "test_crash.py" in dialog.failure.trace
    press(dialog, "Continue after the error")
    qtbot.waitUntil(lambda: not dialogs(window), timeout=LONG_MS)
    assert window.controller.document is not None


def test_more_errors_make_no_more_dialogs(qtbot: QtBot, window: MainWindow, own_log: Path) -> None:
    """While it is open they are counted; afterwards the same one is a notice, another is told."""
    fail_here()
    qtbot.waitUntil(lambda: len(dialogs(window)) == 1, timeout=LONG_MS)
    fail_here()
    fail_in_a_thread()
    qtbot.waitUntil(lambda: "2 more errors" in dialogs(window)[0]._more.text(), timeout=LONG_MS)
    press(dialogs(window)[0], "Continue after the error")
    for _ in range(30):
        fail_here()
    assert window.notices.shown is not None
    assert "Something went wrong again" in window.notices.shown.text
    assert not dialogs(window)
    fail_in_a_thread()  # the line in the thread has not been told yet
    qtbot.waitUntil(lambda: len(dialogs(window)) == 1, timeout=LONG_MS)
    written = (own_log / "remixer.log").read_text()
    assert 3 <= written.count("ZeroDivisionError:") <= 3 * logs.REPEATS


def test_an_error_within_does_not_go_round(
    qtbot: QtBot,
    window: MainWindow,
    own_log: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The rescue fails, and fails to fail quietly: both are in the log, the first is told."""

    def rescue() -> str:
        fail_here()
        raise RuntimeError("the keeper is broken")

    monkeypatch.setattr(window.controller.keeper, "rescue", rescue)
    fail_in_a_thread()
    qtbot.waitUntil(lambda: len(dialogs(window)) == 1, timeout=LONG_MS)
    (dialog,) = dialogs(window)
    assert not dialog.failure.safe
    assert "could not be kept (the keeper is broken)" in dialog.failure.kept
    assert "the keeper is broken" in (own_log / "remixer.log").read_text()
    assert "ZeroDivisionError" in capsys.readouterr().err
    monkeypatch.undo()


def test_a_full_disk_is_told_with_what_to_do(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    with small_disk(tmp_path / "disk", "size=64k") as disk:
        (disk / "full").write_bytes(bytes(64 << 10))
        window.controller.keeper.saver.close()
        window.controller.keeper.saver = Autosaver(disk / "recovery", interval_s=NEVER_S)
        move(window, 2.0)
        fail_here()
        qtbot.waitUntil(lambda: len(dialogs(window)) == 1, timeout=LONG_MS)
        kept = dialogs(window)[0].failure.kept
        assert "could not be kept (No space left on device)" in kept
        assert "Save as" in kept
        window.controller.keeper.saver.close()


def test_quit_keeps_the_moves_for_the_next_start(qtbot: QtBot, window: MainWindow) -> None:
    move(window, 3.0)
    fail_here()
    qtbot.waitUntil(lambda: len(dialogs(window)) == 1, timeout=LONG_MS)
    press(dialogs(window)[0], "Quit after the error")
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=LONG_MS)
    (left,) = recoveries()
    assert left.work.saved.mix.strip("vocals").gain_db == 3.0
    left.discard()


def test_without_moves_nothing_is_claimed(qtbot: QtBot, window: MainWindow) -> None:
    fail_here()
    qtbot.waitUntil(lambda: len(dialogs(window)) == 1, timeout=LONG_MS)
    assert dialogs(window)[0].failure.kept == "There were no unsaved moves."


def test_the_details_can_be_copied_and_know_no_home(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    trace = logs.shortened(f'File "{tmp_path}/music/söng.py", line 3')
    dialog = CrashDialog(Failure("KeyError: 'x'", trace, "", "Kept."))
    qtbot.addWidget(dialog)
    press(dialog, "Copy the details")
    assert QGuiApplication.clipboard().text() == "KeyError: 'x'\n\nFile \"~/music/söng.py\", line 3"
    (details,) = dialog.findChildren(QPlainTextEdit)
    assert str(tmp_path) not in details.toPlainText()


def test_what_qt_complains_of_is_in_the_log(
    window: MainWindow, own_log: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    qWarning("a widget is odd")
    assert "Qt: a widget is odd" in (own_log / "remixer.log").read_text()
    assert "a widget is odd" in capfd.readouterr().err
    assert QtMsgType.QtWarningMsg is not None


DYING = """
import os, signal, sys
from remixer.app.last_words import LastWords
words = LastWords()
def deep():
    if sys.argv[1] == "clean":
        words.close()
    elif sys.argv[1] == "fatal":
        from PySide6.QtCore import qFatal
        qFatal("no platform")
    else:
        os.kill(os.getpid(), getattr(signal, sys.argv[1]))
deep()
"""


@pytest.mark.parametrize("how", ["SIGSEGV", "SIGABRT", "fatal"])
def test_a_crash_in_a_library_is_in_the_log_of_the_next_start(own_log: Path, how: str) -> None:
    process = subprocess.run([sys.executable, "-c", DYING, how], capture_output=True, check=False)
    assert process.returncode in (-signal.SIGSEGV, -signal.SIGABRT)
    (left,) = own_log.glob("crash-*.txt")
    assert "deep" in left.read_text()
    assert collect()
    assert not list(own_log.glob("crash-*.txt"))
    text = (own_log / "remixer.log").read_text()
    assert "an earlier Remixer was ended by a signal" in text
    assert "deep" in text
    assert not collect()


def test_a_clean_end_leaves_nothing_to_collect(own_log: Path) -> None:
    subprocess.run([sys.executable, "-c", DYING, "clean"], check=True)
    assert not list(own_log.glob("crash-*.txt"))
    assert not collect()


def test_what_a_living_process_may_still_say_is_left(own_log: Path) -> None:
    was_on = faulthandler.is_enabled()
    words = LastWords()
    try:
        assert not collect()
        assert (own_log / f"crash-{os.getpid()}.txt").exists()
    finally:
        words.close()
        if was_on:
            faulthandler.enable()
