"""The app's log: a small file that turns over, with file names and errors and nothing else."""

import logging
import logging.handlers
import traceback
from contextlib import suppress
from pathlib import Path
from types import TracebackType

import platformdirs

SIZE = 1_000_000
KEPT = 3

_log = logging.getLogger("remixer")


def path() -> Path:
    """Where the log is."""
    return Path(platformdirs.user_log_path("remixer")) / "remixer.log"


def start() -> None:
    """Write warnings and errors to the log from now on. A disk that refuses is no error."""
    with suppress(OSError):
        path().parent.mkdir(parents=True, exist_ok=True)
        handler = logging.handlers.RotatingFileHandler(path(), maxBytes=SIZE, backupCount=KEPT)
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        _log.addHandler(handler)
        _log.setLevel(logging.INFO)


def failure(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Write an error with its trace."""
    _log.error("unexpected: %s", "".join(traceback.format_exception(kind, error, trace)))
