"""What a process says that a signal ends: where each thread was, in a file of its own that the next
start adds to the log.

A crash in a library (a segmentation fault, an abort of Qt's) leaves Python no time to write; the
fault handler of Python does, into a file that is open already.
"""

import faulthandler
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from remixer import logs
from remixer.audio.temporaries import is_running

_PREFIX, _SUFFIX = "crash-", ".txt"
_MOST = 100_000
"""Characters of one that go to the log."""


class LastWords:
    """Open while the program runs; `close` at a clean end leaves nothing."""

    def __init__(self) -> None:
        """A disk that refuses is no error: the words then go to the terminal."""
        self._path = logs.folder() / f"{_PREFIX}{os.getpid()}{_SUFFIX}"
        self._file: TextIO | None = None
        try:
            logs.folder().mkdir(parents=True, exist_ok=True)
            self._file = self._path.open("w", encoding="utf-8")
            faulthandler.enable(self._file)
        except OSError:
            if sys.stderr is not None:
                faulthandler.enable()

    def close(self) -> None:
        """The end that was meant."""
        faulthandler.disable()
        if self._file:
            self._file.close()
            with suppress(OSError):
                self._path.unlink()


def collect() -> bool:
    """Move what dead processes have said to the log. Returns whether there was anything."""
    found = False
    try:
        files = sorted(logs.folder().glob(f"{_PREFIX}*{_SUFFIX}"))
    except OSError:
        return False
    for file in files:
        number = file.name[len(_PREFIX) : -len(_SUFFIX)]
        if number.isdigit() and not is_running(int(number)):
            found |= _moved(file)
    return found


def _moved(file: Path) -> bool:
    try:
        words = file.read_text(encoding="utf-8", errors="replace").strip()
        file.unlink()  # on Windows this fails while it is open, so that its process lives
    except OSError:
        return False
    if words:
        logs.note(f"an earlier Remixer was ended by a signal:\n{words[:_MOST]}")
    return bool(words)
