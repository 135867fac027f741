"""remixer preset: export presets of one's own, which the window offers too."""

from typing import Annotated

import typer

from remixer.audio.formats import CONTAINERS, SOURCE
from remixer.cli import delivery, options
from remixer.cli.console import Show, plain
from remixer.dsp.signal import STEMS
from remixer.errors import SettingError
from remixer.session.export_plan import WHAT
from remixer.session.finishing import AUTO, Finish
from remixer.session.naming import DEFAULT, FIELDS, file_name
from remixer.session.own_presets import forget_preset, keep_preset, own_preset, own_presets
from remixer.session.presets import PRESETS, STEM_FILES, STEM_MP4, Preset

preset_app = typer.Typer(
    help="Export presets: those that come with Remixer, and your own.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

NewName = Annotated[str, typer.Argument(help="The preset's name.", metavar="PRESET")]
STEM_FILE = "stem-file"
"""Stems in one file: of WHAT, stems in a format of their own."""
KINDS = {**WHAT, STEM_FILE: (STEM_MP4,)}

What = Annotated[str, typer.Option("--what", help="What is exported.", metavar="|".join(KINDS))]
Format = Annotated[
    str, typer.Option("--format", help="The container, or source.", metavar="FORMAT")
]
Subtype = Annotated[
    str, typer.Option("--subtype", help="The sample format, or source.", metavar="SUBTYPE")
]

Receipt = Annotated[bool, typer.Option("--receipt", help="Write a receipt beside each export.")]


@preset_app.command("list")
def list_presets(json: options.Json = False) -> None:
    """All presets, and what they are."""
    show = Show(json)
    own = own_presets()
    for preset in PRESETS:
        show.line(f"[bold]{plain(preset.id):12}[/] {plain(preset.about)}")
    for preset in own:
        show.line(f"[bold]{plain(preset.id):12}[/] {plain(described(preset))} (your own)")
    ids = [(preset.id, preset.about, False) for preset in PRESETS]
    ids += [(preset.id, described(preset), True) for preset in own]
    named = [{"id": id, "about": about, "own": mine} for id, about, mine in ids]
    show.result({"presets": named})


@preset_app.command("save")
def save(
    preset: NewName,
    what: What = "remix",
    format: Format = "source",
    subtype: Subtype = "source",
    without: delivery.Without = STEMS[0],
    name: delivery.Name = DEFAULT,
    ceiling: delivery.Ceiling = None,
    dither: delivery.Dither = AUTO,
    receipt: Receipt = False,
) -> None:
    """Keep a preset; one of your own that has this name is replaced."""
    if what not in KINDS:
        raise SettingError(f"--what {what!r} cannot be exported: choose {', '.join(KINDS)}")
    formats = {known.lower(): known for known in (*KINDS[what], SOURCE)}
    if format.lower() not in formats:
        raise SettingError(
            f"--format {format}: {what} can be written as {', '.join(formats.values())}"
        )
    if what == STEM_FILE:
        what, format = STEM_FILES, STEM_MP4
    is_one_file = format.lower() == STEM_MP4
    options.check_kind(SOURCE if is_one_file else format, subtype)
    if is_one_file and subtype.upper() not in (SOURCE.upper(), *CONTAINERS["M4A"].subtypes, "ALAC"):
        raise SettingError(f"--subtype {subtype}: a stem file's tracks are ALAC or AAC, or source")
    file_name(name, dict.fromkeys(FIELDS, "x"))
    kind = "source" if subtype.lower() == "source" else subtype.upper()
    left_out = options.stem_name(without)
    finish = Finish(dither, ceiling)
    made = own_preset(preset, what, formats[format.lower()], kind, name, left_out, finish, receipt)
    keep_preset(made)
    Show().line(f"{plain(preset)}: {plain(described(made))}")


@preset_app.command("delete")
def delete(preset: NewName) -> None:
    """Delete a preset of your own."""
    forget_preset(preset)


def described(preset: Preset) -> str:
    """A preset of the user's in a line."""
    what = f"minus {preset.without}" if preset.without else preset.what
    kind = "" if preset.subtype == SOURCE else f" {preset.subtype}"
    one = preset.format == STEM_MP4
    parts = [
        f"song and stems in one {STEM_MP4}{kind}" if one else f"{what} as {preset.format}{kind}"
    ]
    finish = preset.finish or Finish()
    if finish.ceiling_db is not None:
        parts.append(f"ceiling {finish.ceiling_db:g} dBTP")
    if finish.dither != AUTO:
        parts.append(f"dither {finish.dither}")
    if preset.naming != DEFAULT:
        parts.append(f"named {preset.naming}")
    return ", ".join(parts + (["receipt"] if preset.receipt else []))
