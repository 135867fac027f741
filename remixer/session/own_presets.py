"""The user's own presets: a file of JSON that the window and the command line share."""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import platformdirs
from filelock import FileLock

from remixer.audio.formats import CONTAINERS, SOURCE
from remixer.dsp.signal import STEMS
from remixer.errors import InputError, OutputError, SettingError, brief
from remixer.session import naming
from remixer.session.export_plan import WHAT
from remixer.session.finishing import Finish
from remixer.session.presets import CUSTOM, PRESETS, Preset, find_preset
from remixer.session.savefile import DAMAGE, read_values, write_values

ENVIRONMENT = "REMIXER_PRESETS"
VERSION = 1
LONGEST = 60
"""Characters of a name."""


def presets_file() -> Path:
    """The file: the one that the environment variable REMIXER_PRESETS names, else the user's."""
    named = os.environ.get(ENVIRONMENT)
    return Path(named) if named else platformdirs.user_config_path("remixer") / "presets.json"


def own_presets() -> tuple[Preset, ...]:
    """The user's presets, by name. Raises InputError when their file is damaged or newer."""
    path = presets_file()
    if not path.exists():
        return ()
    try:
        values = read_values(path, "presets", VERSION)
        found = [_from_values(each) for each in values["own"]]
    except (InputError, *DAMAGE) as error:
        what = f"no {error}" if isinstance(error, KeyError) else brief(error)
        raise InputError(
            f"your presets in {path} cannot be read ({what}): repair the file, or remove it"
        ) from error
    return tuple(sorted(found, key=lambda preset: preset.id.casefold()))


def known_preset(id: str) -> Preset:
    """A preset by its id, the user's too. Raises SettingError; InputError as `own_presets`, unless
    it is one that comes with Remixer.
    """
    with suppress(SettingError):
        return find_preset(id)
    return find_preset(id, own_presets())


def keep_preset(preset: Preset) -> None:
    """Save a preset under its id; one of that name, in any case, is replaced.

    Raises SettingError for a name that cannot be one, InputError as `own_presets`, OutputError.
    """
    check_name(preset.id)
    _rewrite(lambda others: [*others, preset], without=preset.id)


def forget_preset(name: str) -> None:
    """Delete a preset. Raises SettingError when there is none of that name; as `keep_preset`."""
    if not any(_same(preset.id, name) for preset in own_presets()):
        names = ", ".join(preset.id for preset in own_presets()) or "none"
        raise SettingError(f"no preset of yours is called {name!r}: there are {names}")
    _rewrite(lambda others: others, without=name)


def check_name(name: str) -> None:
    """Raises SettingError for a name that no preset of the user's can have."""
    if not name or name != name.strip() or len(name) > LONGEST or not name.isprintable():
        raise SettingError(
            f"a preset cannot be called {name!r}: give it a name of 1 to {LONGEST} characters"
        )
    for taken in (CUSTOM, *(p.id for p in PRESETS), *(p.title for p in PRESETS)):
        if _same(taken, name):
            raise SettingError(f"{name!r} is a preset that comes with Remixer: choose another name")


def own_preset(
    name: str,
    what: str,
    format: str,
    subtype: str,
    naming: str,
    without: str,
    finish: Finish,
    receipt: bool,
) -> Preset:
    """A preset of the user's. without: of no meaning but for minus-one."""
    left_out = without if what == "minus-one" else None
    about = "your own"
    return Preset(name, name, about, what, format, subtype, naming, left_out, finish, receipt)


def _rewrite(change: Callable[[list[Preset]], list[Preset]], without: str) -> None:
    path = presets_file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{path}.lock"):
            others = [preset for preset in own_presets() if not _same(preset.id, without)]
            kept = [_to_values(preset) for preset in change(others)]
            write_values(path, {"presets": VERSION, "own": kept})
    except OSError as error:
        raise OutputError(f"{path} could not be written ({error.strerror}): make room") from error


def _same(one: str, other: str) -> bool:
    return one.casefold() == other.strip().casefold()


def _to_values(preset: Preset) -> dict[str, Any]:
    finish = preset.finish or Finish()
    return {
        "name": preset.id,
        "what": preset.what,
        "format": preset.format,
        "subtype": preset.subtype,
        "naming": preset.naming,
        "without": preset.without,
        "dither": finish.dither,
        "ceiling_db": finish.ceiling_db,
        "receipt": bool(preset.receipt),
    }


def _from_values(values: dict[str, Any]) -> Preset:
    """Raises what is in DAMAGE for what is missing, of a wrong type or unknown."""
    name, what, format = (_text(values[key]) for key in ("name", "what", "format"))
    check_name(name)
    subtypes = {subtype for container in CONTAINERS.values() for subtype in container.subtypes}
    _check(what in WHAT, what)
    _check(format in (SOURCE, *WHAT[what]), format)
    _check(values["subtype"] in (SOURCE, "ALAC", *subtypes), values["subtype"])
    _check(values["without"] in (None, *STEMS), values["without"])
    _check(isinstance(values["receipt"], bool), values["receipt"])
    ceiling = values["ceiling_db"]
    finish = Finish(_text(values["dither"]), None if ceiling is None else float(ceiling))
    template = _text(values["naming"])
    naming.file_name(template, dict.fromkeys(naming.FIELDS, "x"))
    return own_preset(
        name,
        what,
        format,
        values["subtype"],
        template,
        values["without"] or STEMS[0],
        finish,
        values["receipt"],
    )


def _text(value: Any) -> str:
    _check(isinstance(value, str), value)
    return str(value)


def _check(fits: bool, value: Any) -> None:
    if not fits:
        raise ValueError(f"{value!r} cannot be")
