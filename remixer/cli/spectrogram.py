"""remixer spectrogram: a picture of a file, of one of its stems, or of which stem owns what."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from remixer.audio.reader import AudioReader, open_audio
from remixer.cli import options
from remixer.cli.console import Show, telling_folder, watching
from remixer.cli.picture import (
    HEIGHT,
    LEVELS_CELLS,
    SHARES_CELLS,
    WIDTH,
    Caption,
    decibel_range,
    draw_levels,
    draw_shares,
    new_picture,
)
from remixer.dsp.signal import STEMS
from remixer.dsp.spectrogram import spectrogram as picture_of
from remixer.dsp.spectrogram import stem_shares
from remixer.errors import SettingError
from remixer.separation.catalogue import Model, find_model
from remixer.session.jobs import Watch
from remixer.session.separation import separated
from remixer.session.targets import check_target, folder_for_exports

Output = Annotated[Path, typer.Option("-o", "--output", help="The picture.", metavar="PNG")]
Stem = Annotated[
    str | None,
    typer.Option(help=f"Show one stem: {', '.join(STEMS)}.", metavar="STEM", show_default=False),
]
MasksOption = Annotated[
    bool, typer.Option("--masks", help="Show which stem owns what, in four colours.")
]


def spectrogram(
    file: options.File,
    output: Output,
    stem: Stem = None,
    masks: MasksOption = False,
    model: options.Model = options.MODEL,
    overwrite: options.Overwrite = False,
    json: options.Json = False,
) -> None:
    """Draw a file's spectrogram, one of its stems', or the stems' shares, as a PNG picture."""
    show = Show(json)
    if stem is not None and masks:
        raise SettingError("--stem and --masks are two different pictures: give one of them")
    name = None if stem is None else options.stem_name(stem)
    card = find_model(model) if name or masks else None
    with open_audio(file) as source:
        check_target(source, output, overwrite)
        with (
            telling_folder(output.parent, show),
            folder_for_exports(output.parent),
            new_picture(output, overwrite) as target,
            watching(file.name, "measuring") as watch,
        ):
            if card is None:
                draw_mix(source, target, watch)
            elif name is None:
                draw_masks(source, card, target, watch)
            else:
                draw_stem(source, name, card, target, watch)
    what = "masks" if masks else name or "mix"
    show.result(
        {
            "file": str(file),
            "picture": str(output),
            "shows": what,
            "model": card.id if card else None,
            "width": WIDTH,
            "height": HEIGHT,
        }
    )
    show.line(f"  {escape(str(output))}")


def draw_mix(source: AudioReader, target: Path, watch: Watch) -> None:
    """The picture of a file as it is; nothing is separated."""
    picture = picture_of(source, *LEVELS_CELLS, on_progress=watch.writing)
    caption = Caption(source.path.name, about(source))
    draw_levels(target, picture, caption, decibel_range(picture.levels))


def draw_stem(source: AudioReader, name: str, card: Model, target: Path, watch: Watch) -> None:
    """The picture of one stem, on the mix's scale of levels so that the two compare."""
    mix = picture_of(source, *LEVELS_CELLS)
    with separated(source, card, on_progress=watch.separating, cancelled=watch.cancelled) as stems:
        picture = picture_of(stems.reader(name), *LEVELS_CELLS, on_progress=watch.writing)
    words = f"{name.capitalize()}, separated by {card.id}, on the mix's scale", about(source)
    caption = Caption(source.path.name, "  ·  ".join(words))
    draw_levels(target, picture, caption, decibel_range(mix.levels))


def draw_masks(source: AudioReader, card: Model, target: Path, watch: Watch) -> None:
    """The picture of the stems' shares in the mix."""
    with separated(source, card, on_progress=watch.separating, cancelled=watch.cancelled) as stems:
        picture = stem_shares(stems, *SHARES_CELLS, on_progress=watch.writing)
    words = f"Which stem owns what, separated by {card.id}", about(source)
    draw_shares(target, picture, Caption(source.path.name, "  ·  ".join(words)))


def about(source: AudioReader) -> str:
    """A file's geometry in a few words."""
    channels = "stereo" if source.channels == 2 else "mono"
    return f"{source.format}  ·  {source.rate / 1000:g} kHz {channels}"
