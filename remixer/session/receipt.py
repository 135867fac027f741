"""A receipt: what was exported of what, how, and what was proved and measured of it.

The same values as JSON, for machines and for `receipt verify`, and for people as a page and as a
sheet of paper.
"""

import hashlib
import json
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

from remixer.audio.placing import all_or_none, write
from remixer.audio.reader import AudioReader, open_audio
from remixer.dsp.signal import STEMS
from remixer.errors import ModelError, OutputError
from remixer.mixing.nulltest import NullResult
from remixer.mixing.plain import to_plain
from remixer.mixing.strips import MixState
from remixer.separation.catalogue import find_model
from remixer.session.export import StemExport
from remixer.session.export_plan import ExportPlan
from remixer.session.jobs import Watch
from remixer.session.moves import moves_in_words
from remixer.session.portrait import Portrait, portray
from remixer.session.receipt_page import page
from remixer.session.receipt_sheet import sheet
from remixer.session.region import Original, Region
from remixer.session.remix_export import RemixExport

VERSION = 1

Values = dict[str, Any]


class Exported(Protocol):
    """A part of a plan and what came of it: see `exporting.Done`."""

    @property
    def plan(self) -> ExportPlan:
        """The part."""
        ...

    @property
    def export(self) -> StemExport | RemixExport:
        """What came of it."""
        ...

    @property
    def files(self) -> tuple[Path, ...]:
        """What was written."""
        ...


class Reported(Protocol):
    """What a receipt needs of an export's report: see `exporting.ExportReport`."""

    @property
    def proof(self) -> str:
        """What was proved, for people."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """Remarks for people."""
        ...

    @property
    def done(self) -> tuple[Exported, ...]:
        """Each part."""
        ...


@dataclass(frozen=True, eq=False)
class Pictured:
    """A file of the export as it was read back. values: of it, for the receipt."""

    values: Values
    portrait: Portrait


def write_receipt(
    plan: ExportPlan, original: Original, state: MixState, report: Reported, watch: Watch
) -> tuple[Path, ...]:
    """Write the receipt of files that are on disk; gives its own files. What it tells of them is
    read from the disk.

    Raises OutputError, InputError, Cancelled; then nothing new of it is left.
    """
    before = portray(original, watch.cancelled)
    after = [pictured for done in report.done for pictured in _pictured(done, watch.cancelled)]
    values = receipt_values(plan, original, state, report, before, [p.values for p in after])
    paths = plan.receipts(original.path)
    song = after[0].portrait if _one_sound(report) else None
    contents = (
        _encoded(json.dumps(values, indent=2) + "\n"),
        _encoded(page(values, before, song)),
        sheet(values, before, song),
    )
    with all_or_none():
        for path, content in zip(paths, contents, strict=True):
            _write(path, content, plan.overwrite)
    return tuple(paths)


def _one_sound(report: Reported) -> bool:
    """Whether the first file is the song, to be shown against the original."""
    return isinstance(report.done[0].export, RemixExport)


def receipt_values(
    plan: ExportPlan,
    original: Original,
    state: MixState,
    report: Reported,
    before: Portrait,
    exports: list[Values],
) -> Values:
    """All that a receipt says, as plain values."""
    source = original.source if isinstance(original, Region) else original
    mix = plan.state(state)
    return {
        "receipt": VERSION,
        "remixer": version("remixer"),
        "date": datetime.now().astimezone().isoformat(timespec="seconds"),
        "source": {"path": str(source.path.resolve()), **_file(source, source.path)},
        "region": [original.start, original.stop] if isinstance(original, Region) else None,
        "levels": levels(before),
        "moves": {"words": moves_in_words(mix), "state": to_plain(mix)},
        "model": _model(plan.model) if plan.needs_stems(state) else None,
        "options": _options(plan),
        "proof": report.proof,
        "notes": list(report.notes),
        "exports": exports,
    }


def levels(portrait: Portrait) -> Values:
    """A meter's readings; None for silence, which has no level."""
    readings = asdict(portrait.loudness)
    return {name: value if _finite(value) else None for name, value in readings.items()}


def _finite(value: Any) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)


def _pictured(done: Exported, cancelled: Callable[[], bool]) -> list[Pictured]:
    pictured = []
    for path, part in zip(done.files, _parts(done), strict=True):
        with open_audio(path) as written:
            portrait = portray(written, cancelled)
            values = {
                "what": done.plan.what,
                "part": part,
                **_file(written, path),
                "null": null_values(done.export),
                "levels": levels(portrait),
            }
        pictured.append(Pictured(values, portrait))
    return pictured


def _parts(done: Exported) -> tuple[str, ...]:
    """What the files of a part hold."""
    return STEMS if len(done.files) == len(STEMS) else (done.plan.part,)


def null_values(export: StemExport | RemixExport) -> Values:
    """What was proved of an export.

    of: "sum" (stems against the source), "render" (the file against what was rendered), "copy" or
    "nothing" (a lossy file). differing: samples; peak_dbfs: None where nothing differs.
    """
    null: NullResult | None
    if isinstance(export, StemExport):
        null, of = export.null, "sum"
        rest: Values = {"rounded_bits": export.rounded_bits, "moved": export.moved}
    else:
        null, of = export.proved, "render"
        if export.proved is None:
            of = "copy" if export.identical else "nothing"
        limiting = export.limiting
        rest = {
            "identical_to_source": export.identical,
            "clipped": export.clipped,
            "dithered_bits": export.dithered_bits,
            "ceiling_took_db": limiting.deepest_db if limiting else None,
            "ceiling_samples": limiting.samples if limiting else None,
        }
    peak = null.peak_dbfs if null and _finite(null.peak_dbfs) else None
    differing = null.differing if null else None
    return {"of": of, "differing": differing, "peak_dbfs": peak, **rest}


def _file(reader: AudioReader, path: Path) -> Values:
    """A file and its hashes. content: of the decoded samples, None where decoders may differ."""
    return {
        "file": path.name,
        "format": reader.format,
        "subtype": reader.subtype,
        "rate": reader.rate,
        "channels": reader.channels,
        "length": reader.length,
        "bytes": path.stat().st_size,
        "sha256": file_sha256(path),
        "content": None if reader.lossy else reader.content_hash(),
    }


def file_sha256(path: Path) -> str:
    """Hex SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _model(name: str) -> Values | None:
    """The model that separated the song, as far as it is known."""
    if not name:
        return None
    try:
        card = find_model(name)
    except ModelError:
        return {"id": name}
    return {
        "id": card.id,
        "title": card.title,
        "version": card.fingerprint,
        "sha256": card.sha256,
        "licence": card.licence,
    }


def _options(plan: ExportPlan) -> Values:
    return {
        "what": plan.what,
        "preset": plan.preset or None,
        "format": plan.format,
        "subtype": plan.subtype,
        "without": plan.without if plan.what == "minus-one" else None,
        "dither": plan.finish.dither,
        "ceiling_dbtp": plan.finish.ceiling_db,
    }


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace")


def _write(path: Path, content: bytes, overwrite: bool) -> None:
    """A file that takes its name when it is whole."""
    try:
        write(path.resolve(), content, overwrite=overwrite, name=path)
    except OSError as error:
        raise OutputError(
            f"the receipt {path} could not be written ({error.strerror}): make room or choose "
            "another folder"
        ) from error
