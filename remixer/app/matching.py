"""Keeps the loudness difference between remix and original up to date, off the window's thread."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from remixer.app.workers import IsCancelled, Report, Worker
from remixer.session.matching import excerpt, loudness_difference_db, still_fits
from remixer.session.spans import Span, separated_spans, total

if TYPE_CHECKING:
    from remixer.app.controller import Controller

DELAY_MS = 250
GROWTH = 1.5
"""By so much more separated, an excerpt is measured again."""


class Matcher(QObject):
    """Measures a little after the last move, and again when the playhead has gone elsewhere or more
    of the place is separated; only while the comparison is wanted matched.
    """

    matched = Signal()

    def __init__(self, controller: "Controller") -> None:
        super().__init__(controller)
        self._controller = controller
        self.difference_db = 0.0
        self._known = False
        self._worker: Worker | None = None
        self._region: Span | None = None
        self._separated = 0
        self._delay = QTimer(self, interval=DELAY_MS, singleShot=True)
        self._delay.timeout.connect(self._start)

    @property
    def is_measuring(self) -> bool:
        """Whether the difference is wanted and not known yet: the original is not matched then."""
        document = self._controller.document
        moved = document is not None and not document.mix.is_neutral
        return self._controller.settings.matched and moved and not self._known

    def measure(self) -> None:
        """Soon."""
        document = self._controller.document
        if document is None or document.mix.is_neutral:
            self.cancel()
            self._set(0.0, known=False)
        elif self._controller.settings.matched:
            self._delay.start()
        else:
            self.forget()

    def follow(self, position: int) -> None:
        """The playhead is there now."""
        document = self._controller.document
        if document is None or self._region is None or not self._is_wanted:
            return
        if not still_fits(self._region, position, document.length, document.rate, document.loop):
            self._start()

    def stems_grew(self) -> None:
        """More is separated."""
        if self._region is None or not self._is_wanted:
            return
        found = self._separated_of(self._region)
        everything = found == self._region[1] - self._region[0]
        if found > self._separated and (everything or found >= GROWTH * self._separated):
            self._start()

    def cancel(self) -> None:
        """Forget what is being measured."""
        self._delay.stop()
        self._region = None
        self._end()

    close = cancel

    @property
    def _is_wanted(self) -> bool:
        """Whether the difference counts, and is not about to be measured anyway."""
        document = self._controller.document
        busy = self._worker is not None or self._delay.isActive()
        neutral = document is None or document.mix.is_neutral
        return self._controller.settings.matched and not neutral and not busy

    def _separated_of(self, region: Span) -> int:
        status = self._controller.separation
        return total(separated_spans(region, status.done, status.chunk)) if status else 0

    def _end(self) -> None:
        worker, self._worker = self._worker, None
        if worker:
            worker.close()

    def _start(self) -> None:
        self._delay.stop()
        self._end()
        document, stems = self._controller.document, self._controller.stems
        if document is None or stems is None:
            return
        position = self._controller.player.snapshot().position
        region = excerpt(position, document.length, document.rate, document.loop)
        self._region, self._separated = region, self._separated_of(region)
        state = document.mix

        def work(_report: Report, cancelled: IsCancelled) -> float:
            return loudness_difference_db(stems, state, region, cancelled)

        self._worker = Worker(work, "loudness")
        self._worker.finished.connect(self._measured)
        self._worker.failed.connect(lambda _error: self._end())
        self._worker.start()

    def _measured(self, difference_db: object) -> None:
        self._worker = None
        if isinstance(difference_db, float):
            self._set(difference_db, known=True)
        self.stems_grew()

    def forget(self) -> None:
        """Another song, or other stems: what was measured is not theirs."""
        self.cancel()
        self._set(0.0, known=False)

    def _set(self, difference_db: float, *, known: bool) -> None:
        if (difference_db, known) != (self.difference_db, self._known):
            self.difference_db, self._known = difference_db, known
            self.matched.emit()
