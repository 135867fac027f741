"""What a WAV says beside its sound (broadcast extension, cue points, iXML, lists) and an export of
it should say too.

Chunks go byte for byte, with three exceptions that a copy would make untrue: times of a part of the
file, points outside the part, and the loudness of a part or of a sound that was changed. They are
put before the samples, where readers look for them.  Sources: EBU Tech 3285 v2 (bext), Tech 3306
(RF64); Microsoft, "Multimedia Data Standards Update" 3.0 (cue, LIST adtl); iXML 2.10.
"""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from remixer.audio.riff import chunks
from remixer.errors import OutputError

ANYWHERE = (b"bext", b"iXML", b"axml", b"_PMX", b"LIST")
"""Chunks that hold for a part of the file too, with their times set right."""
WHOLE = (b"plst", b"smpl", b"inst", b"acid", b"cart")
"""Chunks that only hold for the whole file."""
CUE = b"cue "
MOST = 2**24
"""Bytes that are carried in all, well within what formats.RIFF_LIMIT leaves."""

_TIME, _VERSION, _LOUDNESS = 338, 346, 412
"""Places in bext: samples since midnight, version, five 16-bit levels."""
_UNUSED = struct.pack("<h", 0x7FFF) * 5
_POINT = 24
_BLOCK = 2**22
_IXML_TIME = rb"(<TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_%s>)\s*(\d{1,10})\s*(</)"


@dataclass(frozen=True)
class Carry:
    """How an export lies in its source: from sample `start` to `stop` of it (None: the whole file),
    and whether the sound was changed.
    """

    region: tuple[int, int] | None = None
    changed: bool = False


Chunks = list[tuple[bytes, bytes]]
"""(name, payload) in order."""


def carry_chunks(source: Path, target: Path, carry: Carry = Carry()) -> tuple[str, ...]:
    """Put the source's chunks into a target that is WAV or RF64; gives the names of those carried.

    Nothing happens unless both are WAV or RF64. Samples are moved, not changed.  Raises OutputError
    when the target cannot be written.
    """
    try:
        with source.open("rb") as file:
            found = _adapted(_readable(file), carry)
        if found:
            with target.open("r+b") as file:
                found = found if _is_wave(file) else []
                _insert(file, found)
    except OSError as error:
        raise OutputError(
            f"the chunks of {source.name} could not be carried over ({error.strerror}): make room "
            "or choose another folder"
        ) from error
    return tuple(name.decode("ascii").strip() for name, _payload in found)


def _is_wave(file: BinaryIO) -> bool:
    file.seek(0)
    head = file.read(12)
    return head[:4] in (b"RIFF", b"RF64", b"BW64") and head[8:] == b"WAVE"


