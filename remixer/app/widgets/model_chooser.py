"""The choice of a model, in as much room as there is."""

import re
from collections.abc import Collection

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

from remixer.separation.catalogue import DEFAULT

_HELP = "The model that separates the song; another one separates it again and keeps the mix"
_FRAME = 36  # the arrow and the padding


def short_names(names: list[tuple[str, str]]) -> dict[str, str]:
    """What a title begins with, by id: "U-Net" of "U-Net from..., four stems"; the id where two
    titles begin alike.
    """
    heads = {model: re.split(r",| of | from |: ", title)[0] for model, title in names}
    shared = list(heads.values())
    return {model: head if shared.count(head) == 1 else model for model, head in heads.items()}


class ModelChooser(QComboBox):
    """Titles of models in the list, the short name of the one in use outside. model_chosen(id): by
    the user.
    """

    model_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Model")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.activated.connect(lambda row: self.model_chosen.emit(self.itemData(row)))
        self._shown: tuple[list[tuple[str, str]], tuple[str, ...]] = ([], ())
        self._short: dict[str, str] = {}
        self.set_models([], "")

    def set_models(
        self, names: list[tuple[str, str]], current: str, compared: Collection[str] = ()
    ) -> None:
        """Ids and titles, and the id in use; `model_chosen` is not emitted. compared: ids of those
        that are there for comparison only; they come last, the default first.
        """
        if (names, tuple(compared)) != self._shown:
            self._shown = (names, tuple(compared))
            self._short = short_names(names)
            self._fill(names, compared)
        self.setCurrentIndex(self.findData(current))
        self.setEnabled(bool(names))
        tip = f"{self.currentText()}\n{_HELP}".strip()
        self.setToolTip(tip)
        self.setAccessibleDescription(tip)

    def _fill(self, names: list[tuple[str, str]], compared: Collection[str]) -> None:
        self.clear()
        ordered = sorted(names, key=lambda name: (name[0] in compared, name[0] != DEFAULT))
        for model, title in ordered:
            self.addItem(f"{title} (default)" if model == DEFAULT else title, model)
        others = sum(model not in compared for model, _title in names)
        if 0 < others < len(names):
            self.insertSeparator(others)
        self.view().setMinimumWidth(self.view().sizeHintForColumn(0) + _FRAME)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Nothing: a song is not to be separated again by accident."""
        event.ignore()

    @property
    def short_name(self) -> str:
        """Of the model in use, as it is painted."""
        return self._short.get(self.currentData() or "", "")

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
        option.currentText = self.fontMetrics().elidedText(self.short_name, mode, room)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        painter.end()
