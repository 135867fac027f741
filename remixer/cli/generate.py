"""remixer generate: songs with true stems, made from MIDI, one-shots and voices."""

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from remixer.cli.console import Show

SPOKEN = 0.25
"""Share of voices that speak where there are recordings of speech."""


def generate(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Folder of SONG/STEM.flac.")],
    songs: Annotated[int, typer.Option(min=1, help="How many songs.")],
    seed: Annotated[int, typer.Option(min=0, help="The same seed makes the same songs.")] = 1,
    seconds: Annotated[float, typer.Option(min=4, max=600, help="Length of a song.")] = 60.0,
    midi: Annotated[
        Path | None, typer.Option(metavar="DIR", help="MIDI files; without, songs are composed.")
    ] = None,
    vocals: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Sung clips; without, a synthetic singer.")
    ] = None,
    samples: Annotated[
        Path | None, typer.Option(metavar="DIR", help="One-shots: bass/SET/*, other/SET/*.")
    ] = None,
    kits: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Drum kits of Hydrogen: KIT/drumkit.xml.")
    ] = None,
    mma: Annotated[
        float, typer.Option(min=0, max=1, metavar="SHARE", help="Songs that MMA arranges.")
    ] = 0.0,
    spoken: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=1,
            metavar="SHARE",
            help="Voices that speak, by espeak-ng or --speech.",
            show_default="0, with --speech 0.25",
        ),
    ] = None,
    speech: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Recordings of speech.")
    ] = None,
    font: Annotated[list[Path], typer.Option(metavar="SF2", help="A sound font, repeatable.")] = [],  # noqa: B006 - typer copies it
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Songs at a time.", show_default="one a core")
    ] = None,
) -> None:
    """Make songs with true stems, to train and to test with; run again to go on."""
    from remixer.training.generator.generate import Order, find_palette
    from remixer.training.generator.generate import generate as make

    show = Show()
    if spoken is None:
        spoken = 0.0 if speech is None else SPOKEN
    palette = find_palette(midi, vocals, samples, kits, font, mma, spoken, speech)
    workers = jobs or len(os.sched_getaffinity(0))
    made = make(palette, Order(songs, seed, seconds), out, workers)
    for done, (name, now) in enumerate(made, 1):
        show.line(escape(f"{name} {'made' if now else 'was there'}, {done} of {songs}"))
