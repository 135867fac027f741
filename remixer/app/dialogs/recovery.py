"""What windows that were killed had not saved: a list to restore from."""

from datetime import date, datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QWidget

from remixer.app.dialogs.parts import Plain
from remixer.app.widgets.basics import button, label, one_line
from remixer.session.autosave import Recovery

WIDTH = 560
_RECOVERY = Qt.ItemDataRole.UserRole


class RecoveryDialog(Plain):
    """Lists recoveries, the newest first. restored, discarded: one of them."""

    restored = Signal(object)
    discarded = Signal(object)

    def __init__(self, found: list[Recovery], parent: QWidget | None = None) -> None:
        super().__init__("Unsaved moves", parent)
        self._list = QListWidget()
        self._restore = button("&Restore", name="Restore the moves")
        self._discard = button("&Discard", name="Discard the moves")
        self._build()
        for recovery in found:
            item = QListWidgetItem(title(recovery))
            item.setData(_RECOVERY, recovery)
            item.setToolTip(one_line(str(recovery.work.saved.song)))
            self._list.addItem(item)
        self._list.setCurrentRow(0)

    def _build(self) -> None:
        self.setMinimumWidth(WIDTH)
        self._list.setAccessibleName("Unsaved moves")
        self._list.setAlternatingRowColors(False)
        self._list.currentRowChanged.connect(self._chosen)
        self._list.itemActivated.connect(lambda _item: self._do_restore())
        close = button("&Close")
        close.clicked.connect(self.reject)
        self._restore.clicked.connect(self._do_restore)
        self._discard.clicked.connect(self._do_discard)
        self._restore.setDefault(True)
        self.body.addWidget(
            label("Remixer ended before these moves were saved. They are kept for a month.")
        )
        self.body.addWidget(self._list)
        row = QHBoxLayout()
        row.addWidget(self._discard)
        row.addStretch()
        row.addWidget(close)
        row.addWidget(self._restore)
        self.body.addLayout(row)

    def _chosen(self, row: int) -> None:
        for made in (self._restore, self._discard):
            made.setEnabled(row >= 0)

    def _current(self) -> Recovery | None:
        item = self._list.currentItem()
        found = item.data(_RECOVERY) if item else None
        return found if isinstance(found, Recovery) else None

    def _do_restore(self) -> None:
        if (recovery := self._current()) is not None:
            self.accept()
            self.restored.emit(recovery)

    def _do_discard(self) -> None:
        if (recovery := self._current()) is not None:
            self._list.takeItem(self._list.currentRow())
            self.discarded.emit(recovery)
            if not self._list.count():
                self.accept()


def title(recovery: Recovery) -> str:
    """ "song.wav (moves.remix), today at 14:05"."""
    work = recovery.work
    name = one_line(work.saved.song.name)
    session = f" ({one_line(work.session.name)})" if work.session else ""
    return f"{name}{session}, {when(recovery.time_s)}"


def when(time_s: float) -> str:
    """A moment for people: "today at 14:05", "on 2024-03-01 at 09:30"."""
    moment = datetime.fromtimestamp(time_s)
    day = "today" if moment.date() == date.today() else f"on {moment.date().isoformat()}"
    return f"{day} at {moment:%H:%M}"
