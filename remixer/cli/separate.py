"""remixer separate: stem files that add up to the source."""

from pathlib import Path
from typing import Annotated, Any

import typer

from remixer.audio.reader import open_audio
from remixer.cli import options
from remixer.cli.batch import Claims, expand, run_batch
from remixer.cli.console import Show, plain, telling_folder, watching
from remixer.separation.catalogue import Model, find_model
from remixer.session.export import StemExport, plan_stems
from remixer.session.jobs import separate_file
from remixer.session.wording import stems_notes, stems_proof

Folder = Annotated[
    Path,
    typer.Option(
        "-o", "--output", help="Folder for the stems, made if it is missing.", metavar="DIR"
    ),
]
Format = Annotated[
    str, typer.Option("--format", help="source, wav, flac or aiff.", metavar="FORMAT")
]
Subtype = Annotated[
    str,
    typer.Option(help="source, PCM_16, PCM_24, PCM_32, FLOAT or DOUBLE.", metavar="SUBTYPE"),
]


def separate(
    files: options.Files,
    output: Folder = Path(),
    model: options.Model = options.MODEL,
    format: Format = "source",
    subtype: Subtype = "source",
    overwrite: options.Overwrite = False,
    json: options.Json = False,
) -> None:
    """Write vocals, bass, drums and other, and verify from disk that they sum to the file."""
    show, card = Show(json), find_model(model)
    options.check_kind(format, subtype)
    songs = expand(files)
    claims = Claims(songs)

    def work(path: Path) -> dict[str, Any]:
        if len(songs) > 1:
            with open_audio(path) as source:
                claims.take(path, plan_stems(source, output, format, subtype, overwrite)[1])
        with telling_folder(output, show), watching(path.name, "writing stems") as watch:
            export = separate_file(
                path, output, card, format=format, subtype=subtype, overwrite=overwrite, watch=watch
            )
        return report(path, export, card, show)

    run_batch(songs, show, work)


def report(path: Path, export: StemExport, card: Model, show: Show) -> dict[str, Any]:
    """Say what was written and what was proved; returns it for scripts."""
    for file in export.files:
        show.line(f"  {plain(str(file))}")
    show.line(plain(stems_proof(path.name, export)))
    for note in stems_notes(export, "--subtype FLOAT"):
        show.note(note)
    null = export.null
    return {
        "stems": [str(file) for file in export.files],
        "model": card.id,
        "format": export.format,
        "subtype": export.subtype,
        "differing": null.differing,
        "peak_dbfs": null.peak_dbfs,
        "rounded_bits": export.rounded_bits,
        "moved": export.moved,
    }
