"""Original and remix measured side by side: numbers, spectrum, loudness over time."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from remixer.app.dialogs.parts import Choice, Plain, buttons
from remixer.app.widgets.basics import SlimProgress, button, label
from remixer.app.widgets.loudness_table import LoudnessTable
from remixer.app.widgets.plots import LoudnessPlot, SpectrumPlot
from remixer.app.workers import IsCancelled, Report, Worker, message_of
from remixer.session.comparison import Comparison, compare
from remixer.session.spans import Span, separated_spans, total

if TYPE_CHECKING:
    from remixer.app.controller import Controller

SONG, LOOP = "song", "loop"


class CompareDialog(Plain):
    """Beside the window, which stays in use: moves make what is shown old, and it says so.

    blind_clicked: the user wants a blind test.
    """

    blind_clicked = Signal()

    def __init__(self, controller: "Controller", parent: QWidget | None = None) -> None:
        super().__init__("Compare with the original", parent)
        self.setModal(False)
        self._controller = controller
        self._worker: Worker | None = None
        self._measuring: tuple[object, Span, int] | None = None
        self.comparison: Comparison | None = None
        self.what = Choice("What is measured")
        self.again = button("&Measure again")
        self.blind = button("&Blind test…", name="Blind test (ABX)")
        self.leave = button("Close")
        self.table, self.spectrum, self.loudness = LoudnessTable(), SpectrumPlot(), LoudnessPlot()
        self.coverage, self.state = label(dim=True, wrap=True), label(wrap=True)
        self.progress = SlimProgress("Progress of the measurement")
        self._build()
        self._connect()
        self._offer()
        self.measure()

    def _build(self) -> None:
        numbers = QVBoxLayout()
        numbers.setSpacing(12)
        numbers.addWidget(self.what)
        numbers.addWidget(self.table)
        numbers.addWidget(self.coverage)
        numbers.addStretch()
        numbers.addWidget(self.state)
        numbers.addWidget(self.progress)
        numbers.addWidget(self.again)
        plots = QVBoxLayout()
        plots.setSpacing(10)
        plots.addWidget(self.spectrum, 3)
        plots.addWidget(self.loudness, 2)
        row = QHBoxLayout()
        row.setSpacing(18)
        row.addLayout(numbers)
        row.addLayout(plots, 1)
        self.body.addLayout(row, 1)
        self.body.addLayout(buttons(self.blind, right=[self.leave]))
        self.state.setMinimumHeight(2 * self.state.fontMetrics().height())
        self.state.setAccessibleName("State of the measurement")
        self.coverage.setMaximumWidth(380)
        self.state.setMaximumWidth(380)
        self.resize(1020, 660)
        self.spectrum.setFocus()

    def _connect(self) -> None:
        control = self._controller
        self.again.clicked.connect(self.measure)
        self.leave.clicked.connect(self.close)
        self.blind.clicked.connect(self.blind_clicked)
        self.what.currentIndexChanged.connect(self.measure)
        control.song_changed.connect(self.close)
        control.stems_changed.connect(self._stems_changed)
        control.mix_changed.connect(self._moved)
        control.separated.connect(self._say)

    # What is measured

    def _offer(self) -> None:
        document = self._controller.document
        no_loop = "" if document and document.loop else "There is no loop"
        wanted = self.what.value or (SONG if no_loop else LOOP)
        self.what.offer([(SONG, "The whole song", ""), (LOOP, "The loop", no_loop)], wanted)

    def _wanted(self) -> tuple[object, Span, int] | None:
        """Mix, region, and how many of its samples are separated."""
        document = self._controller.document
        if document is None:
            return None
        loop = document.loop if self.what.value == LOOP else None
        region = loop or (0, document.length)
        return document.mix, region, total(self._spans(region))

    def _spans(self, region: Span) -> list[Span]:
        status = self._controller.separation
        there = self._controller.stems is not None and status is not None
        return separated_spans(region, status.done, status.chunk) if there and status else []

    def measure(self) -> None:
        """Begin anew with what is so now."""
        self._stop()
        document, stems, wanted = self._controller.document, self._controller.stems, self._wanted()
        if document is None or stems is None or wanted is None or not wanted[2]:
            self._say()
            return
        state, region = document.mix, wanted[1]
        spans = self._spans(region)

        def work(report: Report, cancelled: IsCancelled) -> Comparison:
            return compare(stems, state, region, spans, report, cancelled)

        self._measuring = wanted
        self._worker = worker = Worker(work, "comparison")
        worker.progressed.connect(self._progressed)
        worker.finished.connect(self._measured)
        worker.failed.connect(self._failed)
        worker.start()
        self.progress.set_share(0.0)
        self._say()

    def _stop(self) -> None:
        worker, self._worker = self._worker, None
        if worker:
            worker.close()

    # What is shown

    def _progressed(self, share: object) -> None:
        if isinstance(share, float):
            self.progress.set_share(share)

    def _measured(self, comparison: object) -> None:
        self._worker = None
        if isinstance(comparison, Comparison):
            self.comparison = comparison
            self.table.set_loudness(comparison.original.loudness, comparison.remix.loudness)
            self.spectrum.set_comparison(comparison)
            self.loudness.set_comparison(comparison)
            self.coverage.setText(coverage(comparison.share))
        self._say()

    def _failed(self, error: object) -> None:
        self._worker = None
        self._say()
        self.state.setText(message_of(error))

    def _stems_changed(self) -> None:
        """What is being read is about to be closed."""
        if self._worker:
            self._stop()
        self._say()

    def _moved(self) -> None:
        before = self.what.value
        self._offer()
        if self.what.value != before:  # the loop is gone
            self.measure()
        self._say()

    def _say(self, _status: object = None) -> None:
        busy, wanted = self._worker is not None, self._wanted()
        there = bool(wanted and wanted[2])
        self.progress.setVisible(busy)
        self.again.setEnabled(there and not busy)
        self.state.setText(self._words(there, busy, wanted))
        if self.comparison is None:
            reason = "Measuring" if busy else "Nothing measured yet"
            self.spectrum.clear(reason)
            self.loudness.clear(reason)

    def _words(self, there: bool, busy: bool, wanted: tuple[object, Span, int] | None) -> str:
        if not there:
            return "Nothing of it is separated yet: there is no remix to measure."
        if busy:
            return "Measuring"
        if self.comparison is None or wanted is None or self._measuring is None:
            return ""
        if wanted[:2] != self._measuring[:2]:
            return "The mix or the loop has changed since: measure again."
        if wanted[2] != self._measuring[2]:
            return "More of it is separated since: measure again."
        return (
            "" if not self.comparison.state.is_neutral else "No moves: the remix is the original."
        )

    # Qt's

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space plays and A compares, as in the window; C closes."""
        does = {
            Qt.Key.Key_Space: self._controller.toggle_play,
            Qt.Key.Key_A: self._controller.toggle_original,
            Qt.Key.Key_C: self.close,
        }.get(Qt.Key(event.key()))
        if does is not None and event.modifiers() == Qt.KeyboardModifier.NoModifier:
            does()
        else:
            super().keyPressEvent(event)

    def done(self, result: int) -> None:
        """However it is closed, no thread goes on."""
        self._stop()
        super().done(result)


def coverage(share: float) -> str:
    """What the numbers are of."""
    if share >= 1.0:
        return "Everything of it is separated and measured."
    percent = min(max(round(100 * share), 1), 99)
    return f"Only what is separated is measured: {percent} % of it so far."
