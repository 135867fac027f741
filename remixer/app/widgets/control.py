"""What faders and pan sliders share: one gesture of mouse, wheel or keys is one change."""

import math

from PySide6.QtCore import QEvent, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractSlider, QWidget

_NOTCH = 120  # a wheel's step, in eighths of a degree
_FINER = 0.1
_SHIFT = Qt.KeyboardModifier.ShiftModifier
_CTRL = Qt.KeyboardModifier.ControlModifier


class DragControl(QAbstractSlider):
    """A value that is dragged, wheeled and stepped, relative to where it is.

    changed(value, final): many with False during a gesture, then one with True: at the button's
    release, or PAUSE_MS after the last turn of the wheel or key, or when the focus leaves. What
    `set_value` sets is not told.

    Subclasses give the law between value and position (0 to 1 along the travel), the travel in
    pixels and the texts. As a QAbstractSlider it shows its value, in hundredths, to screen readers.
    """

    changed = Signal(float, bool)
    focused = Signal()

    PAUSE_MS = 400
    neutral = 0.0
    step = 0.1
    fine_step = 0.01
    coarse_step = 1.0

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._value = self.neutral
        self._drag: _Drag | None = None
        self._turned = 0.0
        self._pause = QTimer(self, singleShot=True, interval=self.PAUSE_MS)
        self._pause.timeout.connect(self._tell_final)
        self.valueChanged.connect(self._set_by_assistant)

    # The law, for subclasses

    def to_position(self, value: float) -> float:
        """Where a value lies on the travel, 0 to 1; beyond for what is off the scale."""
        raise NotImplementedError

    def to_value(self, position: float) -> float:
        """The inverse of `to_position`."""
        raise NotImplementedError

    def limited(self, value: float) -> float:
        """The nearest value there is."""
        raise NotImplementedError

    def travel(self) -> float:
        """Pixels from position 0 to 1."""
        raise NotImplementedError

    def along(self, point: QPointF) -> float:
        """Pixels towards higher values."""
        raise NotImplementedError

    def shown(self, value: float) -> str:
        """A value as text."""
        raise NotImplementedError

    def stepped(self, value: float, change: float) -> float:
        """The value after a step of the wheel or a key."""
        return value + change

    # From outside

    @property
    def current(self) -> float:
        """The value now."""
        return self._value

    def set_value(self, value: float) -> None:
        """Shows a value; `changed` is not emitted."""
        if value != self._value:
            self._value = value
            self._tell_assistants()
            self.update()

    def change(self, value: float) -> None:
        """What typing does: sets a value as the user's, in one gesture."""
        self._finish()
        if value != self._value:
            self._user(value)
            self.changed.emit(self._value, True)

    def reset(self) -> None:
        """Back to the neutral value, as the user's change."""
        self.change(self.neutral)

    # Mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A drag begins; nothing jumps to the pointer."""
        if event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
            return
        self._finish()
        self._drag = _Drag(self._value, self.to_position(self._value), self.along(event.position()))
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """The value follows the pointer's way, at a tenth of it with Shift."""
        drag = self._drag
        if drag is None:
            return
        fine = bool(event.modifiers() & _SHIFT)
        here = self.along(event.position())
        pace = (_FINER if fine else 1.0) / max(1.0, self.travel())
        highest = max(1.0, self.to_position(drag.start))
        drag.position = min(highest, max(0.0, drag.position + (here - drag.point) * pace))
        drag.point = here
        value = self._on_grid(drag.position, pace, fine)
        if value != self._value:
            drag.moved = True
            self._user(value)
            self.changed.emit(self._value, False)

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        """The drag is one change."""
        drag, self._drag = self._drag, None
        if drag is not None and drag.moved:
            self.changed.emit(self._value, True)
        self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Back to neutral."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._drag = None
            self.reset()

    def _on_grid(self, position: float, pixel: float, fine: bool) -> float:
        """The value to a whole step; neutral where a pixel spans it, so that it can be hit."""
        value = self.to_value(position)
        if not fine and abs(position - self.to_position(self.neutral)) <= pixel / 2.0:
            return self.neutral
        if math.isinf(value):
            return value
        grid = self.fine_step if fine else self.step
        return self.limited(round(round(value / grid) * grid, 6) + 0.0)

    # Wheel and keys

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Steps; a pause ends the gesture."""
        turn = event.angleDelta()
        self._turned += (turn.y() or turn.x()) / _NOTCH
        notches = math.trunc(self._turned)
        self._turned -= notches
        event.accept()
        if notches and self._drag is None:
            self._step(notches * self._stride(event.modifiers()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Steps, neutral, or the end of a drag that shall not count."""
        change = self._key_change(event)
        if event.key() == Qt.Key.Key_Escape and self._drag is not None:
            self._cancel_drag()
        elif change is not None and self._drag is None:
            self._step(change)
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace, Qt.Key.Key_Home):
            self.reset()
        else:
            event.ignore()

    def _key_change(self, event: QKeyEvent) -> float | None:
        """What a key changes; None for the keys that are not ours, like Ctrl and an arrow."""
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if modifiers not in (Qt.KeyboardModifier.NoModifier, _SHIFT):
            return None
        stride = self._stride(modifiers)
        upright = self.orientation() == Qt.Orientation.Vertical
        return {
            Qt.Key.Key_Up if upright else Qt.Key.Key_Right: stride,
            Qt.Key.Key_Down if upright else Qt.Key.Key_Left: -stride,
            Qt.Key.Key_PageUp: self.coarse_step,
            Qt.Key.Key_PageDown: -self.coarse_step,
        }.get(Qt.Key(event.key()))

    def _stride(self, modifiers: Qt.KeyboardModifier) -> float:
        if modifiers & _SHIFT:
            return self.fine_step
        return self.coarse_step if modifiers & _CTRL else self.step

    def _step(self, change: float) -> None:
        value = self.limited(round(self.stepped(self._value, change), 6) + 0.0)
        if value != self._value:
            self._user(value)
            self.changed.emit(self._value, False)
            self._pause.start()

    # Ends of gestures

    def _finish(self) -> None:
        """Ends a gesture of wheel or keys that is still waiting for more."""
        if self._pause.isActive():
            self._pause.stop()
            self._tell_final()

    def _tell_final(self) -> None:
        self.changed.emit(self._value, True)

    def _cancel_drag(self) -> None:
        drag, self._drag = self._drag, None
        if drag is not None and drag.moved:
            self._user(drag.start)
            self.changed.emit(drag.start, True)
        self.update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Tells that the keyboard is here."""
        super().focusInEvent(event)
        self.focused.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Ends a gesture of wheel or keys."""
        self._finish()
        super().focusOutEvent(event)

    def event(self, event: QEvent) -> bool:
        """Our keys come before shortcuts of the window that want the same ones."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            dragging = event.key() == Qt.Key.Key_Escape and self._drag is not None
            if dragging or self._key_change(event) is not None:
                event.accept()
                return True
        return super().event(event)

    # Screen readers

    def _user(self, value: float) -> None:
        self._value = value
        self._tell_assistants()
        self.update()

    def _tell_assistants(self) -> None:
        blocked = self.blockSignals(True)
        self.setValue(round(max(self._value, -100.0) * 100.0))
        self.blockSignals(blocked)

    def _set_by_assistant(self, hundredths: int) -> None:
        self.change(self.limited(hundredths / 100.0))


class _Drag:
    """A drag under way: the value it began with, and where the pointer has brought it."""

    def __init__(self, start: float, position: float, point: float) -> None:
        self.start = start
        self.position = position
        self.point = point
        self.moved = False
