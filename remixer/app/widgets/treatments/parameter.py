"""A setting of a treatment: its name, its value and a bar in one line, dragged or typed."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from remixer.app.theme import current_theme
from remixer.app.widgets.control import DragControl
from remixer.app.widgets.decibels import MINUS
from remixer.app.widgets.painting import (
    draw_focus,
    draw_text,
    fill_box,
    painting,
    sized_font,
    text_width,
)

_HELP = (
    "drag, or turn the wheel\nShift: finer   Left/Right, Page Up/Page Down\n"
    "Enter: type it   Double-click or Delete: as it comes"
)
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True)
class Parameter:
    """What a slider sets. field: of the settings; title: for people; show: a value as text; brief:
    the title where there is no room for it.

    neutral: as it comes. step: of a key, a factor - 1 where `ratio` (the scale is logarithmic
    then). off: the lowest position is -inf. scale: what a typed number is multiplied with.
    """

    field: str
    title: str
    low: float
    high: float
    neutral: float
    step: float
    show: Callable[[float], str]
    ratio: bool = False
    off: bool = False
    scale: float = 1.0
    brief: str = ""


class ParameterSlider(DragControl):
    """Shows and sets one parameter."""

    def __init__(
        self, parameter: Parameter, subject: str, colour: str, parent: QWidget | None = None
    ) -> None:
        """subject: what it is of, for screen readers, like "Compressor". colour: in
        `Theme.stems`.
        """
        self.parameter = parameter
        self.neutral = parameter.neutral
        self.step, self.fine_step = parameter.step, parameter.step / 10.0
        self.coarse_step = parameter.step * 5.0
        super().__init__(parent)
        self._colour = colour
        self._typing: QLineEdit | None = None
        low = -100.0 if parameter.off else parameter.low
        self.setOrientation(Qt.Orientation.Horizontal)
        self.setRange(round(low * 100), round(parameter.high * 100))
        self.setAccessibleName(f"{subject} {parameter.title.lower()}")
        self.setToolTip(f"{subject} {parameter.title.lower()}: {_HELP}")
        self._tell_assistants()

    def set_colour(self, colour: str) -> None:
        """Another stem's."""
        self._colour = colour
        self.update()

    # The law

    def to_position(self, value: float) -> float:
        """Linear, or logarithmic."""
        p = self.parameter
        if value == -math.inf:
            return 0.0
        if p.ratio:
            return math.log(value / p.low) / math.log(p.high / p.low)
        return (value - p.low) / (p.high - p.low)

    def to_value(self, position: float) -> float:
        """The inverse."""
        p = self.parameter
        if p.off and position <= 0.0:
            return -math.inf
        if p.ratio:
            return float(p.low * (p.high / p.low) ** position)
        return p.low + (p.high - p.low) * position

    def limited(self, value: float) -> float:
        """Within the range; below it, off, where there is an off."""
        p = self.parameter
        if p.off and value < p.low:
            return -math.inf
        return min(p.high, max(p.low, value))

    def stepped(self, value: float, change: float) -> float:
        """By a step, or by a factor; from off to the lowest."""
        if value == -math.inf:
            return self.parameter.low if change > 0.0 else value
        return value * math.exp(change) if self.parameter.ratio else value + change

    def _on_grid(self, position: float, pixel: float, fine: bool) -> float:
        """Logarithmic values are kept to three digits."""
        if not self.parameter.ratio:
            return super()._on_grid(position, pixel, fine)
        if not fine and abs(position - self.to_position(self.neutral)) <= pixel / 2.0:
            return self.neutral
        return self.limited(float(f"{self.to_value(position):.{4 if fine else 3}g}"))

    def travel(self) -> float:
        """The width inside the border."""
        return max(1.0, self.width() - 6.0)

    def along(self, point: QPointF) -> float:
        """To the right."""
        return point.x()

    def shown(self, value: float) -> str:
        """As the parameter says it."""
        return "off" if value == -math.inf else self.parameter.show(value).replace("-", MINUS)

    # Typing

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens the field to type in."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.type_value()
        else:
            super().keyPressEvent(event)

    def type_value(self) -> None:
        """Let a number be typed; Escape keeps the old one."""
        field = _Field(self)
        field.setAccessibleName(f"{self.accessibleName()}, a number")
        field.setAlignment(Qt.AlignmentFlag.AlignRight)
        field.setGeometry(self.rect())
        value = self.current / self.parameter.scale
        field.setText("-inf" if math.isinf(value) else f"{value:.4g}")
        field.selectAll()
        field.show()
        field.setFocus(Qt.FocusReason.OtherFocusReason)
        field.editingFinished.connect(self._typed)
        field.given_up.connect(self._give_up)
        self._typing = field

    def _give_up(self) -> None:
        field, self._typing = self._typing, None
        if field is not None:
            self.setFocus(Qt.FocusReason.OtherFocusReason)
            field.deleteLater()

    def _typed(self) -> None:
        field, self._typing = self._typing, None
        if field is None:
            return
        text = field.text().strip().replace(",", ".").replace(MINUS, "-")
        field.deleteLater()
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        try:
            value = float(text) * self.parameter.scale
        except ValueError:
            return
        if not math.isnan(value):
            self.change(self.limited(value))

    # Looks

    def sizeHint(self) -> QSize:
        """A line."""
        return QSize(120, self.fontMetrics().height() + 8)

    def minimumSizeHint(self) -> QSize:
        """A line."""
        return QSize(92, self.fontMetrics().height() + 8)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Name, value, and a bar from where nothing is."""
        theme, font = current_theme(), sized_font(self, 0.9)
        rect = QRectF(self.rect())
        line = rect.adjusted(6.0, 0.0, -6.0, -3.0)
        with painting(self) as painter:
            if not self.isEnabled():
                painter.setOpacity(0.45)
            fill_box(painter, rect, theme.sunken, theme.line)
            value = self.shown(self.current)
            draw_text(painter, line, value, font, theme.text, _RIGHT)
            line.setRight(line.right() - text_width(font, value) - 5.0)
            title = self.parameter.title
            if text_width(font, title) > line.width():
                title = self.parameter.brief or title
            draw_text(painter, line, title, font, theme.dim_text, _LEFT)
            self._paint_bar(painter)
            painter.setOpacity(1.0)
            draw_focus(painter, self)

    def _paint_bar(self, painter: QPainter) -> None:
        p, colour = self.parameter, current_theme().stem(self._colour)
        both = p.low < 0.0 < p.high and p.neutral == 0.0
        origin = self.to_position(0.0) if both else 0.0
        here = self.to_position(self.current)
        left, right = sorted((origin, here))
        top, travel = self.height() - 5.0, self.travel()
        bar = QRectF(3.0 + left * travel, top, (right - left) * travel, 2.0)
        painter.fillRect(bar, colour)
        if both:
            middle = QRectF(3.0 + origin * travel - 0.5, top - 1.0, 1.0, 4.0)
            painter.fillRect(middle, QColor(current_theme().dim_text))


class _Field(QLineEdit):
    """Where a number is typed. given_up: Escape."""

    given_up = Signal()

    def event(self, event: QEvent) -> bool:
        """Escape is ours before it is the window's."""
        if isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            if event.type() == QEvent.Type.KeyPress:
                self.given_up.emit()
            event.accept()
            return True
        return super().event(event)


def decibels(value: float) -> str:
    """ "+1.5 dB"."""
    return f"{value:+.1f} dB" if value else "0 dB"


def hertz(value: float) -> str:
    """ "440 Hz", "2.5 kHz"."""
    return f"{value:.0f} Hz" if value < 1000.0 else f"{value / 1000.0:.3g} kHz"


def milliseconds(value: float) -> str:
    """ "12 ms", "1.5 s"."""
    return f"{value:.3g} ms" if value < 1000.0 else f"{value / 1000.0:.3g} s"


def percent(value: float) -> str:
    """ "40 %"."""
    return f"{100.0 * value:.0f} %"
