"""Errors that nobody expected: what is not saved goes to the recovery file first, then the error to
the log, then a dialog tells. The program goes on.

An error within this, or while the dialog is open, goes to the log and no further. The same error
again, as of something that is painted thirty times a second, is a notice.
"""

import sys
import threading
import traceback
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QMessageLogContext,
    QObject,
    QTimer,
    QtMsgType,
    Signal,
    qInstallMessageHandler,
)
from PySide6.QtWidgets import QApplication

from remixer import logs
from remixer.app.dialogs.crash import CrashDialog, Failure
from remixer.app.workers import message_of
from remixer.errors import brief

if TYPE_CHECKING:
    from remixer.app.main_window import MainWindow

_SAFE = (
    "Your moves were saved first: they are kept as unsaved moves, and Remixer offers them at its "
    "next start should it end now."
)
_NOTHING = "There were no unsaved moves."
_LOST = (
    "Your moves could not be kept ({}): before anything else, save them to a place that can be "
    "written, with File, Save as."
)


class CrashHandler(QObject):
    """Catches what comes out of the event loop and of threads, and what Qt complains of."""

    _came = Signal(object)

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self._window = window
        self._busy = threading.Lock()
        self._told: set[str] = set()
        self._dialog: CrashDialog | None = None
        self._qt_before: object = None
        self._came.connect(self._show)

    def install(self) -> None:
        """From now on."""
        sys.excepthook = self.caught
        threading.excepthook = self._caught_in_thread
        self._qt_before = qInstallMessageHandler(self._qt_says)

    def caught(
        self,
        kind: type[BaseException],
        error: BaseException,
        trace: TracebackType | None,
    ) -> None:
        """As `sys.excepthook`, in any thread."""
        if issubclass(kind, KeyboardInterrupt):
            self._window.close()
            return
        if not self._busy.acquire(blocking=False):
            sys.__excepthook__(kind, error, trace)  # an error in what follows
            return
        try:
            failure = self._failure(kind, error, trace)
            logs.failure(kind, error, trace)
            logs.to_terminal(failure.trace)
            self._came.emit(failure)  # from a thread: when the window comes to it
        except Exception as other:
            logs.failure(type(other), other, other.__traceback__)
        finally:
            self._busy.release()

    def _caught_in_thread(self, what: threading.ExceptHookArgs) -> None:
        if what.exc_value is not None and what.exc_type is not SystemExit:
            self.caught(what.exc_type, what.exc_value, what.exc_traceback)

    def _failure(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> Failure:
        kept, safe = self._rescue()
        lines = "".join(traceback.format_exception(kind, error, trace))
        what = f"{kind.__name__}: {error}"
        return Failure(logs.shortened(what), logs.shortened(lines), _place(kind, trace), kept, safe)

    def _rescue(self) -> tuple[str, bool]:
        """Write what is not saved, whatever state the window is in. What became of it, a sentence,
        and whether it is safe.
        """
        keeper = self._window.controller.keeper
        try:
            trouble = keeper.rescue()
            if not keeper.unsaved and not trouble:
                return _NOTHING, True
        except Exception as error:
            logs.failure(type(error), error, error.__traceback__)
            trouble = message_of(error)
        return (_LOST.format(brief(trouble)), False) if trouble else (_SAFE, True)

    def _show(self, failure: Failure) -> None:
        """In the window's thread."""
        if self._dialog is not None:
            self._dialog.add()
        elif failure.place in self._told:
            self._window.notices.show_notice(
                f"Something went wrong again ({brief(failure.what)}). "
                f"Details are in {logs.shortened(str(logs.path()))}",
                "error",
            )
        else:
            self._told.add(failure.place)
            QTimer.singleShot(0, self, lambda: self._open(failure))  # not from within a painting

    def _open(self, failure: Failure) -> None:
        if self._dialog is not None:
            self._dialog.add()
            return
        parent = QApplication.activeModalWidget() or self._window
        dialog = self._dialog = CrashDialog(failure, parent)
        dialog.finished.connect(self._closed)
        dialog.destroyed.connect(self._forget)  # with what it lay on
        dialog.quit_chosen.connect(self._quit)
        dialog.open()

    def _closed(self) -> None:
        if self._dialog is not None:
            self._dialog.deleteLater()
        self._forget()

    def _forget(self) -> None:
        self._dialog = None

    def _quit(self) -> None:
        """Without asking: what is not saved is kept for the next start."""
        self._window.discard = True
        while (dialog := QApplication.activeModalWidget()) is not None:
            dialog.close()
            if dialog.isVisible():
                break
        self._window.close()

    def _qt_says(self, kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
        """Warnings go to the log; after a fatal one Qt ends the program."""
        if kind == QtMsgType.QtFatalMsg:
            self._rescue()
        if kind in (QtMsgType.QtWarningMsg, QtMsgType.QtCriticalMsg, QtMsgType.QtFatalMsg):
            logs.note(f"Qt: {text}")
        if callable(self._qt_before):
            self._qt_before(kind, context, text)
        else:
            logs.to_terminal(text)


def _place(kind: type[BaseException], trace: TracebackType | None) -> str:
    """The kind of error and the line that it came from."""
    frames = traceback.extract_tb(trace)
    last = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{kind.__name__} at {last}"
