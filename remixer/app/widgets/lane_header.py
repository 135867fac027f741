"""The left of a lane: the stem's name and colour, a button that folds it, the frequency axis."""

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolButton, QWidget

from remixer.app.theme import current_theme, theme_notifier
from remixer.app.tiles import MIX, OWNERS
from remixer.app.widgets.painting import draw_text, painting, sized_font
from remixer.app.widgets.ruler import frequency_ticks, frequency_y
from remixer.dsp.signal import STEMS

WIDTH = 104
FOLDED = 24

_LINE_GAP = 17
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class LaneHeader(QWidget):
    """Name, colour and axis of a lane. folded: whether the lane is to be no more than its name."""

    folded = Signal(bool)

    def __init__(self, lane: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lane = lane
        self._title = lane.capitalize()
        self._scale = "log"
        self._rate = 0
        self.setFixedWidth(WIDTH)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(f"{self._title} lane")
        self._button = QToolButton(self)
        self._button.setCheckable(True)
        self._button.setAutoRaise(True)
        self._button.setArrowType(Qt.ArrowType.DownArrow)
        self._button.setFixedSize(16, 16)
        self._button.setStyleSheet("QToolButton { padding: 0; border-radius: 2px; }")
        self._button.move(8, 4)
        self._button.setAccessibleName(f"Fold the {self._title.lower()} lane")
        self._button.setToolTip("Fold or unfold this lane")
        self._button.toggled.connect(self._fold)
        self._button.setVisible(lane != OWNERS)
        theme_notifier.changed.connect(self.update)

    @property
    def is_folded(self) -> bool:
        """Whether only the name is shown."""
        return self._button.isChecked()

    def set_folded(self, on: bool) -> None:
        """As if the button was pressed."""
        self._button.setChecked(on)

    def set_axis(self, scale: str, rate: int) -> None:
        """The frequency axis; rate 0 for none."""
        self._scale, self._rate = scale, rate
        self.update()

    def _fold(self, on: bool) -> None:
        self._button.setArrowType(Qt.ArrowType.RightArrow if on else Qt.ArrowType.DownArrow)
        self.folded.emit(on)
        self.update()

    def sizeHint(self) -> QSize:
        """As high as its lane."""
        return QSize(WIDTH, FOLDED)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Colour, name, ticks."""
        theme = current_theme()
        with painting(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
            painter.fillRect(self.rect(), QColor(theme.panel))
            name = "master" if self._lane in (MIX, OWNERS) else self._lane
            if self._lane == OWNERS:
                self._paint_legend(painter)
            else:
                painter.fillRect(0, 0, 3, self.height() - 1, theme.stem(name))
                room = QRectF(28, 3, WIDTH - 32, 18)
                draw_text(
                    painter, room, self._title, sized_font(self, bold=True), theme.text, _LEFT
                )
            if self._rate and not self.is_folded:
                self._paint_axis(painter)
            painter.fillRect(0, self.height() - 1, WIDTH, 1, QColor(theme.window))

    def _paint_legend(self, painter: QPainter) -> None:
        theme, font = current_theme(), sized_font(self, bold=True)
        for k, stem in enumerate(STEMS):
            top = 8 + 20 * k
            painter.fillRect(10, top + 4, 10, 10, theme.stem(stem))
            room = QRectF(28, top, WIDTH - 56, 18)
            draw_text(painter, room, stem.capitalize(), font, theme.text, _LEFT)

    def _paint_axis(self, painter: QPainter) -> None:
        theme, font = current_theme(), sized_font(self, 0.8)
        taken = 96 if self._lane == OWNERS else 22
        for frequency, text in frequency_ticks(self._rate, self._scale, self.height(), _LINE_GAP):
            y = round(frequency_y(frequency, self._rate, self._scale, self.height()))
            painter.fillRect(WIDTH - 5, y, 5, 1, QColor(theme.dim_text))
            left = 72 if y - 8 < taken else 28
            room = QRectF(left, y - 8, WIDTH - 8 - left, 17)
            draw_text(painter, room, text, font, theme.dim_text, _RIGHT)
