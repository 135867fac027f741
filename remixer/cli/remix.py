"""remixer remix: move stems, write the result."""

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import typer

from remixer.audio.formats import resolve
from remixer.audio.reader import open_audio
from remixer.cli import options
from remixer.cli.batch import EXTENSIONS, Claims, expand, run_batch
from remixer.cli.console import Show, plain, watching
from remixer.dsp.gain import gain_to_db
from remixer.errors import SettingError
from remixer.separation.catalogue import find_model
from remixer.session.jobs import remix_file
from remixer.session.remix_export import RemixExport
from remixer.session.targets import folder_for_exports
from remixer.session.wording import remix_notes, remix_proof

Output = Annotated[
    Path,
    typer.Option(
        "-o", "--output", help="Target file; with several FILEs, a folder.", metavar="OUT"
    ),
]
Gain = Annotated[
    list[str],
    typer.Option("--gain", help="Level in dB, of a stem or master; repeatable.", metavar="STEM=DB"),
]
Mute = Annotated[list[str], typer.Option("--mute", help="Silence a stem.", metavar="STEM")]
Solo = Annotated[
    list[str], typer.Option("--solo", help="Only the soloed stems sound.", metavar="STEM")
]
Pan = Annotated[
    list[str], typer.Option("--pan", help="Balance from -1 (left) to 1.", metavar="STEM=PAN")
]
Subtype = Annotated[
    str, typer.Option(help="Sample format of the target, or source.", metavar="SUBTYPE")
]


def remix(
    files: options.Files,
    output: Output,
    gain: Gain = [],  # noqa: B006 - typer copies it
    mute: Mute = [],  # noqa: B006
    solo: Solo = [],  # noqa: B006
    pan: Pan = [],  # noqa: B006
    model: options.Model = options.MODEL,
    subtype: Subtype = "source",
    overwrite: options.Overwrite = False,
    json: options.Json = False,
) -> None:
    """Change the level or place of stems and write the remix; with no moves, the source bit for
    bit.
    """
    show, card = Show(json), find_model(model)
    state = options.mix_state(gain, mute, solo, pan)
    options.check_kind("source", subtype)
    songs = expand(files)
    into_folder = len(songs) > 1 or output.is_dir() or any(f.is_dir() for f in files)
    if into_folder and output.suffix.lower() in EXTENSIONS and not output.is_dir():
        raise SettingError(f"-o {output}: several files go into a folder, give the name of one")
    claims = Claims(songs)

    def work(path: Path) -> dict[str, Any]:
        with ExitStack() as stack:
            target = output / _name(path) if into_folder else output
            if into_folder:
                claims.take(path, [target])
                stack.enter_context(folder_for_exports(output))
            watch = stack.enter_context(watching(path.name))
            export = remix_file(
                path, target, state, card, subtype=subtype, overwrite=overwrite, watch=watch
            )
        return report(path, export, show)

    run_batch(songs, show, work)


def _name(path: Path) -> str:
    """The name of a remix in a folder: "<name> - remix.<ext>", in the source's format."""
    with open_audio(path) as source:
        extension = path.suffix if source.lossy else resolve(source).extension
    return f"{path.stem} - remix{extension}"


def report(path: Path, export: RemixExport, show: Show) -> dict[str, Any]:
    """Say what was written and what was proved; returns it for scripts."""
    show.line(f"  {plain(str(export.file))}")
    show.line(plain(remix_proof(path.name, export)))
    for note in remix_notes(export, "--subtype FLOAT"):
        show.note(note)
    return {
        "remix": str(export.file),
        "format": export.format,
        "subtype": export.subtype,
        "identical": export.identical,
        "verified": export.proved is not None,
        "clipped": export.clipped,
        "peak_dbfs": None if export.peak is None else gain_to_db(export.peak),
    }
