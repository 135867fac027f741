"""Small files of JSON, whoever wrote them: nothing is read that cannot be one."""

import json
import math
import os
import stat
from pathlib import Path
from typing import Any

MOST = 1 << 20
"""Bytes, where a caller has no other limit."""


def read_json(path: Path, most: int = MOST) -> Any:
    """The value that a file holds.

    Raises OSError where it cannot be opened, ValueError when it is no regular file (a device has no
    end), is larger than `most` bytes, holds no JSON in UTF-8, a number that is none or has no end,
    or half a character, which no file name and no screen takes.
    """
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise ValueError("it is no regular file")
    if status.st_size > most:
        raise ValueError(f"it is larger than {most >> 20} MB")
    with path.open("rb") as file:
        data = file.read(most + 1)
    try:
        values = json.loads(data.decode("utf-8"), parse_float=_number, parse_constant=_number)
        if _ESCAPED_HALF in data.lower():
            _check_characters(values)
    except RecursionError:
        raise ValueError("its values are nested too deeply") from None
    return values


_ESCAPED_HALF = rb"\ud"


def _number(text: str) -> float:
    """A number. Raises ValueError for NaN and what has no end."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:20]} is no number")
    return number


def _check_characters(values: Any) -> None:
    """Raises ValueError for text with half of a pair of characters in it, but for those that stand
    for a byte of a file name.
    """
    if isinstance(values, dict):
        for key, value in values.items():
            _check_characters(key)
            _check_characters(value)
    elif isinstance(values, list):
        for value in values:
            _check_characters(value)
    elif isinstance(values, str):
        try:
            os.fsencode(values)
        except UnicodeEncodeError:
            raise ValueError(f"{ascii(values)[:40]} holds half a character") from None
