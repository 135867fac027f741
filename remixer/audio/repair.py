"""What libsndfile writes in headers and should not."""

import struct
from pathlib import Path

from remixer.audio.riff import chunks


def clear_peak_time(path: Path) -> None:
    """Zero the time of writing in the PEAK chunk, so that equal samples make equal files."""
    with path.open("r+b") as file:
        for chunk in chunks(file):
            if chunk.name == b"PEAK":
                file.seek(chunk.start + 4)
                file.write(bytes(4))
                return


def set_aiff_length(path: Path, length: int, frame: int) -> None:
    """The true length in an AIFF with an odd number of bytes of samples.

    libsndfile 1.2.2 counts the padding byte as a sample. frame: bytes for a sample of all channels.
    """
    with path.open("r+b") as file:
        for chunk in list(chunks(file)):
            if chunk.name == b"COMM":
                file.seek(chunk.start + 2)
                file.write(struct.pack(">I", length))
            elif chunk.name == b"SSND":
                file.seek(chunk.start - 4)
                file.write(struct.pack(">I", 8 + length * frame))
