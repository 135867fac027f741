"""The fader: a dB law with most of its travel around 0, and the widget that paints it."""

import math
from bisect import bisect_left
from itertools import pairwise

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from remixer.app.theme import current_theme
from remixer.app.widgets.control import DragControl
from remixer.app.widgets.decibels import MINUS, show_gain
from remixer.app.widgets.painting import draw_focus, draw_text, painting, sized_font, text_width
from remixer.mixing.strips import MAX_GAIN_DB

TOP_DB = 12.0
KNEE_DB = -60.0
_KNEE = 0.04
_POINTS = ((KNEE_DB, _KNEE), (-40.0, 0.10), (-20.0, 0.24), (-10.0, 0.40), (10.0, 0.96), (12.0, 1.0))
_TAIL_DB = 40.0  # below the knee each tenth of what is left of the travel is 40 dB down
_OFF = 0.002  # as good as the bottom


def fader_position(gain_db: float) -> float:
    """Where a gain lies on the fader: 0 at -inf, 1 at +12 dB, above beyond. Strictly rising.

    Linear in dB between the points of the scale; -10 to +10 dB take 56 % of the travel.
    """
    if gain_db < KNEE_DB:
        return float(_KNEE * 10.0 ** ((gain_db - KNEE_DB) / _TAIL_DB))
    (low_db, low), (high_db, high) = _segment(gain_db, 0)
    return low + (gain_db - low_db) * (high - low) / (high_db - low_db)


def fader_gain(position: float) -> float:
    """The gain in dB at a position; the inverse of `fader_position`."""
    if position <= 0.0:
        return -math.inf
    if position < _KNEE:
        return KNEE_DB + _TAIL_DB * math.log10(position / _KNEE)
    (low_db, low), (high_db, high) = _segment(position, 1)
    return low_db + (position - low) * (high_db - low_db) / (high - low)


def _segment(value: float, axis: int) -> tuple[tuple[float, float], tuple[float, float]]:
    segments = list(pairwise(_POINTS))
    ends = [high[axis] for _, high in segments]
    return segments[min(bisect_left(ends, value), len(segments) - 1)]


