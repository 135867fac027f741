"""Names of exported files, from templates such as "{name} - {part}"."""

import string
import unicodedata
from collections.abc import Mapping

from remixer.errors import SettingError

FIELDS = ("name", "part", "date", "model", "preset")
"""name: the song's; part: "vocals", "remix", "minus vocals"; date: today's; model and preset: their
IDs.
"""
DEFAULT = "{name} - {part}"
_JOINERS = "\u200c\u200d"
"""Invisible, and part of how Persian, Hindi and emoji are written."""
_UNSHOWN = ("Cc", "Cf", "Cs", "Zl", "Zp")
_FORBIDDEN = '/\\:*?"<>|'
_IN_A_PATH = "/\0"
"""What ends a name wherever it stands; a song's own name holds neither."""
_RESERVED = {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"}
_RESERVED |= {f"{port}{number}" for port in ("COM", "LPT") for number in "123456789¹²³"}
"""Names that Windows keeps for devices, whatever the extension."""


def file_name(template: str, values: Mapping[str, str]) -> str:
    """The name that a template makes, without an extension.

    values: of the fields. The song's name stands there as it is; in what people may have called
    otherwise, a preset, "_" stands for what does not belong in a name. Raises SettingError for
    unknown fields and fields without a value, for what does not belong in a name on every system,
    and for names of nothing.
    """
    name = "".join(
        _literal(text, template) + ("" if field is None else _value(field, values, template))
        for text, field in _parts(template)
    ).strip()
    if not name.strip(". "):
        raise SettingError(f"the name {template!r} is empty: use {DEFAULT!r}")
    if name.startswith(".") and not values.get("name", "").startswith("."):
        raise SettingError(f"the name {template!r} begins with a dot, which hides the file")
    if name.partition(".")[0].strip().upper() in _RESERVED:
        raise SettingError(f"the name {name!r} is kept for a device by Windows: use another")
    return name


def _parts(template: str) -> list[tuple[str, str | None]]:
    """(text, field behind it) in turn. Raises SettingError when it is no template."""
    try:
        parsed = list(string.Formatter().parse(template))
    except ValueError as error:
        raise SettingError(
            f"the name {template!r} cannot be read ({error}): use {DEFAULT!r}"
        ) from error
    if any(form or conversion for _text, _field, form, conversion in parsed):
        raise SettingError(f"the name {template!r} has more than fields: use {DEFAULT!r}")
    return [(text, field) for text, field, _form, _conversion in parsed]


def _literal(text: str, template: str) -> str:
    for character in text:
        if not _is_plain(character):
            raise SettingError(
                f"the name {template!r} holds {character!r}, which no file name may: leave it out"
            )
    return text


def _value(field: str, values: Mapping[str, str], template: str) -> str:
    if field not in FIELDS:
        known = ", ".join(f"{{{known}}}" for known in FIELDS)
        raise SettingError(f"the name {template!r} has the field {{{field}}}: there are {known}")
    if not values.get(field):
        raise SettingError(f"there is no {field} for the name {template!r}: leave {{{field}}} out")
    if field == "name":
        return "".join("_" if c in _IN_A_PATH else c for c in values[field])
    return "".join(c if _is_plain(c) else "_" for c in values[field])


def _is_plain(character: str) -> bool:
    """Whether it may stand in a name on every system, and looks like what it is: what turns the
    direction of writing shows an extension that is none.
    """
    odd = character in _FORBIDDEN or unicodedata.category(character) in _UNSHOWN
    return not odd or character in _JOINERS
