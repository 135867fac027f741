"""An error that nobody expected, told after what is not saved was."""

from dataclasses import dataclass

from PySide6.QtCore import QUrl, Signal
from PySide6.QtGui import QDesktopServices, QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPlainTextEdit, QWidget

from remixer import logs
from remixer.app.dialogs.parts import Plain, buttons
from remixer.app.theme import current_theme
from remixer.app.widgets.basics import button, heading, label, one_line, tinted
from remixer.errors import brief

WIDTH, DETAILS_HEIGHT, ICON = 620, 190, 32
_LONGEST = 300


@dataclass(frozen=True)
class Failure:
    """What happened. what: the error in a line; trace: where; place: the file and line that it came
    from, the same for the same cause. kept: what became of the moves, a sentence.
    """

    what: str
    trace: str
    place: str
    kept: str
    safe: bool = True
    """Whether the moves are where they can be found again."""


class CrashDialog(Plain):
    """Tells a failure; the log is at hand. It goes on unless the user would rather quit.

    quit_chosen: the user would.
    """

    quit_chosen = Signal()

    def __init__(self, failure: Failure, parent: QWidget | None = None) -> None:
        super().__init__("Something went wrong", parent)
        self.failure = failure
        self._more = label(dim=True)
        self._others = 0
        self._copy = button("&Copy the details", name="Copy the details")
        self._build()

    def _build(self) -> None:
        failure = self.failure
        self.body.addLayout(self._top())
        self.body.addWidget(self._kept())
        details = QPlainTextEdit(failure.trace)
        details.setAccessibleName("Details of the error")
        details.setReadOnly(True)
        details.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        details.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        details.setMinimumHeight(DETAILS_HEIGHT)
        details.verticalScrollBar().setValue(details.verticalScrollBar().maximum())
        self.body.addWidget(details, 1)
        where = label(f"The log is {logs.shortened(str(logs.path()))}", dim=True, wrap=True)
        self.body.addWidget(where)
        room = self._more.sizePolicy()
        room.setRetainSizeWhenHidden(True)
        self._more.setSizePolicy(room)
        self._more.hide()
        self.body.addWidget(self._more)
        self.body.addLayout(self._buttons())
        self.resize(WIDTH, self.sizeHint().height())

    def _top(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(14)
        sign = QLabel()
        sign.setPixmap(tinted("warning", current_theme().warn, ICON))
        row.addWidget(sign)
        title = heading("Remixer met an error that it did not expect", 1.15)
        row.addWidget(title, 1)
        return row

    def _kept(self) -> QLabel:
        text = f"{brief(one_line(self.failure.what), _LONGEST)}\n\n{self.failure.kept}"
        return label(text, wrap=True)

    def _buttons(self) -> QHBoxLayout:
        folder = button("Open the &log's folder", name="Open the log's folder")
        leave = button("&Quit", name="Quit after the error")
        go_on = button("Con&tinue", name="Continue after the error", primary=True)
        folder.clicked.connect(open_folder)
        self._copy.clicked.connect(self._copy_details)
        leave.clicked.connect(self._leave)
        go_on.clicked.connect(self.accept)
        go_on.setDefault(True)
        return buttons(self._copy, folder, right=[leave, go_on])

    def add(self) -> None:
        """Another error has come meanwhile; it is in the log."""
        self._others += 1
        came = "1 more error has" if self._others == 1 else f"{self._others} more errors have"
        self._more.setText(f"{came} come since, see the log.")
        self._more.show()

    def _copy_details(self) -> None:
        QGuiApplication.clipboard().setText(f"{self.failure.what}\n\n{self.failure.trace}")
        self._copy.setText("Copied")

    def _leave(self) -> None:
        self.accept()
        self.quit_chosen.emit()


def open_folder() -> None:
    """Show the logs in the system's file manager."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(logs.folder())))
