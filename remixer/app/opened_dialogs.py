"""The dialogs that the window opens beside those for files."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QDialog

from remixer.app.dialogs.about import AboutDialog
from remixer.app.dialogs.abx import AbxDialog
from remixer.app.dialogs.compare import CompareDialog
from remixer.app.dialogs.guide import GuideDialog
from remixer.app.dialogs.preferences import PreferencesDialog
from remixer.app.dialogs.shortcuts import ShortcutsDialog

if TYPE_CHECKING:
    from remixer.app.main_window import MainWindow


class Dialogs(QObject):
    """Opens dialogs; the comparison and the guide stay open beside the window."""

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self._window, self._control = window, window.controller
        self.compare: CompareDialog | None = None
        self.guide: GuideDialog | None = None

    def show_compare(self) -> None:
        """Original and remix side by side, beside the window."""
        if self._control.document is None:
            return
        if self.compare is None:
            self.compare = CompareDialog(self._control, self._window)
            self.compare.blind_clicked.connect(self.show_abx)
            self.compare.finished.connect(self._compared)
        self.compare.show()
        self.compare.raise_()
        self.compare.activateWindow()

    def _compared(self) -> None:
        dialog, self.compare = self.compare, None
        if dialog is not None:
            dialog.deleteLater()

    def show_abx(self) -> None:
        """Whether the remix can be told from the original, blind."""
        if self._control.document is not None:
            _run(AbxDialog(self._control, self._window))

    def show_preferences(self) -> None:
        """Sound, theme, cache."""
        control, window = self._control, self._window
        dialog = PreferencesDialog(control.settings, control.player, window)
        dialog.output_changed.connect(control.set_output)
        dialog.theme_changed.connect(window.set_theme)
        dialog.follow_changed.connect(window.set_follow)
        _run(dialog)

    def show_guide(self) -> None:
        """How to do what, beside the window."""
        if self.guide is None:
            self.guide = GuideDialog(self._window)
        self.guide.show()
        self.guide.raise_()
        self.guide.activateWindow()

    def show_shortcuts(self) -> None:
        """Every command with its keys."""
        _run(ShortcutsDialog(self._window.actions_.groups, self._window))

    def show_about(self) -> None:
        """What this is, and whose."""
        _run(AboutDialog(self._window))


def _run(dialog: QDialog) -> None:
    dialog.exec()
    dialog.deleteLater()
