"""Options of an export: preset, part of the song, ceiling, dither, receipt, session."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer

from remixer.audio.reader import open_audio
from remixer.cli.console import Show, plain, telling_folder
from remixer.errors import InputError, SettingError
from remixer.mixing.strips import MixState, effective_gains
from remixer.separation.catalogue import Model
from remixer.session import presets
from remixer.session.exporting import ExportPlan
from remixer.session.finishing import AS_USUAL, DITHER, Finish
from remixer.session.locate import geometry_of, is_same, saved_with
from remixer.session.naming import DEFAULT, FIELDS
from remixer.session.parts import find_part, named_parts
from remixer.session.presets import PRESETS
from remixer.session.saved import NamedRegion
from remixer.session.savefile import SUFFIX, load_mix, save_mix
from remixer.session.targets import check_target, folder_for_exports

LOOP = "loop"
TOLD_S = 0.001
"""Lengths are told to the millisecond: one that is typed as it was told is all of the song."""
_LONGEST_S = 1e7
"""No recording is as long."""

_LISTED = ", ".join(f"{preset.id} ({preset.about})" for preset in PRESETS)
_FIELDS = ", ".join(f"{{{field}}}" for field in FIELDS)

Preset = Annotated[
    str,
    typer.Option(
        "--preset",
        help=f"What goes into the folder OUT: {_LISTED}; or one of your own, see `remixer preset`.",
        metavar="NAME",
    ),
]
Region = Annotated[
    str,
    typer.Option(
        "--region",
        help="Only a part of the song: START-STOP in seconds or m:ss.mmm, a region's name in the "
        "session, a cue point's in the file, or loop for the session's.",
        metavar="PART",
    ),
]
Ceiling = Annotated[
    float | None,
    typer.Option(
        "--ceiling",
        help="Limit true peaks of a remix with moves, -24 to 0.",
        metavar="DBTP",
        show_default="off",
    ),
]
Dither = Annotated[
    str,
    typer.Option(
        "--dither",
        help="auto (moves, and fewer bits than the source), on (moves off the file's grid) or off.",
        metavar="|".join(DITHER),
    ),
]
Receipt = Annotated[
    bool,
    typer.Option(
        "--receipt/--no-receipt",
        help="Write a receipt beside it: JSON, a page, a PDF; or none, whatever the preset says.",
        show_default="as the preset says, else none",
    ),
]
Without = Annotated[
    str, typer.Option("--without", help="The stem that minus-one leaves out.", metavar="STEM")
]
Name = Annotated[
    str, typer.Option("--name", help=f"How a preset's files are named: {_FIELDS}.", metavar="NAME")
]
Session = Annotated[
    Path | None,
    typer.Option("--session", help="Song, moves and model of a .remix file.", metavar="FILE"),
]
SaveSession = Annotated[
    Path | None,
    typer.Option(
        "--save-session",
        help="Save song, moves and model as a .remix file, with or without a remix.",
        metavar="FILE",
    ),
]


@dataclass(frozen=True)
class Delivery:
    """What of an export is the same for all files. seconds: the part (start, stop), stop None for
    the end; loop: samples of it; part: what it is called, among `regions` or the file's cue points.
    given: the fields that were asked for in so many words; they come on top of the preset.
    """

    preset: presets.Preset | None = None
    seconds: tuple[float, float | None] | None = None
    loop: tuple[int, int] | None = None
    part: str = ""
    regions: tuple[NamedRegion, ...] = ()
    finish: Finish = AS_USUAL
    receipt: bool = False
    without: str = "vocals"
    naming: str = DEFAULT
    subtype: str = "source"
    overwrite: bool = False
    model: str = ""
    given: frozenset[str] = frozenset()

    def plan(self, path: Path, output: Path) -> ExportPlan:
        """The plan for a song. output: with a preset a folder, else the remix's file.

        Raises SettingError, and InputError when the song cannot be read.
        """
        plan = ExportPlan(
            "remix",
            output if self.preset else output.parent,
            subtype=self.subtype,
            naming=self.naming,
            region=self._region(path),
            without=self.without,
            overwrite=self.overwrite,
            model=self.model,
            finish=self.finish,
            receipt=self.receipt,
            target=None if self.preset else output,
        )
        return plan.by(self._adapted(self.preset)) if self.preset else plan

    def _adapted(self, preset: presets.Preset) -> presets.Preset:
        """The preset, silent on what was asked for otherwise."""
        finish = preset.finish
        if finish is not None:
            told = {f: getattr(self.finish, f) for f in ("dither", "ceiling_db") if f in self.given}
            finish = replace(finish, **told)
        silent = dict.fromkeys(self.given & {"naming", "without", "receipt"})
        return replace(preset, finish=finish, **silent)  # type: ignore[arg-type]

    def _region(self, path: Path) -> tuple[int, int] | None:
        if self.loop is not None or (self.seconds is None and not self.part):
            return self.loop
        with open_audio(path) as source:
            if self.seconds is None:
                found = find_part(self.part, named_parts(source, self.regions), path.name)
                return found.start, found.stop
            rate, length = source.rate, source.length
        start, stop = self.seconds
        end = length if stop is None else round(stop * rate)
        return round(start * rate), length if 0 < end - length < TOLD_S * rate else end


def parse_part(text: str) -> tuple[tuple[float, float | None] | None, str]:
    """--region as seconds, or else as the name of a part: (seconds, name)."""
    if text == LOOP:
        return None, ""
    try:
        return parse_region(text), ""
    except SettingError:
        return None, text


def parse_region(text: str) -> tuple[float, float | None] | None:
    """ "1:02.5-1:30" as seconds; "62-" is to the end, "" all. Raises SettingError."""
    if not text:
        return None
    start, dash, stop = text.partition("-")
    try:
        begin = _seconds(start) if start.strip() else 0.0
        end = _seconds(stop) if stop.strip() else None
    except ValueError:
        dash = ""
    if not dash or (end is not None and end <= begin):
        raise SettingError(
            f"--region {text!r}: write it as START-STOP, for example 1:02.5-1:30 or 62-90"
        )
    return begin, end


def _seconds(text: str) -> float:
    """Seconds, m:ss or h:mm:ss. Raises ValueError."""
    seconds = 0.0
    for part in text.split(":"):
        value = float(part)
        if not 0 <= value <= _LONGEST_S:
            raise ValueError(text)
        seconds = seconds * 60 + value
    return seconds


def save_session(
    song: Path, target: Path, mix: MixState, model: Model, overwrite: bool, show: Show
) -> None:
    """Save a song's moves as a session; `check_session` comes first. Raises RemixerError."""
    with (
        open_audio(song) as source,
        telling_folder(target.parent, show),
        folder_for_exports(target.parent),
    ):
        save_mix(target, saved_with(source, mix, model), overwrite)
    show.line(f"  {plain(str(target))}")


