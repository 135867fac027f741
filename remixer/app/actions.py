"""Every command of the window as a QAction: its words, its shortcut, what it does."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence

from remixer.app.icons import icon

WORDS = "words"
"""The property that holds a command's own text; what is shown may say more, like what is undone."""

Triggered = Callable[[], object]
Toggled = Callable[[bool], object]


@dataclass(frozen=True)
class Command:
    """One entry of the menus. keys: alternatives, the first one is shown. tip: in words."""

    name: str
    text: str
    keys: tuple[str, ...] = ()
    icon: str = ""
    tip: str = ""
    checkable: bool = False


class Actions:
    """The window's actions by name, and the groups that the shortcut list shows them in."""

    def __init__(self, parent: QObject) -> None:
        self._parent = parent
        self._actions: dict[str, QAction] = {}
        self.groups: dict[str, list[QAction]] = {}

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def add(self, group: str, command: Command, do: Triggered | Toggled) -> QAction:
        """A new action. A checkable one calls `do` with whether it is on, when the user asks."""
        action = QAction(command.text, self._parent)
        action.setObjectName(command.name)
        action.setProperty(WORDS, command.text)
        action.setShortcuts([QKeySequence(key) for key in command.keys])
        action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        action.setStatusTip(command.tip)
        action.setToolTip(_tip(command))
        if command.icon:
            action.setIcon(icon(command.icon))
        action.setCheckable(command.checkable)
        if command.checkable:
            action.triggered.connect(do)
        else:
            action.triggered.connect(lambda _checked=False: do())  # type: ignore[call-arg]
        self._actions[command.name] = action
        self.groups.setdefault(group, []).append(action)
        return action

    def choice(self, group: str, commands: list[Command], do: Callable[[str], object]) -> None:
        """Checkable actions of which one is on; `do` gets the name of the one the user chose."""
        exclusive = QActionGroup(self._parent)
        for command in commands:
            action = self.add(group, command, _chosen(do, command.name))
            exclusive.addAction(action)

    def enable(self, names: list[str], on: bool) -> None:
        """Make actions available or not."""
        for name in names:
            self._actions[name].setEnabled(on)


def _chosen(do: Callable[[str], object], name: str) -> Toggled:
    def chosen(on: bool) -> None:
        if on:
            do(name)

    return chosen


def _tip(command: Command) -> str:
    words = command.tip or command.text.replace("&", "").rstrip(".…")
    if not command.keys:
        return words
    keys = QKeySequence(command.keys[0]).toString(QKeySequence.SequenceFormat.NativeText)
    return f"{words} ({keys})"
