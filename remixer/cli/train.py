"""remixer train and remixer evaluate: make a model, measure a model."""

import json as jsons
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from remixer.cli.console import Show
from remixer.cli.options import Json
from remixer.dsp.signal import STEMS
from remixer.errors import OutputError, SettingError
from remixer.separation.catalogue import find_model

ORDER = ("vocals", "drums", "bass", "other")
"""The paper's order of the network's outputs."""

Data = Annotated[
    Path, typer.Option(help="Folder of SONG/{vocals,bass,drums,other}.* files.", metavar="DIR")
]
Run = Annotated[Path, typer.Option(help="Folder of the run: audio pack, checkpoints, log.")]
Valid = Annotated[
    list[str], typer.Option(help="Song kept for validation, repeatable.", metavar="SONG")
]


def train(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="cnn1.")],
    data: Data,
    run: Run,
    epochs: Annotated[int, typer.Option(min=1)] = 100,
    epoch_batches: Annotated[int, typer.Option(min=1)] = 100,
    patience: Annotated[int, typer.Option(min=1)] = 5,
    rate: Annotated[float, typer.Option(help="Adam's learning rate at the start.")] = 1e-3,
    final_rate: Annotated[
        float | None, typer.Option(help="At the end, by a cosine.", show_default="the same")
    ] = None,
    amp: Annotated[
        bool, typer.Option(help="bfloat16 products: faster where the CPU has it.")
    ] = False,
    seed: int = 1,
    valid: Valid = [],  # noqa: B006 - typer copies it
    ship: Annotated[
        Path | None, typer.Option(help="Write the best weights and a card there.", metavar="DIR")
    ] = None,
    licence: str = "see the training data",
) -> None:
    """Train a network by remixing the songs of a folder; run again to resume."""
    from remixer.separation.networks.registry import DEFAULTS
    from remixer.training import corpus, pack, remix, trainer
    from remixer.training import ship as shipping

    if model not in DEFAULTS:
        raise SettingError(f"there is no network {model!r} to train: use {', '.join(DEFAULTS)}")
    from remixer.dsp.stft import Stft

    show, stft, context = Show(), Stft(2048, 256), int(DEFAULTS[model]["context"])
    audio = run / "pack"
    if not (audio / pack.INDEX).exists():
        sources = corpus.find_sources(data, frozenset(valid))
        for number, clip in enumerate(pack.build_pack(sources, audio, 22050), 1):
            show.line(f"packed {number} of {len(sources)}: {clip.song} {clip.stem}")
    packed, recipe = pack.Pack(audio), remix.Recipe()
    remixer = remix.Remixer(packed, "train", stft, ORDER, context, recipe)
    fixed = remix.fixed_examples(packed, "valid", stft, ORDER, context, 0.5)
    plan = trainer.Plan(
        model,
        learning_rate=rate,
        final_rate=rate if final_rate is None else final_rate,
        epochs=epochs,
        epoch_batches=epoch_batches,
        patience=patience,
        seed=seed,
        amp=amp,
    )
    for epoch in trainer.Trainer(plan, run, remixer, fixed).run():
        show.line(
            f"epoch {epoch.number}: loss {epoch.loss:.5f}, validation {epoch.valid_loss:.5f}"
            f"{' (best)' if epoch.best else ''}, {epoch.frames} frames"
        )
    if ship is not None:
        about = {
            "title": f"{model}, trained on {data.name}",
            "stems": ORDER,
            "rate": 22050,
            "window": stft.window,
            "hop": stft.hop,
            "licence": licence,
            "training": shipping.training_facts(run, packed, recipe, str(data.name)),
        }
        show.line(f"wrote {shipping.ship(run, ship, model, about)}")


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
    from remixer.evaluation.songs import find_songs
    from remixer.separation.model import load_model
    from remixer.separation.separator import MaskSeparator, Separator

    show = Show(json)
    songs = find_songs(data, measure.manifest_songs(data, split))
    systems: dict[str, Separator] = {m: MaskSeparator(load_model(find_model(m))) for m in model}
    rows = []
    for row in measure.evaluate(songs, systems):
        rows.append(row)
        show.line(
            f"{row.song:<20} {row.system:<18} {_sdr({s: v.sdr for s, v in row.scores.items()})}"
        )
    medians = measure.medians(rows)
    for system, values in medians.items():
        show.line(f"[bold]{'median':<20} {system:<18}[/] {_sdr(values)}")
    result = {
        "measure": "BSS Eval v3, mono, whole track",
        "median_sdr_db": medians,
        "rows": _rows(rows),
    }
    show.result(result)
    if output is not None:
        _write(output, result)


def _rows(rows: list[Any]) -> list[dict[str, Any]]:
    return [asdict(row) for row in rows]


def _sdr(values: dict[str, float]) -> str:
    return "  ".join(f"{s} {values[s]:6.2f}" if s in values else f"{s}      -" for s in STEMS)


def _write(path: Path, result: dict[str, Any]) -> None:
    beside = path.with_name(f".{path.name}.part")
    try:
        beside.write_text(jsons.dumps(result, indent=2))
        beside.replace(path)
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror}") from error
