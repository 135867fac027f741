"""Small files of JSON, whoever wrote them: nothing is read that cannot be one."""

import json
import stat
from pathlib import Path
from typing import Any

MOST = 1 << 20
"""Bytes, where a caller has no other limit."""


def read_json(path: Path, most: int = MOST) -> Any:
    """The value that a file holds.

    Raises OSError where it cannot be opened, ValueError when it is no regular file (a device has no
    end), is larger than `most` bytes, or holds no JSON in UTF-8.
    """
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise ValueError("it is no regular file")
    if status.st_size > most:
        raise ValueError(f"it is larger than {most >> 20} MB")
    with path.open("rb") as file:
        data = file.read(most + 1)
    try:
        return json.loads(data.decode("utf-8"))
    except RecursionError:
        raise ValueError("its values are nested too deeply") from None
