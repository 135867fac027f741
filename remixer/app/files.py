"""What the user asks for with files: open, save, export, and whether a song may go."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog

from remixer.app.commands import MODES, SCALES
from remixer.app.demo import demo_song, folder_for
from remixer.app.dialogs.export import ExportDialog
from remixer.app.dialogs.unsaved import DISCARD, SAVE, ask_unsaved
from remixer.audio.formats import CONTAINERS
from remixer.errors import RemixerError
from remixer.session.saved import View
from remixer.session.savefile import SUFFIX

if TYPE_CHECKING:
    from remixer.app.main_window import MainWindow


class Files(QObject):
    """The verbs of the File menu."""

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self._window, self._control = window, window.controller

    def open(self, path: Path, play: bool = False) -> None:
        """Open a recording or a `.remix` file, if the user lets the present one go."""
        self._window.opening.cancel()
        if path.suffix.lower() == SUFFIX:
            self._window.opening.open(path, play)
        elif self.may_close() and self._control.open(path, play):
            self._window.lanes.zoom_fit()

    def show_view(self, view: View | None) -> None:
        """What a session showed; the whole song where it does not say."""
        window = self._window
        window.lanes.zoom_fit()
        if view is not None:
            for name in (view.mode, view.scale):
                if name in MODES or name in SCALES:
                    window.actions_[name].trigger()
            window.lanes.set_view(view.start_s, view.stop_s)

    def view(self) -> View | None:
        """What the lanes show, to be saved."""
        start_s, stop_s = self._window.lanes.view()
        look = self._window.lanes.look
        return View(start_s, stop_s, look.mode, look.scale) if start_s < stop_s else None

    def ask_open(self) -> None:
        """Let the user choose a file."""
        suffixes = {suffix for c in CONTAINERS.values() for suffix in c.extensions}
        names = " ".join(f"*{suffix}" for suffix in (*sorted(suffixes), SUFFIX))
        recent = self._control.settings.recent
        folder = str(recent[0].parent) if recent else ""
        filters = f"Recordings and sessions ({names});;All files (*)"
        name, _ = QFileDialog.getOpenFileName(self._window, "Open a recording", folder, filters)
        if name:
            self.open(Path(name))

    def open_demo(self) -> None:
        """Open the song that comes with Remixer."""
        try:
            self.open(demo_song())
        except RemixerError as error:
            self._window.notices.show_notice(str(error), "error")

    def close_song(self) -> None:
        """Back to the welcome."""
        if self.may_close():
            self._control.close_song()

    def save(self) -> bool:
        """Save the moves where they were saved before, else ask where."""
        target = self._control.saved_as
        return self._control.save(target) if target else self.save_as()

    def save_as(self) -> bool:
        """Ask for a name, and save the moves there."""
        document = self._control.document
        if document is None:
            return False
        beside = folder_for(document.path) / (document.path.stem + SUFFIX)
        proposed = self._control.saved_as or beside
        dialog = QFileDialog(self._window, "Save the session", str(proposed.parent))
        dialog.setNameFilter(f"Remixer sessions (*{SUFFIX})")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(SUFFIX.removeprefix("."))  # before it asks about what is there
        dialog.selectFile(proposed.name)
        chosen = dialog.selectedFiles() if dialog.exec() else []
        dialog.deleteLater()
        return bool(chosen) and self._control.save(Path(chosen[0]), replace=True)

    def may_close(self) -> bool:
        """Whether the present song may go: asks when moves are not saved."""
        if self._window.discard or not self._control.unsaved:
            return True
        document = self._control.document
        name = document.path.name if document else "the song"
        answer = ask_unsaved(self._window, name)
        return answer == DISCARD or (answer == SAVE and self.save())

    def export(self) -> None:
        """Show the export dialog."""
        control = self._control
        if control.document is None:
            return
        dialog = ExportDialog(
            control.document.source,
            control.document.mix,
            control.document.loop,
            lambda: control.stems,
            lambda: control.separation,
            self._window,
            control.settings,
            control.model,
            control.document.regions,
        )
        dialog.exec()
        dialog.deleteLater()
