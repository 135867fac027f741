"""Separation for the window: one warm process that does it, and a snapshot of how it stands."""

import sys
import threading
import time
from collections import deque
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from remixer.audio.reader import open_audio
from remixer.errors import RemixerError
from remixer.separation.cache import StemCache
from remixer.separation.catalogue import find_model
from remixer.separation.hold import Hold
from remixer.separation.store import CHUNK
from remixer.session.separation import key_of, layout_of
from remixer.session.separation_link import (
    Cancel,
    Event,
    Follow,
    Start,
    State,
    stamp_of,
)
from remixer.session.worker_process import PATIENCE_S, WorkerProcess

RECENT = 8
"""Events that the speed is measured over."""


@dataclass(frozen=True, eq=False)
class Separation:
    """How a job stands.

    waiting: for the file's hash, the model, or another Remixer that separates the same song.
    done_s, total_s: seconds of audio. left_s: of wall clock, None until it can be told. folder: the
    StemStore, once there is one. chunk: samples; done: which chunks are separated. error: one line,
    when it failed. content: the file's content hash, once it is known.
    """

    state: State = "waiting"
    done_s: float = 0.0
    total_s: float = 0.0
    left_s: float | None = None
    folder: Path | None = None
    chunk: int = CHUNK
    done: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))
    error: str = ""
    content: str = ""

    @property
    def active(self) -> bool:
        """Whether it goes on."""
        return self.state in ("waiting", "separating")


def worker_command() -> list[str]:
    """How the separation process is started. -P: whatever lies in the user's folder is no module
    of ours.
    """
    return [sys.executable, "-P", "-m", "remixer.session.separation_worker"]


class SeparationService:
    """Separates one song at a time in a process of its own, which is started at once, so that torch
    is imported while the window opens, and again if it dies.

    Every method returns at once; what goes wrong becomes a Separation with the state "failed".
    cache: the folder of the StemCache, None for the user's.
    """

    def __init__(self, cache: Path | None = None) -> None:
        self._cache = StemCache(cache.absolute() if cache else None)
        self._lock = threading.RLock()
        self._status: Separation | None = None
        self._number = 0
        self._sent = 0
        """The job that was given to the process last."""
        self._unheard: Start | None = None
        """That job, while the process has said nothing of it."""
        self._position = 0
        self._speed = _Speed()
        self._worker: WorkerProcess | None = None
        self._closed = False
        self._checking: list[threading.Thread] = []
        self._hold: Hold | None = None
        """Keeps other Remixers from dropping the stems of the song that is open."""
        with self._lock:
            self._launch()

    def start(self, path: Path, model: str, position: int = 0, content: str = "") -> None:
        """Separate a file, instead of whatever was asked for before.

        position: of the playhead, in samples; chunks from there on come first. content: the file's
        content hash where it is known; else the whole file is read for it.
        """
        with self._lock:
            if self._closed:
                return
            self._drop()
            self._number += 1
            self._position, self._speed = position, _Speed()
            self._status = Separation()
            self._checking = [thread for thread in self._checking if thread.is_alive()]
            number, file = self._number, path.absolute()
            check = threading.Thread(
                target=self._check,
                args=(number, file, model, content),
                name="check-cache",
                daemon=True,
            )
            self._checking.append(check)
        check.start()

    def follow(self, position: int) -> None:
        """The playhead jumped: chunks from there on come first."""
        with self._lock:
            chunk = self._status.chunk if self._status else CHUNK
            moved = position // chunk != self._position // chunk
            self._position = position
            if moved and self._worker and self._separating:
                self._worker.send(Follow(position))

    def status(self) -> Separation | None:
        """How the job stands that was started last; None before the first."""
        return self._status

    @property
    def pid(self) -> int | None:
        """The process's number, for whoever watches processes; None when there is none."""
        worker = self._worker
        return worker.pid if worker else None

    def cancel(self) -> None:
        """Stop the job; what is separated stays. The process stops within a chunk's time."""
        with self._lock:
            if self._status and self._status.active:
                self._drop()
                self._status = replace(self._status, state="cancelled", left_s=None)

    def close(self) -> None:
        """End the process, by force if it does not end in 3 s. Again does nothing."""
        with self._lock:
            self._closed = True
            worker, self._worker = self._worker, None
        if worker:
            worker.close()
        for thread in self._checking:
            thread.join(PATIENCE_S)
        with self._lock:
            hold, self._hold = self._hold, None
        if hold:
            hold.release()

    def __enter__(self) -> "SeparationService":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _drop(self) -> None:
        """The process need not go on with the job before."""
        if self._worker and self._status and self._status.active:
            self._worker.send(Cancel(self._number))

    def _check(self, number: int, path: Path, model: str, content: str) -> None:
        """What needs no torch: the model's card, the file's hash, and a separation that is there
        already. Then the process's turn.
        """
        try:
            card = find_model(model)
            stamp = stamp_of(path) if path.exists() else []
            with open_audio(path) as source:
                content = content or source.content_hash()
                self._know(number, content)
                key = key_of(source, card, content)
                self._keep(number, key)
                folder = self._cache.finished(key, layout_of(source))
                seconds = source.length / source.rate
        except RemixerError as error:
            self._fail(number, str(error))
            return
        except Exception as error:  # a damaged file may do anything: the job ends, not the thread
            what = " ".join(f"{type(error).__name__}: {error}".split())
            self._fail(number, f"{path.name} cannot be separated ({what}): try another copy of it")
            return
        with self._lock:
            if number != self._number or not self._separating:
                return
            self._status = replace(self._status or Separation(), total_s=seconds)
            if folder is not None:
                self._status = _complete(folder, source.length, seconds, content)
                return
            place = (str(self._cache.folder), content, stamp, self._position)
            self._unheard = Start(number, str(path), model, *place)
            self._give(self._unheard)

    def _keep(self, number: int, key: str) -> None:
        """Hold the cache's entry of a job, instead of the one before."""
        hold = self._cache.hold(key)
        unneeded: Hold | None = hold
        with self._lock:
            if number == self._number and not self._closed:
                unneeded, self._hold = self._hold, hold
        if unneeded:
            unneeded.release()

    def _know(self, number: int, content: str) -> None:
        """The hash is of use even where nobody wants the stems any more."""
        with self._lock:
            if number == self._number:
                self._status = replace(self._status or Separation(), content=content)

    @property
    def _separating(self) -> bool:
        return not self._closed and self._status is not None and self._status.active

    def _fail(self, number: int, message: str) -> None:
        with self._lock:
            if number == self._number and self._separating:
                before = self._status or Separation()
                self._status = replace(before, state="failed", left_s=None, error=message)

    def _give(self, job: Start) -> None:
        """Give a job to the process, which is started if there is none."""
        if self._worker is None:
            self._launch()
        if self._worker:
            self._sent = job.number
            self._worker.send(replace(job, position=self._position))

    def _launch(self) -> None:
        try:
            self._worker = WorkerProcess(worker_command(), self._heard, self._died)
        except OSError as error:
            self._fail(self._number, f"the separation process cannot be started ({error.strerror})")

    def _heard(self, event: Event) -> None:
        with self._lock:
            if event.number == self._number and self._separating:
                self._unheard = None
                self._status = _snapshot(event, self._status or Separation(), self._speed)

    def _died(self, worker: WorkerProcess, code: int) -> None:
        """The process ended by itself: the job on it failed, the next finds a new process.

        A job that it had not begun is given once more. A process that never said anything would
        only die again: another is started when it is asked for.
        """
        with self._lock:
            if worker is not self._worker or self._closed:
                return
            self._worker = None
            again, self._unheard = self._unheard, None
            if again and again.number == self._number and self._separating:
                self._give(again)
                return
            self._fail(
                self._sent,
                f"the separation process ended unexpectedly ({_ending(code)}): "
                "start again, what is done is kept",
            )
            if worker.answered:
                self._launch()


