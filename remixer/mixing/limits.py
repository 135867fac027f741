"""Ranges of settings, and the one way a setting out of its range is refused."""

import math

from remixer.errors import SettingError, brief


def check_range(
    what: str, value: float, low: float, high: float, unit: str = "", *, off: bool = False
) -> None:
    """Raises SettingError unless low <= value <= high; NaN never is. off: -inf (dB) is fine too."""
    if low <= value <= high or (off and value == -math.inf):
        return
    least = f"-inf, or {low:g}" if off else f"{low:g}"
    raise SettingError(f"{what} {value:g}{unit} is out of range: set {least} to {high:g}{unit}")


def check_choice(what: str, value: object, choices: tuple[str, ...]) -> None:
    """Raises SettingError unless the value is one of the choices."""
    if value not in choices:
        raise SettingError(
            f"{what} {brief(repr(value))} is not known: use one of {', '.join(choices)}"
        )
