"""Where the files of the icons are."""

from pathlib import Path

from remixer.resources import folder


def icon_path(name: str) -> Path | None:
    """Where the file of an icon is, for stylesheets; None if it is nowhere."""
    path = icon_folder() / f"{name}.svg"
    return path if path.is_file() else None


def icon_folder() -> Path:
    """Where icons are looked for."""
    return folder("icons")
