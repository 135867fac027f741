"""Exports that people ask for by name: what and as what, for the window and the command line."""

from collections.abc import Sequence
from dataclasses import dataclass

from remixer.audio.formats import SOURCE
from remixer.errors import SettingError
from remixer.session.finishing import Finish

REMIX, STEM_FILES, MINUS_ONE, ALL = "remix", "stems", "minus-one", "all"
STEM_MP4 = "stem.mp4"
"""The format of stems in one file."""


@dataclass(frozen=True)
class Preset:
    """A choice of what, format and subtype of an `ExportPlan`. id: as written on the command line;
    title and about: for people. The rest is what a user's own preset says besides; None leaves it
    to the plan.
    """

    id: str
    title: str
    about: str
    what: str = REMIX
    format: str = SOURCE
    subtype: str = SOURCE
    naming: str | None = None
    without: str | None = None
    finish: Finish | None = None
    receipt: bool | None = None


PRESETS = (
    Preset("source", "Source format", "the remix as the source is"),
    Preset("wav24", "24-bit WAV", "the remix as 24-bit WAV", format="WAV", subtype="PCM_24"),
    Preset("flac", "FLAC", "the remix as FLAC, at the source's depth", format="FLAC"),
    Preset("mp3", "Listening copy, MP3", "the remix as MP3", format="MP3"),
    Preset("aac", "Listening copy, AAC", "the remix as AAC in m4a", format="M4A", subtype="AAC"),
    Preset("stems", "Stems", "four files that add up to the song", STEM_FILES),
    Preset("stem-file", "Stem file", "song and stems as one .stem.mp4", STEM_FILES, STEM_MP4),
    Preset("minus-one", "Minus one", "the song without a stem", MINUS_ONE),
    Preset("all", "All", "a folder with remix, stems and four minus-ones", ALL),
)
CUSTOM = "custom"
"""What a plan without a preset is called in names."""


def find_preset(id: str, own: Sequence[Preset] = ()) -> Preset:
    """A preset by its id, in any case. own: the user's. Raises SettingError for any other."""
    for preset in (*PRESETS, *own):
        if preset.id.casefold() == id.strip().casefold():
            return preset
    names = ", ".join(preset.id for preset in (*PRESETS, *own))
    raise SettingError(f"no preset is called {id!r}: use {names}")


def matching(what: str, format: str, subtype: str) -> Preset | None:
    """The preset that makes these choices."""
    for preset in PRESETS:
        if (preset.what, preset.format, preset.subtype) == (what, format, subtype):
            return preset
    return None
