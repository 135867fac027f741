"""Entries of the cache that somebody has open: nobody drops them, in whatever process."""

import os
import secrets
from pathlib import Path

from filelock import FileLock, Timeout

SUFFIX = ".held"


class Hold:
    """An entry of a cache folder is in use from now on, until `release`, or however this process
    ends: the system lets go of its lock.

    It need not be there yet. Where the folder cannot be written, nothing is held.
    """

    def __init__(self, cache: Path, key: str) -> None:
        self._lock: FileLock | None = None
        try:
            cache.mkdir(parents=True, exist_ok=True)
            while self._lock is None:
                path = cache / f"{key}.{os.getpid()}-{secrets.token_hex(4)}{SUFFIX}"
                lock = FileLock(path)
                lock.acquire()
                # `is_held` may have taken it for a left one before it was locked, and removed it.
                if path.exists():
                    self._lock = lock
                else:
                    lock.release()
        except OSError:
            pass

    def release(self) -> None:
        """Let it go. Again does nothing."""
        lock, self._lock = self._lock, None
        if lock is not None:
            Path(lock.lock_file).unlink(missing_ok=True)
            lock.release()


def is_held(cache: Path, key: str) -> bool:
    """Whether anybody holds an entry. What ended processes have left is removed."""
    for path in cache.glob(f"{key}.*{SUFFIX}"):
        try:
            with FileLock(path, timeout=0):
                path.unlink(missing_ok=True)
        except Timeout:
            return True
        except OSError:
            continue  # gone in the meantime, or not ours to open
    return False
