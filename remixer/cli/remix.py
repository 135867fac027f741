"""remixer remix: move stems, write the result."""

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from remixer.audio.formats import resolve
from remixer.audio.reader import open_audio
from remixer.cli import delivery, options
from remixer.cli.batch import EXTENSIONS, Claims, expand, run_batch
from remixer.cli.console import Show, plain, telling_folder, watching
from remixer.dsp.gain import gain_to_db
from remixer.errors import SettingError
from remixer.mixing.strips import MixState
from remixer.separation.catalogue import find_model
from remixer.session.delivery import deliver_file
from remixer.session.exporting import ExportReport
from remixer.session.finishing import AUTO, Finish
from remixer.session.naming import DEFAULT
from remixer.session.own_presets import known_preset
from remixer.session.remix_export import RemixExport
from remixer.session.savefile import SUFFIX

Files = Annotated[
    list[Path] | None,
    typer.Argument(help="Audio files, or folders of them; none with --session.", metavar="FILE"),
]
Output = Annotated[
    Path | None,
    typer.Option(
        "-o",
        "--output",
        help="Target file; with several FILEs or a preset, a folder. Folders that are missing are "
        "made.",
        metavar="OUT",
        show_default=False,
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
Mix = Annotated[
    Path | None,
    typer.Option(
        help="Settings of a whole mix, treatments and all, as JSON: see docs/treatments.md. The "
        "options above come on top of it.",
        metavar="JSON",
    ),
]
Subtype = Annotated[
    str, typer.Option(help="Sample format of the target, or source.", metavar="SUBTYPE")
]


def remix(
    context: typer.Context,
    files: Files = None,
    output: Output = None,
    gain: Gain = [],  # noqa: B006 - typer copies it
    mute: Mute = [],  # noqa: B006
    solo: Solo = [],  # noqa: B006
    pan: Pan = [],  # noqa: B006
    mix: Mix = None,
    session: delivery.Session = None,
    save_session: delivery.SaveSession = None,
    preset: delivery.Preset = "",
    without: delivery.Without = "vocals",
    name: delivery.Name = DEFAULT,
    region: delivery.Region = "",
    ceiling: delivery.Ceiling = None,
    dither: delivery.Dither = AUTO,
    receipt: delivery.Receipt = False,
    model: options.Model = options.MODEL,
    subtype: Subtype = "source",
    overwrite: options.Overwrite = False,
    json: options.Json = False,
) -> None:
    """Change level, place and treatment of stems and write the remix; with no moves, the source bit
    for bit.
    """
    show = Show(json)
    state = options.mix_state(gain, mute, solo, pan, options.saved_mix(mix))
    options.check_kind("source", subtype)
    seconds, part = delivery.parse_part(region)
    asked = delivery.Delivery(
        preset=known_preset(preset) if preset else None,
        seconds=seconds,
        part=part,
        finish=Finish(dither, ceiling),
        receipt=receipt,
        without=options.stem_name(without),
        naming=name,
        subtype=subtype,
        overwrite=overwrite,
        model=model,
        given=options.given(context, naming="name", ceiling_db="ceiling"),
    )
    if preset and subtype != "source":
        raise SettingError(f"--subtype {subtype}: the preset {preset} says that, give one of them")
    if session is not None:
        if files or save_session or not state == MixState():
            raise SettingError("--session has its song and its moves: give no FILE and no moves")
        opened = delivery.open_session(session, model, options.MODEL)
        files, state = [opened.song], opened.mix
        asked = replace(
            asked, model=opened.model, loop=_loop(region, opened), regions=opened.regions
        )
    elif region == delivery.LOOP:
        raise SettingError("--region loop is for a --session: write it as START-STOP")
    _run(files or [], output, state, asked, show, save_session)


def _loop(region: str, opened: delivery.Opened) -> tuple[int, int] | None:
    if region == delivery.LOOP and opened.loop is None:
        raise SettingError("--region loop: the session has no loop, write it as START-STOP")
    return opened.loop if region == delivery.LOOP else None


def _run(
    files: list[Path],
    output: Path | None,
    state: MixState,
    asked: delivery.Delivery,
    show: Show,
    session: Path | None,
) -> None:
    """session: where the moves are saved, too."""
    if not files:
        raise SettingError("there is nothing to remix: give a FILE, or a --session")
    for file in files:
        if file.suffix.lower() == SUFFIX:
            raise SettingError(f"{file} is a session, no recording: give it as --session {file}")
    exports = output is not None or bool(asked.preset)
    if not exports and session is None:
        raise SettingError("the remix has no name: give --output FILE, or a --preset")
    output = output or Path()
    card, songs = find_model(asked.model), expand(files)
    if session is not None and len(songs) > 1:
        raise SettingError(f"--save-session {session} is for one song, here are {len(songs)}")
    into_folder = bool(asked.preset) or (
        len(songs) > 1 or output.is_dir() or any(f.is_dir() for f in files)
    )
    if into_folder and output.suffix.lower() in EXTENSIONS and not output.is_dir():
        what = "a preset's" if asked.preset else "several"
        raise SettingError(f"-o {output}: {what} files go into a folder, give the name of one")
    claims = Claims(songs)

    def work(path: Path) -> dict[str, Any]:
        if session is None:
            return export(path)
        delivery.check_session(path, session, state, asked.overwrite)
        told = export(path) if exports else {}
        delivery.save_session(path, session, state, card, asked.overwrite, show)
        return {**told, "session": str(session)}

    def export(path: Path) -> dict[str, Any]:
        with ExitStack() as stack:
            target = output / _name(path) if into_folder and not asked.preset else output
            plan = asked.plan(path, target)
            stack.enter_context(telling_folder(output if into_folder else output.parent, show))
            if into_folder:
                with open_audio(path) as source:
                    claims.take(path, plan.targets(source, state))
            watch = stack.enter_context(watching(path.name))
            exported = deliver_file(
                path, plan, state, card, watch=watch, as_float="--subtype FLOAT"
            )
        return report(exported, show)

    run_batch(songs, show, work)


def _name(path: Path) -> str:
    """The name of a remix in a folder: "<name> - remix.<ext>", in the source's format."""
    with open_audio(path) as source:
        extension = path.suffix if source.lossy else resolve(source).extension
    return f"{path.stem} - remix{extension}"


def report(exported: ExportReport, show: Show) -> dict[str, Any]:
    """Say what was written and what was proved; returns it for scripts."""
    for file in (*exported.files, *exported.receipt):
        show.line(f"  {plain(str(file))}")
    show.line(plain(exported.proof))
    for note in exported.notes:
        show.note(note)
    return {
        **_single(exported),
        "files": [str(file) for file in exported.files],
        "receipt": [str(file) for file in exported.receipt],
        "proof": exported.proof,
        "notes": list(exported.notes),
    }


def _single(exported: ExportReport) -> dict[str, Any]:
    """The values of a single mix."""
    export = exported.done[0].export
    if len(exported.done) > 1 or not isinstance(export, RemixExport):
        return {"identical": exported.identical}
    return {
        "remix": str(export.file),
        "format": export.format,
        "subtype": export.subtype,
        "identical": export.identical,
        "verified": export.proved is not None,
        "clipped": export.clipped,
        "peak_dbfs": None if export.peak is None else gain_to_db(export.peak),
        "dithered_bits": export.dithered_bits,
        "ceiling_took_db": export.limiting.deepest_db if export.limiting else None,
    }
