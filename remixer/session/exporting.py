"""Exports as a person plans them: what, which part, as what, where to, under which names."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from remixer.audio.formats import CONTAINERS, SOURCE, resolve
from remixer.audio.reader import AudioReader
from remixer.dsp.gain import gain_to_db
from remixer.dsp.signal import STEMS
from remixer.errors import CacheError, SettingError
from remixer.mixing.stems import StemSet
from remixer.mixing.strips import MixState
from remixer.session import naming
from remixer.session.export import (
    check_target,
    export_remix,
    export_stems,
    folder_for_exports,
    is_copy,
    stem_targets,
)
from remixer.session.jobs import Watch
from remixer.session.region import Original, Region, part_of, stems_of
from remixer.session.wording import clock, remix_notes, remix_proof, stems_notes, stems_proof

REMIX, STEM_FILES, MINUS_ONE = "remix", "stems", "minus-one"
STEM_FORMATS = ("WAV", "FLAC", "AIFF")
REMIX_FORMATS = (*STEM_FORMATS, "OGG", "OPUS", "MP3", "M4A")
WHAT = {REMIX: REMIX_FORMATS, STEM_FILES: STEM_FORMATS, MINUS_ONE: REMIX_FORMATS}
AS_FLOAT = "32-bit float"
NEUTRAL = MixState()


@dataclass(frozen=True)
class ExportPlan:
    """What is to be exported.

    what: "remix" (the song with the moves), "stems" (four files that add up to the song) or
    "minus-one" (the song without the stem `without`, and no moves). folder: made if it is missing.
    format: a container of STEM_FORMATS or REMIX_FORMATS in any case, or "source"; subtype: see
    `audio.formats.resolve`. naming: see `session.naming`. region: samples [start, stop), None for
    all. model: the ID, for names that tell it.
    """

    what: str
    folder: Path
    format: str = SOURCE
    subtype: str = SOURCE
    naming: str = naming.DEFAULT
    region: tuple[int, int] | None = None
    without: str = "vocals"
    overwrite: bool = False
    model: str = ""

    def targets(self, source: AudioReader, state: MixState = NEUTRAL) -> list[Path]:
        """The files it writes of a source; of a remix with a state. Nothing is read or written.

        state: counts where the source is lossy: without moves its remix is the file itself, copied.
        Raises SettingError for a plan that makes no sense, OutputError for a format that cannot
        hold the source, and for files that cannot be written, or exist and may not be replaced.
        """
        original = self._part_of(source)
        if self.what == STEM_FILES:
            how = (self.format, self.subtype, self.overwrite)
            return stem_targets(original, self.folder, *how, self.name)[1]
        extension = self._extension(original, self.state(state))
        target = self.folder / (self.name(source.path, self._part) + extension)
        check_target(original, target, self.overwrite, missing_folder=True)
        return [target]

    def state(self, state: MixState) -> MixState:
        """The mix that is exported where the song's is `state`."""
        return NEUTRAL.with_strip(self.without, mute=True) if self.what == MINUS_ONE else state

    def name(self, song: Path, part: str) -> str:
        """The name of a part of a song, without its extension. Raises SettingError."""
        today = date.today().isoformat()
        values = {"name": song.stem, "part": part, "date": today, "model": self.model}
        return naming.file_name(self.naming, values)

    @property
    def _part(self) -> str:
        return f"minus {self.without}" if self.what == MINUS_ONE else "remix"

    def _part_of(self, source: AudioReader) -> Original:
        """What is exported of a source. Raises SettingError for a plan that makes no sense."""
        if self.what not in WHAT:
            raise SettingError(f"{self.what!r} cannot be exported: choose {', '.join(WHAT)}")
        if self.format.upper() not in (SOURCE.upper(), *WHAT[self.what]):
            raise SettingError(
                f"{self.what} cannot be written as {self.format}: "
                f"choose source, {', '.join(WHAT[self.what])}"
            )
        if self.without not in STEMS:
            raise SettingError(f"no stem is called {self.without!r}: use {', '.join(STEMS)}")
        if self.what == STEM_FILES and len({self.name(source.path, stem) for stem in STEMS}) < 4:
            raise SettingError(f"the name {self.naming!r} is the same for all stems: add {{part}}")
        return part_of(source, self.region)

    def _extension(self, original: Original, state: MixState) -> str:
        """Of a remix; the source's own where it is copied."""
        own = original.path.suffix
        copied = CONTAINERS.get(original.format)
        if (
            self.format.lower() == SOURCE
            and copied is not None
            and own.lower() in copied.extensions
            and is_copy(original, state, original.format, self.subtype)
        ):
            return own
        return resolve(original, self.format, self.subtype).extension


@dataclass(frozen=True)
class ExportReport:
    """Files that are on disk, and what was proved of them.

    proof: a line for people. identical: whether the remix is, or the stems add up to, the source's
    part exactly. clipped: samples limited to full scale. peak_dbfs: of a remix; None where nobody
    looked. notes: remarks for people.
    """

    files: tuple[Path, ...]
    proof: str
    identical: bool
    clipped: int
    peak_dbfs: float | None
    notes: tuple[str, ...]


def run_export(
    plan: ExportPlan,
    source: AudioReader,
    stems: StemSet | None,
    state: MixState,
    watch: Watch,
) -> ExportReport:
    """Write and prove what is planned. Only `watch.writing` is told: nothing is separated here.

    stems: of the whole source, separated at least in the region; None for a remix without moves.
    Raises RemixerError (CacheError when stems are missing), Cancelled; then nothing is left.
    """
    targets = plan.targets(source, state)
    original, mix = part_of(source, plan.region), plan.state(state)
    part = None
    if plan.what == STEM_FILES or not mix.is_neutral:
        if stems is None:
            raise CacheError(f"{source.path.name} is not separated yet: wait for it to end")
        part = stems_of(original, stems)
    with folder_for_exports(plan.folder):
        if plan.what == STEM_FILES and part:
            return _stem_files(plan, original, part, watch)
        return _mix(plan, original, part, mix, targets[0], watch)


def _stem_files(plan: ExportPlan, original: Original, stems: StemSet, watch: Watch) -> ExportReport:
    export = export_stems(
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
    proof = stems_proof(_described(original), export)
    notes = stems_notes(export, AS_FLOAT)
    return ExportReport(export.files, proof, export.null.passed, 0, None, notes)


def _mix(
    plan: ExportPlan,
    original: Original,
    stems: StemSet | None,
    state: MixState,
    target: Path,
    watch: Watch,
) -> ExportReport:
    export = export_remix(
        stems,
        original,
        state,
        target,
        subtype=plan.subtype,
        overwrite=plan.overwrite,
        on_progress=watch.writing,
        cancelled=watch.cancelled,
    )
    proof = remix_proof(_described(original), export)
    notes = remix_notes(export, AS_FLOAT)
    peak_dbfs = None if export.peak is None else gain_to_db(export.peak)
    return ExportReport((export.file,), proof, export.identical, export.clipped, peak_dbfs, notes)


def _described(original: Original) -> str:
    """What an export is held against, for people."""
    name = original.path.name
    if not isinstance(original, Region):
        return name
    start, stop = (clock(sample / original.rate) for sample in (original.start, original.stop))
    return f"{name} from {start} to {stop}"
