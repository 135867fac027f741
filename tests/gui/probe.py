"""Run as a program: the app as `remixer open` runs it, with a hidden observer on standard input.

It only looks: each line asks something, each answer is a line of JSON. All that is done to the app
is done through the screen, but for the error that `fail` raises.

state            what the document, the player and the separation say
where NAME       the rectangle on the screen of the visible widget with this accessible name
names            accessible names of all visible widgets
warnings         what Qt and Python have complained about
fail             an error that nobody expects comes out of the event loop
"""

import json
import math
import os
import sys
import threading
import warnings
from pathlib import Path
from typing import Any

from PySide6.QtCore import QPoint, QSocketNotifier, QTimer, qInstallMessageHandler
from PySide6.QtWidgets import QApplication, QWidget

import remixer.app.main as app
from remixer.app.main_window import MainWindow

complaints: list[str] = []


def window() -> MainWindow | None:
    return next((w for w in QApplication.topLevelWidgets() if isinstance(w, MainWindow)), None)


def state() -> dict[str, Any]:
    shown = window()
    if shown is None:
        return {"visible": False}
    control = shown.controller
    document, snapshot = control.document, control.player.snapshot()
    dialog = QApplication.activeModalWidget()
    return {
        "visible": shown.isVisible(),
        "title": shown.windowTitle(),
        "song": str(document.path) if document else None,
        "gains": [_plain(s.gain_db) for s in document.mix.strips] if document else None,
        "solo": [s.solo for s in document.mix.strips] if document else None,
        "mute": [s.mute for s in document.mix.strips] if document else None,
        "master": _plain(document.mix.master_db) if document else None,
        "loop": document.loop if document else None,
        "undo": document.undo_name if document else None,
        "playing": snapshot.playing,
        "position": snapshot.position,
        "sound": snapshot.sound.value,
        "glitches": snapshot.glitches,
        "listen": control.listen.value,
        "separation": control.separation.state if control.separation else None,
        "separated_s": control.separation.done_s if control.separation else 0.0,
        "error": control.separation.error if control.separation else "",
        "model": control.model,
        "saved_as": str(control.saved_as) if control.saved_as else None,
        "unsaved": control.unsaved,
        "content": control.keeper.content,
        "view": shown.lanes.view(),
        "mode": shown.lanes.look.mode,
        "notice": shown.notices.shown.text if shown.notices.shown else None,
        "dialog": type(dialog).__name__ if dialog else None,
        "active": type(QApplication.activeWindow()).__name__,
        "threads": [t.name for t in threading.enumerate()],
    }


def _plain(number: float) -> float | None:
    return number if math.isfinite(number) else None


def where(name: str) -> list[int] | None:
    for widget in QApplication.allWidgets():
        if widget.accessibleName() == name and widget.isVisible():
            corner = widget.mapToGlobal(QPoint(0, 0))
            return [corner.x(), corner.y(), widget.width(), widget.height()]
    return None


def names() -> list[str]:
    visible = [w for w in QApplication.allWidgets() if isinstance(w, QWidget) and w.isVisible()]
    return sorted({w.accessibleName() for w in visible} - {""})


def fail() -> None:
    QTimer.singleShot(0, lambda: 1 // 0)


def answer(question: str) -> Any:
    verb, _, rest = question.partition(" ")
    known = {"state": state, "names": names, "warnings": lambda: complaints, "fail": fail}
    return where(rest) if verb == "where" else known[verb]()


def listen() -> QSocketNotifier:
    """Answer from the window's own event loop."""
    notifier = QSocketNotifier(sys.stdin.fileno(), QSocketNotifier.Type.Read)
    rest = bytearray()

    def read() -> None:
        data = os.read(sys.stdin.fileno(), 1 << 16)
        if not data:
            notifier.setEnabled(False)
            return
        rest.extend(data)
        while b"\n" in rest:
            line, _, after = bytes(rest).partition(b"\n")
            rest[:] = after
            sys.stdout.write(json.dumps(answer(line.decode())) + "\n")
            sys.stdout.flush()

    notifier.activated.connect(read)
    return notifier


def main() -> None:
    qInstallMessageHandler(lambda kind, _context, text: complaints.append(f"{kind.name}: {text}"))
    warnings.showwarning = lambda message, *_a, **_k: complaints.append(f"warning: {message}")
    warnings.simplefilter("always")
    caught = app._catch

    def catch(shown: MainWindow) -> None:
        caught(shown)
        shows = sys.excepthook

        def hook(kind: Any, error: Any, trace: Any) -> None:
            complaints.append(f"exception: {kind.__name__}: {error}")
            shows(kind, error, trace)

        sys.excepthook = hook

    app._catch = catch
    kept: list[QSocketNotifier] = []
    application = QApplication([sys.argv[0]])
    QTimer.singleShot(0, application, lambda: kept.append(listen()))
    arguments = [a for a in sys.argv[1:] if a != "--play"]
    code = app.main(Path(arguments[0]) if arguments else None, "--play" in sys.argv)
    sys.exit(code)


if __name__ == "__main__":
    main()
