"""What windows that were killed had not saved: a list to restore from."""

from datetime import date, datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QHeaderView, QTreeWidget, QTreeWidgetItem, QWidget

from remixer.app.dialogs.parts import Plain
from remixer.app.widgets.basics import button, label, one_line
from remixer.session.autosave import Recovery

WIDTH, HEIGHT = 640, 300
SESSION_WIDTH = 150
_RECOVERY = Qt.ItemDataRole.UserRole


class RecoveryDialog(Plain):
    """Lists recoveries, the newest first. restored, discarded: one of them."""

    restored = Signal(object)
    discarded = Signal(object)

    def __init__(self, found: list[Recovery], parent: QWidget | None = None) -> None:
        super().__init__("Unsaved sessions", parent)
        self._list = QTreeWidget()
        self._restore = button("&Restore", name="Restore the session", primary=True)
        self._discard = button("&Discard", name="Discard the session")
        self._build()
        for recovery in found:
            self._list.addTopLevelItem(_item(recovery))
        self._list.setCurrentIndex(self._list.model().index(0, 0))

    def _build(self) -> None:
        self.resize(WIDTH, HEIGHT)
        self._build_list()
        close = button("&Close")
        close.clicked.connect(self.reject)
        self._restore.clicked.connect(self._do_restore)
        self._discard.clicked.connect(self._do_discard)
        self._restore.setDefault(True)
        self.body.addWidget(
            label("Remixer ended before these sessions were saved. They are kept for a month.")
        )
        self.body.addWidget(self._list)
        row = QHBoxLayout()
        row.addWidget(self._discard)
        row.addStretch()
        row.addWidget(close)
        row.addWidget(self._restore)
        self.body.addLayout(row)

    def _build_list(self) -> None:
        view = self._list
        view.setAccessibleName("Unsaved sessions")
        view.setHeaderLabels(["Song", "Session", "Last change"])
        view.setRootIsDecorated(False)
        view.setUniformRowHeights(True)
        view.setAllColumnsShowFocus(True)
        view.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        view.setStyleSheet("QTreeView::item { padding: 5px 4px; }")
        header = view.header()
        header.setStretchLastSection(False)
        header.setSectionsMovable(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.resizeSection(1, SESSION_WIDTH)
        header.setSectionResizeMode(2, QHeaderView.ResizeMode.ResizeToContents)
        view.currentItemChanged.connect(lambda item, _before: self._chosen(item is not None))
        view.itemActivated.connect(lambda _item, _column: self._do_restore())

    def _chosen(self, some: bool) -> None:
        for made in (self._restore, self._discard):
            made.setEnabled(some)

    def _current(self) -> Recovery | None:
        item = self._list.currentItem()
        found = item.data(0, _RECOVERY) if item else None
        return found if isinstance(found, Recovery) else None

    def _do_restore(self) -> None:
        if (recovery := self._current()) is not None:
            self.accept()
            self.restored.emit(recovery)

    def _do_discard(self) -> None:
        if (recovery := self._current()) is not None:
            self._list.takeTopLevelItem(self._list.currentIndex().row())
            self.discarded.emit(recovery)
            if not self._list.topLevelItemCount():
                self.accept()


def _item(recovery: Recovery) -> QTreeWidgetItem:
    work = recovery.work
    session = one_line(work.session.name) if work.session else "not saved yet"
    item = QTreeWidgetItem([one_line(work.saved.song.name), session, when(recovery.time_s)])
    item.setData(0, _RECOVERY, recovery)
    item.setToolTip(0, one_line(str(work.saved.song)))
    item.setToolTip(1, one_line(str(work.session or "")))
    return item


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
