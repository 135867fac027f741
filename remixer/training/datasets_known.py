"""What the public data sets agreed on beyond their folders."""

import re
from collections.abc import Iterable
from pathlib import Path

from remixer.dsp.signal import STEMS

MUSDB_VALID = frozenset(
    [
        "ANiMAL - Rockshow",
        "Actions - One Minute Smile",
        "Alexander Ross - Goodbye Bolero",
        "Clara Berry And Wooldog - Waltz For My Victims",
        "Fergessen - Nos Palpitants",
        "James May - On The Line",
        "Johnny Lokke - Promises & Lies",
        "Leaf - Summerghost",
        "Meaxic - Take A Step",
        "Patrick Talbot - A Reason To Leave",
        "Skelpolu - Human Mistakes",
        "Traffic Experiment - Sirens",
        "Triviul - Angelsaint",
        "Young Griffo - Pennies",
    ]
)
"""The songs of MUSDB18's train folder that are for validation.  Source: musdb 0.4, mus.yaml."""

_ABSENT = re.compile(r"\babsent=([\w+]+)")
_NUMBER = re.compile(r"^\d{1,3} - ")


def bare_name(name: str) -> str:
    """A song's name by which two data sets know it to be the same: without DSD100's number, case
    and punctuation. Names without a letter or digit stay.
    """
    without = _NUMBER.sub("", name).casefold()
    return "".join(c for c in without if c.isalnum()) or name


def undeclared(rows: Iterable[tuple[Path, str, str]]) -> dict[Path, list[str]]:
    """The stems that songs of a manifest lack without a word: {folder of the song: stems}.

    rows: (file, stem, notes) of each stem of each song. Notes say "absent=vocals+bass" of stems
    that a song does not have. In a manifest that never says so, every stem may be absent.
    """
    there: dict[Path, set[str]] = {}
    absent: dict[Path, set[str]] = {}
    for path, stem, notes in rows:
        there.setdefault(path.parent, set()).add(stem)
        for found in _ABSENT.finditer(notes):
            absent.setdefault(path.parent, set()).update(found[1].split("+"))
    if not absent:
        return {}
    lacking = {song: set(STEMS) - stems - absent.get(song, set()) for song, stems in there.items()}
    return {song: [s for s in STEMS if s in stems] for song, stems in lacking.items() if stems}
