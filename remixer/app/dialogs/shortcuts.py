"""Every command of the window that has keys, searchable."""

from collections.abc import Iterator, Mapping, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QHeaderView, QLineEdit, QTreeWidget, QTreeWidgetItem, QWidget

from remixer.app.actions import WORDS
from remixer.app.dialogs.parts import Plain, buttons
from remixer.app.widgets.basics import button, label, scaled


class ShortcutsDialog(Plain):
    """A table by groups. It lists what there is: the actions themselves."""

    def __init__(
        self, groups: Mapping[str, Sequence[QAction]], parent: QWidget | None = None
    ) -> None:
        super().__init__("Shortcuts", parent)
        self._search, self._table = QLineEdit(), QTreeWidget()
        self._nothing = label("No command or key is called that.", dim=True)
        self._build()
        for name, actions in groups.items():
            self._add(name, actions)
        self._table.expandAll()
        self._filter("")
        self._search.setFocus()
        self.resize(520, 600)

    def _build(self) -> None:
        self._search.setPlaceholderText("Search commands and keys")
        self._search.setAccessibleName("Search commands and keys")
        self._search.setClearButtonEnabled(True)
        self._search.textChanged.connect(self._filter)
        table = self._table
        table.setAccessibleName("Shortcuts")
        table.setColumnCount(2)
        table.setHeaderLabels(["Command", "Keys"])
        table.setHeaderHidden(True)
        table.setStyleSheet("QTreeWidget::item { padding: 3px 6px; }")
        table.setRootIsDecorated(False)
        table.setItemsExpandable(False)
        table.setIndentation(12)
        table.setUniformRowHeights(True)
        header = table.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        close = button("Close")
        close.clicked.connect(self.accept)
        close.setDefault(True)
        self.body.addWidget(self._search)
        self.body.addWidget(self._nothing)
        self.body.addWidget(table, 1)
        self.body.addLayout(buttons(right=[close]))

    def _add(self, name: str, actions: Sequence[QAction]) -> None:
        group = QTreeWidgetItem([name, ""])
        bold = scaled(self._table.font(), 1.0, self.font().Weight.DemiBold)
        group.setFont(0, bold)
        group.setFlags(Qt.ItemFlag.ItemIsEnabled)
        for action in actions:
            if not action.shortcuts():
                continue
            row = QTreeWidgetItem([words(action), keys(action)])
            row.setToolTip(0, action.statusTip())
            group.addChild(row)
        self._table.addTopLevelItem(group)
        group.setFirstColumnSpanned(True)

    def _filter(self, text: str) -> None:
        wanted = text.casefold().split()
        found = 0
        for index in range(self._table.topLevelItemCount()):
            group = self._table.topLevelItem(index)
            if group is None:
                continue
            here = sum(self._keep(row, group, wanted) for row in children(group))
            group.setHidden(not here)
            found += here
        self._nothing.setVisible(not found)

    def _keep(self, row: QTreeWidgetItem, group: QTreeWidgetItem, wanted: list[str]) -> bool:
        text = f"{group.text(0)} {row.text(0)} {row.text(1)} {row.toolTip(0)}".casefold()
        keep = all(word in text for word in wanted)
        row.setHidden(not keep)
        return keep

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows in the search go to the table."""
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up) and self._search.hasFocus():
            self._table.setFocus()
            return
        super().keyPressEvent(event)


def children(group: QTreeWidgetItem) -> Iterator[QTreeWidgetItem]:
    """The rows of a group."""
    for index in range(group.childCount()):
        if (row := group.child(index)) is not None:
            yield row


def words(action: QAction) -> str:
    """A command's words without its mnemonic, whatever it says now: "Save session as", "Undo"."""
    text = (
        str(action.property(WORDS) or action.text())
        .replace("&&", "\0")
        .replace("&", "")
        .replace("\0", "&")
    )
    return text.rstrip(".…")


def keys(action: QAction) -> str:
    """A command's keys as the system writes them; "" when it has none."""
    native = QKeySequence.SequenceFormat.NativeText
    return " or ".join(keys.toString(native) for keys in action.shortcuts())
