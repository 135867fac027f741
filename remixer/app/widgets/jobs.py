"""The separation under way, in one slim row."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QFontMetrics, QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from remixer.app.theme import current_theme, theme_notifier
from remixer.app.widgets.basics import ElidedLabel, SlimProgress, button, label, time_left, tinted
from remixer.session.separation_service import Separation


class JobStrip(QWidget):
    """Model, bar, percentage and time left of a separation, Cancel; then how it ended.

    retry_clicked: after a failure, or to go on with what was cancelled.
    """

    cancel_clicked = Signal()
    retry_clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = ""
        self._status: Separation | None = None
        self._icon = QLabel()
        self._text, self._message = label(), ElidedLabel()
        self._bar = SlimProgress("Separation progress")
        self._share, self._left = label(), label(dim=True)
        self._cancel = button("Cancel", name="Cancel the separation")
        self._retry = button("Retry")
        self._build()
        theme_notifier.changed.connect(self._refresh)
        self.set_status(None)

    def _build(self) -> None:
        self.setAccessibleName("Separation")
        self._cancel.clicked.connect(self.cancel_clicked)
        self._retry.clicked.connect(self.retry_clicked)
        metrics = QFontMetrics(self.font())
        self._share.setFixedWidth(metrics.horizontalAdvance("100 %") + 2)
        self._left.setMinimumWidth(metrics.horizontalAdvance("about 00:00 left"))
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 2, 8, 2)
        row.setSpacing(10)
        row.addWidget(self._icon)
        row.addWidget(self._text)
        row.addWidget(self._message, 1)
        row.addWidget(self._bar, 1)
        for widget in (self._share, self._left, self._cancel, self._retry):
            row.addWidget(widget)
        self.setFixedHeight(self._cancel.sizeHint().height() + 6)

    def set_model(self, name: str) -> None:
        """The model that separates, as people call it."""
        if name != self._model:
            self._model = name
            self._refresh()

    def set_status(self, status: Separation | None) -> None:
        """How far the separation is; None when there is none. Cheap when it is the same object."""
        if status is None or status is not self._status:
            self._status = status
            self._refresh()

    def _refresh(self) -> None:
        status = self._status
        self.setVisible(status is not None)
        if status is None:
            return
        under_way = status.state in ("waiting", "separating")
        self._text.setText(self._sentence())
        for widget in (self._bar, self._share, self._left, self._cancel):
            widget.setVisible(under_way)
        self._message.setVisible(not under_way)
        self._message.setText(status.error if status.state == "failed" else "")
        self._retry.setVisible(status.state in ("failed", "cancelled"))
        self._retry.setText("Go on" if status.state == "cancelled" else "Retry")
        self._retry.setAccessibleName(f"{self._retry.text()} with the separation")
        quiet = QPalette.ColorRole.PlaceholderText
        done = status.state == "done"
        self._text.setForegroundRole(quiet if done else QPalette.ColorRole.WindowText)
        self._mark(status.state)
        self._progress(status)

    def _sentence(self) -> str:
        status, model = self._status, self._model or "the model"
        if status is None:
            return ""
        return {
            "waiting": f"Preparing {model}",
            "separating": f"Separating with {model}",
            "done": f"Separated with {model}",
            "failed": "The separation failed:",
            "cancelled": f"Separation stopped at {self._percent()}; the rest plays as the original",
        }[status.state]

    def _percent(self) -> str:
        status = self._status
        share = status.done_s / status.total_s if status and status.total_s > 0 else 0.0
        return f"{int(100 * share)} %"  # 100 only when it is whole

    def _progress(self, status: Separation) -> None:
        if status.state == "waiting" or status.total_s <= 0:
            self._bar.set_share(None)
            self._share.setText("")
            self._left.setText("")
            return
        self._bar.set_share(status.done_s / status.total_s)
        self._share.setText(self._percent())
        self._left.setText(time_left(status.left_s))

    def _mark(self, state: str) -> None:
        theme = current_theme()
        marks = {"done": ("check", theme.good), "failed": ("warning", theme.bad)}
        self._icon.setVisible(state in marks)
        if state in marks:
            self._icon.setPixmap(tinted(*marks[state], 14))
