"""A receipt held against the files that are there now."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from remixer.audio.reader import open_audio
from remixer.errors import InputError, brief
from remixer.session.receipt import VERSION, file_sha256
from remixer.smallfiles import read_json

_LARGEST = 1 << 24
SAME, SOUNDS_SAME, CHANGED, MISSING = "same", "same sound", "changed", "missing"


@dataclass(frozen=True)
class Checked:
    """A file of a receipt. state: "same" (every byte), "same sound" (other bytes, as of new tags,
    but exactly the same samples), "changed" or "missing". source: whether it is the song.
    """

    path: Path
    state: str
    source: bool

    @property
    def holds(self) -> bool:
        """Whether what the receipt says of its sound is true."""
        return self.state in (SAME, SOUNDS_SAME)


def check_receipt(path: Path) -> list[Checked]:
    """The song and the exports of a receipt. Exports are looked for beside it; the song too, then
    where it was.

    Raises InputError when it is no receipt, or a newer Remixer's.
    """
    values = _read(path)
    try:
        song = values["source"]
        places = [path.parent / song["file"], Path(song["path"])]
        found = next((place for place in places if place.is_file()), places[-1])
        checked = [Checked(found, _state(found, song), True)]
        for file in values["exports"]:
            place = path.parent / file["file"]
            checked.append(Checked(place, _state(place, file), False))
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path.name} is damaged ({brief(repr(error))}): export again") from error
    except OSError as error:
        place = brief(error.filename, 200)
        raise InputError(f"{place} cannot be read: {error.strerror}") from error
    return checked


def _state(path: Path, file: dict[str, Any]) -> str:
    if not path.is_file():
        return MISSING
    if file_sha256(path) == file["sha256"]:
        return SAME
    if not file["content"]:
        return CHANGED
    try:
        with open_audio(path) as reader:
            return SOUNDS_SAME if reader.content_hash() == file["content"] else CHANGED
    except InputError:
        return CHANGED


def _read(path: Path) -> dict[str, Any]:
    try:
        values = read_json(path, _LARGEST)
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}): check the name") from error
    except ValueError as error:
        raise InputError(
            f"{path.name} is no receipt ({brief(error)}): give its .receipt.json"
        ) from error
    if not isinstance(values, dict) or not isinstance(values.get("receipt"), int):
        raise InputError(f"{path.name} is no receipt: give its .receipt.json")
    if values["receipt"] > VERSION:
        raise InputError(
            f"{path.name} is of a newer Remixer (format {values['receipt']}, this one reads up to "
            f"{VERSION}): update Remixer"
        )
    return values
