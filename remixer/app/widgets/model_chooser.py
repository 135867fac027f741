"""The choice of a model, in as much room as there is."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPaintEvent, QWheelEvent
from PySide6.QtWidgets import (
    QComboBox,
    QSizePolicy,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QWidget,
)

_HELP = "The model that separates the song; another one separates it again and keeps the mix"
_FRAME = 36  # the arrow and the padding


class ModelChooser(QComboBox):
    """Titles of models, shortened where they do not fit. model_chosen(id): by the user."""

    model_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Model")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.activated.connect(lambda row: self.model_chosen.emit(self.itemData(row)))
        self.set_models([], "")

    def set_models(self, names: list[tuple[str, str]], current: str) -> None:
        """Ids and titles, and the id in use; `model_chosen` is not emitted."""
        if names != [(self.itemData(row), self.itemText(row)) for row in range(self.count())]:
            self.clear()
            for model, title in names:
                self.addItem(title, model)
            self.view().setMinimumWidth(self.view().sizeHintForColumn(0) + _FRAME)
        self.setCurrentIndex(self.findData(current))
        self.setEnabled(bool(names))
        tip = f"{self.currentText()}\n{_HELP}".strip()
        self.setToolTip(tip)
        self.setAccessibleDescription(tip)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Nothing: a song is not to be separated again by accident."""
        event.ignore()

    def sizeHint(self) -> QSize:
        """Room for a short title."""
        return QSize(self.fontMetrics().height() * 13, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """Room for its beginning."""
        return QSize(self.fontMetrics().height() * 7, super().sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """As the style does it, but with an ellipsis instead of a cut."""
        painter = QStylePainter(self)
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        room = self.width() - _FRAME
        mode = Qt.TextElideMode.ElideRight
        option.currentText = self.fontMetrics().elidedText(self.currentText(), mode, room)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        painter.end()
