"""Where the demo song is."""

from pathlib import Path

from PySide6.QtCore import QStandardPaths

from remixer.errors import InputError
from remixer.resources import folder

SONG = folder("demo") / "demo.flac"


def demo_song() -> Path:
    """The demo song's file. Raises InputError where it was not installed."""
    if SONG.is_file():
        return SONG
    raise InputError(f"the demo song is not at {SONG}: install Remixer again")


def shown_name(path: Path) -> str:
    """What a list of recent files calls a file: the demo song is not known by where it lies."""
    return "Demo song" if path == SONG else path.name


def folder_for(song: Path) -> Path:
    """Where what is made of a song is put unless the user says otherwise: beside it; what is made
    of the demo song in the user's music folder, as its own belongs to the program.
    """
    beside = song.absolute().parent
    if beside != SONG.parent:
        return beside
    music = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.MusicLocation)
    return Path(music) if music and Path(music).is_dir() else Path.home()
