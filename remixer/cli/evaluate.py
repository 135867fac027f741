"""remixer evaluate: measure a model."""

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
from remixer.errors import OutputError

if TYPE_CHECKING:
    from remixer.evaluation.evaluate import Row

Data = Annotated[
    Path, typer.Option(help="Folder of SONG/{vocals,bass,drums,other}.* files.", metavar="DIR")
]


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
