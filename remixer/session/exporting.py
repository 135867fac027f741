"""Exports carried out: each part written and proved, all of them kept or none."""

from dataclasses import dataclass, replace
from pathlib import Path

from remixer.audio.placing import all_or_none
from remixer.audio.reader import AudioReader
from remixer.dsp.gain import gain_to_db
from remixer.errors import CacheError
from remixer.mixing.stems import StemSet
from remixer.mixing.strips import MixState
from remixer.session.export import StemExport, export_stem_file, export_stems
from remixer.session.export_plan import ExportPlan
from remixer.session.finishing import Finish
from remixer.session.jobs import Watch
from remixer.session.presets import MINUS_ONE, STEM_FILES, STEM_MP4
from remixer.session.receipt import write_receipt
from remixer.session.region import Original, part_of, stems_of
from remixer.session.remix_export import RemixExport, export_remix
from remixer.session.targets import folder_for_exports
from remixer.session.wording import (
    described,
    remix_notes,
    remix_proof,
    set_proof,
    stems_notes,
    stems_proof,
)

__all__ = ["AS_FLOAT", "Done", "ExportPlan", "ExportReport", "run_export"]

AS_FLOAT = "32-bit float"


@dataclass(frozen=True)
class Done:
    """A part of a plan, and what came of it."""

    plan: ExportPlan
    export: StemExport | RemixExport

    @property
    def files(self) -> tuple[Path, ...]:
        """What was written."""
        return (self.export.file,) if isinstance(self.export, RemixExport) else self.export.files

    @property
    def identical(self) -> bool:
        """Whether it is, or its files add up to, the source's part exactly."""
        if isinstance(self.export, RemixExport):
            return self.export.identical
        return self.export.null.passed


@dataclass(frozen=True)
class ExportReport:
    """Files that are on disk, and what was proved of them.

    proof: a line for people. identical: whether the remix is, or the stems add up to, the source's
    part exactly. clipped: samples limited to full scale. peak_dbfs: of a remix; None where nobody
    looked. notes: remarks for people. done: each part. receipt: its files, () without one.
    """

    files: tuple[Path, ...]
    proof: str
    identical: bool
    clipped: int
    peak_dbfs: float | None
    notes: tuple[str, ...]
    done: tuple[Done, ...] = ()
    receipt: tuple[Path, ...] = ()


def run_export(
    plan: ExportPlan,
    source: AudioReader,
    stems: StemSet | None,
    state: MixState,
    watch: Watch,
    as_float: str = AS_FLOAT,
) -> ExportReport:
    """Write and prove what is planned. Only `watch.writing` is told: nothing is separated here.

    stems: of the whole source, separated at least in the region; None for a remix without moves.
    as_float: how to ask for it, in remarks. Raises RemixerError (CacheError when stems are
    missing), Cancelled; then nothing new is left. Files that were replaced until then stay so:
    they are whole and proved.
    """
    plan.targets(source, state)  # what cannot be written is found out before any work
    original = part_of(source, plan.region)
    part = None
    if plan.needs_stems(state):
        if stems is None:
            raise CacheError(f"{source.path.name} is not separated yet: wait for it to end")
        part = stems_of(original, stems)
    plans = plan.parts(source.path)
    with folder_for_exports(plan.place(source.path)), all_or_none():
        done = tuple(
            Done(each, _write(each, original, part, state, _share(watch, number, len(plans))))
            for number, each in enumerate(plans)
        )
        report = _report(done, original, as_float)
        if not plan.receipt:
            return report
        return replace(report, receipt=write_receipt(plan, original, state, report, watch))


def _share(watch: Watch, number: int, count: int) -> Watch:
    """Progress of one of several parts of the same length."""
    if count == 1:
        return watch

    def writing(done_s: float, total_s: float) -> None:
        watch.writing(number * total_s + done_s, count * total_s)

    return replace(watch, writing=writing)


def _write(
    plan: ExportPlan, original: Original, stems: StemSet | None, state: MixState, watch: Watch
) -> StemExport | RemixExport:
    """One part, which is no set."""
    targets = plan.files(original, state)
    if plan.what != STEM_FILES:
        return export_remix(
            stems,
            original,
            plan.state(state),
            targets[0],
            subtype=plan.subtype,
            finish=_finish(plan),
            overwrite=plan.overwrite,
            on_progress=watch.writing,
            cancelled=watch.cancelled,
        )
    assert stems is not None
    if plan.format.lower() == STEM_MP4:
        return export_stem_file(
            stems,
            original,
            targets[0],
            subtype=plan.subtype,
            overwrite=plan.overwrite,
            on_progress=watch.writing,
            cancelled=watch.cancelled,
        )
    return export_stems(
        stems,
        original,
        plan.folder,
        format=plan.format,
        subtype=plan.subtype,
        overwrite=plan.overwrite,
        naming=plan.name,
        on_progress=watch.writing,
        cancelled=watch.cancelled,
    )


def _finish(plan: ExportPlan) -> Finish:
    """A ceiling is for the remix."""
    return replace(plan.finish, ceiling_db=None) if plan.what == MINUS_ONE else plan.finish


def _report(done: tuple[Done, ...], original: Original, as_float: str) -> ExportReport:
    """What came of all parts."""
    where = described(original)
    remixes = [d.export for d in done if isinstance(d.export, RemixExport)]
    stems = [d.export for d in done if isinstance(d.export, StemExport)]
    notes = [note for export in remixes for note in remix_notes(export, as_float)]
    notes += [note for export in stems for note in stems_notes(export, as_float)]
    if done[0].identical and done[0].plan.finish.ceiling_db is not None and remixes:
        notes.append("no moves: no ceiling, the output is the original")
    if len(done) > 1:
        proof = set_proof(where, stems[0], remixes)
    else:
        proof = stems_proof(where, stems[0]) if stems else remix_proof(where, remixes[0])
    peaks = [export.peak for export in remixes if export.peak is not None]
    return ExportReport(
        files=tuple(file for each in done for file in each.files),
        proof=proof,
        identical=all(d.identical for d in done if isinstance(d.export, StemExport) or not stems),
        clipped=sum(export.clipped for export in remixes),
        peak_dbfs=gain_to_db(max(peaks)) if peaks else None,
        notes=tuple(dict.fromkeys(notes)),
        done=done,
    )
