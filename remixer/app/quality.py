"""Keeps what the stems' moves cost in artefacts up to date, off the window's thread."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from remixer.app.workers import IsCancelled, Report, Worker
from remixer.separation.catalogue import find_models
from remixer.session.quality import Artefacts, StemLevels, artefacts, measured_sdr, stem_levels
from remixer.session.spans import Span, separated_spans, total

if TYPE_CHECKING:
    from remixer.app.controller import Controller

GROWTH = 2.0
"""By so much more separated, the levels are measured again."""


class QualityWatch(QObject):
    """Measures the stems' levels over the loop, or the song, as far as they are separated; what
    moves cost follows from them at once. changed: hints may be others.
    """

    changed = Signal()

    def __init__(self, controller: "Controller") -> None:
        super().__init__(controller)
        self._controller = controller
        self._worker: Worker | None = None
        self._levels: StemLevels | None = None
        self._sdr: dict[str, float] = {}
        self._region: Span | None = None
        self._separated = 0

    @property
    def hints(self) -> dict[str, Artefacts]:
        """By stem, of the moves that leave artefacts worth a word."""
        document = self._controller.document
        if document is None or self._levels is None:
            return {}
        return artefacts(document.mix, self._levels, self._sdr)

    def renew(self) -> None:
        """Other stems, or none: measure them anew."""
        self.close()
        self._levels, self._region, self._separated = None, None, 0
        card = find_models().get(self._controller.stems_model)
        self._sdr = measured_sdr(card) if card else {}
        self.changed.emit()
        self.follow()

    def follow(self) -> None:
        """Measure if the loop is another one, or much more is separated."""
        document, status = self._controller.document, self._controller.separation
        if document is None or status is None or not self._sdr:
            return
        region = document.loop or (0, document.length)
        spans = separated_spans(region, status.done, status.chunk)
        count = total(spans)
        everything = count == region[1] - region[0]
        grown = count > self._separated and (everything or count >= GROWTH * self._separated)
        if count and (region != self._region or grown):
            self._region, self._separated = region, count
            self._start(spans)

    def close(self) -> None:
        """Measure no more."""
        worker, self._worker = self._worker, None
        if worker:
            worker.close()

    def _start(self, spans: list[Span]) -> None:
        self.close()
        stems = self._controller.stems
        if stems is None:
            self._region = None
            return

        def work(_report: Report, cancelled: IsCancelled) -> StemLevels:
            return stem_levels(stems, spans, cancelled)

        self._worker = Worker(work, "stem levels")
        self._worker.finished.connect(self._measured)
        self._worker.failed.connect(lambda _error: self.close())
        self._worker.start()

    def _measured(self, levels: object) -> None:
        self._worker = None
        if isinstance(levels, StemLevels):
            self._levels = levels
            self.changed.emit()
