"""The export dialog: choose, see what will hold, write, see what was proved."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QTimer, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QMessageBox, QWidget

from remixer.app.demo import folder_for
from remixer.app.dialogs.export_form import ExportForm
from remixer.app.dialogs.export_job import ExportJob, Progress, Region, Stems
from remixer.app.dialogs.export_status import Line, Status
from remixer.app.dialogs.export_words import promise
from remixer.app.dialogs.parts import Plain, buttons, rule
from remixer.app.settings import Settings
from remixer.app.widgets.basics import button, one_line
from remixer.audio.reader import AudioReader
from remixer.errors import RemixerError
from remixer.mixing.stems import StemSet
from remixer.mixing.strips import MixState
from remixer.session.exporting import ExportReport
from remixer.session.region import part_of
from remixer.session.saved import NamedRegion
from remixer.session.separation_service import Separation

POLL_MS = 500


class ExportDialog(Plain):
    """Exports one song as its faders stood when the dialog was opened.

    stems_ready, separation: asked in the window's thread; stems are used once the separation is
    done, and waited for. settings: where the choices are kept. Nothing is overwritten before the
    user said so, and nothing is left of an export that was cancelled or failed. model: its ID, for
    names that tell it. regions: parts of the song that have names.
    """

    def __init__(
        self,
        source: AudioReader,
        state: MixState,
        loop: Region,
        stems_ready: Callable[[], StemSet | None],
        separation: Callable[[], Separation | None],
        parent: QWidget | None = None,
        settings: Settings | None = None,
        model: str = "",
        regions: Sequence[NamedRegion] = (),
    ) -> None:
        super().__init__(f"Export {one_line(source.path.name)}", parent)
        self._source, self._state = source, state
        self._stems = Stems(stems_ready, separation)
        self._settings = settings or Settings()
        self._job: ExportJob | None = None
        self._leaving = False
        self._question: QMessageBox | None = None
        self._report: ExportReport | None = None
        self._height = 0
        folder = self._settings.export_folder or folder_for(source.path)
        self.form = ExportForm(source, state, loop, folder, model, regions)
        self.warning, self.status = Line(), Status()
        self.start = button("&Export", primary=True)
        self.leave = button("Close")
        self.reveal = button("Show in &folder")
        self._build()
        self.form.changed.connect(self._check)
        self._timer = QTimer(self, interval=POLL_MS)
        self._timer.timeout.connect(self._follow_stems)
        self._timer.start()
        self.form.choose(self._settings.export)

    def _build(self) -> None:
        self.start.setDefault(True)
        self.start.clicked.connect(self._begin)
        self.leave.clicked.connect(self._leave)
        self.reveal.clicked.connect(self._reveal)
        self.reveal.hide()
        for part in (self.form, self.warning, rule(), self.status):
            self.body.addWidget(part)
        self.body.addStretch()
        self.body.addLayout(buttons(self.reveal, right=[self.leave, self.start]))
        self.warning.say(_in_the_way([], 2), "warn")
        self._height = self.sizeHint().height()  # with all there may be to say
        self._fit()
        self.form.extras.more.toggled.connect(self._fit)

    def _fit(self) -> None:
        """Room for what is unfolded: nothing that is said makes the window jump."""
        extras = self.form.extras
        unfolded = extras.rows_height if extras.more.isChecked() else 0
        self.setMinimumSize(600, self._height + unfolded)
        self.resize(self.width(), self.minimumHeight())

    # Choosing

    @property
    def _needs_stems(self) -> bool:
        return self.form.plan(overwrite=True).needs_stems(self._state)

    def _check(self) -> None:
        """Say what the choices come to."""
        self.reveal.hide()
        self.start.setDefault(True)
        plan = self.form.plan(overwrite=True)
        try:
            targets = plan.targets(self._source, self._state)
            text = promise(part_of(self._source, plan.region), self._state, plan)
        except RemixerError as error:
            self.form.files.show_paths([])
            self.warning.say(_sentence(str(error)), "bad")
            self.status.show_promise("", "")
            self.start.setEnabled(False)
            return
        self.form.files.show_paths(targets)
        there = existing(targets)
        self.warning.say(_in_the_way(there, len(targets)) if there else "", "warn")
        self.status.show_promise(text, self._waiting())
        self.start.setEnabled(True)

    def _follow_stems(self) -> None:
        """The separation goes on while the user chooses."""
        if self.status.shown == "promise" and self.start.isEnabled():
            self.status.show_promise(self.status.promise.text, self._waiting())

    def _waiting(self) -> str:
        if not self._needs_stems or self._stems.there(self.form.region) is not None:
            return ""
        if trouble := self._stems.trouble():
            return _sentence(trouble) + "."
        return "The song is still being separated: the export waits for it."

    # Exporting

    @property
    def exporting(self) -> bool:
        """Whether a job is under way."""
        return self._job is not None

    def _begin(self) -> None:
        try:
            plan = self.form.plan(overwrite=True)
            there = existing(plan.targets(self._source, self._state))
        except RemixerError as error:
            self.status.show_error(str(error))
            return
        if not there:
            self._run(overwrite=False)
            return
        names = "\n".join(one_line(path.name) for path in there)
        few = "Replace this file?" if len(there) == 1 else f"Replace these {len(there)} files?"
        self._ask(f"{few}\n\n{names}", "Replace", lambda: self._run(overwrite=True))

    def _run(self, overwrite: bool) -> None:
        plan = self.form.plan(overwrite)
        self._settings.export = self.form.choices
        self._settings.export_folder = plan.folder
        stems = self._stems if self._needs_stems else None
        job = self._job = ExportJob(plan, self._source, self._state, stems, self)
        job.progressed.connect(self._progressed)
        job.finished.connect(self._finished)
        job.failed.connect(self._failed)
        job.cancelled.connect(self._cancelled)
        self._busy(True)
        self.status.show_progress(Progress("Starting", None))
        job.start()

    def _busy(self, on: bool) -> None:
        self.form.setEnabled(not on)
        self.start.setEnabled(not on)
        self.reveal.hide()
        self.leave.setText("Cancel" if on else "Close")
        self.leave.setAccessibleName("Cancel the export" if on else "Close")
        if on:
            self.leave.setFocus()

    def _progressed(self, progress: Progress) -> None:
        self.status.show_progress(progress)

    def _finished(self, report: ExportReport) -> None:
        self._end()
        self._report = report
        self.warning.say("", "warn")
        self.status.show_report(report)
        self.reveal.show()
        self.leave.setDefault(True)  # Enter does not write it all again
        self.leave.setFocus()

    def _failed(self, message: str) -> None:
        self._end()
        self.status.show_error(message)
        self.start.setFocus()

    def _cancelled(self) -> None:
        self._end()
        self.status.show_cancelled()
        if self._leaving:
            super().reject()

    def _end(self) -> None:
        job, self._job = self._job, None
        if job is not None:
            job.deleteLater()
        if self._question is not None:
            self._question.reject()
        self._busy(False)

    # Leaving

    def _leave(self) -> None:
        if self._job is not None:
            self._job.cancel()
        else:
            self.accept()

    def reject(self) -> None:
        """Escape and the window's close button: while it exports they ask first."""
        if self._job is None:
            super().reject()
        elif self._question is None:
            self._ask("Stop the export? Nothing will have been written.", "Stop", self._stop)

    def _stop(self) -> None:
        self._leaving = True
        if self._job is not None:
            self._job.cancel()

    def done(self, result: int) -> None:
        """However it is closed, no thread goes on."""
        self._timer.stop()
        if self._job is not None:
            self._job.close()
            self._job = None
        super().done(result)

    def _ask(self, text: str, action: str, then: Callable[[], None]) -> None:
        """A question without a standard answer: Enter and Escape do nothing."""
        box = QMessageBox(QMessageBox.Icon.Warning, self.windowTitle(), text, parent=self)
        does = box.addButton(action, QMessageBox.ButtonRole.DestructiveRole)
        keeps = box.addButton("Cancel" if action == "Replace" else "Go on", _REJECT)
        box.setDefaultButton(keeps)
        box.setEscapeButton(keeps)
        does.clicked.connect(then)
        box.finished.connect(self._answered)
        self._question = box
        box.open()

    def _answered(self) -> None:
        box, self._question = self._question, None
        if box is not None:
            box.deleteLater()

    def _reveal(self) -> None:
        if self._report is not None:
            folder = self._report.files[0].absolute().parent
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))


_REJECT = QMessageBox.ButtonRole.RejectRole


def existing(paths: list[Path]) -> list[Path]:
    """Those that are there."""
    return [path for path in paths if path.exists()]


def _in_the_way(there: list[Path], count: int) -> str:
    what = "This file exists" if count == 1 else f"{len(there)} of {count} files exist"
    return f"{what} already: you will be asked before anything is replaced."


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