def check_session(song: Path, target: Path, mix: MixState, overwrite: bool) -> None:
    """Raises SettingError or OutputError where a song's moves cannot be saved there."""
    if target.suffix.lower() != SUFFIX:
        raise SettingError(f"--save-session {target}: give it a name that ends in {SUFFIX}")
    with open_audio(song) as source:
        check_target(source, target, overwrite)
        effective_gains(mix, source.channels)


@dataclass(frozen=True)
class Opened:
    """What a session file asks for."""

    song: Path
    mix: MixState
    loop: tuple[int, int] | None
    model: str
    regions: tuple[NamedRegion, ...]


def open_session(path: Path, model: str, usual_model: str) -> Opened:
    """A session's song, moves, loop and model, the latter unless another one is asked for.

    Raises InputError when it cannot be read, and when its song is not the one it was made with.
    """
    saved = load_mix(path)
    with open_audio(saved.song) as source:
        found, same = geometry_of(source), is_same(saved, source)
    if found != saved.geometry:
        raise InputError(
            f"{saved.song} has {found}, {path.name} was made with {saved.geometry}: open the "
            "session in the window and choose its song"
        )
    if not same:
        raise InputError(
            f"{saved.song} has other samples than {path.name} was made with: open the session in "
            "the window and choose its song"
        )
    chosen = saved.model if saved.model and model == usual_model else model
    return Opened(saved.song, saved.mix, saved.loop, chosen, saved.regions)
