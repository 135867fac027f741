"""The `.remix` file: which song, which moves. JSON with a version, written beside and renamed."""

import json
from collections.abc import Sequence
from pathlib import Path

from remixer.audio.placing import write
from remixer.errors import InputError, OutputError, SettingError, brief
from remixer.session.locate import locate
from remixer.session.migrations import VERSION, Values
from remixer.session.saved import Geometry, SavedMix, from_values, place_of, to_values
from remixer.smallfiles import read_json

__all__ = ["SUFFIX", "Geometry", "SavedMix", "load_mix", "note_song", "read_mix", "save_mix"]

SUFFIX = ".remix"
DAMAGE = (KeyError, TypeError, ValueError, AttributeError, ArithmeticError, SettingError)
"""What reading values that are not as we write them raises."""


def save_mix(target: Path, saved: SavedMix, overwrite: bool = True) -> None:
    """Write a `.remix` file; one that exists is replaced only when the new one is whole.

    Raises OutputError when it cannot be written, or exists and may not be replaced.
    """
    final = target.resolve()
    write_values(final, to_values(saved, final.parent), overwrite)


def read_mix(path: Path) -> SavedMix:
    """A `.remix` file, whose song may be elsewhere or another one by now (see `locate`).

    Raises InputError when it is none, is damaged, or comes from a newer Remixer.
    """
    values = read_values(path, "remixer", VERSION)
    try:
        return from_values(values)
    except DAMAGE as error:
        raise InputError(damage(path, error)) from error


def load_mix(path: Path, folders: Sequence[Path] = ()) -> SavedMix:
    """A `.remix` file and the place of its song, which is looked for in `folders`, too; whether it
    still holds the same is not asked.

    Raises InputError as `read_mix`, and when its song is at none of its places.
    """
    saved = read_mix(path)
    found = locate(saved, path, folders)
    if found is None:
        place = brief(saved.song, 500)
        raise InputError(f"the song of {path.name} is not at {place} any more: put it back")
    return found


def note_song(target: Path, song: Path, content: str, stamp: Sequence[int]) -> None:
    """Write down in a `.remix` file where its song is and what it holds; all else in it stays.

    Raises InputError and OutputError as reading and writing do.
    """
    final = target.resolve()
    saved = read_mix(final)
    known = {"content": content or saved.content, "stamp": list(stamp)}
    values = to_values(saved, final.parent)
    after = {**values, "song": {**values["song"], **place_of(song, final.parent), **known}}
    if after != values:
        write_values(final, after)


def write_values(final: Path, values: Values, overwrite: bool = True) -> None:
    """Write JSON beside a place and rename it when it is on the disk. Raises OutputError."""
    text = json.dumps(values, indent=2, allow_nan=False)
    try:
        write(final, text.encode("utf-8"), overwrite=overwrite)
    except OSError as error:
        raise OutputError(
            f"{final} could not be written ({error.strerror}): choose another folder"
        ) from error


def read_values(path: Path, kind: str, newest: int) -> Values:
    """The object of a JSON file that has its version under `kind`. Raises InputError."""
    try:
        values = read_json(path)
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}): check the name") from error
    except ValueError as error:
        raise InputError(
            f"{path.name} is no Remixer file ({brief(error)}): open a song instead"
        ) from error
    if not isinstance(values, dict) or type(values.get(kind)) is not int:
        raise InputError(f"{path.name} is no Remixer file: open a song instead")
    if values[kind] > newest:
        raise InputError(
            f"{path.name} was saved by a newer Remixer (format {values[kind]}, this one reads "
            f"up to {newest}): update Remixer"
        )
    return values


def damage(path: Path, error: Exception) -> str:
    """What to tell of a file with something wrong in it."""
    what = f"no {error}" if isinstance(error, KeyError) else error
    return f"{path.name} is damaged ({brief(what, 200)}): open its song instead"
