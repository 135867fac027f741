"""Where the demo song is: in a source checkout, or installed."""

import sys
from pathlib import Path

from PySide6.QtCore import QStandardPaths

from remixer.errors import InputError

CHECKOUT = Path(__file__).resolve().parents[2] / "resources" / "demo" / "demo.flac"
INSTALLED = Path(sys.prefix) / "share" / "remixer" / "demo" / "demo.flac"


def demo_song() -> Path:
    """The demo song's file. Raises InputError where it was not installed."""
    for place in (CHECKOUT, INSTALLED):
        if place.is_file():
            return place
    raise InputError(f"the demo song is not at {INSTALLED}: install Remixer again")


def folder_for(song: Path) -> Path:
    """Where what is made of a song is put unless the user says otherwise: beside it; what is made
    of the demo song in the user's music folder, as its own belongs to the program.
    """
    beside = song.absolute().parent
    if beside not in (CHECKOUT.parent, INSTALLED.parent):
        return beside
    music = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.MusicLocation)
    return Path(music) if music and Path(music).is_dir() else Path.home()
