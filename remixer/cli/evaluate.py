"""remixer evaluate: measure models on songs with known stems."""

import os
from collections.abc import Iterable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from remixer.cli.console import Show, plain, telling_folder
from remixer.cli.options import Json
from remixer.dsp.signal import STEMS
from remixer.errors import InputError, SettingError
from remixer.separation.catalogue import Card, find_models

if TYPE_CHECKING:
    from remixer.audio.multitrack import Multitrack
    from remixer.evaluation.evaluate import Measured
    from remixer.evaluation.results import Row


class Measure(StrEnum):
    """Versions of BSS Eval."""

    V3 = "v3"
    V4 = "v4"


class OnError(StrEnum):
    """What a broken track does."""

    STOP = "stop"
    SKIP = "skip"


def evaluate(
    model: Annotated[
        list[str], typer.Argument(metavar="MODEL...", help="IDs of models; mix, irm, ibm, wiener.")
    ],
    data: Annotated[
        Path,
        typer.Option(
            help="DSD100, MUSDB18, MUSDB18-HQ, a corpus with a manifest.csv, or a folder of "
            "SONG/{vocals,bass,drums,other}.* files.",
            metavar="DIR",
        ),
    ],
    measure: Annotated[
        Measure, typer.Option(help="v3: mono, whole track. v4: stereo, frames of 1 s.")
    ] = Measure.V3,
    oracle: Annotated[
        str, typer.Option(help="Ideal masks measured too: irm, ibm, wiener, or none.")
    ] = "irm",
    split: Annotated[
        str | None,
        typer.Option(
            help="train, valid or test.", metavar="SPLIT", show_default="test, else valid, else all"
        ),
    ] = None,
    on_error: Annotated[
        OnError, typer.Option(help="What a track that cannot be read does.")
    ] = OnError.STOP,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Tracks at a time.", show_default="one a core")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="Results; run again to go on.", metavar="JSON"),
    ] = None,
    json: Json = False,
) -> None:
    """Measure models, the mix itself and ideal masks on songs with known stems: SDR, SIR, SAR."""
    from remixer.evaluation import results as store
    from remixer.evaluation.evaluate import evaluate as run
    from remixer.evaluation.systems import fingerprints
    from remixer.training.datasets import find_songs, select

    show = Show(json)
    systems = fingerprints(_systems(model, oracle))
    songs = select(find_songs(data), split, data)
    name = ", ".join(sorted({song.split for song in songs}))
    known = _trained_on(systems, songs, data)
    results = store.Results(
        measure.value, data.resolve().name, name, systems, trained_on=dict(known)
    )
    file = None
    if output is not None:
        file = store.ResultsFile(output)
        results = store.resumed(output, results, [song.name for song in songs])
        _resume_note(show, output, len(results.rows))
        with telling_folder(output.parent, show):
            file.write(results)  # what cannot be written is known before the work
    workers = jobs or len(os.sched_getaffinity(0))
    _head(show, measure, systems)
    for measured in run(songs, results, list(systems), workers, on_error is OnError.SKIP):
        _tell(show, measured)
        if file is not None:
            file.write(results)
    order = {song.name: number for number, song in enumerate(songs)}
    ranks = {system: number for number, system in enumerate(results.systems)}
    results.rows.sort(key=lambda row: (order[row.song], ranks[row.system]))
    if file is not None:
        file.write(results)
    for system, values in store.medians(results.rows).items():
        show.line(f"[bold]{'median':<20} {plain(f'{system:<18}')}[/] {_sdr(values)}")
    for name, heard in known.items():
        show.note(store.trained_note(name, heard, len(songs)))
    show.result(store.as_json(results))
    if not results.rows:
        raise InputError(f"no song of {data} could be measured")


def _systems(models: list[str], oracle: str) -> list[str]:
    """The mix, what was asked for, and the oracles, each once."""
    from remixer.evaluation.oracles import ORACLES
    from remixer.evaluation.systems import MIX

    oracles = [] if oracle == "none" else [name.strip() for name in oracle.split(",")]
    for name in oracles:
        if name not in ORACLES:
            raise SettingError(f"there is no oracle {name!r}: use {', '.join(ORACLES)} or none")
    return list(dict.fromkeys([MIX, *models, *oracles]))


def _trained_on(
    systems: Iterable[str], songs: Sequence["Multitrack"], data: Path
) -> dict[str, list[str]]:
    """The songs that models have learned from, as far as their cards tell; of those that have."""
    from remixer.training.facts import known_songs

    models, folder = find_models(), data.resolve().name
    found = {
        system: known_songs(model.training, songs, folder)
        for system in systems
        if isinstance(model := models.get(system), Card)
    }
    return {system: heard for system, heard in found.items() if heard}


def _head(show: Show, measure: Measure, systems: Iterable[str]) -> None:
    """What the table's rows and numbers are."""
    from remixer.evaluation.oracles import ORACLES
    from remixer.evaluation.systems import MIX

    ideal = ", ".join(system for system in systems if system in ORACLES)
    rows = f"{MIX} is the song itself in place of each stem" + (
        f", {ideal} ideal masks" if ideal else ""
    )
    show.line(f"SDR in dB, BSS Eval {measure.value}, higher is better; {rows}")
    show.line(f"[bold]{'song':<20} model[/]")


def _resume_note(show: Show, path: Path, rows: int) -> None:
    if rows:
        show.note(f"{path} has {rows} rows that still hold; going on from there")


def _tell(show: Show, measured: "Measured") -> None:
    if measured.failure is not None:
        show.note(f"left out: {measured.failure}")
    if measured.silent:
        silent = ", ".join(measured.silent)
        show.note(f"{measured.song}: {silent} silent in the reference, not measured there")
    for row in measured.rows:
        show.line(_row(row))


def _row(row: "Row") -> str:
    values = _sdr({stem: score.sdr for stem, score in row.scores.items()})
    return f"{plain(f'{row.song:<20} {row.system:<18}')} {values}"


def _sdr(values: dict[str, float]) -> str:
    return "  ".join(f"{s} {values[s]:6.2f}" if s in values else f"{s}      -" for s in STEMS)
