"""Two curves in dB over one axis, the original's and the remix's, and their difference below."""

import math

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from remixer.app.theme import current_theme, theme_notifier
from remixer.app.widgets.decibels import show_gain, show_level
from remixer.app.widgets.painting import (
    draw_focus,
    draw_text,
    fill_box,
    painting,
    sized_font,
    text_width,
)
from remixer.app.widgets.plot_axes import (
    Tick,
    Values,
    change_range,
    change_ticks,
    decibel_ticks,
    level_range,
)

GAP = 8
_NOTHING = np.zeros(0)
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_CHANGE_SHARE = 0.30


class Plot(QWidget):
    """Subclasses give the horizontal axis. A cursor, by mouse or by the arrow keys, reads values;
    what it reads is the accessible description, too.
    """

    depth_db = 80.0
    least_db = 6.0

    def __init__(self, title: str, unit: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title, self._unit = title, unit
        self._x = self._original = self._remix = _NOTHING
        self._cursor: int | None = None
        self._empty = ""
        self.setAccessibleName(title)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme_notifier.changed.connect(self.update)
        self.clear("")

    # The axis, for subclasses

    def place(self, value: float) -> float:
        """Where a value of the axis lies, 0 to 1."""
        raise NotImplementedError

    def ticks(self, width: float) -> list[Tick]:
        """On so many pixels."""
        raise NotImplementedError

    def shown(self, value: float) -> str:
        """A value of the axis as text."""
        raise NotImplementedError

    # From outside

    def clear(self, reason: str) -> None:
        """Shows no curves, but why."""
        self._empty = reason
        self._set(_NOTHING, _NOTHING, _NOTHING)

    def set_curves(self, x: Values, original: Values, remix: Values) -> None:
        """Shows curves of the same length; NaN where there is nothing."""
        self._empty = ""
        self._set(x, original, remix)

    @property
    def change(self) -> Values:
        """Remix minus original, NaN where one is silent or far below what is shown."""
        loud = np.fmax(self._original, self._remix) >= self._limits()[0]
        heard = loud & np.isfinite(self._original) & np.isfinite(self._remix)
        change = np.full(self._x.size, np.nan)
        change[heard] = self._remix[heard] - self._original[heard]
        return change

    @property
    def reading(self) -> str:
        """What stands at the cursor; "" without one."""
        index = self._cursor
        if index is None or not self._x.size:
            return ""
        here, first, second = (float(v[index]) for v in (self._x, self._original, self._remix))
        if math.isnan(first):
            return f"{self.shown(here)}: not measured"
        values = f"original {show_level(first)}, remix {show_level(second)} {self._unit}"
        change = second - first
        ends = f", {show_gain(round(change, 1))} dB" if math.isfinite(change) else ""
        return f"{self.shown(here)}: {values}{ends}"

    def sizeHint(self) -> QSize:
        """Wide."""
        return QSize(520, 240)

    def minimumSizeHint(self) -> QSize:
        """Still to be read."""
        return QSize(320, 150)

    # The cursor

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Reads the nearest point."""
        area = self._area()
        if not self._x.size or not area.contains(event.position()):
            self._move(None)
            return
        share = (event.position().x() - area.left()) / area.width()
        places = np.array([self.place(float(x)) for x in self._x])
        self._move(int(np.argmin(np.abs(places - share))))

    def leaveEvent(self, _event: QEvent) -> None:
        """The mouse reads no more."""
        if not self.hasFocus():
            self._move(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and Right move the cursor, faster with Shift; Home and End; Escape puts it away."""
        last = self._x.size - 1
        far = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        step = max(last // (10 if far else 100), 1)
        here = last // 2 if self._cursor is None else self._cursor
        goal = {
            Qt.Key.Key_Left: here - step,
            Qt.Key.Key_Right: here + step,
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: last,
        }.get(Qt.Key(event.key()))
        if goal is not None and last > 0:
            self._move(min(max(goal, 0), last))
        elif event.key() == Qt.Key.Key_Escape and self._cursor is not None:
            self._move(None)
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """The keyboard's cursor goes with it."""
        self._move(None)
        super().focusOutEvent(event)

    def _move(self, index: int | None) -> None:
        if index != self._cursor:
            self._cursor = index
            self._describe()
            self.update()

    def _set(self, x: Values, original: Values, remix: Values) -> None:
        self._x, self._original, self._remix, self._cursor = x, original, remix, None
        self._describe()
        self.update()

    def _describe(self) -> None:
        how = "Arrow keys read the curves"
        self.setAccessibleDescription(self.reading or self._empty or how)
        self.setToolTip("" if self._x.size else self._empty)

    # Geometry

    def _limits(self) -> tuple[float, float]:
        return level_range([self._original, self._remix], self.depth_db, self.least_db)

    def _area(self) -> QRectF:
        """Of both panels, inside the labels."""
        line = self.fontMetrics().height()
        left = text_width(sized_font(self, 0.78), "−888") + 10.0
        rect = QRectF(self.rect())
        return rect.adjusted(left, line + 10.0, -10.0, -(line + 6.0))

    def _panels(self) -> tuple[QRectF, QRectF]:
        area = self._area()
        lower = round(area.height() * _CHANGE_SHARE)
        upper = QRectF(area.topLeft(), QSize(int(area.width()), int(area.height() - lower - GAP)))
        return upper, QRectF(area.left(), area.bottom() - lower, area.width(), lower)

    # Paint

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Frame, title, panels, curves, cursor."""
        theme = current_theme()
        with painting(self) as painter:
            fill_box(painter, QRectF(self.rect()), theme.panel, theme.line, 5.0)
            self._paint_head(painter)
            upper, lower = self._panels()
            for panel in (upper, lower):
                painter.fillRect(panel, QColor(theme.sunken))
            if self._x.size:
                self._paint_curves(painter, upper, lower)
            else:
                draw_text(painter, upper, self._empty, sized_font(self), theme.dim_text)
            draw_focus(painter, self, 5.0)

    def _paint_head(self, painter: QPainter) -> None:
        """The title, or what the cursor reads; the legend."""
        theme, line = current_theme(), self.fontMetrics().height()
        rect = QRectF(10.0, 5.0, self.width() - 20.0, line)
        small = sized_font(self, 0.9)
        if self.reading and text_width(small, self.reading) > rect.width() * 0.6:
            draw_text(painter, rect, self.reading, small, theme.text, _LEFT)
            return  # what is read is worth more than the legend
        right = rect.right()
        for name, colour in (("Remix", theme.accent), ("Original", theme.dim_text)):
            width = text_width(small, name)
            draw_text(painter, QRectF(right - width, 5.0, width, line), name, small, theme.text)
            painter.setPen(QPen(QColor(colour), 2.0))
            y = 5.0 + line / 2.0
            painter.drawLine(QPointF(right - width - 20.0, y), QPointF(right - width - 6.0, y))
            right -= width + 34.0
        rect.setRight(right)
        if self.reading:
            draw_text(painter, rect, self.reading, small, theme.text, _LEFT)
        else:
            font = sized_font(self, 0.9, bold=True)
            draw_text(painter, rect, self._title, font, theme.text, _LEFT)

    def _paint_curves(self, painter: QPainter, upper: QRectF, lower: QRectF) -> None:
        theme, (low, high) = current_theme(), self._limits()
        change = self.change
        span = change_range(change)
        line = self.fontMetrics().height()
        most = min(max(int(upper.height() / line / 1.6), 2), 6)
        self._paint_grid(painter, upper, decibel_ticks(low, high, most), low, high)
        ticks = change_ticks(span, few=lower.height() < 6.5 * line)
        self._paint_grid(painter, lower, ticks, -span * 1.1, span * 1.1)
        self._paint_axis(painter, upper, lower)
        width = 1.6
        for curve, colour in ((self._original, theme.dim_text), (self._remix, theme.accent)):
            painter.setPen(QPen(QColor(colour), width))
            self._paint_curve(painter, upper, curve, low, high)
        zero = lower.center().y()
        painter.setPen(QPen(QColor(theme.dim_text), 1.0))
        painter.drawLine(QPointF(lower.left(), zero), QPointF(lower.right(), zero))
        painter.setPen(QPen(QColor(theme.warn), width))
        self._paint_curve(painter, lower, change, -span * 1.1, span * 1.1)
        self._paint_caption(painter, lower)
        if self._cursor is not None:
            self._paint_cursor(painter, upper, lower)

    def _paint_grid(
        self, painter: QPainter, panel: QRectF, ticks: list[Tick], low: float, high: float
    ) -> None:
        theme, font = current_theme(), sized_font(self, 0.78)
        line = self.fontMetrics().height()
        for value, label in ticks:
            y = _y(panel, value, low, high)
            painter.setPen(QPen(theme.faded(theme.line, 0.6), 1.0))
            painter.drawLine(QPointF(panel.left(), y), QPointF(panel.right(), y))
            if panel.top() <= y <= panel.bottom() + 1.0:
                rect = QRectF(0.0, y - line / 2.0, panel.left() - 5.0, line)
                draw_text(painter, rect, label, font, theme.dim_text, _RIGHT)

    def _paint_axis(self, painter: QPainter, upper: QRectF, lower: QRectF) -> None:
        theme, font = current_theme(), sized_font(self, 0.78)
        line = self.fontMetrics().height()
        for value, label in self.ticks(upper.width()):
            x = upper.left() + self.place(value) * upper.width()
            painter.setPen(QPen(theme.faded(theme.line, 0.9 if label else 0.4), 1.0))
            for panel in (upper, lower):
                painter.drawLine(QPointF(x, panel.top()), QPointF(x, panel.bottom()))
            width = text_width(font, label or " ")
            left = min(max(x - width / 2.0, 2.0), self.width() - width - 2.0)
            rect = QRectF(left, lower.bottom() + 2.0, width, line)
            draw_text(painter, rect, label, font, theme.dim_text)

    def _paint_caption(self, painter: QPainter, lower: QRectF) -> None:
        theme, font = current_theme(), sized_font(self, 0.78)
        rect = QRectF(lower.left() + 6.0, lower.top() + 1.0, 200.0, self.fontMetrics().height())
        draw_text(painter, rect, "Difference, dB", font, theme.dim_text, _LEFT)

    def _paint_curve(
        self, painter: QPainter, panel: QRectF, curve: Values, low: float, high: float
    ) -> None:
        """Lines through what is there, as many points as there are pixels."""
        stride = max(curve.size // max(int(2 * panel.width()), 1), 1)
        painter.save()
        painter.setClipRect(panel)
        points: list[QPointF] = []
        for x, value in zip(self._x[::stride].tolist(), curve[::stride].tolist(), strict=True):
            if math.isnan(value):
                painter.drawPolyline(QPolygonF(points))
                points = []
                continue
            y = _y(panel, max(value, low - (high - low)), low, high)
            points.append(QPointF(panel.left() + self.place(x) * panel.width(), y))
        painter.drawPolyline(QPolygonF(points))
        painter.restore()

    def _paint_cursor(self, painter: QPainter, upper: QRectF, lower: QRectF) -> None:
        assert self._cursor is not None
        x = upper.left() + self.place(float(self._x[self._cursor])) * upper.width()
        painter.setPen(QPen(QColor(current_theme().text), 1.0, Qt.PenStyle.DotLine))
        painter.drawLine(QPointF(x, upper.top()), QPointF(x, lower.bottom()))


def _y(panel: QRectF, value: float, low: float, high: float) -> float:
    return panel.bottom() - (value - low) / (high - low) * panel.height()
