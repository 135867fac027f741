"""Older `.remix` files made into the present form, one version after the other."""

from collections.abc import Callable
from typing import Any

VERSION = 2
"""Of the files that are written. 1: moves, loop and the model's name. 2: what the song holds
(content hash), the model's fingerprint, regions and the view."""

Values = dict[str, Any]


def migrate(values: Values) -> Values:
    """The values of a file of any version up to VERSION, as one of VERSION would have them.

    Raises KeyError, TypeError or ValueError where something is missing or of a wrong type.
    """
    version = values["remixer"]
    if not 1 <= version <= VERSION:
        raise ValueError(f"format {version}")
    for older in range(version, VERSION):
        values = _STEPS[older](values)
    return values


def _from_1(values: Values) -> Values:
    return {
        **values,
        "remixer": 2,
        "song": {**values["song"], **values["geometry"], "content": "", "stamp": []},
        "model": {"id": values["model"], "fingerprint": ""},
        "regions": [],
        "view": None,
    }


_STEPS: dict[int, Callable[[Values], Values]] = {1: _from_1}
