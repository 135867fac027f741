"""Buttons that paint themselves: mute and solo, lights to press, a choice of segments."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QMouseEvent, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QToolButton, QWidget

from remixer.app.icons import icon
from remixer.app.theme import current_theme
from remixer.app.widgets.painting import (
    draw_focus,
    draw_text,
    fill_box,
    painting,
    sized_font,
    text_width,
)

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_EXCLUSIVE = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier


class PaintedButton(QAbstractButton):
    """A button in our look. Reached by Tab, pressed by Enter; Space is left to the transport when
    the window claims it. Shows what it is told (`setChecked`), so pressing does not toggle it.

    pressed_with(exclusive): like clicked, and whether Ctrl, Cmd or Alt was held.
    """

    pressed_with = Signal(bool)
    focused = Signal()

    def __init__(self, text: str, lit: str, parent: QWidget | None = None) -> None:
        """lit: the theme's colour when checked, like "warn"."""
        super().__init__(parent)
        self._lit = lit
        self._held = Qt.KeyboardModifier.NoModifier
        self.setText(text)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.clicked.connect(self._tell)

    def nextCheckState(self) -> None:
        """Nothing: the mix decides what is lit."""

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Remembers what was held."""
        self._held = event.modifiers()
        super().mouseReleaseEvent(event)
        self._held = Qt.KeyboardModifier.NoModifier

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter presses."""
        if event.key() in _ENTER:
            self._held = event.modifiers()
            self.click()
            self._held = Qt.KeyboardModifier.NoModifier
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Tells that the keyboard is here."""
        super().focusInEvent(event)
        self.focused.emit()

    def sizeHint(self) -> QSize:
        """The text with some room."""
        font = sized_font(self, 0.92, bold=True)
        return QSize(text_width(font, self.text()) + 14, self.fontMetrics().height() + 6)

    def minimumSizeHint(self) -> QSize:
        """The text with little room."""
        return QSize(self.sizeHint().width() - 6, self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """A box, filled when lit, and the text."""
        theme, rect = current_theme(), QRectF(self.rect())
        lit = self.isChecked()
        ground = getattr(theme, self._lit) if lit else theme.raised
        ink = getattr(theme, f"on_{self._lit}", theme.on_accent) if lit else theme.text
        border = theme.dim_text if self.underMouse() and self.isEnabled() else theme.line
        with painting(self) as painter:
            if not self.isEnabled() and not lit:
                painter.setOpacity(0.45)
            fill = QColor(theme.line if self.isDown() and not lit else ground)
            fill_box(painter, rect, fill, self._edge(ground) if lit else border)
            draw_text(painter, rect, self.text(), sized_font(self, 0.92, bold=True), ink)
            painter.setOpacity(1.0)
            draw_focus(painter, self)

    def _edge(self, ground: str) -> str:
        """Round what is lit: its own colour, darker where that stands out too little."""
        return current_theme().warn if self._lit == "solo" else ground

    def _tell(self) -> None:
        self.pressed_with.emit(bool(self._held & _EXCLUSIVE))


class IconButton(QToolButton):
    """A tool button with an icon of ours, reached by Tab, pressed by Enter."""

    def __init__(self, name: str, icon_name: str, tip: str, parent: QWidget | None = None) -> None:
        """name: for screen readers. tip: what it does, with its shortcut."""
        super().__init__(parent)
        self.setIconSize(QSize(22, 22))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.set_face(name, icon_name, tip)

    def set_face(self, name: str, icon_name: str, tip: str) -> None:
        """Another name, icon and tooltip."""
        if name != self.accessibleName():
            self.setIcon(icon(icon_name))
            self.setAccessibleName(name)
        self.setToolTip(tip)
        self.setAccessibleDescription(tip)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter presses."""
        if event.key() in _ENTER:
            self.click()
        else:
            super().keyPressEvent(event)


class Segments(QWidget):
    """One of a few choices, side by side. chosen(key): by the user."""

    chosen = Signal(str)

    def __init__(
        self, choices: Sequence[tuple[str, str, str]], name: str, parent: QWidget | None = None
    ) -> None:
        """choices: (key, text, tooltip)."""
        super().__init__(parent)
        self.setAccessibleName(name)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        self._buttons: dict[str, _Segment] = {}
        for index, (key, text, tip) in enumerate(choices):
            button = _Segment(text, index == 0, index == len(choices) - 1)
            button.setToolTip(tip)
            button.setAccessibleName(f"{name}: {text}")
            button.setAccessibleDescription(tip)
            button.clicked.connect(lambda _=False, key=key: self.chosen.emit(key))
            self._buttons[key] = button
            row.addWidget(button)

    def button(self, key: str) -> QAbstractButton:
        """The button of a choice."""
        return self._buttons[key]

    def choose(self, key: str) -> None:
        """Shows a choice; `chosen` is not emitted."""
        for other, button in self._buttons.items():
            button.setChecked(other == key)


class _Segment(PaintedButton):
    def __init__(self, text: str, first: bool, last: bool) -> None:
        super().__init__(text, "accent")
        self._first, self._last = first, last

    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        return QSize(hint.width() + 8, hint.height() + 4)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """A box whose inner sides run under its neighbours'."""
        theme, rect = current_theme(), QRectF(self.rect())
        lit = self.isChecked()
        ink = theme.on_accent if lit else theme.text
        box = rect.adjusted(0.0 if self._first else -6.0, 0.0, 0.0 if self._last else 6.0, 0.0)
        with painting(self) as painter:
            if not self.isEnabled():
                painter.setOpacity(0.45)
            painter.setClipRect(rect)
            fill_box(painter, box, theme.accent if lit else theme.raised, theme.line, 4.0)
            if not self._first:
                painter.fillRect(QRectF(0.0, 1.0, 1.0, rect.height() - 2.0), QColor(theme.line))
            draw_text(painter, rect, self.text(), sized_font(self, 1.0, bold=lit), ink)
            painter.setOpacity(1.0)
            draw_focus(painter, self)
