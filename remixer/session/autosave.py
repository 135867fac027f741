"""What is not saved yet, kept in a recovery file every few seconds, and found again after a crash.

Each window has one file in the recovery folder and holds a lock beside it. The system lets go of
the lock however the window ends, so a file whose lock can be had is one that nobody works on.
"""

import os
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs
from filelock import BaseFileLock, FileLock

from remixer.audio.temporaries import sweep
from remixer.errors import RemixerError
from remixer.session.saved import SavedMix, from_values, to_values
from remixer.session.savefile import DAMAGE, SUFFIX, read_mix, read_values, save_mix, write_values

ENVIRONMENT = "REMIXER_STATE"
INTERVAL_S = 2.0
"""Between two writes while something changes; well below the 5 s that a crash may cost."""
VERSION = 1
KEPT_S = 30 * 86_400.0
OFFERS = 3
"""Recovery files that nobody wanted for so long, by the clock, and at so many starts are deleted.
The clock alone does not count: it may have jumped by years.
"""
LOCK = ".lock"
_LATEST = 2.0**37
"""Seconds since the epoch: the year 6325. Calendars end at 9999."""


@dataclass(frozen=True)
class Work:
    """What a window has open. session: the `.remix` file it belongs to, None for none yet. unsaved:
    whether there is something in it that the session does not hold.
    """

    saved: SavedMix
    session: Path | None = None
    unsaved: bool = True


def recovery_folder() -> Path:
    """In the folder that the environment variable REMIXER_STATE names, else in the user's."""
    named = os.environ.get(ENVIRONMENT)
    state = Path(named) if named else platformdirs.user_state_path("remixer")
    return state / "recovery"


