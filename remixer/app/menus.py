"""The menu bar, made of the window's actions."""

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMenu

from remixer.app.actions import Actions
from remixer.app.regions import RegionMenu

if TYPE_CHECKING:
    from remixer.app.main_window import MainWindow

MENUS: dict[str, tuple[str, ...]] = {
    "&File": (
        *("open", "recent", "demo", "-", "save", "save-as", "recover", "-", "export", "-"),
        *("preferences", "-", "close", "quit"),
    ),
    "&Edit": ("undo", "redo", "-", "reset"),
    "&Playback": (
        *("play", "stop", "home", "back", "forward", "-", "loop", "loop-view", "regions", "-"),
        *("original", "change", "match", "-", "compare", "blind"),
    ),
    "&Stems": (
        *("select-vocals", "select-bass", "select-drums", "select-other", "select-master", "-"),
        *("mute", "solo", "solo-only", "clear-solo", "-", "treatments"),
        *("automation", "raise-loop", "lower-loop", "-", "separate"),
    ),
    "&View": (
        *("spectrogram", "masks", "owners", "-", "log", "linear", "-"),
        *("zoom-in", "zoom-out", "zoom-fit", "zoom-loop", "follow", "-", "theme", "full", "layout"),
    ),
    "&Help": ("guide", "shortcuts", "about"),
}
"""Names of actions; "-" is a line, "recent", "theme" and "regions" are menus of their own."""


def build_menus(window: "MainWindow", actions: Actions) -> QMenu:
    """Fill the window's menu bar. Returns the menu of recent files, still empty."""
    recent = QMenu("Open &recent", window)
    theme = QMenu("&Theme", window)
    theme.addActions(actions.groups["Theme"])
    own = {"recent": recent, "theme": theme, "regions": RegionMenu(window)}
    for title, names in MENUS.items():
        menu = window.menuBar().addMenu(title)
        menu.setToolTipsVisible(True)
        for name in names:
            if name == "-":
                menu.addSeparator()
            elif name in own:
                menu.addMenu(own[name])
            else:
                menu.addAction(actions[name])
    window.addActions([action for group in actions.groups.values() for action in group])
    return recent
