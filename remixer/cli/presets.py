"""remixer preset: export presets of one's own, which the window offers too."""

from typing import Annotated

import typer

from remixer.cli import delivery, options
from remixer.cli.console import Show, plain
from remixer.dsp.signal import STEMS
from remixer.errors import SettingError
from remixer.session.export_plan import WHAT
from remixer.session.finishing import AUTO, Finish
from remixer.session.naming import DEFAULT, FIELDS, file_name
from remixer.session.own_presets import forget_preset, keep_preset, own_preset, own_presets
from remixer.session.presets import PRESETS, Preset

preset_app = typer.Typer(
    help="Export presets: those that come with Remixer, and your own.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

NewName = Annotated[str, typer.Argument(help="The preset's name.", metavar="PRESET")]
What = Annotated[str, typer.Option("--what", help="What is exported.", metavar="|".join(WHAT))]
Format = Annotated[
    str, typer.Option("--format", help="The container, or source.", metavar="FORMAT")
]
Subtype = Annotated[
    str, typer.Option("--subtype", help="The sample format, or source.", metavar="SUBTYPE")
]


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
    receipt: delivery.Receipt = False,
) -> None:
    """Keep a preset; one of your own that has this name is replaced."""
    options.check_kind(format, subtype)
    if what not in WHAT:
        raise SettingError(f"--what {what!r} cannot be exported: choose {', '.join(WHAT)}")
    formats = {known.lower(): known for known in (*WHAT[what], "source")}
    if format.lower() not in formats:
        raise SettingError(
            f"--format {format}: {what} can be written as {', '.join(formats.values())}"
        )
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
    kind = "" if preset.subtype == "source" else f" {preset.subtype}"
    parts = [f"{what} as {preset.format}{kind}"]
    finish = preset.finish or Finish()
    if finish.ceiling_db is not None:
        parts.append(f"ceiling {finish.ceiling_db:g} dBTP")
    if finish.dither != AUTO:
        parts.append(f"dither {finish.dither}")
    if preset.naming != DEFAULT:
        parts.append(f"named {preset.naming}")
    return ", ".join(parts + (["receipt"] if preset.receipt else []))
