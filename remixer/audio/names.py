"""File names for libsndfile."""

import os
import sys
from pathlib import Path

_LONGEST = 1_000
"""Bytes of a path; libsndfile refuses those of 1024 and more."""


def native(path: Path, mode: str = "r") -> str | bytes | int:
    """A path as soundfile takes it: on Unix its bytes, as names need not be text there; where these
    are too many for libsndfile a descriptor of the open file, which soundfile closes.

    mode: "r", or "w" for an empty file. Raises OSError where a file cannot be opened here.
    """
    if sys.platform == "win32":
        return str(path)
    name = os.fsencode(path)
    if len(name) <= _LONGEST:
        return name
    return os.open(path, os.O_RDONLY if mode == "r" else os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o666)
