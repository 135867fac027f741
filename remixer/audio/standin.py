"""What libsndfile 1.2.2 is given in the place of a WAV or RF64 that it does not read as it is: the
header differs, the samples are the file's own.
"""

import io
import struct
from itertools import takewhile
from pathlib import Path
from typing import Any, BinaryIO

from remixer.audio.riff import SampleData, chunks

_UNKNOWN = 0xFFFFFFFF
_LONGEST_FORMAT = 1_024
"""Bytes of a `fmt ` chunk; those of what Remixer reads have 16 to 40."""


class StandIn(io.RawIOBase):
    """A file that is read through; closes it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()


def stand_in(path: Path, data: SampleData | None) -> StandIn | None:
    """What to open instead of the file whose samples are at `data`; None where the file will do."""
    if data is None:
        return None
    file = path.open("rb")
    if data.size_at is not None:
        return _Filled(file, data.size_at)
    head = _plain_header(file, data)
    if head is None or data.size is None:
        file.close()
        return None
    return _Reheaded(file, head, data.start, data.size)


class _Filled(StandIn):
    """A streamed WAV with its size field of 0 filled in, so that libsndfile reads to the end."""

    def __init__(self, file: BinaryIO, at: int) -> None:
        super().__init__(file)
        self._at = at

    def seek(self, offset: int, whence: int = 0) -> int:
        """Move as a file does."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """The position."""
        return self._file.tell()

    def readinto(self, buffer: Any) -> int:
        """Bytes with the size field filled."""
        start = self._file.tell()
        data = bytearray(self._file.read(len(buffer)))
        for at in range(max(self._at, start), min(self._at + 4, start + len(data))):
            data[at - start] = 0xFF
        memoryview(buffer).cast("B")[: len(data)] = data
        return len(data)


class _Reheaded(StandIn):
    """A header and, right behind it, the `size` bytes of samples that a file has at `start`."""

    def __init__(self, file: BinaryIO, head: bytes, start: int, size: int) -> None:
        super().__init__(file)
        self._head = head
        self._start = start
        self._end = len(head) + size
        self._position = 0

    def seek(self, offset: int, whence: int = 0) -> int:
        """Move as a file does."""
        self._position = max(0, offset + (0, self._position, self._end)[whence])
        return self._position

    def tell(self) -> int:
        """The position."""
        return self._position

    def readinto(self, buffer: Any) -> int:
        """Bytes of the header, or of the samples."""
        count = max(0, min(len(buffer), self._end - self._position))
        data = self._head[self._position : self._position + count]
        if not data:
            self._file.seek(self._start + self._position - len(self._head))
            data = self._file.read(count)
        memoryview(buffer).cast("B")[: len(data)] = data
        self._position += len(data)
        return len(data)


def _plain_header(file: BinaryIO, data: SampleData) -> bytes | None:
    """An RF64 header with nothing in it but what the samples are; None where libsndfile can read
    the file's own. It does not skip the padding of chunks of odd sizes in RF64, and does not know
    BW64.  Sources: EBU Tech 3306, ITU-R BS.2088.
    """
    file.seek(0)
    magic = file.read(4)
    if magic not in (b"RF64", b"BW64") or data.size is None:
        return None
    before = list(takewhile(lambda chunk: chunk.name != b"data", chunks(file)))
    if magic == b"RF64" and not any(chunk.size % 2 for chunk in before):
        return None
    form = next((chunk for chunk in before if chunk.name == b"fmt "), None)
    if form is None or not 16 <= form.size <= _LONGEST_FORMAT:
        return None
    file.seek(form.start)
    payload = file.read(form.size)
    payload += bytes(len(payload) % 2)
    frames = data.size // max(1, int.from_bytes(payload[12:14], "little"))
    whole = 4 + 36 + 8 + len(payload) + 8 + data.size
    return b"".join(
        (
            struct.pack("<4sI4s", b"RF64", _UNKNOWN, b"WAVE"),
            struct.pack("<4sIQQQI", b"ds64", 28, whole, data.size, frames, 0),
            struct.pack("<4sI", b"fmt ", len(payload)) + payload,
            struct.pack("<4sI", b"data", _UNKNOWN),
        )
    )
