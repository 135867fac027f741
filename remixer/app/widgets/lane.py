"""One lane: the picture of a signal over time and frequency, painted from tiles."""

import time
from functools import lru_cache

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QBrush,
    QColor,
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from remixer.app.spectra_store import BLOCK
from remixer.app.theme import Theme, current_theme, theme_notifier
from remixer.app.tiles import MIX, Look, Place, Tile
from remixer.app.widgets.lane_song import LaneSong
from remixer.app.widgets.painting import painting, sized_font
from remixer.app.widgets.timeline import Timeline

LOWEST = 40  # pixels, at least
OUTSIDE = {"dark": 0.35, "light": 0.18}
"""Of black, over what is not in the loop: a dimmer picture of the same colours."""


class LaneView(QWidget):
    """The picture of one lane. hovered: the mouse moved there, or left (None). resized: the level
    may be another.
    """

    hovered = Signal(object)
    resized = Signal()

    def __init__(self, lane: str, timeline: Timeline, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lane = lane
        self._timeline = timeline
        self._song: LaneSong | None = None
        self._look = Look()
        self._unfinished = False
        self._cursor_y: float | None = None
        self.setMouseTracking(True)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(LOWEST)
        self._again = QTimer(self, singleShot=True, interval=5)
        self._again.timeout.connect(self.update)
        timeline.view_changed.connect(self.update)
        timeline.marks_changed.connect(self.update)
        timeline.playhead_moved.connect(self._line_moved)
        timeline.cursor_moved.connect(self._line_moved)
        theme_notifier.changed.connect(self.update)

    def set_song(self, song: LaneSong | None) -> None:
        """Another song, or the same with other stems."""
        self._song = song
        self.update()

    def set_look(self, look: Look) -> None:
        """What of it is shown, and how."""
        self._look = look
        self.update()

    @property
    def up_to_date(self) -> bool:
        """Whether the last painting showed all that was known then."""
        return not self._unfinished

    @property
    def level(self) -> int:
        """The level of the pyramid that is shown."""
        if self._song is None or not self.width():
            return 0
        pixels = self.width() * self.devicePixelRatioF()
        return self._song.level_for(self._timeline.view.span_s * self._timeline.rate / pixels)

    def sizeHint(self) -> QSize:
        """Room for a picture."""
        return QSize(600, 120)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The picture, what is missing in it, and the marks."""
        theme = current_theme()
        with painting(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
            painter.setClipRect(event.rect())
            painter.fillRect(event.rect(), QColor(theme.sunken))
            if self._song is not None and self._timeline.length:
                self._paint_picture(painter, event.rect(), self._song)
                self._paint_words(painter, self._song, theme)
                self._paint_marks(painter, theme)
            painter.fillRect(0, self.height() - 1, self.width(), 1, QColor(theme.window))

    def _paint_picture(self, painter: QPainter, rect: QRect, song: LaneSong) -> None:
        scale = self.devicePixelRatioF()
        level, span = self.level, song.raster.span(self.level)
        column = self._column(rect.left() - 1, span)
        first = max(int(column), 0) // BLOCK
        last = int(min(self._column(rect.right() + 2, span), song.raster.columns(level) - 1))
        height = max(1, round(self.height() * scale))
        self._unfinished = False
        draws: list[tuple[int, int, Tile]] = []
        whole = True
        for index in range(first, max(last, 0) // BLOCK + 1):
            found = self._find(song, Place(self.lane, level, index, height))
            whole = whole and found[-1:] != [] and found[-1][2].complete and len(found) == 1
            draws += found
        if not whole and self.lane != MIX:
            painter.fillRect(rect, self._hatch())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        for at, index, tile in draws:
            self._draw(painter, rect, song.raster.span(at), index, tile)
        if self._unfinished:
            self._again.start()

    def _find(self, song: LaneSong, place: Place) -> list[tuple[int, int, Tile]]:
        """The images that show a block, coarse ones first where finer ones are incomplete."""
        found: list[tuple[int, int, Tile]] = []
        kept = song.spectra.mix.store.kept
        level, index = place.level, place.index
        while level <= song.raster.top:
            here = Place(place.lane, level, index, place.height)
            tile, fresh = song.tiles.at_hand(here, self._look)
            if not fresh and (level == place.level or level >= kept):
                tile = self._compose(song, here) or tile
            if tile is not None and tile.ok:
                found.append((level, index, tile))
                if tile.complete:
                    break
            if level >= kept and level > place.level:
                break  # what is not here is nowhere
            level, index = level + 1, index // 2
        return found[::-1]

    def _compose(self, song: LaneSong, place: Place) -> Tile | None:
        """A new image, if there is time for one in this frame."""
        if not song.budget.allows():
            self._unfinished = True
            return None
        begun = time.perf_counter()
        tile = song.tiles.compose(place, self._look)
        song.budget.spend(time.perf_counter() - begun)
        return tile

    def _draw(self, painter: QPainter, rect: QRect, span: int, index: int, tile: Tile) -> None:
        """The filled columns of an image, on whole pixels of the screen so that neighbours meet."""
        device = painter.deviceTransform()
        scale, origin = device.m11(), device.dx()
        for start, stop in tile.ok:
            offset = index * BLOCK
            left = max(self._x(offset + start, span), rect.left() - 2.0)
            right = min(self._x(offset + stop, span), rect.right() + 3.0)
            left = (round(left * scale + origin) - origin) / scale
            right = (round(right * scale + origin) - origin) / scale
            if right <= left:
                continue
            source_left = self._column(left, span) - offset
            source_right = self._column(right, span) - offset
            target = QRectF(left, 0, right - left, self.height())
            source = QRectF(source_left, 0, source_right - source_left, tile.image.height())
            painter.drawImage(target, tile.image, source)

    def _x(self, column: float, span: int) -> float:
        return self._timeline.x(column * span / self._timeline.rate, self.width())

    def _column(self, x: float, span: int) -> float:
        view = self._timeline.view
        seconds = view.start_s + x / max(self.width(), 1) * view.span_s
        return seconds * self._timeline.rate / span

    def _hatch(self) -> QBrush:
        """The ground of what is not there yet; it moves along with the picture."""
        theme = current_theme()
        brush = QBrush(hatching(theme.sunken, theme.line))
        origin = self._timeline.x(0.0, self.width())
        brush.setTransform(brush.transform().translate(round(origin) % 12, 0))
        return brush

    def _paint_words(self, painter: QPainter, song: LaneSong, theme: Theme) -> None:
        """Why there is no picture, in the middle of where there is none."""
        layer = song.layer(self.lane)
        error = layer.error if layer else ""
        if error or (self.lane != MIX and song.spectra.mix.error):
            self._write(painter, QRectF(self.rect()), error or "no picture", theme)
        elif self.lane != MIX:
            coming = layer is not None and song.separating
            words = "separating\N{HORIZONTAL ELLIPSIS}" if coming else "not separated yet"
            for start, stop in song.undone:
                left = max(self._timeline.x(start / self._timeline.rate, self.width()), 0.0)
                right = min(
                    self._timeline.x(stop / self._timeline.rate, self.width()), self.width()
                )
                if right - left >= 120:
                    room = QRectF(left, 0, right - left, self.height())
                    self._write(painter, room, words, theme)

    def _write(self, painter: QPainter, room: QRectF, words: str, theme: Theme) -> None:
        """Quiet words on a ground of their own."""
        font = sized_font(self, 0.9)
        painter.setFont(font)
        metrics = painter.fontMetrics()
        mode = Qt.TextElideMode.ElideRight
        shown = metrics.elidedText(words, mode, max(int(room.width()) - 24, 0))
        box = QRectF(0, 0, metrics.horizontalAdvance(shown) + 16, metrics.height() + 4)
        box.moveCenter(room.center())
        painter.fillRect(box, QColor(theme.sunken))
        painter.setPen(QColor(theme.dim_text))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, shown)

    def _paint_marks(self, painter: QPainter, theme: Theme) -> None:
        timeline, width, height = self._timeline, self.width(), self.height()
        if timeline.marked:
            left, right = (round(timeline.x(s, width)) for s in timeline.marked)
            shade = theme.faded("#000000", OUTSIDE[theme.name])
            painter.fillRect(0, 0, min(left, width), height, shade)
            painter.fillRect(max(right, 0), 0, max(width - right, 0), height, shade)
            for x in (left, right):
                painter.fillRect(x, 0, 1, height, QColor(theme.accent))
        if timeline.cursor_s is not None:
            line = theme.faded(theme.text, 0.55)
            painter.fillRect(round(timeline.x(timeline.cursor_s, width)), 0, 1, height, line)
            if self._cursor_y is not None:
                painter.fillRect(0, round(self._cursor_y), width, 1, line)
        x = round(timeline.x(timeline.playhead_s, width))
        painter.fillRect(x - 1, 0, 3, height, theme.faded(theme.sunken, 0.6))
        painter.fillRect(x, 0, 1, height, QColor(theme.text))

    def _line_moved(self, before: float | None, after: float | None) -> None:
        """Repaints no more than the strips where a line was and is."""
        for seconds in (before, after):
            if seconds is not None:
                x = round(self._timeline.x(seconds, self.width()))
                self.update(QRect(x - 2, 0, 5, self.height()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tells where the mouse is; what is dragged is the parent's to know."""
        self._set_cursor_y(event.position().y())
        self.hovered.emit(event.position())
        event.ignore()

    def leaveEvent(self, _event: object) -> None:
        """No cursor any more."""
        self._set_cursor_y(None)
        self.hovered.emit(None)

    def resizeEvent(self, _event: QResizeEvent) -> None:
        """Another width shows another level."""
        self.update()
        self.resized.emit()

    def _set_cursor_y(self, y: float | None) -> None:
        for line in (self._cursor_y, y):
            if line is not None:
                self.update(QRect(0, round(line) - 1, self.width(), 3))
        self._cursor_y = y


@lru_cache(maxsize=4)
def hatching(ground: str, line: str) -> QPixmap:
    """Thin slanting lines that repeat every 12 pixels; a ground of "" lets through."""
    image = QImage(12, 12, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(QColor(ground) if ground else Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    colour = QColor(line)
    colour.setAlphaF(0.45)
    painter.setPen(colour)
    for shift in (-12, 0, 12):
        painter.drawLine(QPointF(shift, 12), QPointF(shift + 12, 0))
    painter.end()
    return QPixmap.fromImage(image)