def _readable(file: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    """The chunks that are carried, as far as they are whole."""
    if not _is_wave(file):
        return
    left = MOST
    for chunk in list(chunks(file)):
        if chunk.name in (*ANYWHERE, *WHOLE, CUE) and chunk.size <= left:
            file.seek(chunk.start)
            payload = file.read(chunk.size)
            if len(payload) == chunk.size:
                left -= chunk.size
                yield chunk.name, payload


def _adapted(found: Iterator[tuple[bytes, bytes]], carry: Carry) -> Chunks:
    """Chunks as they hold for the export."""
    adapted: Chunks = []
    all_chunks = list(found)
    kept = _kept_points(all_chunks, carry.region)
    for name, payload in all_chunks:
        if carry.region is not None:
            if name in WHOLE:
                continue
            payload = _for_part(name, payload, carry.region, kept)
        if name == b"bext" and (carry.changed or carry.region is not None):
            payload = _without_loudness(payload)
        if payload:
            adapted.append((name, payload))
    return adapted


def _for_part(name: bytes, payload: bytes, region: tuple[int, int], kept: set[int]) -> bytes:
    """A chunk of a part of the file; empty if nothing is left of it."""
    if name == b"bext":
        return _later(payload, region[0])
    if name == b"iXML":
        return _later_ixml(payload, region[0])
    if name == CUE:
        return _points_in(payload, region)
    if name == b"LIST" and payload[:4] == b"adtl":
        return _labels(payload, kept)
    return payload


def _later(bext: bytes, start: int) -> bytes:
    """A broadcast extension whose sound begins `start` samples later."""
    if len(bext) < _TIME + 8:
        return bext
    since = (int.from_bytes(bext[_TIME : _TIME + 8], "little") + start) % 2**64
    return bext[:_TIME] + since.to_bytes(8, "little") + bext[_TIME + 8 :]


def _without_loudness(bext: bytes) -> bytes:
    """A broadcast extension that does not claim levels of another sound (Tech 3285 v2, 2.4)."""
    end = _LOUDNESS + len(_UNUSED)
    if len(bext) < end or int.from_bytes(bext[_VERSION : _VERSION + 2], "little") < 2:
        return bext
    return bext[:_LOUDNESS] + _UNUSED + bext[end:]


def _later_ixml(ixml: bytes, start: int) -> bytes:
    """iXML whose sound begins `start` samples later; as it is when it tells no time."""
    low, high = (re.search(_IXML_TIME % half, ixml) for half in (b"LO", b"HI"))
    if not low or not high:
        return ixml
    since = (int(high[2]) << 32) + int(low[2]) + start
    for half, value in ((b"LO", since % 2**32), (b"HI", since >> 32)):
        ixml = re.sub(_IXML_TIME % half, rb"\g<1>%d\g<3>" % value, ixml, count=1)
    return ixml


def _points(cue: bytes) -> list[bytes]:
    count = int.from_bytes(cue[:4], "little")
    whole = [cue[at : at + _POINT] for at in range(4, len(cue) - _POINT + 1, _POINT)]
    return whole[:count]


def _place(point: bytes) -> int:
    """The sample of a cue point."""
    return int.from_bytes(point[20:24], "little")


def _points_in(cue: bytes, region: tuple[int, int]) -> bytes:
    """The cue points of a part, counted from its start; empty if there are none."""
    start, stop = region
    kept = []
    for point in _points(cue):
        if start <= _place(point) < stop:
            place = struct.pack("<I", _place(point) - start)
            kept.append(point[:4] + place + point[8:20] + place)
    return struct.pack("<I", len(kept)) + b"".join(kept) if kept else b""


def _kept_points(found: Chunks, region: tuple[int, int] | None) -> set[int]:
    """The numbers of the cue points that a part keeps."""
    cues = [payload for name, payload in found if name == CUE and region is not None]
    return {
        int.from_bytes(point[:4], "little")
        for cue in cues
        for point in _points(_points_in(cue, region or (0, 0)))
    }


def _labels(adtl: bytes, kept: set[int]) -> bytes:
    """Labels, notes and texts of the points that are kept; empty if there are none."""
    left: list[bytes] = []
    at = 4
    while at + 12 <= len(adtl):
        size = int.from_bytes(adtl[at + 4 : at + 8], "little")
        end = at + 8 + size + size % 2
        if int.from_bytes(adtl[at + 8 : at + 12], "little") in kept:
            left.append(adtl[at:end])
        at = end
    return adtl[:4] + b"".join(left) if left else b""


def _insert(file: BinaryIO, found: Chunks) -> None:
    """Put chunks before the samples, and count them in the file's size.

    In RF64 those of odd sizes go behind: libsndfile 1.2.2 does not skip their padding there.
    """
    there = {chunk.name: chunk for chunk in chunks(file)}
    if b"data" not in there:
        return
    wide = there.get(b"ds64")
    behind = [chunk for chunk in found if wide and len(chunk[1]) % 2]
    before = _bytes_of([chunk for chunk in found if chunk not in behind])
    at = there[b"data"].start - 8
    _shift(file, at, len(before))
    file.seek(at)
    file.write(before)
    end = file.seek(0, 2)
    file.write(bytes(end % 2 if behind else 0) + _bytes_of(behind))
    place, size = (4, 4) if wide is None else (wide.start, 8)
    whole = file.tell() - 8
    file.seek(place)
    file.write(whole.to_bytes(size, "little"))
    file.flush()


def _bytes_of(found: Chunks) -> bytes:
    return b"".join(
        name + struct.pack("<I", len(payload)) + payload + bytes(len(payload) % 2)
        for name, payload in found
    )


def _shift(file: BinaryIO, start: int, by: int) -> None:
    """Move all from `start` on by some bytes, from the end on, as the ranges overlap."""
    end = file.seek(0, 2)
    while end > start:
        begin = max(start, end - _BLOCK)
        file.seek(begin)
        block = file.read(end - begin)
        file.seek(begin + by)
        file.write(block)
        end = begin
