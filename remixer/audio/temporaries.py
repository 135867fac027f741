"""Hidden names beside a target, under which a file grows until it is whole.

A name tells the target (hashed: names may be as long as the system allows), the process and a
count. What a killed process left is found by its name the next time the same target is written.
"""

import contextlib
import hashlib
import itertools
import os
import re
import sys
import threading
from pathlib import Path

from remixer.errors import OutputError

_LIVE: set[Path] = set()
"""Temporaries of this process that are in use."""
_LOCK = threading.Lock()
_COUNT = itertools.count()
_NAME = re.compile(r"\.remixer-[0-9a-f]{16}-(\d+)-\d+\..*|\.remixer-[0-9a-f]{16}-(\d+)-\d+")


def claim(target: Path) -> Path:
    """A new empty file beside the target, with its extension.

    What dead processes left for the target is deleted first. Raises OutputError if the folder is
    missing or cannot be written to.
    """
    if not target.parent.is_dir():
        raise OutputError(f"the folder {target.parent} does not exist: create it first")
    sweep(target)
    with _LOCK:
        while True:
            name = f"{_prefix(target)}{os.getpid()}-{next(_COUNT)}{target.suffix}"
            temporary = target.with_name(name)
            try:
                temporary.open("xb").close()
            except FileExistsError:
                continue
            except OSError as error:
                raise OutputError(
                    f"the folder {target.parent} cannot be written to ({error.strerror}): "
                    "choose another"
                ) from error
            _LIVE.add(temporary)
            return temporary


def release(temporary: Path) -> None:
    """Delete a claimed file, or forget it if it was renamed."""
    with contextlib.suppress(OSError):
        temporary.unlink(missing_ok=True)
    _LIVE.discard(temporary)


def sweep(target: Path) -> None:
    """Delete temporaries of the target whose process is dead."""
    for path in target.parent.glob(f"{_prefix(target)}*"):
        if _is_stale(path):
            with contextlib.suppress(OSError):
                path.unlink()


def _prefix(target: Path) -> str:
    name = os.fsencode(target.name)
    return f".remixer-{hashlib.blake2b(name, digest_size=8).hexdigest()}-"


def _is_stale(path: Path) -> bool:
    match = _NAME.fullmatch(path.name)
    if not match:
        return False
    owner = int(match[1] or match[2])
    return path not in _LIVE if owner == os.getpid() else not is_running(owner)


def is_running(process: int) -> bool:
    """Whether a process runs. On Windows its open files cannot be deleted, so nobody need ask."""
    if sys.platform == "win32":
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
