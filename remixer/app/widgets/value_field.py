"""The field under a fader: shows its gain, and takes one typed."""

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QLineEdit, QSizePolicy, QToolTip, QWidget

from remixer.app.theme import current_theme, theme_notifier
from remixer.app.widgets.decibels import read_gain, show_gain
from remixer.app.widgets.painting import sized_font

_HELP = "Type a gain in dB, like +1.5, -3,2 or -inf\nEnter: set   Escape: keep the old one"


class ValueField(QLineEdit):
    """A gain in dB as text.

    committed(dB): Enter, or leaving with something else in it. Escape brings the old value back;
    what is no gain is refused: the field turns red, says why, and waits for better or Escape.
    done: the user is finished here, the keyboard belongs to the fader again.
    """

    committed = Signal(float)
    focused = Signal()
    done = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        """name: for people, like "Vocals"."""
        super().__init__(parent)
        self._gain_db = 0.0
        self._wrong = ""
        self._clicked = False
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setFont(sized_font(self, 1.0, bold=True))
        self.setAccessibleName(f"{name} gain value")
        self.setAccessibleDescription("Decibels, typed; Enter sets them, Escape does not")
        self.setToolTip(f"{name}: {_HELP}")
        self.textEdited.connect(lambda _: self._show_wrong(""))
        theme_notifier.changed.connect(self._restyle)
        self._show()

    @property
    def refused(self) -> str:
        """Why the text was refused; "" if it was not."""
        return self._wrong

    def set_value(self, gain_db: float) -> None:
        """Shows a gain, unless another is being typed."""
        if gain_db != self._gain_db:
            self._gain_db = gain_db
            if not (self.hasFocus() and self.isModified()):
                self._show()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter commits, Escape reverts."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self._commit():
                self.done.emit()
        elif event.key() == Qt.Key.Key_Escape:
            self._show()
            self.done.emit()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Escape is ours before it is the window's."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            keys = (Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter)
            if event.key() in keys:
                event.accept()
                return True
        return super().event(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """What is there is chosen, to be typed over."""
        super().focusInEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.selectAll()
        self.focused.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """The first click chooses what is there; later ones place the cursor."""
        fresh = not self._clicked
        super().mousePressEvent(event)
        self._clicked = True
        if fresh:
            self.selectAll()

    def mouseDoubleClickEvent(self, _event: QMouseEvent) -> None:
        """All of it, not the part between two signs."""
        self.selectAll()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """What was typed counts; what cannot be is forgotten."""
        super().focusOutEvent(event)
        self._clicked = False
        if not self._commit():
            self._show()
        self.deselect()

    def _commit(self) -> bool:
        if not self.isModified():
            self._show()
            return True
        try:
            gain_db = read_gain(self.text())
        except ValueError as error:
            self._show_wrong(str(error))
            return False
        self._gain_db = gain_db
        self._show()
        self.committed.emit(gain_db)
        return True

    def _show(self) -> None:
        self.setText(show_gain(self._gain_db))
        self.setModified(False)
        self._show_wrong("")

    def _show_wrong(self, reason: str) -> None:
        if reason != self._wrong:
            self._wrong = reason
            self._restyle()
        if reason:
            self.selectAll()
            QToolTip.showText(self.mapToGlobal(self.rect().bottomLeft()), reason, self)

    def _restyle(self) -> None:
        bad = current_theme().bad
        self.setStyleSheet(f"color: {bad}; border-color: {bad};" if self._wrong else "")
