"""remixer train and remixer evaluate: make a model, measure a model."""

import json as jsons
import math
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from remixer.cli.console import Show
from remixer.cli.options import Json
from remixer.dsp.signal import STEMS
from remixer.errors import OutputError, SettingError

if TYPE_CHECKING:
    from remixer.evaluation.evaluate import Row
    from remixer.training.pack import Clip
    from remixer.training.trainer import Epoch

Data = Annotated[
    Path, typer.Option(help="Folder of SONG/{vocals,bass,drums,other}.* files.", metavar="DIR")
]
Run = Annotated[Path, typer.Option(help="Folder of the run: audio pack, checkpoints, log.")]
Valid = Annotated[
    list[str],
    typer.Option(
        help="Song kept for validation, repeatable.", metavar="SONG", show_default="one in five"
    ),
]


def train(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="cnn1.")],
    data: Data,
    run: Run,
    epochs: Annotated[int, typer.Option(min=1)] = 100,
    epoch_batches: Annotated[int, typer.Option(min=1)] = 100,
    patience: Annotated[int, typer.Option(min=1)] = 5,
    rate: Annotated[float, typer.Option(min=0, help="Adam's learning rate at the start.")] = 1e-3,
    final_rate: Annotated[
        float | None, typer.Option(min=0, help="At the end, by a cosine.", show_default="the same")
    ] = None,
    amp: Annotated[
        bool, typer.Option(help="bfloat16 products: faster where the CPU has it.")
    ] = False,
    seed: Annotated[int, typer.Option(min=0)] = 1,
    valid: Valid = [],  # noqa: B006 - typer copies it
    ship: Annotated[
        Path | None, typer.Option(help="Write the best weights and a card there.", metavar="DIR")
    ] = None,
    licence: str = "see the training data",
) -> None:
    """Train a network by remixing the songs of a folder; run again to resume."""
    from remixer.separation.networks.registry import DEFAULTS
    from remixer.training import job
    from remixer.training.remix import Recipe
    from remixer.training.trainer import Plan

    if model not in DEFAULTS:
        raise SettingError(f"there is no network {model!r} to train: use {', '.join(DEFAULTS)}")
    plan = Plan(
        model,
        learning_rate=rate,
        final_rate=rate if final_rate is None else final_rate,
        epochs=epochs,
        epoch_batches=epoch_batches,
        patience=patience,
        seed=seed,
        amp=amp,
    )
    show, recipe, kept = Show(), Recipe(), frozenset(valid)
    for number, total, clip in job.prepare(data, run, kept):
        show.line(_packed(number, total, clip))
    for epoch in job.trainer(plan, run, recipe).run():
        show.line(_epoch(epoch))
    if ship is not None:
        card = job.ship_run(run, ship, plan, recipe, data, kept, licence)
        show.line(escape(f"wrote {card}"))


def evaluate(
    model: Annotated[list[str], typer.Argument(metavar="MODEL...", help="IDs of models.")],
    data: Data,
    split: Annotated[str, typer.Option(help="Where DIR has a manifest.csv.")] = "valid",
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Results as JSON.", metavar="JSON")
    ] = None,
    json: Json = False,
) -> None:
    """Measure models on songs with known stems: SDR, SIR, SAR (BSS Eval v3, mono)."""
    from remixer.evaluation import evaluate as measure
    from remixer.evaluation.songs import find_songs, manifest_songs
    from remixer.separation.catalogue import find_model
    from remixer.separation.model import load_model
    from remixer.separation.separator import MaskSeparator, Separator

    show = Show(json)
    songs = find_songs(data, manifest_songs(data, split))
    systems: dict[str, Separator] = {m: MaskSeparator(load_model(find_model(m))) for m in model}
    rows = []
    for row in measure.evaluate(songs, systems):
        rows.append(row)
        show.line(_row(row))
    medians = measure.medians(rows)
    for system, values in medians.items():
        show.line(f"[bold]{'median':<20} {escape(system):<18}[/] {_sdr(values)}")
    result = _finite(
        {
            "measure": "BSS Eval v3, mono, whole track",
            "median_sdr_db": medians,
            "rows": [asdict(row) for row in rows],
        }
    )
    show.result(result)
    if output is not None:
        _write(output, result)


def _packed(number: int, total: int, clip: "Clip") -> str:
    return escape(f"packed {number} of {total}: {clip.song} {clip.stem}")


def _epoch(epoch: "Epoch") -> str:
    best = " (best)" if epoch.best else ""
    return (
        f"epoch {epoch.number}: loss {epoch.loss:.5f}, validation {epoch.valid_loss:.5f}{best}, "
        f"{epoch.frames} frames"
    )


def _row(row: "Row") -> str:
    values = _sdr({stem: score.sdr for stem, score in row.scores.items()})
    return f"{escape(f'{row.song:<20} {row.system:<18}')} {values}"


def _sdr(values: dict[str, float]) -> str:
    return "  ".join(f"{s} {values[s]:6.2f}" if s in values else f"{s}      -" for s in STEMS)


def _finite(value: Any) -> Any:
    """JSON has no infinities: what has none, as a silent estimate, becomes null."""
    if isinstance(value, dict):
        return {name: _finite(entry) for name, entry in value.items()}
    if isinstance(value, list):
        return [_finite(entry) for entry in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _write(path: Path, result: dict[str, Any]) -> None:
    beside = path.parent / f".{path.name}.part"
    try:
        beside.write_text(jsons.dumps(result, indent=2))
        beside.replace(path)
    except OSError as error:
        with suppress(OSError):
            beside.unlink()
        raise OutputError(f"{path} cannot be written: {error.strerror}") from error