class _Speed:
    """How fast a job is, measured over its latest events."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, float]] = deque(maxlen=RECENT)

    def left_s(self, done_s: float, total_s: float) -> float | None:
        """Seconds until all is done, from now on, as the process has separated so much now."""
        self._seen.append((time.monotonic(), done_s))
        since, before_s = self._seen[0]
        gained_s = done_s - before_s
        if gained_s <= 0.0:
            return None
        return (total_s - done_s) * (time.monotonic() - since) / gained_s


def _snapshot(event: Event, before: Separation, speed: _Speed) -> Separation:
    """What an event says; one without a place in the cache changes the state only."""
    if not event.folder:
        return replace(before, state=event.state, error=event.error, left_s=None)
    done = np.array([flag == "1" for flag in event.done])
    sizes = np.full(len(done), event.chunk)
    sizes[-1] = event.length - event.chunk * (len(done) - 1)
    done_s, total_s = int(sizes[done].sum()) / event.rate, event.length / event.rate
    left_s = speed.left_s(done_s, total_s) if event.state == "separating" else None
    folder = Path(event.folder)
    place = (folder, event.chunk, done)
    return Separation(event.state, done_s, total_s, left_s, *place, event.error, before.content)


def _complete(folder: Path, length: int, seconds: float, content: str) -> Separation:
    done = np.ones(-(-length // CHUNK), np.bool_)
    return Separation("done", seconds, seconds, None, folder, CHUNK, done, content=content)


def _ending(code: int) -> str:
    """An exit code for people."""
    if code == -9:
        return "it was killed, perhaps because memory ran out"
    return f"signal {-code}" if code < 0 else f"exit code {code}"
