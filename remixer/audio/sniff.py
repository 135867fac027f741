"""Which kind of file this is, by its first bytes: extensions lie."""

from pathlib import Path
from typing import BinaryIO

_MAGICS = {
    b"RIFF": "WAV",
    b"RIFX": "WAV",
    b"RF64": "RF64",
    b"BW64": "RF64",
    b"riff": "W64",
    b"FORM": "AIFF",
    b"fLaC": "FLAC",
    b"OggS": "OGG",
}
_MOST_TAGS = 64  # a damaged file may hold nothing but headers of empty ones
_MP4_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")


def sniff(path: Path) -> str | None:
    """One of WAV, RF64, W64, AIFF, FLAC, OGG, MP3, M4A, ADTS; None if it is none of them.

    OGG stands for Opus too, ADTS is bare AAC.
    """
    with path.open("rb") as file:
        file.seek(skip_id3(file))
        head = file.read(12)
    if head[:4] in _MAGICS:
        return _MAGICS[head[:4]]
    if head[4:8] in _MP4_BOXES:
        return "M4A"
    if len(head) >= 2 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:
        return "ADTS" if head[1] & 0xF6 == 0xF0 else "MP3"
    return "MP3" if path.suffix.lower() == ".mp3" else None


def skip_id3(file: BinaryIO) -> int:
    """The position after any ID3v2 tags at the file's start.  Source: ID3v2.4, 3.1."""
    position = 0
    for _ in range(_MOST_TAGS):
        file.seek(position)
        head = file.read(10)
        if len(head) < 10 or head[:3] != b"ID3":
            break
        size = 0
        for byte in head[6:]:
            size = size << 7 | byte & 0x7F
        position += 10 + size + (10 if head[5] & 0x10 else 0)
    return position
