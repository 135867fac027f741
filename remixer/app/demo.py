"""Where the demo song is: in a source checkout, or installed."""

import sys
from pathlib import Path

from remixer.errors import InputError


def demo_song() -> Path:
    """The demo song's file. Raises InputError where it was not installed."""
    checkout = Path(__file__).resolve().parents[2] / "resources" / "demo" / "demo.flac"
    installed = Path(sys.prefix) / "share" / "remixer" / "demo" / "demo.flac"
    for place in (checkout, installed):
        if place.is_file():
            return place
    raise InputError(f"the demo song is not at {installed}: install Remixer again")
