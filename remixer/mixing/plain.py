"""A mixer state as plain values for JSON, and back: files, receipts and processes share this.

Which fields there are is read from the dataclasses themselves: a new setting needs no second list.
"""

import difflib
import math
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

from remixer.dsp.signal import STEMS
from remixer.errors import SettingError, brief
from remixer.mixing.strips import MixState, Strip

Plain = dict[str, Any]
_MINUS_INFINITY = "-inf"
"""JSON has no infinity."""


def to_plain(state: MixState) -> Plain:
    """A state as nested dicts, lists, strings, numbers and booleans; strips by their stem's name.

    -inf dB is "-inf". What is as it comes is written too: a file says all that it means.
    """
    return {**_fields(state), "strips": dict(zip(STEMS, _list(state.strips), strict=True))}


def from_plain(values: Mapping[str, Any]) -> MixState:
    """The state that `to_plain` has written. Keys that are missing are as they come, unknown ones
    are ignored.

    Raises: SettingError that names the field whose value cannot be.
    """
    _check(isinstance(values, Mapping), "the mix", values, "an object")
    strips = values.get("strips", {})
    _check(isinstance(strips, Mapping), "strips", strips, "an object with the stems' names")
    read = tuple(_read(Strip, strips.get(name, {}), f"strips.{name}") for name in STEMS)
    others = {key: value for key, value in values.items() if key != "strips"}
    state: MixState = _read(MixState, others, "", strips=read)
    return state


def switched_on(values: Any) -> Any:
    """What a person wrote, with what it means: a compressor that is given any setting is on, as
    everything else is, unless it says `"on": false`. Saved states say "on" themselves.
    """
    if not isinstance(values, Mapping):
        return values
    meant = {key: switched_on(value) for key, value in values.items()}
    compressor = meant.get("compressor")
    if isinstance(compressor, Mapping) and compressor:
        meant["compressor"] = {"on": True, **compressor}
    return meant


def refuse_unknown(values: Mapping[str, Any], state: MixState) -> None:
    """For what a person wrote: raises SettingError that names the first key that no setting has.

    state: what `from_plain` made of the values.
    """
    for place, key, known in _unknown(values, to_plain(state), ""):
        near = difflib.get_close_matches(key, known, 1, 0.5)
        hint = f"did you mean {near[0]}?" if near else f"use {', '.join(known)}"
        raise SettingError(f"{place}{key} is not known: {hint}")


def _unknown(values: Any, known: Any, place: str) -> Iterator[tuple[str, str, list[str]]]:
    """Keys that are in the values only: (where, key, what there is)."""
    if isinstance(values, Mapping) and isinstance(known, Mapping):
        for key, value in values.items():
            if key in known:
                yield from _unknown(value, known[key], f"{place}{key}.")
            else:
                yield place, brief(key), list(known)
    elif isinstance(values, list | tuple) and isinstance(known, list):
        for number, (value, one) in enumerate(zip(values, known, strict=False)):
            yield from _unknown(value, one, f"{place.removesuffix('.')}[{number}].")


def _fields(value: Any) -> Plain:
    return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return _fields(value)
    if isinstance(value, tuple):
        return _list(value)
    return _MINUS_INFINITY if value == -math.inf else value


def _list(values: tuple[Any, ...]) -> list[Any]:
    return [_plain(value) for value in values]


@cache
def _types(kind: type) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in fields(kind)}


def _read(kind: type, values: Any, place: str, **given: Any) -> Any:
    """A dataclass from an object's values."""
    _check(isinstance(values, Mapping), place, values, "an object")
    read = {
        name: _value(hint, values[name], f"{place}.{name}".lstrip("."))
        for name, hint in _types(kind).items()
        if name in values
    }
    try:
        return kind(**read, **given)
    except SettingError as error:
        raise SettingError(f"{place}: {error}" if place else str(error)) from error


def _value(hint: Any, value: Any, place: str) -> Any:
    if is_dataclass(hint) and isinstance(hint, type):
        return _read(hint, value, place)
    if get_origin(hint) is tuple:
        return _tuple(get_args(hint), value, place)
    if NoneType in get_args(hint):
        inner = next(kind for kind in get_args(hint) if kind is not NoneType)
        return None if value is None else _value(inner, value, place)
    return _scalar(hint, value, place)


def _tuple(kinds: tuple[Any, ...], value: Any, place: str) -> tuple[Any, ...]:
    """A tuple of one kind (`tuple[X, ...]`), or of as many kinds as it has values."""
    _check(isinstance(value, list | tuple), place, value, "a list")
    if Ellipsis in kinds:
        kinds = (kinds[0],) * len(value)
    _check(len(value) == len(kinds), place, value, f"a list of {len(kinds)} values")
    pairs = zip(kinds, value, strict=True)
    return tuple(_value(kind, item, f"{place}[{i}]") for i, (kind, item) in enumerate(pairs))


def _scalar(kind: type, value: Any, place: str) -> Any:
    if kind is float:
        if value == _MINUS_INFINITY:
            return -math.inf
        number = isinstance(value, int | float) and not isinstance(value, bool)
        _check(number and not abs(value) >= 1e300, place, value, "a number")
        return float(value)
    if kind is int:
        whole = isinstance(value, int) and not isinstance(value, bool)
        _check(whole, place, value, "a whole number")
        return value
    _check(isinstance(value, kind), place, value, "text" if kind is str else "true or false")
    return value


def _check(fits: bool, place: str, value: Any, wanted: str) -> None:
    if not fits:
        shown = repr(value) if len(repr(value)) <= 40 else repr(value)[:39] + "…"
        raise SettingError(f"{place} is {shown}: give {wanted}")
