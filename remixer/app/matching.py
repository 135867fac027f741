"""Keeps the loudness difference between remix and original up to date, off the window's thread."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from remixer.app.workers import IsCancelled, Report, Worker

if TYPE_CHECKING:
    from remixer.app.controller import Controller

DELAY_MS = 250


class Matcher(QObject):
    """Measures a little after the last move; only while the comparison is wanted matched."""

    matched = Signal()

    def __init__(self, controller: "Controller") -> None:
        super().__init__(controller)
        self._controller = controller
        self.difference_db = 0.0
        self._worker: Worker | None = None
        self._delay = QTimer(self, interval=DELAY_MS, singleShot=True)
        self._delay.timeout.connect(self._start)

    def measure(self) -> None:
        """Soon."""
        document = self._controller.document
        if document is None or document.mix.is_neutral:
            self.cancel()
            self._set(0.0)
        elif self._controller.settings.matched:
            self._delay.start()

    def cancel(self) -> None:
        """Forget what is being measured."""
        self._delay.stop()
        if self._worker:
            self._worker.close()
            self._worker = None

    close = cancel

    def _start(self) -> None:
        self.cancel()
        document, stems = self._controller.document, self._controller.stems
        if document is None or stems is None:
            return
        # Only now: what measures loudness takes a second to import.
        from remixer.session.matching import excerpt, loudness_difference_db

        position = self._controller.player.snapshot().position
        region = excerpt(position, document.length, document.rate, document.loop)
        state = document.mix

        def work(_report: Report, cancelled: IsCancelled) -> float:
            return loudness_difference_db(stems, state, region, cancelled)

        self._worker = Worker(work, "loudness")
        self._worker.finished.connect(self._measured)
        self._worker.start()

    def _measured(self, difference_db: object) -> None:
        if isinstance(difference_db, float):
            self._set(difference_db)

    def _set(self, difference_db: float) -> None:
        if difference_db != self.difference_db:
            self.difference_db = difference_db
            self.matched.emit()
