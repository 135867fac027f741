"""What all dialogs are made of: margins, captions, rows of buttons."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from remixer.app.widgets.basics import heading, label

MARGIN = 20
GAP = 10


class Plain(QDialog):
    """A dialog with our margins; Escape closes it. `body` holds what it shows."""

    def __init__(self, title: str, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setModal(True)
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN - 4)
        self.body.setSpacing(GAP)


class Form(QGridLayout):
    """Rows of a caption and its controls; the captions share a column."""

    def __init__(self) -> None:
        super().__init__()
        self.setHorizontalSpacing(14)
        self.setVerticalSpacing(4)
        self.setColumnStretch(1, 1)
        self._rows = 0

    def add(self, caption: str, *controls: QWidget, stretch: int = -1) -> QLabel:
        """A new row. stretch: which of the controls takes the room, or -1: none."""
        row = self._next_row()
        title = label(caption, dim=True)
        title.setBuddy(controls[0])
        self.addWidget(title, row, 0, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        line = QHBoxLayout()
        line.setSpacing(8)
        for index, control in enumerate(controls):
            line.addWidget(control, 1 if index == stretch else 0)
        if stretch < 0:
            line.addStretch()
        self.addLayout(line, row, 1)
        return title

    def explain(self, *lines: QWidget) -> None:
        """What stands below the controls of the last row."""
        column = QVBoxLayout()
        column.setSpacing(2)
        for line in lines:
            column.addWidget(line)
        self.addLayout(column, self._rows, 1)
        self._rows += 1

    def section(self, title: str) -> None:
        """A heading over the rows that follow."""
        self.addWidget(heading(title), self._next_row(10), 0, 1, 2)

    def _next_row(self, gap: int = 4) -> int:
        """The next row, with some air before it."""
        if self._rows:
            self.setRowMinimumHeight(self._rows, gap)
            self._rows += 1
        self._rows += 1
        return self._rows - 1


def rule() -> QFrame:
    """A thin line across."""
    line = QFrame()
    line.setFrameShape(QFrame.Shape.HLine)
    line.setFrameShadow(QFrame.Shadow.Plain)
    line.setForegroundRole(line.palette().ColorRole.Mid)
    return line


def buttons(*left: QAbstractButton, right: Sequence[QAbstractButton]) -> QHBoxLayout:
    """The row at a dialog's end."""
    row = QHBoxLayout()
    row.setSpacing(8)
    for button in left:
        row.addWidget(button)
    row.addStretch()
    for button in right:
        row.addWidget(button)
    return row


class Choice(QComboBox):
    """A list of (value, text) where some cannot be chosen just now, for a reason in their tip."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)

    def offer(self, options: Sequence[tuple[str, str, str]], wanted: str) -> None:
        """(value, text, why not); chosen is what is wanted, else the first that can be. Signals
        nothing.
        """
        before = self.blockSignals(True)
        self.clear()
        model = self.model()
        assert isinstance(model, QStandardItemModel)
        for row, (value, text, why_not) in enumerate(options):
            self.addItem(text, value)
            self.setItemData(row, why_not, Qt.ItemDataRole.ToolTipRole)
            model.item(row).setEnabled(not why_not)
        able = [value for value, _text, why_not in options if not why_not]
        chosen = wanted if wanted in able else next(iter(able), "")
        self.setCurrentIndex(self.findData(chosen))
        self.setEnabled(len(able) > 1)
        self.blockSignals(before)

    @property
    def value(self) -> str:
        """What is chosen; "" when nothing can be."""
        return str(self.currentData() or "")

    @value.setter
    def value(self, value: str) -> None:
        self.setCurrentIndex(self.findData(value))
