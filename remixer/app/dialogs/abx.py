"""The blind test: plays A, B and X through the player, counts answers, tells the result."""

from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QFileDialog, QMessageBox, QStackedWidget, QWidget

from remixer.app.dialogs.abx_pages import ResultPage, SetupPage, TrialPage
from remixer.app.dialogs.parts import Plain
from remixer.app.widgets.basics import one_line
from remixer.app.workers import IsCancelled, Report, Worker, message_of
from remixer.errors import RemixerError
from remixer.playback.types import Listen, Monitor
from remixer.session.abx import A, AbxTest, B, X
from remixer.session.abx_report import AbxReport
from remixer.session.matching import Match, measure_match
from remixer.session.spans import Span, separated_spans

if TYPE_CHECKING:
    from remixer.app.controller import Controller

LOOP = "loop"
SECONDS = (5, 10, 20, 30)
_LISTEN = {A: Listen.ORIGINAL, B: Listen.REMIX}
_FILTERS = "Text (*.txt);;JSON, for scripts (*.json)"


class AbxDialog(Plain):
    """Tests the mix as it is. While it runs the window's meters and lights tell nothing, and
    nothing here depends on what X is; loop and monitor are given back at the end.
    """

    def __init__(self, controller: "Controller", parent: QWidget | None = None) -> None:
        super().__init__("Blind test", parent)
        self._controller = controller
        self._worker: Worker | None = None
        self._test: AbxTest | None = None
        self._match: Match | None = None
        self._region: Span = (0, 0)
        self._report: AbxReport | None = None
        self._question: QMessageBox | None = None
        self._was_playing = False
        self.setup, self.trial, self.outcome = SetupPage(), TrialPage(), ResultPage()
        self.pages = QStackedWidget()
        for page in (self.setup, self.trial, self.outcome):
            self.pages.addWidget(page)
        self.body.addWidget(self.pages)
        self._pause = QShortcut(QKeySequence(Qt.Key.Key_Space), self)
        self._pause.setEnabled(False)
        self._connect()
        self._offer()
        self.setMinimumSize(520, 360)

    def _connect(self) -> None:
        setup, trial, outcome = self.setup, self.trial, self.outcome
        setup.began.connect(self._prepare)
        setup.changed.connect(self._check)
        setup.leave.clicked.connect(self.reject)
        trial.listened.connect(self._listen)
        trial.answered.connect(self._answer)
        trial.stopped.connect(self._ask_to_stop)
        outcome.saved.connect(self._save)
        outcome.again.connect(self._again)
        outcome.left.connect(self.accept)
        self._pause.activated.connect(self._controller.toggle_play)
        self._controller.song_changed.connect(self.accept)
        self._controller.separated.connect(self._check)

    # What is tested

    def _offer(self) -> None:
        document = self._controller.document
        loop = document.loop if document else None
        options = [(LOOP, "The loop", "" if loop else "There is no loop")]
        options += [(str(s), f"{s} s from the playhead", "") for s in SECONDS]
        self.setup.excerpt.offer(options, LOOP if loop else "10")
        self._position = self._controller.player.snapshot().position
        self._check()

    def _excerpt(self) -> Span:
        """What is chosen; near the song's end it begins earlier."""
        document = self._controller.document
        assert document is not None
        if self.setup.excerpt.value == LOOP and document.loop:
            return document.loop
        length = min(int(self.setup.excerpt.value) * document.rate, document.length)
        start = min(self._position, document.length - length)
        return start, start + length

    def _check(self, _status: object = None) -> None:
        if self._test is None and self._worker is None:
            self.setup.show_trouble(self._trouble())

    def _trouble(self) -> str:
        control = self._controller
        if control.document is None or control.stems is None or control.separation is None:
            return "The song is not separated yet: there is no remix to test."
        if control.document.mix.is_neutral:
            return "Nothing is moved: the remix is the original."
        region, status = self._excerpt(), control.separation
        if separated_spans(region, status.done, status.chunk) != [region]:
            return "This excerpt is not separated yet: wait, or choose another."
        return ""

    # Beginning

    def _prepare(self) -> None:
        """Measure loudness and peaks, then begin."""
        document, stems = self._controller.document, self._controller.stems
        if document is None or stems is None or self._worker is not None or self._trouble():
            return
        region, state = self._excerpt(), document.mix
        self._region = region

        def work(_report: Report, cancelled: IsCancelled) -> Match:
            return measure_match(stems, state, region, cancelled)

        self._worker = worker = Worker(work, "loudness")
        worker.finished.connect(self._begin)
        worker.failed.connect(self._failed)
        worker.start()
        self.setup.show_progress(0.0)
        self.setup.progress.set_share(None)

    def _failed(self, error: object) -> None:
        self._worker = None
        self.setup.show_progress(None)
        self.setup.show_trouble(message_of(error))

    def _begin(self, match: object) -> None:
        self._worker = None
        self.setup.show_progress(None)
        if not isinstance(match, Match):
            return
        self._match = match
        self._test = AbxTest(int(self.setup.trials.value))
        self._was_playing = self._controller.player.snapshot().playing
        self._controller.audition(self._region)
        self._restart()
        self._controller.player.play()
        self._pause.setEnabled(True)
        self.trial.note.setText(clipping(self._match, matched=self.setup.matched.isChecked()))
        self.pages.setCurrentWidget(self.trial)
        self._next()

    def _restart(self) -> None:
        self._controller.player.seek(self._region[0])

    # Trials

    def _next(self) -> None:
        """The next trial begins with A, whatever X is."""
        assert self._test is not None
        self.trial.show_trial(self._test.answered + 1, self._test.planned)
        self._listen(A)
        self.setFocus()

    def _listen(self, letter: str) -> None:
        if self._test is None or self._test.finished:
            return
        listen = _LISTEN[self._test.source(letter)]
        self._controller.set_blind(Monitor(listen, self._original_db))
        self.trial.show_playing(letter)
        if letter == X:
            self.trial.allow_answers(True)

    @property
    def _original_db(self) -> float:
        matched = self._match is not None and self.setup.matched.isChecked()
        return self._match.difference_db if matched and self._match else 0.0

    def _answer(self, choice: str) -> None:
        if self._test is None or not self.trial.answers[choice].isEnabled():
            return
        self._test.answer(choice)
        if self._test.finished:
            self._finish()
        else:
            self._next()

    def _ask_to_stop(self) -> None:
        """Stopping counts what was answered; with nothing answered there is nothing to lose."""
        if self._test is None or self._question is not None:
            return
        if self._test.answered == 0:
            self._give_back()
            self.pages.setCurrentWidget(self.setup)
            return
        text = f"Stop after {self._test.answered} of {self._test.planned} trials?"
        box = QMessageBox(QMessageBox.Icon.Question, self.windowTitle(), text, parent=self)
        stop = box.addButton("Stop", QMessageBox.ButtonRole.AcceptRole)
        go_on = box.addButton("Go on", QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(go_on)
        box.setEscapeButton(go_on)
        stop.clicked.connect(self._stop)
        box.finished.connect(self._asked)
        self._question = box
        box.open()

    def _asked(self) -> None:
        box, self._question = self._question, None
        if box is not None:
            box.deleteLater()

    def _stop(self) -> None:
        if self._test is not None:
            self._test.stop()
            self._finish()

    # The result

    def _finish(self) -> None:
        control, test = self._controller, self._test
        assert test is not None
        assert control.document is not None
        result = test.result()
        self._report = AbxReport(
            result,
            control.document.path.name,
            control.document.mix,
            control.stems_model,
            self._region,
            control.document.rate,
            self._original_db if self.setup.matched.isChecked() else None,
            datetime.now().astimezone().isoformat(" ", "minutes"),
            version("remixer"),
        )
        self._give_back()
        self.outcome.show_result(result)
        self.pages.setCurrentWidget(self.outcome)
        self.outcome.leave.setFocus()

    def _give_back(self) -> None:
        """The player and the window are as before."""
        if self._test is None:
            return
        self._test = None
        self._pause.setEnabled(False)
        if not self._was_playing:
            self._controller.player.pause()
        self._controller.set_blind(None)
        self._controller.audition(None)

    def _again(self) -> None:
        self.pages.setCurrentWidget(self.setup)
        self._check()

    def _save(self) -> None:
        if self._report is None:
            return
        folder = self._controller.settings.export_folder
        document = self._controller.document
        stem = Path(self._report.song).stem
        place = folder or (document.path.parent if document else Path())
        name, chosen = QFileDialog.getSaveFileName(
            self, "Save the report", str(place / f"{stem} - blind test.txt"), _FILTERS
        )
        if name:
            self.save_report(_with_suffix(Path(name), chosen))

    def save_report(self, target: Path) -> None:
        """Write the report, as JSON where the name ends so; say how it went."""
        if self._report is None:
            return
        try:
            self._report.save(target)
        except RemixerError as error:
            self.outcome.message.setText(message_of(error))
        else:
            self.outcome.message.setText(f"Saved {one_line(target.name)}")

    # Qt's

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """A, B, X listen, 1 and 2 answer, R begins the excerpt anew."""
        plain = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if self._test is None or plain != Qt.KeyboardModifier.NoModifier:
            super().keyPressEvent(event)
            return
        key = Qt.Key(event.key())
        letters = {Qt.Key.Key_A: A, Qt.Key.Key_B: B, Qt.Key.Key_X: X}
        answers = {Qt.Key.Key_1: A, Qt.Key.Key_2: B}
        if event.isAutoRepeat() and key in answers:
            return
        if key in letters:
            self._listen(letters[key])
        elif key in answers:
            self._answer(answers[key])
        elif key == Qt.Key.Key_R:
            self._restart()
        else:
            super().keyPressEvent(event)

    def reject(self) -> None:
        """Escape and the window's close button: while a test is under way they ask first."""
        if self._test is not None and self._test.answered:
            self._ask_to_stop()
        else:
            super().reject()

    def done(self, result: int) -> None:
        """However it is closed: no thread goes on, what is heard is known again."""
        worker, self._worker = self._worker, None
        if worker:
            worker.close()
        self._give_back()
        super().done(result)


def clipping(match: Match, *, matched: bool) -> str:
    """A remark where either would pass full scale, which could be heard and give it away."""
    original = match.original_peak_dbfs - (0.0 if matched else match.difference_db)
    names = {"original": original, "remix": match.remix_peak_dbfs}
    over = [f"the {name} by {peak:.1f} dB" for name, peak in names.items() if peak > 0.0]
    if not over:
        return ""
    return f"Here {' and '.join(over)} passes full scale: clipping may be heard. Lower the master."


def _with_suffix(path: Path, chosen: str) -> Path:
    if path.suffix:
        return path
    return path.with_suffix(".json" if "json" in chosen else ".txt")
