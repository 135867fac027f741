"""The separation process: torch imported and a model loaded ahead of time, one job at a time.

It reads commands from standard input and writes events to standard output, and ends with whoever
started it: when its standard input does.
"""

import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import numpy as np
from numpy.typing import NDArray

from remixer import logs
from remixer.audio.reader import AudioReader, open_audio
from remixer.errors import CacheError, Cancelled, ModelError, RemixerError
from remixer.mixing.stems import to_grid
from remixer.separation.cache import StemCache
from remixer.separation.catalogue import DEFAULT, Model, find_model
from remixer.separation.store import StemStore
from remixer.session.separation import key_of, opened
from remixer.session.separation_link import (
    READY,
    Command,
    Event,
    Follow,
    Start,
    State,
    event_line,
    read_command,
    stamp_of,
)

if TYPE_CHECKING:
    from remixer.separation.separator import Separator

Tell = Callable[[Event], None]
NICENESS = 5
"""Playing and the window come first."""


class Desk:
    """What is asked for, kept by the thread that reads commands."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._next: Start | None = None
        self._wanted = 0
        self._position = 0

    def take(self, command: Command) -> None:
        """A command has come."""
        with self._changed:
            if isinstance(command, Start):
                self._next, self._wanted = command, command.number
                self._position = command.position
            elif isinstance(command, Follow):
                self._position = command.position
            elif command.number == self._wanted:
                self._next, self._wanted = None, 0
            self._changed.notify()

    def jobs(self) -> Iterator[Start]:
        """Jobs as they come; of several that wait, the newest."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._next is not None)
                job, self._next = self._next, None
            if job is not None:
                yield job

    def cancelled(self, number: int) -> bool:
        """Whether a job is no longer wanted."""
        return number != self._wanted

    def position(self) -> int:
        """The playhead's latest place, in samples."""
        return self._position


class Models:
    """The model in memory, loaded in a thread of its own: torch is imported there, too."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="load")
        self._fingerprint = ""
        self._loading: Future[Separator] | None = None

    def want(self, card: Model) -> "Future[Separator]":
        """A card's separator, as soon as it is loaded. The one before is let go."""
        if self._loading is None or self._fingerprint != card.fingerprint or _failed(self._loading):
            self._fingerprint = card.fingerprint
            self._loading = self._pool.submit(_load, card)
        return self._loading


def _failed(loading: "Future[Separator]") -> bool:
    return loading.done() and loading.exception() is not None


def _load(card: Model) -> "Separator":
    try:
        from remixer.separation.loading import load_separator
    except (ImportError, OSError) as error:
        raise ModelError(f"torch cannot be loaded ({error}): reinstall Remixer") from error
    return load_separator(card)


def run(job: Start, desk: Desk, models: Models, tell: Tell) -> None:
    """Do a job, telling how it goes: the last event says how it ended."""
    try:
        card = find_model(job.model)
        with open_audio(Path(job.path)) as source:
            loading = models.want(card)
            _Run(job, source, desk, tell).separate(card, loading)
    except Cancelled:
        tell(Event(job.number, "cancelled"))
    except RemixerError as error:
        tell(Event(job.number, "failed", error=str(error)))
    except Exception as error:
        traceback.print_exc()
        logs.start()
        logs.failure(type(error), error, error.__traceback__)
        message = f"the separation failed ({type(error).__name__}: {error}): try again"
        tell(Event(job.number, "failed", error=" ".join(message.split())))


class _Run:
    """One job on an open source."""

    def __init__(self, job: Start, source: AudioReader, desk: Desk, tell: Tell) -> None:
        self._job, self._source, self._desk, self._tell = job, source, desk, tell
        self._told = ""

    def separate(self, card: Model, loading: "Future[Separator]") -> None:
        """Fill the store of the job's source. Raises RemixerError."""
        job, cache = self._job, StemCache(Path(self._job.cache))
        content = job.content if stamp_of(self._source.path) == job.stamp else None
        key = key_of(self._source, card, content)

        def waiting() -> bool:
            self._peek(cache.folder / key)
            return self._cancelled()

        with opened(key, self._source, card, cache, waiting) as store:
            if not store.complete:
                self._report("waiting", store)
                self._fill(store, self._ready(loading))
            self._report("done", store)

    def _cancelled(self) -> bool:
        return self._desk.cancelled(self._job.number)

    def _ready(self, loading: "Future[Separator]") -> "Separator":
        while True:
            with suppress(TimeoutError):
                return loading.result(timeout=0.1)
            if self._cancelled():
                raise Cancelled("separation stopped before it began")

    def _fill(self, store: StemStore, separator: "Separator") -> None:
        from remixer.separation.runner import separate

        grid, layout = self._source.grid, store.layout
        steps = separate(
            separator,
            self._source,
            store,
            to_grid=lambda estimates: to_grid(estimates, grid),
            order=following(store.done, lambda: self._desk.position() // layout.chunk),
            cancelled=self._cancelled,
        )
        for _progress in steps:
            self._report("separating", store)

    def _peek(self, folder: Path) -> None:
        """While another process separates the same song: how far it is."""
        with suppress(CacheError), StemStore.open(folder) as store:
            self._report("waiting", store)

    def _report(self, state: State, store: StemStore) -> None:
        done = "".join("1" if flag else "0" for flag in store.done)
        if (told := state + done) != self._told:
            self._told, layout = told, store.layout
            place = (str(store.folder), layout.rate, layout.length, layout.chunk)
            self._tell(Event(self._job.number, state, *place, done))


def following(done: NDArray[np.bool_], first: Callable[[], int]) -> Iterator[int]:
    """Chunks that are not done, each once: always the next one from the playhead on, then those
    before it.

    first: gives the playhead's chunk at the moment.
    """
    left = [int(chunk) for chunk in np.flatnonzero(~done)]
    while left:
        ahead = (chunk for chunk in left if chunk >= first())
        chunk = next(ahead, left[0])
        left.remove(chunk)
        yield chunk


def _listen(commands: TextIO, desk: Desk) -> None:
    for line in commands:
        desk.take(read_command(line))
    os._exit(0)  # whoever asked is gone: a chunk under way is worth nothing, the rest is on disk


def main() -> None:
    """Serve until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal is for the window
    events = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a library prints is no event

    lock = threading.Lock()

    def tell(event: Event) -> None:
        try:
            with lock:
                events.write(event_line(event))
                events.flush()
        except OSError:
            os._exit(0)

    desk, models = Desk(), Models()
    threading.Thread(target=_listen, args=(sys.stdin, desk), daemon=True).start()
    with suppress(ModelError):  # whoever asks for it is told
        loading = models.want(find_model(DEFAULT))
        loading.add_done_callback(lambda _: tell(READY))
    if hasattr(os, "nice"):
        os.nice(NICENESS)  # on Linux this thread's and its children's: what loads stays quick
    for job in desk.jobs():
        run(job, desk, models, tell)


if __name__ == "__main__":
    main()
