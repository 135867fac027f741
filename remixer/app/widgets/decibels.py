"""Levels as people read and type them."""

import math

from remixer.mixing.strips import MAX_GAIN_DB

MINUS = "\u2212"
INFINITY = f"{MINUS}\u221e"
_SILENT = ("-inf", "inf", "-\u221e", "\u221e", "off")


def show_gain(gain_db: float) -> str:
    """A gain with its sign and as many decimals as it needs, one to three: "+1.5", "0.0", "−∞"."""
    if gain_db == -math.inf:
        return INFINITY
    text = f"{gain_db:+.3f}"
    while text.endswith("0") and text[-2] != ".":
        text = text[:-1]
    return "0.0" if float(text) == 0.0 else text.replace("-", MINUS)


def show_level(level_db: float) -> str:
    """A level with one decimal: "−14.2", "−∞"."""
    if level_db == -math.inf:
        return INFINITY
    return f"{level_db:.1f}".replace("-0.0", "0.0").replace("-", MINUS)


def read_gain(text: str) -> float:
    """The gain in dB that somebody typed: "+1.5", "1,5 dB", "-inf".

    Raises: ValueError, with a line for people, for what is no gain or above +24 dB.
    """
    plain = text.strip().lower().removesuffix("db").strip().replace(MINUS, "-").replace(",", ".")
    if plain in _SILENT:
        return -math.inf
    try:
        gain_db = float(plain)
    except ValueError:
        raise ValueError(
            f"\u201c{text.strip()}\u201d is no gain: type dB, like +1.5 or -inf"
        ) from None
    if not gain_db <= MAX_GAIN_DB:
        raise ValueError(f"{text.strip()} dB is too much: type -inf to +{MAX_GAIN_DB:g}")
    return round(gain_db, 3) + 0.0
