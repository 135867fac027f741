"""The desktop app's process: the window, its helpers' processes, and what happens at the end."""

import signal
import sys
from pathlib import Path
from types import FrameType

from PySide6.QtCore import QTimer
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from remixer import logs
from remixer.app.controller import Controller
from remixer.app.crash import CrashHandler
from remixer.app.dialogs.crash import open_folder
from remixer.app.last_words import LastWords, collect
from remixer.app.main_window import MainWindow
from remixer.app.settings import Settings
from remixer.app.theme import apply_theme
from remixer.playback.player import Player
from remixer.resources import folder
from remixer.session.separation_service import SeparationService

CRASHED = "Remixer was ended by an error in a library the last time. The log says where."
SIGNAL_MS = 200
"""How often Python gets to run while Qt waits, so that Ctrl-C is heard."""


def main(file: Path | None, play: bool = False) -> int:
    """Show the window until it is closed, with a file opened if one is given. Returns the exit
    code.
    """
    logs.start()
    crashed, last_words = collect(), LastWords()
    application = QApplication.instance() or QApplication([sys.argv[0]])
    assert isinstance(application, QApplication)
    application.setApplicationName("remixer")
    application.setApplicationDisplayName("Remixer")
    application.setDesktopFileName("remixer")
    application.setWindowIcon(QIcon(str(folder("program") / "remixer.svg")))
    settings = Settings()
    apply_theme(application, settings.theme)
    player = Player(settings.output)  # the processes start while the window is made
    window = MainWindow(Controller(settings, player, SeparationService()))
    _catch(window)
    _obey_signals(window)
    window.show()
    QTimer.singleShot(0, window, window.offer_recovery)
    if crashed:
        window.notices.show_notice(CRASHED, "warning", "Show the log", open_folder)
    if file is not None:
        QTimer.singleShot(0, window, lambda: window.open(file, play))
    code = application.exec()
    last_words.close()
    return code


def _catch(window: MainWindow) -> None:
    """An error that nobody expected: see `CrashHandler`."""
    CrashHandler(window).install()


def _obey_signals(window: MainWindow) -> None:
    """Ctrl-C and a polite kill close the window, without asking."""

    def stop() -> None:
        window.discard = True
        while (dialog := QApplication.activeModalWidget()) is not None:
            dialog.close()
            if dialog.isVisible():
                break  # an export that is stopping
        window.close()

    def heard(_number: int, _frame: FrameType | None) -> None:
        QTimer.singleShot(0, window, stop)  # not from within whatever is being painted now

    signal.signal(signal.SIGINT, heard)
    signal.signal(signal.SIGTERM, heard)
    timer = QTimer(window, interval=SIGNAL_MS)
    timer.timeout.connect(lambda: None)
    timer.start()
