"""A small file in memory that one process writes and another reads, without locks or waits."""

import mmap
import struct
import zlib
from pathlib import Path

_HEAD = struct.Struct("<Q")
_SLOT = struct.Struct("<QII")
"""Of a slot: the message's number, its size and its checksum."""
SLOT_SIZE = 1 << 18


class Mailbox:
    """The latest message of one writer: bytes with a number that grows.

    Messages go to two slots in turn and carry a checksum, so a reader either has the whole of a
    message or nothing: `read` may be called from a real-time callback.
    """

    def __init__(self, memory: mmap.mmap, offset: int) -> None:
        self._memory = memory
        self._offset = offset

    @property
    def number(self) -> int:
        """Of the latest message; 0 before the first."""
        number: int = _HEAD.unpack_from(self._memory, self._offset)[0]
        return number

    def write(self, message: bytes) -> int:
        """Publish; returns its number. One thread at a time. ValueError for more than 256 kB."""
        room = SLOT_SIZE - _SLOT.size
        if len(message) > room:
            raise ValueError(f"a message of {len(message)} bytes: at most {room} fit")
        number = self.number + 1
        start = self._slot(number)
        _SLOT.pack_into(self._memory, start, number, len(message), zlib.crc32(message))
        self._memory[start + _SLOT.size : start + _SLOT.size + len(message)] = message
        _HEAD.pack_into(self._memory, self._offset, number)
        return number

    def read(self) -> tuple[int, bytes] | None:
        """The latest message and its number; None before the first, or while it is replaced."""
        number = self.number
        start = self._slot(number)
        found, size, checksum = _SLOT.unpack_from(self._memory, start)
        if not number or found != number or size > SLOT_SIZE - _SLOT.size:
            return None
        message = self._memory[start + _SLOT.size : start + _SLOT.size + size]
        return (number, message) if zlib.crc32(message) == checksum else None

    def _slot(self, number: int) -> int:
        return self._offset + _HEAD.size + number % 2 * SLOT_SIZE


_BOX = _HEAD.size + 2 * SLOT_SIZE
SIZE = 2 * _BOX + _HEAD.size


class SharedBlock:
    """What the window's process and the audio process share: a mailbox each way, and the number of
    the report that the window took last.
    """

    def __init__(self, path: Path) -> None:
        with path.open("r+b") as file:
            file.truncate(SIZE)
            self._memory = mmap.mmap(file.fileno(), SIZE)
        self.wishes = Mailbox(self._memory, 0)
        self.reports = Mailbox(self._memory, _BOX)

    @property
    def taken(self) -> int:
        """The report that the window has taken: meters start anew after it."""
        number: int = _HEAD.unpack_from(self._memory, 2 * _BOX)[0]
        return number

    @taken.setter
    def taken(self, number: int) -> None:
        _HEAD.pack_into(self._memory, 2 * _BOX, number)

    def close(self) -> None:
        """Let go of the memory."""
        self._memory.close()
