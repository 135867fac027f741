"""An export under way: waits for the separation, then writes and proves in a thread of its own."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer, Signal

from remixer.app.workers import IsCancelled, Report, Worker, message_of
from remixer.audio.reader import AudioReader
from remixer.mixing.stems import StemSet
from remixer.mixing.strips import MixState
from remixer.separation.store import FADE
from remixer.session.exporting import ExportPlan, run_export
from remixer.session.jobs import Watch
from remixer.session.separation_service import Separation

Region = tuple[int, int] | None
POLL_MS = 100
STARTING_S = 0.3
"""Before that nobody can tell how long it takes."""


@dataclass(frozen=True)
class Progress:
    """What is being done; share 0 to 1, None while nobody knows; left_s of wall clock."""

    text: str
    share: float | None
    left_s: float | None = None


@dataclass(frozen=True)
class Stems:
    """Where a job finds the stems: asked in the window's thread."""

    ready: Callable[[], StemSet | None]
    separation: Callable[[], Separation | None]

    def there(self, region: Region) -> StemSet | None:
        """The stems, once they are separated wherever the region needs them."""
        status = self.separation()
        return self.ready() if status is None or covers(status, region) else None

    def trouble(self) -> str:
        """Why those that are not there will not come; "" while they may."""
        status = self.separation()
        if status is None:
            return "" if self.ready() else "the song is not separated: separate it first"
        if status.state == "failed":
            return f"the separation failed: {status.error}"
        if status.state == "cancelled":
            return "the separation was stopped: go on with it first"
        return ""


def covers(status: Separation, region: Region) -> bool:
    """Whether every chunk that a region, or the song, takes samples from is separated; with the
    next ones, where the crossfades at a region's ends reach into them.
    """
    if status.state == "done" or region is None:
        return status.state == "done"
    first = max(region[0] - FADE, 0) // status.chunk
    last = (region[1] + FADE - 1) // status.chunk
    needed = status.done[first : last + 1]
    return needed.size > 0 and bool(needed.all())


class ExportJob(QObject):
    """Exactly one of `finished` (an ExportReport), `failed` (one line) and `cancelled` comes."""

    progressed = Signal(object)
    finished = Signal(object)
    failed = Signal(str)
    cancelled = Signal()

    def __init__(
        self,
        plan: ExportPlan,
        source: AudioReader,
        state: MixState,
        stems: Stems | None,
        parent: QObject,
    ) -> None:
        """stems: None where the plan needs none."""
        super().__init__(parent)
        self._plan, self._source, self._state, self._stems = plan, source, state, stems
        self._worker: Worker | None = None
        self._timer = QTimer(self, interval=POLL_MS)
        self._timer.timeout.connect(self._wait)

    def start(self) -> None:
        """Begin; nothing is signalled before the event loop goes on."""
        self._timer.start()

    @property
    def writing(self) -> bool:
        """Whether files are being written, beside their names."""
        return self._worker is not None

    def cancel(self) -> None:
        """Stop as soon as may be."""
        if self._worker is not None:
            self._worker.cancel()
        elif self._timer.isActive():
            self._timer.stop()
            self.cancelled.emit()

    def close(self) -> None:
        """Stop, wait, and signal nothing more."""
        self._timer.stop()
        if self._worker is not None:
            self._worker.close()

    def _wait(self) -> None:
        """Until the stems are there, or never will be."""
        stems = self._stems
        there = stems.there(self._plan.region) if stems else None
        if stems is None or there is not None:
            self._write(there)
        elif trouble := stems.trouble():
            self._timer.stop()
            self.failed.emit(trouble)
        elif (status := stems.separation()) is not None:
            self.progressed.emit(waiting(status))

    def _write(self, stems: StemSet | None) -> None:
        self._timer.stop()
        plan, source, state = self._plan, self._source, self._state
        started = time.monotonic()

        def work(report: Report, cancelled: IsCancelled) -> object:
            def writing(done_s: float, total_s: float) -> None:
                report(written(done_s, total_s, time.monotonic() - started))

            watch = Watch(writing=writing, cancelled=cancelled)
            return run_export(plan, source, stems, state, watch)

        self.progressed.emit(Progress("Writing", 0.0))
        worker = self._worker = Worker(work, "export")
        worker.progressed.connect(self.progressed)
        worker.finished.connect(self.finished)
        worker.failed.connect(self._fail)
        worker.cancelled.connect(self.cancelled)
        worker.start()

    def _fail(self, error: object) -> None:
        self.failed.emit(message_of(error))


def waiting(status: Separation) -> Progress:
    """The separation as the export's first part."""
    share = status.done_s / status.total_s if status.total_s > 0 else None
    if status.state == "waiting":
        return Progress("Waiting for the separation to begin", None)
    return Progress("Waiting for the separation", share, status.left_s)


def written(done_s: float, total_s: float, elapsed_s: float) -> Progress:
    """How far writing is, and how long it will take at this pace; then it is read back."""
    share = done_s / total_s if total_s > 0 else 1.0
    if share >= 1.0:
        return Progress("Reading back from disk", None)
    left = elapsed_s * (1 - share) / share if elapsed_s > STARTING_S and share > 0 else None
    return Progress("Writing", share, left)
