"""Work off the window's thread: one callable, told of by signals in the window's thread."""

import logging
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from PySide6.QtCore import QObject, Qt, Signal, Slot

from remixer.errors import Cancelled, RemixerError

Report = Callable[[object], None]
"""What work calls with its progress, a value of its own type."""
IsCancelled = Callable[[], bool]
"""What work asks, often, whether to stop; it then raises Cancelled."""
Work = Callable[[Report, IsCancelled], object]

_log = logging.getLogger(__name__)


class Worker(QObject):
    """Runs one callable in a thread of its own, once.

    Exactly one of `finished` (the result), `failed` (the exception) and `cancelled` comes at the
    end, after the last `progressed`; of progress that comes faster than the window follows, only
    the latest is told. All signals are emitted in the thread that made the worker, whatever
    receives them. Work that the user cancelled but that was done first is `finished`.
    """

    progressed = Signal(object)
    finished = Signal(object)
    failed = Signal(object)
    cancelled = Signal()
    _posted = Signal()

    def __init__(self, work: Work, name: str = "remixer-worker") -> None:
        super().__init__()
        self._work = work
        self._stop = threading.Event()
        self._closed = False
        self._progress: deque[object] = deque(maxlen=1)
        self._end: deque[tuple[str, object]] = deque()
        self._pending = threading.Lock()
        # Not a daemon: half a file is never left because the interpreter went first.
        self._thread = threading.Thread(target=self._run, name=name)
        self._posted.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def start(self) -> None:
        """Begin. Raises RuntimeError the second time."""
        self._thread.start()

    @property
    def running(self) -> bool:
        """Whether the thread is alive; its last signal may still be on its way afterwards."""
        return self._thread.is_alive()

    def cancel(self) -> None:
        """Ask the work to stop; returns at once."""
        self._stop.set()

    def join(self, timeout_s: float | None = None) -> bool:
        """Wait for the thread. Returns whether it has ended; its signals come from the event loop
        afterwards.
        """
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def close(self) -> None:
        """Cancel, wait, and tell nothing any more."""
        self._closed = True
        self.cancel()
        self.join()

    def _run(self) -> None:
        try:
            self._end.append(("finished", self._work(self._report, self._stop.is_set)))
        except Cancelled:
            self._end.append(("cancelled", None))
        except Exception as error:  # whatever it is, the window must hear of it
            self._end.append(("failed", error))
        self._post()

    def _report(self, progress: object) -> None:
        self._progress.append(progress)
        if self._pending.acquire(blocking=False):  # else one delivery is on its way already
            self._post()

    def _post(self) -> None:
        with suppress(RuntimeError):  # the application, and Qt's half of this object, are gone
            self._posted.emit()

    @Slot()
    def _deliver(self) -> None:
        if self._pending.locked():
            self._pending.release()
        ended = self._end.popleft() if self._end else None
        if self._closed:
            return
        if self._progress:
            self.progressed.emit(self._progress.pop())
        if ended is None:
            return
        self._thread.join()
        self._tell(*ended)

    def _tell(self, how: str, value: object) -> None:
        if how == "finished":
            self.finished.emit(value)
        elif how == "cancelled":
            self.cancelled.emit()
        else:
            expected = isinstance(value, RemixerError | OSError)
            trace = value if isinstance(value, Exception) else None
            _log.log(logging.DEBUG if expected else logging.ERROR, "work failed", exc_info=trace)
            self.failed.emit(value)


def message_of(error: object) -> str:
    """One line for the user of whatever work raised."""
    text = " ".join(str(error).split())
    if isinstance(error, OSError):
        return f"{error.filename or 'the system'}: {error.strerror or text}"
    return text or type(error).__name__
