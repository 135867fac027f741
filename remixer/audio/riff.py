"""The chunks of WAV, RF64, W64 and AIFF: where the samples are, and whether they are all there.

libsndfile shortens a truncated file without a word, so the header is held against the file's size
here. Sources: RIFF MCI 1991; EBU Tech 3306 (RF64); Sony Wave64 1.0; Apple AIFF 1.3.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from remixer.errors import InputError

_UNKNOWN = 0xFFFFFFFF
_STREAMED_SIZES = (_UNKNOWN, 0x7FFFF000, 0x80000000)
"""Data sizes written to a pipe by ffmpeg, SoX and arecord, which could not know it."""

_W64_HEADER, _W64_CHUNK = 40, 24
_MOST_CHUNKS = 4096  # a damaged header may claim millions of empty ones


@dataclass(frozen=True)
class Chunk:
    """A chunk's name, the position of its payload, and the payload's size by the header."""

    name: bytes
    start: int
    size: int


@dataclass(frozen=True)
class SampleData:
    """Where a file's samples are.

    size: bytes by the header; None in a stream, which goes to the file's end.
    size_at: the position of a size field of 0 that a streaming writer never filled in, or None.
    """

    start: int
    size: int | None
    size_at: int | None = None


def chunks(file: BinaryIO) -> Iterator[Chunk]:
    """The chunks of a file in order, as far as their headers can be read."""
    magic = _magic(file)
    if magic == b"riff":
        return _walk_w64(file)
    if magic in (b"RIFF", b"RF64", b"BW64"):
        return _walk(file, "<")
    return _walk(file, ">") if magic in (b"RIFX", b"FORM") else iter(())


def sample_data(file: BinaryIO) -> SampleData | None:
    """The chunk that holds the samples, or None if there is none."""
    magic = _magic(file)
    size64: int | None = None
    promised: int | None = None
    for chunk in chunks(file):
        if chunk.name == b"ds64":
            file.seek(chunk.start + 8)
            size64 = int.from_bytes(file.read(8), "little")
        elif chunk.name == b"COMM":
            promised = _aiff_bytes(file, chunk)
        elif chunk.name == b"SSND":
            return SampleData(chunk.start + 8, _without_padding(max(0, chunk.size - 8), promised))
        elif chunk.name == b"data":
            if magic in (b"RIFF", b"RIFX"):
                return _wav_data(file, chunk)
            unknown = chunk.size == _UNKNOWN and magic != b"riff"
            return SampleData(chunk.start, size64 if unknown else chunk.size)
    return None


def check_whole(path: Path) -> SampleData | None:
    """The file's sample data, after a check that the file holds all that its header promises.

    Raises InputError if it does not, or if it is larger than its header can tell.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        data = sample_data(file)
        counts_32 = _magic(file) in (b"RIFF", b"RIFX")
    if counts_32 and size > 2**32 + 8:
        raise InputError(
            f"{path.name} has {size} bytes, more than the 4 GiB a WAV header can count: "
            "convert it to RF64, W64 or FLAC"
        )
    if data and data.size is not None and data.start + data.size > size:
        raise InputError(
            f"{path.name} is truncated: its header promises {data.size} bytes of samples, "
            f"the file holds {max(0, size - data.start)}: copy or download it again"
        )
    return data


def _magic(file: BinaryIO) -> bytes:
    file.seek(0)
    return file.read(4)


def _size(file: BinaryIO) -> int:
    return file.seek(0, 2)


def _walk(file: BinaryIO, order: str) -> Iterator[Chunk]:
    position, end = 12, _size(file)
    for _ in range(_MOST_CHUNKS):
        file.seek(min(position, end))
        header = file.read(8)
        if len(header) < 8:
            return
        name, size = struct.unpack(f"{order}4sI", header)
        yield Chunk(name, position + 8, size)
        position += 8 + size + size % 2


def _walk_w64(file: BinaryIO) -> Iterator[Chunk]:
    position, end = _W64_HEADER, _size(file)
    for _ in range(_MOST_CHUNKS):
        file.seek(min(position, end))
        header = file.read(_W64_CHUNK)
        if len(header) < _W64_CHUNK:
            return
        size = max(_W64_CHUNK, int.from_bytes(header[16:], "little"))
        yield Chunk(header[:4], position + _W64_CHUNK, size - _W64_CHUNK)
        position += (size + 7) // 8 * 8


def _aiff_bytes(file: BinaryIO, chunk: Chunk) -> int | None:
    """The bytes of all samples by an AIFF's COMM chunk."""
    file.seek(chunk.start)
    data = file.read(8)
    if len(data) < 8:
        return None
    channels, frames, bits = struct.unpack(">HIH", data)
    return int(channels * frames * ((bits + 7) // 8))


def _without_padding(size: int, promised: int | None) -> int:
    """The bytes of samples in an SSND chunk; some writers count the byte that evens it out."""
    padded = promised is not None and promised % 2 == 1 and size == promised + 1
    return size - 1 if padded else size


def _wav_data(file: BinaryIO, chunk: Chunk) -> SampleData:
    """A RIFF data chunk, told apart from one whose size was never known."""
    order = ">" if _magic(file) == b"RIFX" else "<"
    riff_size = struct.unpack(f"{order}I", file.read(4))[0]
    unfinished = riff_size in (0, _UNKNOWN) or 8 + riff_size <= chunk.start
    if chunk.size == 0 and unfinished:
        return SampleData(chunk.start, None, size_at=chunk.start - 4)
    return SampleData(chunk.start, None if chunk.size in _STREAMED_SIZES else chunk.size)
