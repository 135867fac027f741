"""remixer compare: results of several evaluations as tables and a figure."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from remixer.audio.placing import write_text
from remixer.cli.console import Show, telling_folder
from remixer.cli.options import Json
from remixer.errors import OutputError


def compare(
    results: Annotated[
        list[Path], typer.Argument(metavar="JSON...", help="What `remixer evaluate -o` wrote.")
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            metavar="DIR",
            help="Writes comparison.md, medians.csv, tests.csv, figure.png and figure.svg there, "
            "in place of earlier ones.",
        ),
    ] = None,
    system: Annotated[
        list[str],
        typer.Option(
            "--system", metavar="NAME", help="Which, in order; repeatable.", show_default="all"
        ),
    ] = [],  # noqa: B006 - typer copies it
    json: Json = False,
) -> None:
    """Compare models: medians, Wilcoxon tests with Bonferroni's correction, a figure."""
    from remixer.evaluation import report
    from remixer.evaluation.compare import compare_files

    show = Show(json)
    comparison = compare_files(results, system)
    text = report.markdown(comparison)
    if output is None:
        show.line(escape(text.rstrip()))
    else:
        tables = {
            "comparison.md": text,
            "medians.csv": report.medians_csv(comparison),
            "tests.csv": report.significance_csv(comparison),
        }
        with telling_folder(output, show):
            written = _write(output, tables, comparison)
        for path in written:
            show.line(escape(f"wrote {path}"))
    if output is not None or json:
        for note in report.trained_notes(comparison):
            show.note(note)
    show.result(_summary(comparison))


def _write(folder: Path, tables: dict[str, str], comparison: Any) -> list[Path]:
    from remixer.evaluation.figure import draw

    written: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in tables.items():
            write_text(folder / name, text, overwrite=True)
            written.append(folder / name)
        return written + draw(comparison, folder / "figure")
    except OSError as error:
        raise OutputError(f"{folder} cannot be written: {error.strerror or error}") from error


def _summary(comparison: Any) -> dict[str, Any]:
    from remixer.evaluation.compare import TARGETS

    medians = {
        ratio: {
            system: {stem: comparison.median(ratio, stem, system) for stem in TARGETS}
            for system in comparison.systems
        }
        for ratio in comparison.ratios
    }
    tests = [
        {
            "ratio": pair.ratio,
            "stem": pair.stem,
            "first": pair.first,
            "second": pair.second,
            "songs": pair.songs,
            "difference_db": pair.difference,
            "p": pair.p,
            "significant": pair.significant,
        }
        for pair in comparison.pairs
    ]
    return {
        "measure": comparison.measure,
        "data": comparison.data,
        "split": comparison.split,
        "songs": list(comparison.songs),
        "medians_db": medians,
        "tests": tests,
        "trained_on": {system: list(heard) for system, heard in comparison.trained_on.items()},
    }
