"""remixer train: make a model."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from remixer.cli.console import Show
from remixer.errors import SettingError

if TYPE_CHECKING:
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


def _packed(number: int, total: int, clip: "Clip") -> str:
    return escape(f"packed {number} of {total}: {clip.song} {clip.stem}")


def _epoch(epoch: "Epoch") -> str:
    best = " (best)" if epoch.best else ""
    return (
        f"epoch {epoch.number}: loss {epoch.loss:.5f}, validation {epoch.valid_loss:.5f}{best}, "
        f"{epoch.frames} frames"
    )
