"""File names for libsndfile."""

import os
import sys
from pathlib import Path


def native(path: Path) -> str | bytes:
    """A path as soundfile takes it: on Unix its bytes, as names need not be text there."""
    return str(path) if sys.platform == "win32" else os.fsencode(path)
