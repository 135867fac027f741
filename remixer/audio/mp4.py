"""How many samples an mp4's sound track plays by its edit list, without encoder delay and padding.

Source: ISO/IEC 14496-12, 8.6.6 (edit list), 8.4.2 (media header); iTunSMPB, Apple's older way.
"""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

_MOST_MOOV = 2**28
_SMPB = re.compile(rb"iTunSMPB.{0,32}? [0-9A-F]{8} [0-9A-F]{8} [0-9A-F]{8} ([0-9A-F]{16})", re.S)


@dataclass(frozen=True)
class Track:
    """A sound track's clock (ticks a second), its duration in ticks, and its edits."""

    clock: int
    duration: int
    movie_clock: int
    edits: tuple[tuple[int, int], ...]
    """(duration in the movie's ticks, start in the track's ticks; -1 is silence) for each edit."""


def promised_samples(path: Path, rate: int) -> int | None:
    """Samples per channel that the first sound track plays at `rate`; None if it does not tell."""
    moov = _moov(path)
    track = _sound_track(moov) if moov else None
    if track is None:
        return None
    if track.edits:
        ticks = _edited(track)
        return None if ticks is None else round(ticks * rate)
    told = _SMPB.search(moov)
    return int(told[1], 16) if told else None


def ends_early(path: Path) -> bool:
    """Whether the file ends inside one of its outermost boxes, such as the one that holds the
    sound.
    """
    size = path.stat().st_size
    position = 0
    with path.open("rb") as file:
        while position < size:
            file.seek(position)
            head = file.read(16)
            if len(head) < 8:
                return True
            position += max(8, _box_size(head, size - position)[0])
    return position > size


def _edited(track: Track) -> Fraction | None:
    """Seconds that one edit plays.

    Many writers count edits in milliseconds: within one such tick the track's own duration is the
    exact one.
    """
    edits = [edit for edit in track.edits if edit[1] >= 0]
    if len(edits) != 1:
        return None
    duration, start = edits[0]
    edited = Fraction(duration, track.movie_clock)
    whole = Fraction(track.duration - start, track.clock)
    if track.duration and (not duration or abs(whole - edited) < Fraction(1, track.movie_clock)):
        return whole
    return edited if duration else None


def _moov(path: Path) -> bytes:
    """The payload of the movie box; empty if there is none."""
    size = path.stat().st_size
    position = 0
    with path.open("rb") as file:
        while position < size:
            file.seek(position)
            head = file.read(16)
            if len(head) < 8:
                return b""
            length, skip = _box_size(head, size - position)
            if head[4:8] == b"moov":
                file.seek(position + skip)
                return file.read(min(length - skip, _MOST_MOOV))
            position += max(8, length)
    return b""


def _box_size(head: bytes, rest: int) -> tuple[int, int]:
    """Bytes of a box, and of its header."""
    length = int.from_bytes(head[:4], "big")
    if length == 1:
        return int.from_bytes(head[8:16], "big"), 16
    return length or rest, 8


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Names and payloads of the boxes in `data`."""
    position = 0
    while position + 8 <= len(data):
        length, skip = _box_size(data[position : position + 16], len(data) - position)
        yield data[position + 4 : position + 8], data[position + skip : position + length]
        position += max(8, length)


def _sound_track(moov: bytes) -> Track | None:
    boxes = list(_boxes(moov))
    header = dict(boxes).get(b"mvhd", b"")
    for name, trak in boxes:
        parts = dict(_boxes(trak)) if name == b"trak" else {}
        media = dict(_boxes(parts.get(b"mdia", b"")))
        if media.get(b"hdlr", b"")[8:12] == b"soun":
            edits = dict(_boxes(parts.get(b"edts", b""))).get(b"elst", b"")
            return _track(header, media.get(b"mdhd", b""), edits)
    return None


def _track(mvhd: bytes, mdhd: bytes, elst: bytes) -> Track | None:
    try:
        clock, duration = _clock(mdhd)
        movie_clock, _ = _clock(mvhd)
        edits = _edits(elst) if elst else ()
    except (struct.error, IndexError):
        return None
    return Track(clock, duration, movie_clock, edits) if clock and movie_clock else None


def _clock(header: bytes) -> tuple[int, int]:
    """Ticks a second and duration of an mvhd or mdhd; duration 0 if it is not told."""
    if header[0] == 1:
        clock, duration = struct.unpack_from(">IQ", header, 20)
        return clock, 0 if duration == 2**64 - 1 else duration
    clock, duration = struct.unpack_from(">II", header, 12)
    return clock, 0 if duration == 2**32 - 1 else duration


def _edits(elst: bytes) -> tuple[tuple[int, int], ...]:
    entry = ">Qqi" if elst[0] == 1 else ">Iii"
    count = struct.unpack_from(">I", elst, 4)[0]
    size = struct.calcsize(entry)
    return tuple(struct.unpack_from(entry, elst, 8 + i * size)[:2] for i in range(min(count, 64)))
