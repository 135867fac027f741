"""Separation results on disk, keyed by audio content, model and settings; the least recently used
go when the limit is reached.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs
from filelock import FileLock, Timeout

from remixer.errors import CacheError, Cancelled
from remixer.separation.hold import Hold, is_held
from remixer.separation.store import HEADER, Layout, StemStore
from remixer.smallfiles import read_json

ENVIRONMENT = "REMIXER_CACHE"
DEFAULT_LIMIT = 20_000_000_000
RESERVE = 200_000_000
SETTINGS = "settings.json"
LOCK = ".lock"
GONE = ".gone"
"""What an entry is called while it is dropped."""


@dataclass(frozen=True)
class Entry:
    """A cached separation. about: source and model, for people. used: seconds since the epoch."""

    key: str
    about: dict[str, Any]
    size: int
    separated_s: float
    total_s: float
    used: float


class StemCache:
    """A folder of stores. The environment variable REMIXER_CACHE, or the user's cache folder."""

    def __init__(self, folder: Path | None = None) -> None:
        named = os.environ.get(ENVIRONMENT)
        self.folder = folder or (Path(named) if named else platformdirs.user_cache_path("remixer"))

    @property
    def limit(self) -> int:
        """Bytes the cache may take."""
        try:
            return int(read_json(self.folder / SETTINGS)["limit"])
        except (OSError, ArithmeticError, ValueError, KeyError, TypeError):
            return DEFAULT_LIMIT

    def set_limit(self, limit: int) -> None:
        """Change the limit and drop what exceeds it."""
        self._make()
        try:
            beside = self.folder / (SETTINGS + ".part")
            beside.write_text(json.dumps({"limit": limit}))
            beside.replace(self.folder / SETTINGS)
        except OSError as error:
            raise self._unwritable(error) from error
        self.evict(0)

    @contextmanager
    def open(
        self,
        key: str,
        layout: Layout,
        about: dict[str, Any],
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Iterator[StemStore]:
        """The store of a key for writing, resumed if it is there. Waits while another process
        writes it.

        Raises CacheError when there is no room, Cancelled when the user stops waiting.
        """
        self._make()
        with self._lock(key, cancelled), self._resume(key, layout, about) as store:
            yield store

    def finished(self, key: str, layout: Layout) -> Path | None:
        """The folder of a separation that is complete, which counts as used now; else None."""
        folder = self.folder / key
        try:
            with StemStore.open(folder) as store:
                if store.layout != layout or not store.complete:
                    return None
        except CacheError:
            return None
        _touch(folder)
        return folder

    def hold(self, key: str) -> Hold:
        """Keep an entry from being dropped, before it is looked up: see `Hold`."""
        return Hold(self.folder, key)

    def _resume(self, key: str, layout: Layout, about: dict[str, Any]) -> StemStore:
        folder = self.folder / key
        if (folder / HEADER).exists():
            try:
                store = StemStore.open(folder, writable=True)
                if store.layout == layout:
                    _touch(folder)
                    return store
                store.close()
            except CacheError:
                pass  # damaged: made anew below
        shutil.rmtree(folder, ignore_errors=True)
        self._room(layout.size)
        return StemStore.create(folder, layout, about)

    def _room(self, size: int) -> None:
        self.evict(size)
        while (free := shutil.disk_usage(self.folder).free) < size + RESERVE and self._evict_one():
            pass
        if free < size + RESERVE:
            raise CacheError(
                f"the separated stems need {size / 1e6:.0f} MB in {self.folder}, which has "
                f"{free / 1e6:.0f} MB free: free some space, "
                "or set REMIXER_CACHE to a folder on another disk"
            )

    def entries(self) -> list[Entry]:
        """What is cached, the least recently used first. Damaged entries show with nothing
        separated.
        """
        found = []
        for header in self.folder.glob(f"*/{HEADER}"):
            if header.parent.suffix == GONE:
                continue
            try:
                found.append(self._entry(header.parent))
            except OSError:
                continue  # another process has just removed it
        return sorted(found, key=lambda e: e.used)

    def _entry(self, folder: Path) -> Entry:
        used = (folder / HEADER).stat().st_mtime
        size = sum(_taken(f) for f in folder.iterdir())
        try:
            with StemStore.open(folder) as store:
                rate = store.layout.rate
                return Entry(
                    folder.name,
                    store.about,
                    size,
                    store.separated / rate,
                    store.layout.length / rate,
                    used,
                )
        except CacheError:
            return Entry(folder.name, {}, size, 0.0, 0.0, used)

    def evict(self, room: int) -> int:
        """Drop the least recently used entries until `room` bytes fit below the limit. Returns how
        many were dropped.
        """
        for left in self.folder.glob(f"*{GONE}"):  # by a process that ended as it dropped it
            self._drop(left.stem)
        dropped = 0
        while sum(e.size for e in self.entries()) + room > self.limit and self._evict_one():
            dropped += 1
        return dropped

    def _evict_one(self) -> bool:
        return any(self.remove(entry.key) for entry in self.entries())

    def remove(self, key: str) -> bool:
        """Drop an entry; False when it is in use or gone."""
        return (self.folder / key).is_dir() and self._drop(key)

    def _drop(self, key: str) -> bool:
        """Whether an entry is dropped, or what is left of one."""
        folder, gone = self.folder / key, self.folder / (key + GONE)
        try:
            with FileLock(self.folder / (key + LOCK), timeout=0):
                if is_held(self.folder, key):
                    return False
                if folder.is_dir() and not gone.exists():
                    folder.rename(gone)
                    if is_held(self.folder, key):  # since; from now on it is found missing
                        gone.rename(folder)
                        return False
                shutil.rmtree(gone)
                # While it is held: afterwards it may be another's. Who waits on it takes a new one.
                with suppress(OSError):  # Windows keeps what is open
                    (self.folder / (key + LOCK)).unlink()
        except OSError:  # Timeout is one
            return False
        return True

    def clear(self) -> int:
        """Drop every entry that is not in use. Returns how many."""
        return sum(self.remove(entry.key) for entry in self.entries())

    def _make(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self._unwritable(error) from error

    def _unwritable(self, error: OSError) -> CacheError:
        return CacheError(
            f"the cache folder {self.folder} cannot be written ({error.strerror}): "
            "set REMIXER_CACHE to a folder that can be written"
        )

    @contextmanager
    def _lock(self, key: str, cancelled: Callable[[], bool]) -> Iterator[None]:
        lock = FileLock(self.folder / (key + LOCK))
        try:
            while True:
                try:
                    lock.acquire(timeout=0.2)
                    break
                except Timeout:
                    if cancelled():
                        raise Cancelled(
                            "stopped waiting for another Remixer on the same song"
                        ) from None
        except OSError as error:
            raise self._unwritable(error) from error
        try:
            yield
        finally:
            lock.release()


def _touch(folder: Path) -> None:
    """Mark an entry as used now."""
    with suppress(OSError):  # only its turn in `evict` depends on it
        os.utime(folder / HEADER)


def _taken(file: Path) -> int:
    """Bytes that a file takes on the disk: where the system tells, holes take none."""
    status = file.stat()
    blocks: int | None = getattr(status, "st_blocks", None)
    return status.st_size if blocks is None else blocks * 512


def cache_key(content: str, fingerprint: str, layout: Layout) -> str:
    """The key of a separation: audio content, separator and settings. 32 hex digits."""
    settings = f"{content}|{fingerprint}|{layout}"
    return hashlib.blake2b(settings.encode(), digest_size=16).hexdigest()