class Autosaver:
    """Keeps the recovery file of one window; its own thread writes. All methods return at once
    but `flush`, which waits for the disk; none raises. For any thread.
    """

    def __init__(self, folder: Path | None = None, interval_s: float = INTERVAL_S) -> None:
        self._folder = folder or recovery_folder()
        self._interval_s = interval_s
        self._changed = threading.Condition()
        self._writing = threading.Lock()
        self._work: Work | None = None
        self._written: Work | None = None
        self._closed = False
        self._thread: threading.Thread | None = None
        self._lock: BaseFileLock | None = None
        self._file: Path | None = None
        self.trouble = ""
        """Why the last write failed, one line; empty when it did not."""

    @property
    def file(self) -> Path | None:
        """The recovery file, once there is one."""
        return self._file

    def keep(self, work: Work | None) -> None:
        """What is open now, None for nothing: it is on the disk within the interval."""
        with self._changed:
            self._work = work
            if work != self._written and self._thread is None and not self._closed:
                self._thread = threading.Thread(target=self._run, name="autosave", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def flush(self) -> bool:
        """Write now what was given last. Returns whether it is on the disk."""
        with self._writing:
            work = self._work
            if work == self._written:
                return True
            try:
                self._write(work)
            except Exception as error:  # whatever it is, the window must hear of it
                self.trouble = _reason(error)
                return False
            self._written, self.trouble = work, ""
            return True

    def close(self, keep: bool = False) -> None:
        """End. The file goes, as at a clean end nothing in it is missed; or is kept for the next
        start.
        """
        with self._changed:
            self._closed = True
            if not keep:
                self._work = None
            self._changed.notify_all()
        if self._thread:
            self._thread.join()
        self.flush()
        with self._writing:
            self._unlock()

    def __enter__(self) -> "Autosaver":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _run(self) -> None:
        while not self._closed:
            with self._changed:
                self._changed.wait_for(lambda: self._closed or self._work != self._written)
            if self._closed:
                return
            self.flush()
            with self._changed:  # what comes meanwhile waits for its turn
                self._changed.wait_for(lambda: self._closed, self._interval_s)

    def _write(self, work: Work | None) -> None:
        if work is None:
            self._remove()
            return
        file = self._claim()
        values = {
            "recovery": VERSION,
            "time": time.time(),
            "session": str(work.session.resolve()) if work.session else None,
            "unsaved": work.unsaved,
            "work": to_values(work.saved, file.parent),
        }
        write_values(file, values)

    def _claim(self) -> Path:
        """The file's name; the lock is taken before there is a file."""
        if self._file is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            file = self._folder / f"{uuid.uuid4().hex}{SUFFIX}"
            lock = _lock_of(file)
            lock.acquire(timeout=0)
            self._file, self._lock = file, lock
        return self._file

    def _remove(self) -> None:
        if self._file:
            self._file.unlink(missing_ok=True)

    def _unlock(self) -> None:
        if self._file and self._lock:
            _let_go(self._file, self._lock)
        self._file = self._lock = None


def _reason(error: Exception) -> str:
    """What the system says, else what we do."""
    cause = error.__cause__ if isinstance(error.__cause__, OSError) else error
    return " ".join(str(getattr(cause, "strerror", None) or error).split())


def save_session(saver: Autosaver, target: Path, saved: SavedMix) -> None:
    """Write a session's `.remix` file. A crash at any moment costs nothing: the recovery file has
    all of it before the session does, and says so afterwards. Raises OutputError.
    """
    saver.keep(Work(saved, target))
    saver.flush()
    save_mix(target, saved)
    saver.keep(Work(saved, target, unsaved=False))


class Recovery:
    """What a dead window left. This process holds it, so that no other offers it, too, until it is
    let go or discarded.
    """

    def __init__(self, file: Path, lock: BaseFileLock, work: Work, time_s: float) -> None:
        self._file, self._lock = file, lock
        self.work = work
        self.time_s = time_s
        """When it was written, seconds since the epoch."""

    def discard(self) -> None:
        """Delete it: it is not wanted, or kept by this window by now."""
        with suppress(OSError):
            self._file.unlink(missing_ok=True)
        self.let_go()

    def let_go(self) -> None:
        """Leave it for the next start."""
        _let_go(self._file, self._lock)


def recoveries(folder: Path | None = None) -> list[Recovery]:
    """What dead windows left that no session holds, the newest first. Of the rest, what is of no
    use to anybody is deleted: nothing unsaved in it, or left for a month and several starts.
    """
    folder = folder or recovery_folder()
    found = [r for file in _files(folder) if (r := _taken(file)) is not None]
    return sorted(found, key=lambda r: r.time_s, reverse=True)


def _files(folder: Path) -> Iterator[Path]:
    """Recovery files; what dead windows left beside them goes."""
    try:
        names = sorted(folder.iterdir())
    except OSError:
        return
    for path in names:
        if path.suffix == LOCK and _age_s(path) > KEPT_S:
            _clear(path.with_suffix(SUFFIX))
        if path.suffix == SUFFIX and not path.name.startswith("."):
            yield path


def _clear(file: Path) -> None:
    """Remove a lock without a file, if nobody holds it: a window may have been open for a month, or
    the clock may have jumped.
    """
    lock = _lock_of(file)
    with suppress(OSError):
        lock.acquire(timeout=0)
        _let_go(file, lock)


def _taken(file: Path) -> Recovery | None:
    """A recovery file of a dead window that has something in it, locked; else None."""
    lock = _lock_of(file)
    try:
        lock.acquire(timeout=0)
    except OSError:  # Timeout is one: somebody works on it
        return None
    sweep(file)
    try:
        values = read_values(file, "recovery", VERSION)
        recovery = Recovery(file, lock, _work(values), _moment(values["time"]))
        offers = int(values.get("offers", 0)) + 1
    except (RemixerError, *DAMAGE):
        # Damaged, or of a newer Remixer, which may still want it.
        recovery, offers, values = None, 0, {}
    if recovery is not None and _is_missed(recovery.work):
        young = time.time() - recovery.time_s < KEPT_S
        if young or offers <= OFFERS:
            _count(file, {**values, "offers": offers})
            return recovery
    if recovery is not None or _age_s(file) > KEPT_S:
        with suppress(OSError):
            file.unlink()
    _let_go(file, lock)
    return None


def _count(file: Path, values: dict[str, Any]) -> None:
    """How often it was offered. A disk that refuses is no error: it is offered more often."""
    with suppress(RemixerError):
        write_values(file, values)


def _moment(value: Any) -> float:
    """Seconds since the epoch that a calendar has."""
    moment = float(value)
    if not 0.0 <= moment <= _LATEST:
        raise ValueError(f"the time {moment}")
    return moment


def _work(values: dict[str, Any]) -> Work:
    session = values["session"]
    saved = from_values(values["work"])
    return Work(saved, Path(session) if session is not None else None, bool(values["unsaved"]))


def _is_missed(work: Work) -> bool:
    """Whether there is something in it that its session does not hold."""
    if not work.unsaved or work.session is None:
        return work.unsaved
    try:
        saved = read_mix(work.session)
    except RemixerError:
        return True
    return (saved.mix, saved.regions) != (work.saved.mix, work.saved.regions)


def _lock_of(file: Path) -> BaseFileLock:
    return FileLock(file.with_suffix(LOCK), thread_local=False)


def _let_go(file: Path, lock: BaseFileLock) -> None:
    """The lock's file goes with the recovery file, while it is held: nobody else can have it."""
    if not file.exists():
        with suppress(OSError):  # Windows keeps what is open; it deletes it itself
            file.with_suffix(LOCK).unlink()
    lock.release()


def _age_s(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except OSError:
        return 0.0
