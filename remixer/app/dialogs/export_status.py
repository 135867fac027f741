"""What the export dialog says below its form: files to be, what will hold, progress, outcome."""

import re
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QStackedWidget, QVBoxLayout, QWidget

from remixer.app.dialogs.export_job import Progress
from remixer.app.theme import current_theme, theme_notifier
from remixer.app.widgets.basics import (
    ElidedLabel,
    SlimProgress,
    label,
    one_line,
    time_left,
    tinted,
)
from remixer.session.export_plan import RECEIPTS
from remixer.session.exporting import ExportReport

BREAK = "\u200b"
LONGEST = 24
"""Characters of a word that stay on one line; file names may have no spaces."""


def breakable(text: str) -> str:
    """A text with places to break in its long words."""
    return re.sub(rf"\S{{{LONGEST}}}(?=\S)", rf"\g<0>{BREAK}", text)


class Line(QWidget):
    """An icon in the colour of its kind, and a paragraph."""

    def __init__(self) -> None:
        super().__init__()
        self._icon, self._text = QLabel(), label(wrap=True)
        self._kind = ""
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._text, 1)
        theme_notifier.changed.connect(self._recolour)

    def say(self, text: str, kind: str) -> None:
        """kind: "good", "warn", "bad"; or "plain", without an icon. No text: hidden."""
        self._kind = kind
        self._text.setText(breakable(text))
        self.setVisible(bool(text))
        self._recolour()

    @property
    def text(self) -> str:
        """What it says."""
        return self._text.text().replace(BREAK, "")

    @property
    def kind(self) -> str:
        """How it says it."""
        return self._kind

    def _recolour(self) -> None:
        theme = current_theme()
        marks = {
            "good": ("check", theme.good),
            "warn": ("warning", theme.warn),
            "bad": ("warning", theme.bad),
        }
        self._icon.setVisible(self._kind in marks)
        if self._kind in marks:
            self._icon.setPixmap(tinted(*marks[self._kind]))


class Files(QFrame):
    """The names that files will have, on a ground of their own."""

    LINES = 4

    def __init__(self) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAutoFillBackground(True)
        self._names = [ElidedLabel("", Qt.TextElideMode.ElideMiddle) for _ in range(self.LINES)]
        self._rest = label(dim=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 10, 8)
        column.setSpacing(2)
        for line in (*self._names, self._rest):
            column.addWidget(line)

    def show_paths(self, paths: Sequence[Path]) -> None:
        """At most as many as there are stems; how many more there are, and whether a receipt."""
        files = [path for path in paths if not path.name.endswith(RECEIPTS)]
        shown = files if len(files) <= self.LINES else files[: self.LINES - 1]
        for index, name in enumerate(self._names):
            name.setText(shown[index].name if index < len(shown) else "")
            name.setVisible(index < max(len(shown), 1))
        rest = _rest(files, len(files) - len(shown), len(files) < len(paths))
        self._rest.setText(rest)
        self._rest.setVisible(bool(rest))
        names = ", ".join(path.name for path in files)
        self.setAccessibleName(f"Files: {names}" + (f", {rest}" if rest else ""))

    @property
    def names(self) -> list[str]:
        """What it shows."""
        return [name.text() for name in self._names if name.text()]

    @property
    def rest(self) -> str:
        """What it says of the others."""
        return self._rest.text()


def _rest(files: Sequence[Path], hidden: int, receipt: bool) -> str:
    """ "and 6 more in song - all, with a receipt"."""
    parts = [f"and {hidden} more in {one_line(files[0].parent.name)}"] if hidden else []
    return ", ".join(parts + (["with a receipt"] if receipt else []))


class Status(QStackedWidget):
    """What will hold, then progress, then how it ended: of one size, so that nothing jumps."""

    def __init__(self) -> None:
        super().__init__()
        self.promise, self.stems = Line(), label(dim=True, wrap=True)
        self.doing, self.left = label(), label(dim=True)
        self.bar = SlimProgress("Export progress")
        self.outcome, self.notes = Line(), Line()
        self._pages = {
            "promise": _page(self.promise, self.stems),
            "progress": self._progress(),
            "outcome": _page(self.outcome, self.notes),
        }
        for page in self._pages.values():
            self.addWidget(page)
        self.setMinimumHeight(5 * self.fontMetrics().lineSpacing() + 8)

    def _progress(self) -> QWidget:
        row = QHBoxLayout()
        row.addWidget(self.doing)
        row.addStretch()
        row.addWidget(self.left)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(row)
        column.addWidget(self.bar)
        column.addStretch()
        return page

    @property
    def shown(self) -> str:
        """ "promise", "progress" or "outcome"."""
        return next(name for name, page in self._pages.items() if page is self.currentWidget())

    def show_promise(self, text: str, stems: str) -> None:
        """What will hold, and whether stems are still to come."""
        self.promise.say(text, "plain")
        self.stems.setText(stems)
        self.stems.setVisible(bool(stems))
        self.setCurrentWidget(self._pages["promise"])

    def show_progress(self, progress: Progress) -> None:
        """What is being done."""
        percent = "" if progress.share is None else f", {int(100 * progress.share)} %"
        self.doing.setText(progress.text + (percent or "…"))
        self.left.setText(time_left(progress.left_s))
        self.bar.set_share(progress.share)
        self.setCurrentWidget(self._pages["progress"])

    def show_report(self, report: ExportReport) -> None:
        """What was written and proved."""
        self.outcome.say(report.proof[:1].upper() + report.proof[1:], "good")
        notes = [note[:1].upper() + note[1:] for note in report.notes]
        notes += [f"Receipt: {one_line(report.receipt[-1].name)}"] if report.receipt else []
        self.notes.say("\n".join(notes), "warn" if report.clipped else "plain")
        self.setCurrentWidget(self._pages["outcome"])

    def show_error(self, message: str) -> None:
        """Why it was not."""
        self.outcome.say(message[:1].upper() + message[1:], "bad")
        self.notes.say("", "plain")
        self.setCurrentWidget(self._pages["outcome"])

    def show_cancelled(self) -> None:
        """That the user stopped it."""
        self.outcome.say("Stopped; nothing was written.", "warn")
        self.notes.say("", "plain")
        self.setCurrentWidget(self._pages["outcome"])


def _page(*widgets: QWidget) -> QWidget:
    page = QWidget()
    column = QVBoxLayout(page)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(6)
    for widget in widgets:
        column.addWidget(widget)
    column.addStretch()
    return page
