"""What windows that were killed had not saved: offered, restored, discarded."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from remixer.app.dialogs.recovery import RecoveryDialog, title
from remixer.session.autosave import Recovery, recoveries

if TYPE_CHECKING:
    from remixer.app.main_window import MainWindow


class Recovering(QObject):
    """Holds what there is to restore until it is restored, discarded or let go."""

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self._window = window
        self.found: list[Recovery] = []

    def offer(self) -> None:
        """Say what there is to restore, if anything."""
        self.found = recoveries()
        self.show_whether()
        notices = self._window.notices
        if len(self.found) == 1:
            (only,) = self.found
            text = f"Remixer ended before your moves were saved: {title(only)}"
            notices.show_notice(text, "warning", "Restore", lambda: self._restore(only))
        elif self.found:
            text = f"Remixer ended before your moves on {len(self.found)} songs were saved"
            notices.show_notice(text, "warning", "Show…", self.show)

    def _restore(self, recovery: Recovery) -> None:
        if recovery in self.found:  # not yet by the menu
            self._window.opening.restore(recovery)

    def show(self) -> None:
        """A list to restore from."""
        dialog = RecoveryDialog(self.found, self._window)
        dialog.restored.connect(self._window.opening.restore)
        dialog.discarded.connect(self._discard)
        dialog.exec()
        dialog.deleteLater()

    def _discard(self, recovery: Recovery) -> None:
        self.forget(recovery)
        recovery.discard()

    def forget(self, recovery: Recovery) -> None:
        """It is not offered any more."""
        self.found.remove(recovery)
        self.show_whether()

    def show_whether(self) -> None:
        """Whether the menu has anything to show."""
        self._window.actions_["recover"].setEnabled(bool(self.found))

    def close(self) -> None:
        """Let others have what was not restored."""
        for recovery in self.found:
            recovery.let_go()
