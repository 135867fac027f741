"""What the public data sets agreed on beyond their folders."""

import re

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

_NUMBER = re.compile(r"^\d{1,3} - ")


def bare_name(name: str) -> str:
    """A song's name by which two data sets know it to be the same: without DSD100's number, case
    and punctuation. Names without a letter or digit stay.
    """
    without = _NUMBER.sub("", name).casefold()
    return "".join(c for c in without if c.isalnum()) or name
