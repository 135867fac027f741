"""The level of a stem over time, drawn on its lane."""

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from remixer.app.theme import current_theme
from remixer.app.widgets.painting import draw_text, fill_box, painting, sized_font, text_width
from remixer.app.widgets.timeline import Timeline
from remixer.app.widgets.treatments.parameter import decibels
from remixer.mixing.automation import level_at, moved_point, with_point, without_point
from remixer.mixing.treatments import LOWEST_POINT_DB, MAX_POINTS, Automation

HIGH_DB, LOW_DB = 12.0, -24.0
"""At the lane's upper and lower edge."""
_EDGE = 6.0
_NEAR_POINT, _NEAR_LINE = 9.0, 6.0
_SNAP_DB = 0.4
_FINER = 0.1
_HELP = (
    "Level over time: drag a point, or the line to make one; double-click removes it\n"
    "Shift: finer   Delete: remove the point that was moved last"
)


class AutomationLine(QWidget):
    """Lies over a lane's picture. changed(points, final): by the user.

    Takes the mouse on its points and its line only: all else is the lane's.
    """

    changed = Signal(object, bool)

    def __init__(self, stem: str, timeline: Timeline, lane: QWidget) -> None:
        super().__init__(lane)
        self._stem, self._timeline = stem, timeline
        self._points: Automation = ()
        self._chosen: int | None = None
        self._hovered: int | None = None
        self._drag: tuple[QPointF, float] | None = None
        """Where the pointer was last, and the level there, unrounded."""
        self._moved = False
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setToolTip("")
        self.setAccessibleName(f"{stem.capitalize()} automation")
        self.setAccessibleDescription(_HELP)
        self.setGeometry(lane.rect())
        lane.installEventFilter(self)
        timeline.view_changed.connect(self.update)
        self.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """As large as the lane."""
        if event.type() == QEvent.Type.Resize and isinstance(watched, QWidget):
            self.setGeometry(watched.rect())
        return False

    def show_points(self, points: Automation) -> None:
        """Shows breakpoints; no signal follows."""
        if points != self._points:
            self._points = points
            if self._chosen is not None and self._chosen >= len(points):
                self._chosen = None
            self.update()

    # Where things are

    def place_of(self, sample: int, gain_db: float) -> QPointF:
        """A breakpoint's pixel."""
        x = self._timeline.x(sample / self._timeline.rate, self.width())
        shown = min(max(gain_db, LOW_DB), HIGH_DB)
        share = (HIGH_DB - shown) / (HIGH_DB - LOW_DB)
        return QPointF(x, _EDGE + share * (self.height() - 2 * _EDGE))

    def _level(self, y: float) -> float:
        share = (y - _EDGE) / max(self.height() - 2 * _EDGE, 1.0)
        return HIGH_DB - share * (HIGH_DB - LOW_DB)

    def _sample(self, x: float) -> int:
        return self._timeline.sample(x, self.width())

    def _point_at(self, place: QPointF) -> int | None:
        near = [
            ((self.place_of(*point) - place).manhattanLength(), index)
            for index, point in enumerate(self._points)
        ]
        return min(near)[1] if near and min(near)[0] <= _NEAR_POINT else None

    def _on_line(self, place: QPointF) -> bool:
        sample = self._sample(place.x())
        y = self.place_of(sample, level_at(self._points, sample)).y()
        return abs(y - place.y()) <= _NEAR_LINE

    # The mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Grabs a point, or makes one on the line."""
        place, plain = event.position(), event.modifiers() == Qt.KeyboardModifier.NoModifier
        index = self._point_at(place)
        left = event.button() == Qt.MouseButton.LeftButton
        if not left or (index is None and not (plain and self._on_line(place))):
            event.ignore()
            return
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        if index is None:
            if len(self._points) >= MAX_POINTS:
                return
            sample = self._sample(place.x())
            self._put(with_point(self._points, sample, level_at(self._points, sample)))
            index = next(n for n, (at, _) in enumerate(self._points) if at == sample)
        self._chosen = index
        self._drag = (place, self._points[index][1])
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """The point goes along, between its neighbours."""
        place = event.position()
        if self._drag is None or self._chosen is None:
            self._hover(place)
            event.ignore()
            return
        last, level = self._drag
        pace = _FINER if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1.0
        level += (self._level(place.y()) - self._level(last.y())) * pace
        self._drag = (place, level)
        shown = 0.0 if abs(level) < _SNAP_DB and pace == 1.0 else round(level, 2 if pace < 1 else 1)
        if place.y() >= self.height():
            shown = LOWEST_POINT_DB
        sample = self._points[self._chosen][0] if pace < 1 else self._sample(place.x())
        self._put(moved_point(self._points, self._chosen, sample, shown))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """One change."""
        if self._drag is None:
            event.ignore()
            return
        self._drag = None
        self._end()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Removes a point."""
        index = self._point_at(event.position())
        if index is None:
            event.ignore()
            return
        self._remove(index)

    def leaveEvent(self, _event: QEvent) -> None:
        """Nothing is hovered."""
        self._hovered = None
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Delete removes the chosen point."""
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and self._chosen is not None:
            self._remove(self._chosen)
        else:
            super().keyPressEvent(event)

    def _hover(self, place: QPointF) -> None:
        index = self._point_at(place)
        near = index is not None or self._on_line(place)
        self.setCursor(Qt.CursorShape.PointingHandCursor if near else Qt.CursorShape.CrossCursor)
        if index != self._hovered:
            self._hovered = index
            self.update()

    def _remove(self, index: int) -> None:
        self._drag = self._chosen = None
        self._put(without_point(self._points, index))
        self._end()

    def _put(self, points: Automation) -> None:
        if points != self._points:
            self._points, self._moved = points, True
            self.changed.emit(points, False)
            self.update()

    def _end(self) -> None:
        if self._moved:
            self._moved = False
            self.changed.emit(self._points, True)
        self.update()

    # Looks

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The 0 dB line, the level, its points, the number of the one in hand."""
        if not self._timeline.length:
            return
        zero = round(self.place_of(0, 0.0).y())
        with painting(self) as painter:
            painter.fillRect(QRectF(0.0, zero, self.width(), 1.0), QColor(255, 255, 255, 80))
            line = self._line()
            for colour, width in ((QColor(0, 0, 0, 170), 4.0), (QColor("#FFFFFF"), 1.8)):
                painter.setPen(QPen(colour, width))
                painter.drawPolyline(line)
            for index, point in enumerate(self._points):
                self._paint_point(painter, index, self.place_of(*point))
            shown = self._chosen if self._drag else self._hovered
            if shown is not None and shown < len(self._points):
                self._paint_number(painter, self._points[shown])

    def _line(self) -> QPolygonF:
        """Through the points, held to both ends of the lane."""
        first, last = (level_at(self._points, at) for at in (0, self._timeline.length))
        places = [self.place_of(*point) for point in self._points]
        left = QPointF(min(0.0, places[0].x() if places else 0.0), self.place_of(0, first).y())
        width = float(self.width())
        right = QPointF(max(width, places[-1].x() if places else width), self.place_of(0, last).y())
        return QPolygonF([left, *places, right])

    def _paint_point(self, painter: QPainter, index: int, place: QPointF) -> None:
        if not -10.0 <= place.x() <= self.width() + 10.0:
            return
        lit = index in (self._chosen, self._hovered)
        painter.setBrush(QColor("#FFFFFF") if lit else current_theme().stem(self._stem))
        painter.setPen(QPen(QColor(0, 0, 0, 200), 1.2))
        painter.drawEllipse(place, 4.5 if lit else 3.8, 4.5 if lit else 3.8)

    def _paint_number(self, painter: QPainter, point: tuple[int, float]) -> None:
        theme, font = current_theme(), sized_font(self, 0.9)
        text = decibels(point[1]).replace("-", "−")
        place, width = self.place_of(*point), text_width(font, text) + 10.0
        left = min(max(place.x() + 8.0, 0.0), self.width() - width)
        top = min(max(place.y() - 22.0, 0.0), self.height() - 18.0)
        box = QRectF(left, top, width, 18.0)
        fill_box(painter, box, theme.raised, theme.line)
        draw_text(painter, box, text, font, theme.text)
