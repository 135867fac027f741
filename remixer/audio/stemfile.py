"""Stem files (.stem.mp4) as DJ software plays them: the song as the first sound track, its stems as
four more, and a box that names them.

Source: Native Instruments, "Stem File Specification" 1.0 (2015): tracks of AAC or ALAC, only the
first one enabled, JSON in moov/udta/stem. The order of the stems is that of MUSDB's files.
"""

import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from remixer.audio.encoding import Encoder, EncodingError
from remixer.audio.writer import AudioWriter
from remixer.dsp.signal import STEMS, Samples
from remixer.dsp.spectrogram import STEM_COLOURS

EXTENSION = ".stem.mp4"
ORDER = ("drums", "bass", "other", "vocals")
"""The stems' tracks, 1 to 4; track 0 is the song."""
_OFF = {
    "compressor": {
        "enabled": False,
        "ratio": 3,
        "output_gain": 0.5,
        "release": 0.3,
        "attack": 0.003,
        "input_gain": 0.5,
        "threshold": 0,
        "hp_cutoff": 300,
        "dry_wet": 50,
    },
    "limiter": {"enabled": False, "release": 0.05, "threshold": 0, "ceiling": -0.35},
}
"""The player's own processing of the sum: off, so that the stems sound as the song does."""


class StemFileWriter(AudioWriter):
    """An AudioWriter of M4A with five tracks: blocks are (5 * channels, n), see `tracks_of`."""

    TRACKS = 1 + len(ORDER)

    def _opened(self) -> Encoder:
        return _Named(super()._opened(), self._temporary)


def tracks_of(mix: Samples, stems: Samples) -> Samples:
    """A song (channels, n) and its stems (4, channels, n) in the order of STEMS, as a block."""
    ordered = [stems[STEMS.index(stem)] for stem in ORDER]
    return np.concatenate((mix, *ordered))


def description() -> dict[str, Any]:
    """What the box holds."""
    stems = [{"color": STEM_COLOURS[stem], "name": stem.capitalize()} for stem in ORDER]
    return {"mastering_dsp": _OFF, "version": 1, "stems": stems}


def read_description(path: Path) -> dict[str, Any] | None:
    """What the box of a file holds; None if there is none."""
    with path.open("rb") as file:
        for name, start, end in _boxes(file):
            if name == b"moov":
                file.seek(start + 8)
                return _described(file.read(end - start - 8))
    return None


def _described(moov: bytes) -> dict[str, Any] | None:
    for name, udta in _children(moov):
        for inner, payload in _children(udta) if name == b"udta" else ():
            if inner == b"stem":
                return _object(payload)
    return None


def _object(payload: bytes) -> dict[str, Any] | None:
    """JSON that is an object; None for what is none."""
    try:
        found = json.loads(payload)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


class _Named:
    """An encoder whose file gets the box when it is closed."""

    def __init__(self, encoder: Encoder, path: Path) -> None:
        self._encoder, self._path = encoder, path
        self._closed = False

    def write(self, block: Any) -> None:
        """Append (n, 5 * channels)."""
        self._encoder.write(block)

    def close(self) -> None:
        """Finish and close."""
        self._encoder.close()
        if self._closed:
            return
        self._closed = True
        try:
            _put(self._path, _box(b"stem", json.dumps(description()).encode()))
        except OSError as error:
            raise EncodingError(error.strerror or str(error)) from error


def _put(path: Path, box: bytes) -> None:
    """Add a box to the user data of a movie whose header is the last of the file.

    Nothing before the header moves: what it says of places holds.
    """
    with path.open("r+b") as file:
        found = [(start, end) for name, start, end in _boxes(file) if name == b"moov"]
        if not found:
            return  # nothing was written: the writer will say so
        start, end = found[-1]
        file.seek(start + 8)
        moov, rest = file.read(end - start - 8), file.read()
        file.seek(start)
        file.write(_box(b"moov", _with_user_data(moov, box)) + rest)


def _with_user_data(moov: bytes, box: bytes) -> bytes:
    children = list(_children(moov))
    if not any(name == b"udta" for name, _payload in children):
        children.append((b"udta", b""))
    return b"".join(
        _box(name, payload + box if name == b"udta" else payload) for name, payload in children
    )


def _box(name: bytes, payload: bytes) -> bytes:
    return struct.pack(">I", 8 + len(payload)) + name + payload


def _children(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Boxes of less than 4 GiB, as all in a header are."""
    at = 0
    while at + 8 <= len(data):
        size = max(8, int.from_bytes(data[at : at + 4], "big"))
        yield data[at + 4 : at + 8], data[at + 8 : at + size]
        at += size


def _boxes(file: BinaryIO) -> Iterator[tuple[bytes, int, int]]:
    """(name, start, end) of the outermost boxes."""
    whole, at = file.seek(0, 2), 0
    while at + 8 <= whole:
        file.seek(at)
        head = file.read(16)
        size = int.from_bytes(head[:4], "big")
        if size == 1:
            size = int.from_bytes(head[8:16], "big")
        end = at + max(8, size) if size else whole
        yield head[4:8], at, min(end, whole)
        at = end
