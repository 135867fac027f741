"""Places that a file names by itself: cue points and regions of WAV, markers of AIFF.

Sources: Microsoft, "Multimedia Data Standards Update" 3.0 (cue, LIST adtl: labl, ltxt); Apple,
AIFF 1.3 (MARK).
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from remixer.audio.riff import Chunk, chunks

MOST = 1000
"""Places that are read; a damaged file may claim any number."""
_LARGEST = 1 << 20
_POINT, _LABEL, _REGION = 24, 4, 8


@dataclass(frozen=True)
class Cue:
    """A place in a file. sample: where it is, of one channel; length: 0 for a point."""

    name: str
    sample: int
    length: int = 0


def read_cues(path: Path) -> tuple[Cue, ...]:
    """The file's places, the earliest first; none where it names none or cannot be read."""
    try:
        with path.open("rb") as file:
            found = [(chunk.name, _payload(file, chunk)) for chunk in list(chunks(file))]
    except OSError:
        return ()
    payloads = [(name, payload) for name, payload in found if payload]
    cues = [*_of_wave(payloads), *_of_aiff(payloads)]
    return tuple(sorted(cues[:MOST], key=lambda cue: (cue.sample, cue.length)))


def _payload(file: BinaryIO, chunk: Chunk) -> bytes:
    if chunk.name not in (b"cue ", b"LIST", b"MARK") or chunk.size > _LARGEST:
        return b""
    file.seek(chunk.start)
    return file.read(chunk.size)


def _of_wave(payloads: list[tuple[bytes, bytes]]) -> Iterator[Cue]:
    lists = [payload[4:] for name, payload in payloads if name == b"LIST"]
    parts = [part for each in lists for part in _parts(each)]
    names = {_number(text): _text(text[_LABEL:]) for name, text in parts if name == b"labl"}
    lengths = {
        _number(text): int.from_bytes(text[4:8], "little")
        for name, text in parts
        if name == b"ltxt" and len(text) >= _REGION
    }
    for cue in (payload for name, payload in payloads if name == b"cue "):
        points = [cue[at : at + _POINT] for at in range(4, len(cue) - _POINT + 1, _POINT)]
        for count, point in enumerate(points[: _number(cue)], start=1):
            number, sample = _number(point), int.from_bytes(point[20:24], "little")
            yield Cue(names.get(number) or f"Cue {count}", sample, lengths.get(number, 0))


def _parts(adtl: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(name, payload) of what a list holds."""
    at = 0
    while at + 8 <= len(adtl):
        name, size = struct.unpack("<4sI", adtl[at : at + 8])
        yield name, adtl[at + 8 : at + 8 + size]
        at += 8 + size + size % 2


def _of_aiff(payloads: list[tuple[bytes, bytes]]) -> Iterator[Cue]:
    for marks in (payload for name, payload in payloads if name == b"MARK"):
        at = 2
        for count in range(1, int.from_bytes(marks[:2], "big") + 1):
            if at + 7 > len(marks):
                return
            sample, size = struct.unpack(">IB", marks[at + 2 : at + 7])
            name = _text(marks[at + 7 : at + 7 + size])
            yield Cue(name or f"Cue {count}", sample)
            at += 7 + size + (size + 1) % 2  # a Pascal string, padded to an even length


def _number(payload: bytes) -> int:
    return int.from_bytes(payload[:4], "little")


def _text(raw: bytes) -> str:
    raw = raw.split(b"\0", 1)[0]
    try:
        return raw.decode("utf-8").strip()
    except UnicodeDecodeError:
        return raw.decode("latin-1").strip()
