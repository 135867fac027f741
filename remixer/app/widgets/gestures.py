"""The mouse over pictures of time: click, select, pan, zoom at the cursor."""

from enum import Enum, auto

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from remixer.app.widgets.timeline import Timeline

NOTCH = 120  # eighths of a degree of a wheel
ZOOM = 1.25
"""A notch's."""
SCROLL = 0.1
"""A notch's part of what is visible."""
SLACK = 4
"""Pixels that a click may wander."""


class _Drag(Enum):
    NONE = auto()
    PAN = auto()
    SELECT = auto()


class Gestures(QObject):
    """Clicks and drags on some widgets that show one timeline.

    clicked: a sample. selected: samples (start, stop); None for a Shift-click.
    Wheel: zoom at the cursor; Shift or a sideways wheel scrolls. Middle or Alt-drag: pan.
    Shift-drag: select.
    """

    clicked = Signal(int)
    selected = Signal(object)

    def __init__(self, focus: QWidget, timeline: Timeline) -> None:
        super().__init__(focus)
        self._focus = focus
        self._timeline = timeline
        self._drag = _Drag.NONE
        self._from_x = 0.0
        self._from_sample = 0

    def watch(self, widget: QWidget) -> None:
        """Takes the mouse of a widget whose width shows the view."""
        widget.installEventFilter(self)

    @property
    def busy(self) -> bool:
        """Whether something is being dragged."""
        return self._drag is not _Drag.NONE

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The mouse's events; moves go on to the widget as well."""
        if not self._timeline.length or not isinstance(watched, QWidget):
            self._drag = _Drag.NONE
            return False
        width = watched.width()
        if isinstance(event, QWheelEvent):
            self._wheel(event, width)
            return True
        if isinstance(event, QMouseEvent):
            if event.type() == QEvent.Type.MouseButtonPress:
                return self._press(event, watched)
            if event.type() == QEvent.Type.MouseMove:
                self._move(event, width)
            elif event.type() == QEvent.Type.MouseButtonRelease:
                return self._release(event, watched)
        return False

    def _press(self, event: QMouseEvent, widget: QWidget) -> bool:
        self._focus.setFocus(Qt.FocusReason.MouseFocusReason)
        self._from_x = event.position().x()
        self._from_sample = self._timeline.sample(self._from_x, widget.width())
        left = event.button() == Qt.MouseButton.LeftButton
        modifiers = event.modifiers()
        if event.button() == Qt.MouseButton.MiddleButton or (
            left and modifiers & Qt.KeyboardModifier.AltModifier
        ):
            self._drag = _Drag.PAN
            widget.setCursor(Qt.CursorShape.ClosedHandCursor)
        elif left and modifiers & Qt.KeyboardModifier.ShiftModifier:
            self._drag = _Drag.SELECT
        elif left:
            self.clicked.emit(min(self._from_sample, max(self._timeline.length - 1, 0)))
        else:
            return False
        return True

    def _move(self, event: QMouseEvent, width: int) -> None:
        x = event.position().x()
        if self._drag is _Drag.PAN:
            view = self._timeline.view
            self._timeline.set_view(view.moved((self._from_x - x) / max(width, 1) * view.span_s))
            self._from_x = x
        elif self._drag is _Drag.SELECT and abs(x - self._from_x) >= SLACK:
            self._timeline.set_marks(self._timeline.loop, self._region(x, width))

    def _release(self, event: QMouseEvent, widget: QWidget) -> bool:
        drag, self._drag = self._drag, _Drag.NONE
        if drag is _Drag.PAN:
            widget.setCursor(Qt.CursorShape.CrossCursor)
        elif drag is _Drag.SELECT:
            region = self._region(event.position().x(), widget.width())
            moved = abs(event.position().x() - self._from_x) >= SLACK
            self._timeline.set_marks(self._timeline.loop, None)
            self.selected.emit(region if moved else None)
        return drag is not _Drag.NONE

    def _region(self, x: float, width: int) -> tuple[int, int] | None:
        """What lies between the press and a pixel; None when it is empty."""
        here = min(self._from_sample, self._timeline.length)  # of another song, perhaps
        start, stop = sorted((here, self._timeline.sample(x, width)))
        return (start, stop) if stop > start else None

    def _wheel(self, event: QWheelEvent, width: int) -> None:
        angle, pixels = event.angleDelta(), event.pixelDelta()
        sideways = abs(angle.x()) > abs(angle.y())
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        view = self._timeline.view
        if sideways or shift:
            if pixels.x() or pixels.y():
                by = (pixels.x() or pixels.y()) / max(width, 1)
            else:
                by = (angle.x() if sideways else angle.y()) / NOTCH * SCROLL
            self._timeline.set_view(view.moved(-by * view.span_s))
        else:
            at_s = self._timeline.seconds(event.position().x(), width)
            self._timeline.set_view(view.zoomed(ZOOM ** (angle.y() / NOTCH), at_s))
        event.accept()
