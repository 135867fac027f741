"""How long a capture of a sound server holds a song without a differing sample; 1 if too short.

python3 heard.py CAPTURE SONG SECONDS     both raw, float32, stereo, 44.1 kHz
"""

import sys
from pathlib import Path

FRAME, RATE, PROBE = 8, 44100, 4096
SKIPPED = 2048
"""Frames after which playing is the file itself, whatever is done to begin without a click."""


def longest(capture: bytes, song: bytes) -> int:
    """Frames of the song, from SKIPPED on, that the capture holds in one run, the longest one."""
    begin, best, at = SKIPPED * FRAME, 0, -1
    probe = song[begin : begin + PROBE * FRAME]
    while (at := capture.find(probe, at + 1)) >= 0:
        best = max(best, _run(capture[at:], song[begin:]))
    return best


def _run(heard: bytes, wanted: bytes) -> int:
    size = min(len(heard), len(wanted))
    if heard[:size] == wanted[:size]:
        return size // FRAME
    low, high = 0, size  # the first difference, by halves
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if heard[low:middle] == wanted[low:middle] else (low, middle)
    return low // FRAME


def samples(wav: bytes) -> bytes:
    """The samples of a WAV file."""
    at = wav.index(b"data")
    return wav[at + 8 : at + 8 + int.from_bytes(wav[at + 4 : at + 8], "little")]


if __name__ == "__main__":
    frames = longest(Path(sys.argv[1]).read_bytes(), samples(Path(sys.argv[2]).read_bytes()))
    print(f"heard without a differing sample: {frames / RATE:.2f} s")
    sys.exit(frames < float(sys.argv[3]) * RATE)
