"""The slim bar above the stem lanes: what they show, in which scale and range, and the zoom."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSpinBox, QToolButton, QWidget

LOWEST_DB, HIGHEST_DB = -120, 0
RANGE_DB = (-100, -10)
NARROWEST_DB = 10


class LaneTools(QWidget):
    """Buttons for actions that the window owns, and the range of levels that the lanes show.

    modes: what the lanes show, one of them on; scales, zooms: likewise, and plain actions.
    """

    range_changed = Signal(float, float)

    def __init__(
        self, modes: Sequence[QAction], scales: Sequence[QAction], zooms: Sequence[QAction]
    ) -> None:
        super().__init__()
        self._low = _level("Darkest level shown", RANGE_DB[0])
        self._high = _level("Brightest level shown", RANGE_DB[1])
        levels = (_label("Range"), self._low, _label("to"), self._high)
        self._scales = _group(*(_button(action, text=True) for action in scales), _line())
        self._levels = _group(*levels)
        self._always = (
            _group(*(_button(action, text=True) for action in modes), _line()),
            _group(*(_button(action, text=False) for action in zooms)),
        )
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 3, 8, 3)
        row.setSpacing(2)
        row.addWidget(self._always[0])
        row.addWidget(self._scales)
        row.addWidget(self._levels)
        row.addStretch()
        row.addWidget(self._always[1])
        self._low.valueChanged.connect(self._moved)
        self._high.valueChanged.connect(self._moved)

    @property
    def range_db(self) -> tuple[float, float]:
        """The lowest and the highest level shown, dBFS."""
        return float(self._low.value()), float(self._high.value())

    def minimumSizeHint(self) -> QSize:
        """Of what is always shown; in a narrow window scale and range are left to the menus."""
        return QSize(self._width(), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show what there is room for."""
        super().resizeEvent(event)
        width = event.size().width()
        self._scales.setVisible(width >= self._width(self._scales))
        self._levels.setVisible(width >= self._width(self._scales, self._levels))

    def _width(self, *more: QWidget) -> int:
        margins = self.contentsMargins()
        shown = (*self._always, *more)
        return sum(w.sizeHint().width() + 2 for w in shown) + 16 + margins.left() + margins.right()

    def _moved(self) -> None:
        """Keep the two apart: whichever did not move gives way."""
        low, high = self._low, self._high
        if high.value() - low.value() < NARROWEST_DB:
            if self.sender() is low:
                high.setValue(min(low.value() + NARROWEST_DB, HIGHEST_DB))
            low.setValue(min(low.value(), high.value() - NARROWEST_DB))
        self.range_changed.emit(*self.range_db)


def _group(*widgets: QWidget) -> QWidget:
    """Widgets side by side, shown or hidden together."""
    group = QWidget()
    row = QHBoxLayout(group)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(2)
    for widget in widgets:
        row.addWidget(widget)
    return group


def _button(action: QAction, text: bool) -> QToolButton:
    button = QToolButton()
    button.setDefaultAction(action)
    button.setAutoRaise(True)
    style = Qt.ToolButtonStyle
    button.setToolButtonStyle(style.ToolButtonTextOnly if text else style.ToolButtonIconOnly)
    button.setAccessibleName(action.toolTip())
    return button


def _level(name: str, value: int) -> QSpinBox:
    box = QSpinBox()
    box.setRange(LOWEST_DB, HIGHEST_DB)
    box.setSingleStep(5)
    box.setSuffix(" dB")
    box.setValue(value)
    box.setAccessibleName(name)
    box.setToolTip(name)
    box.setKeyboardTracking(False)
    return box


def _label(text: str) -> QLabel:
    label = QLabel(text)
    label.setContentsMargins(4, 0, 4, 0)
    return label


def _line() -> QFrame:
    line = QFrame()
    line.setFrameShape(QFrame.Shape.VLine)
    line.setFixedWidth(9)
    line.setEnabled(False)
    return line
