"""Make the pictures in docs/images of the window as it is: `make screenshots`.

Runs the app itself with the demo song, playing to a sound server of its own. Needs no screen, and
nothing of the user's: settings, cache, presets and log are its own.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
SIZE = (1440, 900)
sys.path.insert(0, str(ROOT))

from tests.audio_server import AudioServer  # noqa: E402


def main(folder: Path) -> None:
    """All pictures, into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, AudioServer() as server:
        os.environ.update(
            server.environment,
            QT_QPA_PLATFORM="offscreen",
            REMIXER_SETTINGS=f"{scratch}/settings.ini",
            REMIXER_CACHE=f"{scratch}/cache",
            REMIXER_STATE=f"{scratch}/state",
            REMIXER_LOGS=f"{scratch}/logs",
            REMIXER_PRESETS=f"{scratch}/presets.json",
        )
        take(folder)


def take(folder: Path) -> None:
    """Open the window and photograph it in each of its states."""
    from PySide6.QtWidgets import QApplication

    from remixer.app.controller import Controller
    from remixer.app.main_window import MainWindow
    from remixer.app.settings import Settings
    from remixer.app.theme import apply_theme
    from remixer.playback.player import Player
    from remixer.session.separation_service import SeparationService

    application = QApplication([])
    application.setApplicationDisplayName("Remixer")
    settings = Settings()
    apply_theme(application, "dark")
    controller = Controller(settings, Player(settings.output), SeparationService())
    window = MainWindow(controller)
    window.resize(*SIZE)
    window.show()
    try:
        Photographer(application, window, folder).all()
    finally:
        window.discard = True
        window.close()


class Photographer:
    """Brings the window into each state and saves what it looks like."""

    def __init__(self, application: Any, window: Any, folder: Path) -> None:
        self.application, self.window, self.folder = application, window, folder
        self.control = window.controller

    def all(self) -> None:
        """Separating, mixing, treating, masks, owners, comparing, export; mixing in light, too."""
        self.pause(0.5)
        self.window.files.open_demo()
        self.wait(self.some_stems)
        self.pause(0.7)
        self.save("separating")
        self.wait(lambda: self.control.separation.state == "done")
        self.mix()
        self.save("mixing")
        self.treat()
        for mode in ("masks", "owners"):
            self.window.actions_[mode].trigger()
            self.pause(3)
            self.save(mode)
        self.window.actions_["spectrogram"].trigger()
        self.compare()
        self.blind()
        self.export()
        self.window.set_theme("light")
        self.pause(3)
        self.save("mixing-light")

    def some_stems(self) -> bool:
        """A part of the song is separated, but not all of it."""
        status = self.control.separation
        return status is not None and status.done_s > 0

    def mix(self) -> None:
        """A few moves, playing in the middle of the song."""
        document = self.control.document
        document.set_gain_db("vocals", 1.5)
        document.set_gain_db("drums", -0.8)
        document.set_pan("other", -0.2)
        self.control.set_loop((8 * document.rate, 16 * document.rate))
        self.control.seek(10 * document.rate)
        self.control.toggle_play()
        self.pause(4)

    def treat(self) -> None:
        """A few treatments in their panel, and the level of a stem drawn on its lane."""
        from dataclasses import replace

        from remixer.mixing.treatments import Band, Compressor, Equaliser, Sends, Treatment

        bands = list(Equaliser().bands)
        bands[0] = Band("low cut", 90.0, q=0.707)
        bands[1], bands[2] = replace(bands[1], gain_db=-2.5), replace(bands[2], gain_db=1.5)
        points = ((352_000, 0.0), (353_000, 1.5), (529_000, 1.5), (530_000, 0.0))
        vocals = Treatment(
            equaliser=Equaliser(tuple(bands)),
            compressor=Compressor(threshold_db=-30.0, on=True),
            sends=Sends(-14.0),
            automation=points,
        )
        document, before = self.control.document, self.control.document.mix
        document.set_treatment("vocals", vocals)
        ducked = Compressor(-32.0, 3.0, key="vocals", on=True)
        document.set_treatment("other", Treatment(compressor=ducked))
        self.window.mixing.select("vocals")
        self.window.treating.set_open(True)
        self.window.treating.show_automation(True)
        self.pause(6)  # for the live spectrum
        self.save("treatments")
        self.window.treating.set_open(False)
        self.window.treating.show_automation(False)
        while document.mix != before:
            document.undo()

    def compare(self) -> None:
        """Original and remix measured side by side, over the loop."""
        from remixer.app.dialogs.compare import CompareDialog

        self.window.dialogs.show_compare()
        dialog = self.window.findChild(CompareDialog)
        self.wait(lambda: dialog.comparison is not None)
        self.pause(1)
        self.keep(dialog, "compare")
        dialog.close()

    def blind(self) -> None:
        """The first trial of a blind test."""
        from remixer.app.dialogs.abx import AbxDialog

        def photograph(dialog: "AbxDialog") -> None:
            dialog.setup.began.emit()
            self.wait(lambda: dialog.pages.currentWidget() is dialog.trial)
            self.pause(1)
            self.keep(dialog, "blind")
            dialog.reject()

        self.within(AbxDialog, photograph)
        self.window.dialogs.show_abx()

    def export(self) -> None:
        """The dialog after an export, its proof shown."""
        from remixer.app.dialogs.export import ExportDialog

        masters = Path(tempfile.gettempdir()) / "Masters"

        def photograph(dialog: "ExportDialog") -> None:
            dialog.form.folder.setText(str(masters))
            dialog.start.click()
            self.wait(lambda: not dialog.exporting and dialog.reveal.isVisible())
            self.keep(dialog, "export")
            dialog.reject()

        shutil.rmtree(masters, ignore_errors=True)
        masters.mkdir()
        self.within(ExportDialog, photograph)
        self.window.files.export()
        shutil.rmtree(masters)

    def within(self, kind: type, do: Callable[[Any], None]) -> None:
        """Do something once a dialog that holds up the window is open."""
        from PySide6.QtCore import QTimer

        def look() -> None:
            dialog = self.application.activeModalWidget()
            if isinstance(dialog, kind):
                do(dialog)
            else:
                QTimer.singleShot(100, look)

        QTimer.singleShot(300, look)

    def keep(self, widget: Any, name: str) -> None:
        """A picture of a widget."""
        widget.grab().save(str(self.folder / f"{name}.png"))
        print(self.folder / f"{name}.png")

    def save(self, name: str) -> None:
        """A picture of the window, its lanes painted."""
        self.wait(lambda: self.window.lanes.settled)
        self.keep(self.window, name)

    def pause(self, seconds: float) -> None:
        """Let the window live for a time."""
        self.wait(lambda: False, seconds)

    def wait(self, until: Callable[[], object], seconds: float = 600.0) -> None:
        """Let the window live until something is so, or for a time."""
        from PySide6.QtCore import QElapsedTimer

        clock = QElapsedTimer()
        clock.start()
        while not until() and clock.elapsed() < 1000 * seconds:
            self.application.processEvents()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else IMAGES)
