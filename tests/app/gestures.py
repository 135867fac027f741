"""Mouse, wheel and keys as widgets get them, with modifiers."""

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

NONE = Qt.KeyboardModifier.NoModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
CTRL = Qt.KeyboardModifier.ControlModifier
ALT = Qt.KeyboardModifier.AltModifier
LEFT = Qt.MouseButton.LeftButton


def _mouse(
    widget: QWidget, kind: QEvent.Type, at: QPointF, modifiers: Qt.KeyboardModifier = NONE
) -> None:
    released = kind == QEvent.Type.MouseButtonRelease
    held = Qt.MouseButton.NoButton if released else LEFT
    button = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseMove else LEFT
    event = QMouseEvent(kind, at, widget.mapToGlobal(at), button, held, modifiers)
    QApplication.sendEvent(widget, event)


def press(widget: QWidget, at: QPointF, modifiers: Qt.KeyboardModifier = NONE) -> None:
    _mouse(widget, QEvent.Type.MouseButtonPress, at, modifiers)


def move(widget: QWidget, at: QPointF, modifiers: Qt.KeyboardModifier = NONE) -> None:
    _mouse(widget, QEvent.Type.MouseMove, at, modifiers)


def release(widget: QWidget, at: QPointF, modifiers: Qt.KeyboardModifier = NONE) -> None:
    _mouse(widget, QEvent.Type.MouseButtonRelease, at, modifiers)


def drag(
    widget: QWidget, by: QPointF, steps: int = 10, modifiers: Qt.KeyboardModifier = NONE
) -> None:
    """From the widget's middle."""
    start = QPointF(widget.rect().center())
    press(widget, start, modifiers)
    for step in range(1, steps + 1):
        move(widget, start + by * (step / steps), modifiers)
    release(widget, start + by, modifiers)


def click(widget: QWidget, modifiers: Qt.KeyboardModifier = NONE) -> None:
    middle = QPointF(widget.rect().center())
    press(widget, middle, modifiers)
    release(widget, middle, modifiers)


def double_click(widget: QWidget) -> None:
    middle = QPointF(widget.rect().center())
    press(widget, middle)
    release(widget, middle)
    _mouse(widget, QEvent.Type.MouseButtonDblClick, middle)
    release(widget, middle)


def turn_wheel(widget: QWidget, notches: float, modifiers: Qt.KeyboardModifier = NONE) -> None:
    middle = QPointF(widget.rect().center())
    event = QWheelEvent(
        middle,
        widget.mapToGlobal(middle),
        QPoint(),
        QPoint(0, round(notches * 120)),
        Qt.MouseButton.NoButton,
        modifiers,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, event)
