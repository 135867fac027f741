"""Less resident memory of a process that separates, where the C library lets it be asked for."""

import ctypes
from typing import Any

ARENA_MAX = -8
"""glibc's M_ARENA_MAX."""


def one_heap() -> None:
    """One heap for all threads: what one has freed the others use.

    By default glibc gives each its own, and two workers keep what each has needed at its peak: a
    fifth more in all. Locking costs nothing here, as arrays are few and large. To be called before
    the threads are.
    """
    _call("mallopt", ARENA_MAX, 1)


def trim() -> None:
    """Give free memory back to the system: after a model was loaded, half of what that took."""
    _call("malloc_trim", 0)


def _call(name: str, *values: int) -> None:
    try:
        function: Any = getattr(ctypes.CDLL(None), name)
    except (OSError, AttributeError, TypeError):  # another C library, or Windows
        return
    function(*values)
