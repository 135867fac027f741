"""Where the files of the icons are."""

import sys
from pathlib import Path


def icon_path(name: str) -> Path | None:
    """Where the file of an icon is, for stylesheets; None if it is nowhere."""
    candidates = (folder / f"{name}.svg" for folder in icon_folders())
    return next((path for path in candidates if path.is_file()), None)


def icon_folders() -> list[Path]:
    """Where icons are looked for: a source checkout, an installed package."""
    checkout = Path(__file__).resolve().parents[2] / "resources" / "icons"
    return [checkout, Path(sys.prefix) / "share" / "remixer" / "icons"]
