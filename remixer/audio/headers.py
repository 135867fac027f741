"""What the headers of FLAC and Ogg tell before decoding that libsndfile does not say."""

from pathlib import Path

from remixer.audio.sniff import skip_id3
from remixer.errors import InputError

_FLAC_BITS = (8, 16, 24)
_OGG_PAGE = 27
"""Bytes of an Ogg page's header before its segment table."""
_LONGEST_PAGE = 65_307


def check_flac(path: Path) -> None:
    """Raises InputError for depths that libsndfile does not decode.  Source: RFC 9639, 8.2."""
    with path.open("rb") as file:
        file.seek(skip_id3(file))
        head = file.read(22)
    if len(head) < 22:
        return
    bits = ((head[20] & 1) << 4 | head[21] >> 4) + 1
    if bits not in _FLAC_BITS:
        raise InputError(
            f"{path.name} is FLAC of {bits} bits; Remixer reads 8, 16 and 24: convert it to WAV"
        )


def check_ogg(path: Path) -> None:
    """Raises InputError if the file ends inside a page, or chains several streams.

    libsndfile would play the part before the cut, or the first stream, as if it were all.
    Source: RFC 3533, 4 and 6.
    """
    with path.open("rb") as file:
        first = file.read(_OGG_PAGE)
        file.seek(max(0, path.stat().st_size - _LONGEST_PAGE))
        tail = file.read()
    at = tail.rfind(b"OggS\0")
    if at < 0:
        return
    if _page_end(tail, at) > len(tail):
        raise InputError(f"{path.name} is truncated inside an Ogg page: copy or download it again")
    if tail[at + 14 : at + 18] != first[14:18]:
        raise InputError(
            f"{path.name} chains several Ogg streams; Remixer reads one: split it first"
        )


def _page_end(data: bytes, at: int) -> int:
    """Where the page that starts at `at` ends; past the data if it is cut."""
    if at + _OGG_PAGE > len(data):
        return len(data) + 1
    count = data[at + _OGG_PAGE - 1]
    sizes = data[at + _OGG_PAGE : at + _OGG_PAGE + count]
    return len(data) + 1 if len(sizes) < count else at + _OGG_PAGE + count + sum(sizes)
