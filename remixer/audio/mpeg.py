"""How many samples an MP3 promises: its Xing or Info header with LAME's delay and padding.

Without one the length is known only after decoding (libsndfile guesses and then stops too early).
Source: the LAME tag, http://gabriel.mp3-tech.org/mp3infotag.html.
"""

from pathlib import Path

from remixer.audio.sniff import skip_id3

_SIDE_INFO = {(True, True): 17, (True, False): 32, (False, True): 9, (False, False): 17}
"""Bytes of side information by (MPEG-1, mono)."""


def promised_samples(path: Path) -> int | None:
    """Samples per channel without encoder delay and padding; None if the header does not tell.

    A header that counts far fewer bytes than there are (files joined end to end) is not believed.
    """
    with path.open("rb") as file:
        start = skip_id3(file)
        file.seek(start)
        head = file.read(512)
    if len(head) < 4 or head[0] != 0xFF:
        return None
    mpeg1, mono = head[1] >> 3 & 3 == 3, head[3] >> 6 == 3
    tag = head[4 + _SIDE_INFO[mpeg1, mono] :]
    if len(tag) < 8 or tag[:4] not in (b"Xing", b"Info") or not tag[7] & 1:
        return None
    return _lame_samples(tag, 1152 if mpeg1 else 576, path.stat().st_size - start)


def _lame_samples(tag: bytes, frame: int, held: int) -> int | None:
    flags, frames = tag[7], int.from_bytes(tag[8:12], "big")
    size = int.from_bytes(tag[12:16], "big") if flags & 2 else held
    if held - size > size // 16:
        return None
    lame = 8 + 4 * (flags & 1) + 2 * (flags & 2) + 25 * (flags & 4) + (flags & 8) // 2
    delays = int.from_bytes(tag[lame + 21 : lame + 24], "big")
    delay, padding = delays >> 12, delays & 0xFFF
    return frames * frame - delay - padding if delay else None
