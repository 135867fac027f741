"""The desktop app's process: the window, its helpers' processes, and what happens at the end."""

import signal
import sys
import threading
from pathlib import Path
from types import FrameType, TracebackType

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from remixer.app import log
from remixer.app.controller import Controller
from remixer.app.main_window import MainWindow
from remixer.app.settings import Settings
from remixer.app.theme import apply_theme
from remixer.playback.player import Player
from remixer.session.separation_service import SeparationService

SIGNAL_MS = 200
"""How often Python gets to run while Qt waits, so that Ctrl-C is heard."""


def main(file: Path | None, play: bool = False) -> int:
    """Show the window until it is closed, with a file opened if one is given. Returns the exit
    code.
    """
    log.start()
    application = QApplication.instance() or QApplication([sys.argv[0]])
    assert isinstance(application, QApplication)
    application.setApplicationName("remixer")
    application.setApplicationDisplayName("Remixer")
    application.setDesktopFileName("remixer")
    settings = Settings()
    apply_theme(application, settings.theme)
    player = Player(settings.output)  # the processes start while the window is made
    window = MainWindow(Controller(settings, player, SeparationService()))
    _catch(window)
    _obey_signals(window)
    window.show()
    QTimer.singleShot(0, window, window.offer_recovery)
    if file is not None:
        QTimer.singleShot(0, window, lambda: window.open(file, play))
    return application.exec()


def _catch(window: MainWindow) -> None:
    """An error that nobody expected: what is not saved goes to the recovery file, the error to the
    log and on the screen; the program goes on. One in a thread does not reach the screen.
    """

    def caught(
        kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            window.close()
            return
        _rescue(window)
        log.failure(kind, error, trace)
        text = f"Something went wrong ({kind.__name__}: {error}). Details are in {log.path()}"
        window.notices.show_notice(text, "error")

    def caught_in_thread(what: threading.ExceptHookArgs) -> None:
        _rescue(window)
        if what.exc_value is not None:
            log.failure(what.exc_type, what.exc_value, what.exc_traceback)

    sys.excepthook = caught
    threading.excepthook = caught_in_thread


def _rescue(window: MainWindow) -> None:
    """Whatever state the window is in, the first error is the one to tell."""
    try:
        window.controller.keeper.rescue()
    except Exception as error:
        log.failure(type(error), error, error.__traceback__)


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
