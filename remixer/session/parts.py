"""Parts of a song by name: the session's regions, and what the file's cue points bound."""

from collections.abc import Iterable
from itertools import chain

from remixer.audio.cues import read_cues
from remixer.audio.reader import AudioReader
from remixer.errors import SettingError
from remixer.session.saved import NamedRegion

_TOLD = 8
"""Names that an error lists at most."""


def named_parts(
    source: AudioReader, regions: Iterable[NamedRegion] = ()
) -> tuple[NamedRegion, ...]:
    """The regions of a session, then the parts that a source's cue points begin: as long as the
    file says, else to the next cue point or the end.
    """
    cues = [cue for cue in read_cues(source.path) if cue.sample < source.length]
    borders = sorted({cue.sample for cue in cues} | {source.length})
    parts = []
    for cue in cues:
        later = next(border for border in borders if border > cue.sample)
        stop = min(cue.sample + cue.length, source.length) if cue.length else later
        parts.append(NamedRegion(cue.name, cue.sample, stop))
    return tuple(chain(regions, parts))


def find_part(name: str, parts: Iterable[NamedRegion], song: str) -> NamedRegion:
    """The first part of that name, in any case. Raises SettingError that names those there are."""
    parts = list(parts)
    for part in parts:
        if part.name.casefold() == name.strip().casefold():
            return part
    names = list(dict.fromkeys(repr(part.name) for part in parts))
    some = ", ".join(names[:_TOLD]) + (", …" if names[_TOLD:] else "")
    use = f"use one of its parts ({some}), or" if names else "it names no parts, use"
    raise SettingError(
        f"--region {name!r} is no part of {song}: {use} START-STOP, for example 1:02.5-1:30 or "
        "62-90"
    )
