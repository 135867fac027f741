"""The whole song as a waveform: where it plays, what loops, what is in view, what is separated."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from remixer.app.spectra import Ranges
from remixer.app.spectra_peaks import Outline
from remixer.app.spectra_store import runs
from remixer.app.theme import current_theme, theme_notifier
from remixer.app.widgets import overview_parts as parts
from remixer.app.widgets.gestures import NOTCH, SCROLL, SLACK, ZOOM
from remixer.app.widgets.overview_parts import STRIP
from remixer.app.widgets.painting import draw_focus, draw_text, painting, sized_font
from remixer.app.widgets.ruler import paint_time
from remixer.app.widgets.timeline import Region, Timeline, View
from remixer.app.widgets.waveform import waveform_image
from remixer.dsp.signal import SampleReader

RULER = 18
"""Height of the time ruler at the bottom."""
EDGE = 5
"""Pixels about an edge in which it can be taken."""


@dataclass
class _Drag:
    """What the mouse holds. what: "seek", "loop" (from `sample`), "view" (by `offset_s` from its
    start), "start" or "stop" of the view. moved: whether it went farther than a click may.
    """

    what: str
    from_x: float
    sample: int = 0
    offset_s: float = 0.0
    moved: bool = False


class Overview(QWidget):
    """The song as a whole.

    seek_requested: a click, a drag, or the arrow keys. loop_requested: samples (start, stop), or
    None for a Shift-click. view_requested: seconds that are to be visible.
    """

    seek_requested = Signal(int)
    loop_requested = Signal(object)
    view_requested = Signal(float, float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._timeline = Timeline(self)
        self._outline: Outline | None = None
        self._image: QImage | None = None
        self._undone: Ranges = []
        self._visible = View.whole(0.0)
        self._drag: _Drag | None = None
        self.setAccessibleName("Overview of the song")
        self.setToolTip(
            "Click to play from there. Shift-drag for a loop, Shift-click to drop it.\n"
            "Drag the bar at the top to move what the lanes show, its ends to zoom."
        )
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setMinimumHeight(STRIP + RULER + 24)
        self._timeline.marks_changed.connect(self.update)
        self._timeline.playhead_moved.connect(self._playhead_moved)
        theme_notifier.changed.connect(self._redraw)

    # The song

    def set_song(self, reader: SampleReader | None) -> None:
        """Another song, or none; its waveform appears as it is read."""
        self._end_outline()
        if reader is None:
            self._timeline.set_song(1, 0)
        else:
            self._outline = Outline(reader)
            self._outline.changed.connect(self._redraw)
            self.destroyed.connect(self._outline.stop)
            self._timeline.set_song(reader.rate, reader.length)
        self._undone = []
        self._drag = None
        self._visible = self._timeline.view
        self._redraw()

    def _end_outline(self) -> Outline | None:
        outline, self._outline = self._outline, None
        if outline is not None:
            outline.changed.disconnect(self._redraw)
            outline.stop()
        return outline

    def close_song(self, timeout_s: float = 5.0) -> bool:
        """Forgets the song and waits for its thread. Returns whether it has ended."""
        outline = self._outline
        self.set_song(None)
        return outline is None or outline.close(timeout_s)

    def closeEvent(self, event: QCloseEvent) -> None:
        """No thread is left."""
        self.close_song()
        event.accept()

    @property
    def complete(self) -> bool:
        """Whether the whole waveform is shown."""
        return self._outline is not None and self._outline.known == self._outline.values.shape[1]

    def set_done(self, done: NDArray[np.bool_], chunk: int) -> None:
        """Which chunks of `chunk` samples are separated; the others are hatched."""
        length = self._timeline.length
        undone = runs(~np.asarray(done, np.bool_))
        ranges = [(a * chunk, min(b * chunk, length)) for a, b in undone]
        if ranges != self._undone:
            self._undone = ranges
            self.update()

    def set_playhead(self, sample: int) -> None:
        """Where it plays."""
        self._timeline.set_playhead(sample)

    def set_loop(self, region: Region | None) -> None:
        """The loop, samples [start, stop), or None."""
        self._timeline.set_marks(region, self._timeline.selection)

    def set_view(self, start_s: float, stop_s: float) -> None:
        """What the lanes show."""
        self._visible = View.whole(self._timeline.length_s).at(start_s, stop_s - start_s)
        self.update()

    # Painting

    def sizeHint(self) -> QSize:
        """A slim band."""
        return QSize(600, 96)

    def _wave_rect(self) -> QRect:
        return QRect(0, STRIP, self.width(), max(self.height() - STRIP - RULER, 1))

    def _redraw(self) -> None:
        self._image = None
        self.update()

    def _playhead_moved(self, before: float, after: float) -> None:
        for seconds in (before, after):
            x = round(self._timeline.x(seconds, self.width()))
            self.update(QRect(x - 7, 0, 15, self.height()))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Waveform, separation, loop, visible stretch, playhead."""
        theme, rect, timeline = current_theme(), self._wave_rect(), self._timeline
        with painting(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
            painter.setClipRect(event.rect())
            painter.fillRect(self.rect(), QColor(theme.panel))
            painter.fillRect(rect, QColor(theme.sunken))
            if self._outline is not None:
                painter.drawImage(QRectF(rect), self._wave_image(rect, self._outline))
                parts.paint_unread(painter, rect, self._outline)
                for region in self._undone:
                    parts.paint_undone(painter, rect, self._pixels(region))
                if marked := timeline.selection or timeline.loop:
                    parts.paint_loop(painter, rect, self._pixels(marked))
                held = self._drag is not None and self._drag.what in ("view", "start", "stop")
                parts.paint_visible(painter, rect, self._visible_pixels(), held)
                ruler = QRect(0, rect.bottom() + 1, self.width(), RULER)
                paint_time(painter, self, ruler, timeline.view, ticks_up=False)
                x = timeline.x(timeline.playhead_s, self.width())
                parts.paint_playhead(painter, rect, round(x))
                if words := self._outline.error:
                    room, font = QRectF(rect.adjusted(12, 0, -12, 0)), sized_font(self, 0.9)
                    draw_text(painter, room, words, font, theme.dim_text)
            draw_focus(painter, self, 2.0)

    def _wave_image(self, rect: QRect, outline: Outline) -> QImage:
        """The waveform, drawn anew when more of it is known or the size is another."""
        scale = self.devicePixelRatioF()
        width, height = round(rect.width() * scale), round(rect.height() * scale)
        if self._image is None or self._image.size() != QSize(width, height):
            theme = current_theme()
            self._image = waveform_image(outline.values, outline.known, width, height, theme)
        return self._image

    def _pixels(self, region: Region) -> tuple[int, int]:
        """Where a region begins and ends; 1 pixel wide or more."""
        rate = self._timeline.rate
        left, right = (round(self._timeline.x(s / rate, self.width())) for s in region)
        return left, max(right, left + 1)

    def _visible_pixels(self) -> tuple[int, int]:
        ends = (self._visible.start_s, self._visible.stop_s)
        left, right = (round(self._timeline.x(s, self.width())) for s in ends)
        return left, max(right, left + 3)

    # The mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Takes what is under the mouse."""
        left = event.button() == Qt.MouseButton.LeftButton
        middle = event.button() == Qt.MouseButton.MiddleButton
        if self._outline is None or not (left or middle):
            return
        self._drag = self._taken(event.position(), event.modifiers(), middle)
        if self._drag.what == "seek":
            self._seek(event.position().x())
        self.update()

    def _taken(self, at: QPointF, keys: Qt.KeyboardModifier, middle: bool) -> _Drag:
        """What a press at a point holds."""
        x, sample = at.x(), self._timeline.sample(at.x(), self.width())
        if middle or keys & Qt.KeyboardModifier.AltModifier or at.y() < STRIP:
            return self._take_view(x)
        if keys & Qt.KeyboardModifier.ShiftModifier:
            return _Drag("loop", x, sample)
        if (other := self._loop_edge(x)) is not None:
            return _Drag("loop", x, other, moved=True)
        return _Drag("seek", x, sample)

    def _take_view(self, x: float) -> _Drag:
        """The visible stretch or one of its ends; from outside it jumps under the mouse."""
        if (end := self._view_edge(x)) is not None:
            return _Drag(end, x)
        view, seconds = self._visible, self._timeline.seconds(x, self.width())
        if not view.start_s <= seconds <= view.stop_s:
            self._request(view.at(seconds - view.span_s / 2, view.span_s))
        return _Drag("view", x, offset_s=seconds - self._visible.start_s)

    def _view_edge(self, x: float) -> str | None:
        left, right = self._visible_pixels()
        if right - left < 4 * EDGE:  # too narrow: an end would be all there is to take
            left, right = left - EDGE, right + EDGE
        if abs(x - left) <= EDGE:
            return "start"
        return "stop" if abs(x - right) <= EDGE else None

    def _loop_edge(self, x: float) -> int | None:
        """The other end of the loop, in samples, where one end is under the mouse."""
        if self._timeline.loop is None:
            return None
        ends = self._pixels(self._timeline.loop)
        near = min((abs(x - ends[k]), k) for k in (0, 1))
        return self._timeline.loop[1 - near[1]] if near[0] <= EDGE else None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drags on, or shows what could be taken."""
        drag, x = self._drag, event.position().x()
        if drag is None:
            self._show_cursor(event.position(), event.modifiers())
            return
        drag.moved = drag.moved or abs(x - drag.from_x) >= SLACK
        seconds = self._timeline.seconds(x, self.width())
        view = self._visible
        if drag.what == "seek":
            self._seek(x)
        elif drag.what == "loop" and drag.moved:
            self._timeline.set_marks(self._timeline.loop, self._region(drag, x))
        elif drag.what == "view":
            self._request(view.at(seconds - drag.offset_s, view.span_s))
        elif drag.what == "start":
            start = min(seconds, view.stop_s)
            self._request(view.zoomed(view.span_s / max(view.stop_s - start, 1e-9), view.stop_s))
        elif drag.what == "stop":
            stop = max(seconds, view.start_s)
            self._request(view.zoomed(view.span_s / max(stop - view.start_s, 1e-9), view.start_s))

    def _show_cursor(self, at: QPointF, keys: Qt.KeyboardModifier) -> None:
        shapes = Qt.CursorShape
        shape = shapes.ArrowCursor
        if at.y() < STRIP:
            shape = shapes.SizeHorCursor if self._view_edge(at.x()) else shapes.OpenHandCursor
        elif self._loop_edge(at.x()) is not None and not keys:
            shape = shapes.SizeHorCursor
        self.setCursor(shape)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A loop is asked for when its drag ends."""
        drag, self._drag = self._drag, None
        if drag is not None and drag.what == "loop":
            self._timeline.set_marks(self._timeline.loop, None)
            self.loop_requested.emit(
                self._region(drag, event.position().x()) if drag.moved else None
            )
        self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """On the strip: the whole song."""
        if event.position().y() < STRIP and self._outline is not None:
            self._request(View.whole(self._timeline.length_s))
        else:
            self.mousePressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zooms what the lanes show, about the mouse; Shift or sideways scrolls it."""
        angle = event.angleDelta()
        sideways = abs(angle.x()) > abs(angle.y())
        view = self._visible
        if sideways or event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            part = (angle.x() if sideways else angle.y()) / NOTCH * SCROLL
            self._request(view.moved(-part * view.span_s))
        elif self._outline is not None:
            seconds = self._timeline.seconds(event.position().x(), self.width())
            at_s = min(max(seconds, view.start_s), view.stop_s)
            self._request(view.zoomed(ZOOM ** (angle.y() / NOTCH), at_s))
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows seek by a second, page keys by ten."""
        keys = Qt.Key
        steps: dict[int, float] = {keys.Key_Left: -1.0, keys.Key_Right: 1.0}
        steps |= {keys.Key_PageUp: -10.0, keys.Key_PageDown: 10.0}
        step = steps.get(event.key())
        if step is None or self._outline is None:
            super().keyPressEvent(event)
            return
        sample = round((self._timeline.playhead_s + step) * self._timeline.rate)
        self.seek_requested.emit(min(max(sample, 0), max(self._timeline.length - 1, 0)))

    def _seek(self, x: float) -> None:
        sample = self._timeline.sample(x, self.width())
        self.seek_requested.emit(min(sample, max(self._timeline.length - 1, 0)))

    def _region(self, drag: _Drag, x: float) -> Region | None:
        start, stop = sorted((drag.sample, self._timeline.sample(x, self.width())))
        return (start, stop) if stop > start else None

    def _request(self, view: View) -> None:
        """Shown at once here; the lanes tell the same when they have it."""
        if view != self._visible:
            self._visible = view
            self.update()
            self.view_requested.emit(view.start_s, view.stop_s)
