"""The program's log: a small file that turns over, with what went wrong and file names in it.

Nothing private goes there: no sound, no settings of the environment, and of a path into the user's
home only what follows "~".
"""

import logging
import logging.handlers
import os
import platform
import re
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from types import TracebackType

import platformdirs

from remixer import version

ENVIRONMENT = "REMIXER_LOGS"
NAME = "remixer.log"
SIZE = 1_000_000
KEPT = 3
REPEATS = 5
"""How often one and the same line is written by a process."""
_MOST_LINES = 1_000

_log = logging.getLogger("remixer")


def folder() -> Path:
    """Where the logs are: the folder that the environment variable REMIXER_LOGS names, else the
    user's.
    """
    named = os.environ.get(ENVIRONMENT)
    return Path(named) if named else Path(platformdirs.user_log_path("remixer"))


def path() -> Path:
    """The log that is written now; older ones have .1 to .3 behind their names."""
    return folder() / NAME


def start() -> None:
    """Write warnings and errors to the log from now on. A disk that refuses is no error."""
    if any(isinstance(handler, _File) for handler in _log.handlers):
        return
    with suppress(OSError):
        folder().mkdir(parents=True, exist_ok=True)
        handler = _File(path(), maxBytes=SIZE, backupCount=KEPT, encoding="utf-8", delay=True)
        handler.setFormatter(_Plain("%(asctime)s %(levelname)s %(process)d %(name)s: %(message)s"))
        handler.addFilter(_Repeats())
        _log.addHandler(handler)
        _log.setLevel(logging.INFO)
        _log.info("Remixer %s, %s, Python %s", version.number(), _system(), _python())


def stop() -> None:
    """Close the log; for tests."""
    for handler in [handler for handler in _log.handlers if isinstance(handler, _File)]:
        _log.removeHandler(handler)
        handler.close()


def failure(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Write an error with its trace."""
    _log.error("unexpected: %s", "".join(traceback.format_exception(kind, error, trace)))


def note(text: str) -> None:
    """Write a warning."""
    _log.warning("%s", text)


def shortened(text: str) -> str:
    """A text in which the user's home is "~"."""
    for home in sorted(_homes(), key=len, reverse=True):
        text = re.sub(re.escape(home) + r"(?=[/\\\s'\":,;)]|$)", "~", text, flags=re.MULTILINE)
    return text


def _homes() -> set[str]:
    """The home's names, if it has one of its own."""
    with suppress(RuntimeError, OSError):
        home = Path.home()
        return {str(place) for place in (home, home.resolve()) if len(place.parts) > 1}
    return set()


def _system() -> str:
    return f"{platform.system()} {platform.release()} {platform.machine()}"


def _python() -> str:
    return platform.python_version()


class _File(logging.handlers.RotatingFileHandler):
    """A file that makes no trouble: the disk may be full, another window may turn it over."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Nothing is said of what could not be written."""

    def close(self) -> None:
        """What a full disk has not taken is lost."""
        with suppress(OSError):
            super().close()

    def _open(self):  # type: ignore[no-untyped-def]  # as in logging
        return Path(self.baseFilename).open(self.mode, encoding="utf-8", errors="backslashreplace")


class _Plain(logging.Formatter):
    """Lines without the user's home."""

    def format(self, record: logging.LogRecord) -> str:
        """A record as it stands in the file."""
        return shortened(super().format(record))


class _Repeats(logging.Filter):
    """A line that comes over and over is written a few times: it does not push out the others."""

    def __init__(self) -> None:
        super().__init__()
        self._seen: dict[tuple[str, str], int] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to write it."""
        key = (record.name, record.getMessage()[-300:])
        if len(self._seen) > _MOST_LINES:
            self._seen.clear()
        count = self._seen[key] = self._seen.get(key, 0) + 1
        if count == REPEATS:
            record.msg, record.args = f"{record.getMessage()} (not written again)", ()
        return count <= REPEATS


def to_terminal(text: str) -> None:
    """Tell whoever has started the program from a terminal."""
    if sys.stderr is not None:
        with suppress(OSError, ValueError):
            sys.stderr.write(text + "\n")
