"""Damage by chance: bytes of any file, and the values of JSON files."""

import copy
import json
import struct
from random import Random
from typing import Any

NUMBERS = (0, 1, 2, 3, 7, 8, 16, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 2**24, 2**31 - 1, 2**31)
NUMBERS += (2**32 - 2, 2**32 - 1, 2**63 - 1, 2**63, 2**64 - 1)
VALUES: tuple[Any, ...] = (
    *(
        None,
        True,
        False,
        0,
        -1,
        1,
        2**31,
        2**63,
        10**30,
        10**400,
        -(10**400),
        0.0,
        -0.0,
        0.5,
        1e308,
    ),
    *(float("inf"), float("-inf"), float("nan"), "", "-inf", "\0", "\ud800", "../x", "/dev/zero"),
    *("CON", "a" * 5000, "é\u202e\u0301", [], {}, [[]], [None], [0, 1], {"a": 1}, list(range(99))),
)
"""What JSON values are replaced by. Infinities and NaN are written as Python reads them."""


def damaged(data: bytes, rng: Random, others: list[bytes]) -> bytes:
    """Some bytes of a file changed: numbers in its fields, runs cut, doubled, taken from others."""
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 3, 5, 9))):
        _STEPS[rng.randrange(len(_STEPS))](out, rng, others)
    return bytes(out)


def _place(out: bytearray, rng: Random) -> int:
    """Rather near the start, where headers are."""
    if not out:
        return 0
    limit = min(len(out), rng.choice((16, 64, 256, 4096, len(out))))
    return rng.randrange(limit)


def _flip(out: bytearray, rng: Random, _others: list[bytes]) -> None:
    if out:
        out[_place(out, rng)] ^= 1 << rng.randrange(8)


def _set(out: bytearray, rng: Random, _others: list[bytes]) -> None:
    if out:
        out[_place(out, rng)] = rng.choice((0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256)))


def _number(out: bytearray, rng: Random, _others: list[bytes]) -> None:
    size, order = rng.choice((1, 2, 4, 4, 4, 8)), rng.choice("<>")
    value = rng.choice(NUMBERS) % (1 << 8 * size)
    at = _place(out, rng)
    out[at : at + size] = struct.pack(order + {1: "B", 2: "H", 4: "I", 8: "Q"}[size], value)


def _cut(out: bytearray, rng: Random, _others: list[bytes]) -> None:
    at = _place(out, rng)
    if rng.random() < 0.3:
        del out[at:]
    else:
        del out[at : at + rng.choice((1, 2, 4, 8, 64, 1024))]


def _double(out: bytearray, rng: Random, _others: list[bytes]) -> None:
    at = _place(out, rng)
    part = out[at : at + rng.choice((1, 4, 8, 32, 512))]
    out[at:at] = part * rng.choice((1, 1, 2, 20))


def _splice(out: bytearray, rng: Random, others: list[bytes]) -> None:
    other = rng.choice(others) if others else b""
    if other:
        start = rng.randrange(len(other))
        at = _place(out, rng)
        out[at : at + rng.choice((0, 4, 64))] = other[
            start : start + rng.choice((4, 16, 256, 4096))
        ]


_STEPS = (_flip, _set, _set, _number, _number, _cut, _double, _splice)


def damaged_json(data: bytes, rng: Random) -> bytes:
    """A JSON file with some of its values replaced, removed or doubled; bytes where it is none."""
    try:
        values = json.loads(data)
    except (ValueError, RecursionError):
        return damaged(data, rng, [])
    for _ in range(rng.choice((1, 1, 2, 4))):
        values = _changed(values, rng)
    text = json.dumps(values)
    if rng.random() < 0.02:
        text = "[" * 100_000
    return text.encode("utf-8", "surrogatepass")


def _changed(values: Any, rng: Random) -> Any:
    """One value somewhere changed."""
    if rng.random() < 0.25 or not values or not isinstance(values, dict | list):
        return copy.deepcopy(rng.choice(VALUES))
    keys = list(values) if isinstance(values, dict) else list(range(len(values)))
    key = rng.choice(keys)
    if rng.random() < 0.1:
        del values[key]
    elif rng.random() < 0.05 and isinstance(values, dict):
        values["more"] = copy.deepcopy(rng.choice(VALUES))
    else:
        values[key] = _changed(values[key], rng)
    return values
