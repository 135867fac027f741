"""Notices over the lanes: one at a time; nothing moves when they come and go."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QRectF, QTimer
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QColor,
    QEnterEvent,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from remixer.app.icons import icon
from remixer.app.theme import current_theme, theme_notifier
from remixer.app.widgets.basics import button, label, one_line, tinted

KINDS = ("error", "warning", "info")
"""The most serious first."""
INFO_MS = 6_000
MARGIN, WIDEST = 14, 820
_FLAT = """
QToolButton { border: 1px solid transparent; background: transparent; }
QToolButton:hover { background: palette(button); }
QToolButton:focus { border-color: palette(highlight); }
"""
_ICONS = {"error": "warning", "warning": "warning", "info": "check"}


@dataclass(frozen=True)
class Notice:
    """A line for the user, perhaps with something to do about it. topic: what it is the news of."""

    text: str
    kind: str
    action: str | None = None
    then: Callable[[], None] | None = None
    topic: str = ""


class NoticeBar(QWidget):
    """Shows the most serious notice that was not closed yet, the oldest of them; hidden without.

    It floats at the lower edge of the page it is put on (`float_over`). An info goes after six
    seconds, warnings and errors stay until they are closed or acted on. A notice that waits or
    shows already is not taken twice. timer: for tests; single-shot.
    """

    def __init__(self, parent: QWidget | None = None, timer: QTimer | None = None) -> None:
        super().__init__(parent)
        self._notices: list[Notice] = []
        self._timer = timer or QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.dismiss)
        self._icon, self._more = QLabel(), label(dim=True)
        self._text = label(wrap=True)
        self._action = button("")
        self._close = QToolButton()
        self._build()
        theme_notifier.changed.connect(self._recolour)
        self.hide()

    def _build(self) -> None:
        self.setAccessibleName("Notices")
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._action.clicked.connect(self._act)
        self._close.setAccessibleName("Close notice")
        self._close.setToolTip("Close notice")
        self._close.setStyleSheet(_FLAT)
        self._close.clicked.connect(self.dismiss)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 6, 8, 6)
        row.setSpacing(10)
        row.addWidget(self._icon)
        row.addWidget(self._text, 1)
        for widget in (self._more, self._action, self._close):
            row.addWidget(widget)
        self._recolour()

    @property
    def shown(self) -> Notice | None:
        """The notice on show."""
        return self._notices[0] if self._notices else None

    def show_notice(
        self,
        text: str,
        kind: str = "info",
        action: str | None = None,
        then: Callable[[], None] | None = None,
        topic: str = "",
    ) -> None:
        """Add a notice. kind: one of KINDS. action: a button's text; `then` is called for it.
        topic: those of the same topic are not true any more and go.
        """
        if kind not in KINDS:
            raise ValueError(f"a notice of kind {kind!r}: use one of {', '.join(KINDS)}")
        if any((n.text, n.kind) == (text, kind) for n in self._notices):
            return
        before = self.shown
        if topic:
            self._notices = [n for n in self._notices if n.topic != topic]
        self._notices.append(Notice(text, kind, action, then, topic))
        self._notices.sort(key=lambda n: KINDS.index(n.kind))  # stable: then by age
        self._show(before)

    def float_over(self, page: QWidget) -> None:
        """Lie at a widget's lower edge, whatever its size."""
        self.setParent(page)
        page.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The page has another size, or other things in it."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.ChildAdded):
            self._place()
        return super().eventFilter(watched, event)

    def _place(self) -> None:
        """In the middle, above the edge; as high as its text needs."""
        page = self.parentWidget()
        if page is None or not self.isVisibleTo(page):
            return
        width = min(page.width() - 2 * MARGIN, WIDEST)
        height = max(self.heightForWidth(width), self.minimumSizeHint().height())
        left = (page.width() - width) // 2
        self.setGeometry(left, page.height() - height - MARGIN, width, height)
        self.raise_()

    def dismiss(self) -> None:
        """Close the notice on show; the next one comes."""
        if self._notices:
            before = self._notices.pop(0)
            self._show(before)

    def clear(self) -> None:
        """Close all, as for a new song."""
        before = self.shown
        self._notices = []
        self._show(before)

    def _show(self, before: Notice | None) -> None:
        notice = self.shown
        waiting = len(self._notices) - 1
        self._more.setText(f"{waiting} more")
        self._more.setVisible(waiting > 0)
        if notice is before:
            return
        self._timer.stop()
        self.setVisible(notice is not None)
        if notice is None:
            return
        self._text.setText("\n".join(one_line(line) for line in notice.text.splitlines()))
        self._text.setAccessibleName(f"{notice.kind}: {notice.text}")
        self._action.setText(notice.action or "")
        self._action.setAccessibleName(notice.action or "")
        self._action.setVisible(bool(notice.action))
        self._recolour()
        self._place()
        self._count_down()
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))

    def _count_down(self) -> None:
        if self.shown and self.shown.kind == "info" and not self.underMouse():
            self._timer.start(INFO_MS)

    def _act(self) -> None:
        notice = self.shown
        self.dismiss()
        if notice and notice.then:
            notice.then()

    def _colour(self) -> str:
        theme = current_theme()
        kinds = {"error": theme.bad, "warning": theme.warn, "info": theme.accent}
        return kinds[self.shown.kind if self.shown else "info"]

    def _recolour(self) -> None:
        name = _ICONS[self.shown.kind if self.shown else "info"]
        self._icon.setPixmap(tinted(name, self._colour()))
        self._close.setIcon(icon("close"))
        self.update()

    def enterEvent(self, event: QEnterEvent) -> None:
        """What is being read does not go."""
        self._timer.stop()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """The six seconds begin again."""
        self._count_down()
        super().leaveEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """A raised panel with a mark in the kind's colour at its left."""
        theme, painter = current_theme(), QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.line))
        inside = self.rect().adjusted(1, 1, -1, -1)
        painter.fillRect(inside, QColor(theme.raised))
        painter.fillRect(inside, theme.faded(self._colour(), 0.10))
        painter.fillRect(QRectF(0, 0, 4, self.height()), QColor(self._colour()))