class Fader(DragControl):
    """A vertical fader from -inf to +12 dB, to +24 by keys, wheel and typing."""

    LABELS = (12, 6, 3, 0, -3, -6, -10, -20, -40)
    TICKS = (12, *range(10, -11, -1), -12, -15, -20, -30, -40, -60)

    def __init__(self, name: str, colour: str, parent: QWidget | None = None) -> None:
        """name: for people, like "Vocals". colour: a name in `Theme.stems`."""
        super().__init__(parent)
        self._colour = colour
        self._dimmed = False
        self.setOrientation(Qt.Orientation.Vertical)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self.setRange(-10000, round(MAX_GAIN_DB * 100))
        self.setAccessibleName(f"{name} gain")
        self._name = name
        self.set_remark("")

    def set_remark(self, remark: str) -> None:
        """What is to be said of the gain, before how it is set."""
        first = f"{remark}. " if remark else ""
        self.setAccessibleDescription(
            f"{first}Decibels. Up and Down by 0.1, with Shift by 0.01, Page Up and Page Down by 1; "
            "Delete sets 0; Enter to type"
        )
        first = f"{remark}\n\n" if remark else ""
        self.setToolTip(
            f"{first}{self._name} gain in dB: drag, or turn the wheel, by 0.1 dB\n"
            "Shift: finer (0.01 dB)   Ctrl+wheel: 1 dB\n"
            "Up/Down, Page Up/Page Down   Enter: type a value\n"
            "Double-click or Delete: 0.0 dB"
        )

    def set_dimmed(self, dimmed: bool) -> None:
        """Pale while the strip is silent."""
        if dimmed != self._dimmed:
            self._dimmed = dimmed
            self.update()

    def to_position(self, value: float) -> float:
        """See `fader_position`."""
        return fader_position(value)

    def to_value(self, position: float) -> float:
        """See `fader_gain`; the lowest pixel is -inf."""
        return fader_gain(position) if position > _OFF else -math.inf

    def limited(self, value: float) -> float:
        """At most +24 dB."""
        return min(value, MAX_GAIN_DB)

    def travel(self) -> float:
        """The groove's length."""
        track = self._track()
        return track.height()

    def along(self, point: QPointF) -> float:
        """Upwards."""
        return -point.y()

    def shown(self, value: float) -> str:
        """As in the field below."""
        return show_gain(value)

    def stepped(self, value: float, change: float) -> float:
        """Steps of a tenth lead nowhere far below the scale: there, up is -60 and down is off."""
        if value < KNEE_DB:
            return KNEE_DB if change > 0.0 else -math.inf
        return value + change if value + change >= KNEE_DB else -math.inf

    def sizeHint(self) -> QSize:
        """Scale and cap."""
        return QSize(self._scale_width() + self._cap().width(), 200)

    def minimumSizeHint(self) -> QSize:
        """Short, with fewer labels."""
        return QSize(self._scale_width() + self._cap().width(), 80)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Scale, groove, cap and focus."""
        with painting(self) as painter:
            if not self.isEnabled():
                painter.setOpacity(0.45)
            self._paint_scale(painter)
            self._paint_groove(painter)
            self._paint_cap(painter)
            painter.setOpacity(1.0)
            draw_focus(painter, self)

    # Geometry

    def _em(self) -> float:
        return self.fontMetrics().height() / 14.0

    def _cap(self) -> QSize:
        return QSize(round(24 * self._em()), round(15 * self._em()))

    def _scale_width(self) -> int:
        labels = (f"+{self.LABELS[0]}", f"{MINUS}40")
        return text_width(sized_font(self, 0.78), *labels) + round(9 * self._em())

    def _track(self) -> QRectF:
        """The groove, between the cap's highest and lowest middle."""
        margin = self._cap().height() / 2.0 + 3.0
        x = self.width() - self._cap().width() / 2.0 - 1.0
        return QRectF(x - 1.5, margin, 3.0, max(1.0, self.height() - 2.0 * margin))

    def _y(self, gain_db: float) -> float:
        track = self._track()
        return track.bottom() - min(1.0, fader_position(gain_db)) * track.height()

    # Paint

    def _paint_scale(self, painter: QPainter) -> None:
        theme = current_theme()
        right = self._track().left() - 5.0
        for gain_db in self._sparse(self.TICKS, 3.0):
            major = gain_db in self.LABELS
            colour = theme.text if gain_db == 0 else theme.dim_text if major else theme.line
            painter.setPen(QPen(QColor(colour), 1.5 if gain_db == 0 else 1.0))
            y, length = self._y(gain_db), 7.0 if gain_db == 0 else 5.0 if major else 3.0
            painter.drawLine(QPointF(right - length, y), QPointF(right, y))
        for gain_db in self._sparse(self.LABELS, self.fontMetrics().height() * 0.8):
            self._paint_label(painter, gain_db, right - 9.0)

    def _paint_label(self, painter: QPainter, gain_db: int, right: float) -> None:
        theme = current_theme()
        text = f"{gain_db:+d}".replace("-", MINUS) if gain_db else "0"
        font = sized_font(self, 0.78, bold=gain_db == 0)
        height = self.fontMetrics().height()
        rect = QRectF(0.0, self._y(gain_db) - height / 2.0, right, height)
        align = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        draw_text(painter, rect, text, font, theme.text if gain_db == 0 else theme.dim_text, align)

    def _sparse(self, marks: tuple[int, ...], distance: float) -> list[int]:
        """The marks that keep a distance in pixels: 0 dB first, then outwards from it."""
        kept: list[int] = []
        for mark in sorted(marks, key=abs):
            if all(abs(self._y(mark) - self._y(other)) >= distance for other in kept):
                kept.append(mark)
        return kept

    def _paint_groove(self, painter: QPainter) -> None:
        theme, track = current_theme(), self._track()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.line if theme.is_dark else theme.dim_text))
        painter.drawRoundedRect(track, 1.5, 1.5)
        if not self._dimmed:
            zero, here = self._y(0.0), self._y(self.current)
            painter.setBrush(theme.stem(self._colour))
            top, bottom = min(zero, here), max(zero, here)
            painter.drawRect(QRectF(track.left(), top, track.width(), bottom - top))

    def _paint_cap(self, painter: QPainter) -> None:
        theme, size = current_theme(), self._cap()
        middle = QPointF(self._track().center().x(), self._y(self.current))
        cap = QRectF(0.0, 0.0, size.width(), size.height())
        cap.moveCenter(middle)
        ground = QColor(theme.raised)
        shade = QLinearGradient(cap.topLeft(), cap.bottomLeft())
        shade.setColorAt(0.0, ground.lighter(150 if theme.is_dark else 100))
        shade.setColorAt(1.0, ground if theme.is_dark else ground.darker(108))
        border = theme.accent if self._drag is not None else theme.dim_text
        painter.setPen(QPen(QColor(border), 1.0))
        painter.setBrush(shade)
        painter.drawRoundedRect(cap.adjusted(0.5, 0.5, -0.5, -0.5), 3.0, 3.0)
        line = QColor(theme.dim_text) if self._dimmed else theme.stem(self._colour)
        painter.fillRect(QRectF(cap.left() + 4.0, middle.y() - 1.0, cap.width() - 8.0, 2.0), line)
