"""Exports as a person plans them: what, which part, as what, where to, under which names."""

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from remixer.audio import stemfile
from remixer.audio.formats import CONTAINERS, SOURCE, format_of, resolve
from remixer.audio.reader import AudioReader
from remixer.dsp.signal import STEMS
from remixer.errors import SettingError
from remixer.mixing.strips import MixState
from remixer.session import naming
from remixer.session.export import stem_file_format, stem_targets
from remixer.session.finishing import AS_USUAL, Finish
from remixer.session.presets import ALL, CUSTOM, MINUS_ONE, REMIX, STEM_FILES, STEM_MP4, Preset
from remixer.session.region import Original, part_of
from remixer.session.remix_export import is_copy
from remixer.session.targets import check_target

STEM_FORMATS = ("WAV", "FLAC", "AIFF")
REMIX_FORMATS = (*STEM_FORMATS, "OGG", "OPUS", "MP3", "M4A")
WHAT = {
    REMIX: REMIX_FORMATS,
    STEM_FILES: (*STEM_FORMATS, STEM_MP4),
    MINUS_ONE: REMIX_FORMATS,
    ALL: STEM_FORMATS,
}
RECEIPTS = (".receipt.json", ".receipt.html", ".receipt.pdf")
NEUTRAL = MixState()


@dataclass(frozen=True)
class ExportPlan:
    """What is to be exported.

    what: "remix" (the song with the moves), "stems" (four files, or one stem file, that add up to
    the song), "minus-one" (the song without the stem `without`, and no moves) or "all" (a folder
    with remix, stems and four minus-ones). folder: made if it is missing. format: a container of
    WHAT in any case, or "source"; subtype: see `audio.formats.resolve`. naming: see
    `session.naming`. region: samples [start, stop), None for all. model: the ID. finish: of what
    has moves; a ceiling holds for the remix only. receipt: whether one is written beside. preset:
    its ID, for names and the receipt. target: a remix's file, in place of folder, format and name.
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
    finish: Finish = AS_USUAL
    receipt: bool = False
    preset: str = ""
    target: Path | None = None

    def by(self, preset: Preset) -> "ExportPlan":
        """This plan with a preset's choices."""
        besides = {
            "naming": preset.naming,
            "without": preset.without,
            "finish": preset.finish,
            "receipt": preset.receipt,
        }
        return replace(
            self,
            what=preset.what,
            format=preset.format,
            subtype=preset.subtype,
            preset=preset.id,
            **{name: value for name, value in besides.items() if value is not None},  # type: ignore[arg-type]
        )

    def targets(self, source: AudioReader, state: MixState = NEUTRAL) -> list[Path]:
        """The files it writes of a source; of a remix with a state. Nothing is read or written.

        state: counts where the source is lossy: without moves its remix is the file itself, copied.
        Raises SettingError for a plan that makes no sense, OutputError for a format that cannot
        hold the source, and for files that cannot be written, or exist and may not be replaced.
        """
        original = self._part_of(source)
        parts = self.parts(source.path)
        files = [file for part in parts for file in part.files(original, state)]
        if len(set(files)) < len(files):
            raise SettingError(f"the name {self.naming!r} is the same for all: add {{part}}")
        if self.receipt:
            for receipt in self.receipts(source.path):
                check_target(original, receipt, self.overwrite)
                files.append(receipt)
        return files

    def parts(self, song: Path) -> list["ExportPlan"]:
        """The exports that it is made of: itself, but for "all"."""
        if self.what != ALL:
            return [self]
        plan = replace(self, folder=self.place(song))
        ones = [replace(plan, what=MINUS_ONE, without=stem) for stem in STEMS]
        return [replace(plan, what=REMIX), replace(plan, what=STEM_FILES), *ones]

    def place(self, song: Path) -> Path:
        """The folder that the files lie in."""
        if self.target is not None:
            return self.target.parent
        return self.folder / self.name(song, self.part) if self.what == ALL else self.folder

    def receipts(self, song: Path) -> list[Path]:
        """Where the receipt goes: as JSON, as a page and as a sheet."""
        name = self.target.stem if self.target else self.name(song, self.part)
        return [self.place(song) / (name + suffix) for suffix in RECEIPTS]

    def state(self, state: MixState) -> MixState:
        """The mix that is exported where the song's is `state`."""
        return NEUTRAL.with_strip(self.without, mute=True) if self.what == MINUS_ONE else state

    def needs_stems(self, state: MixState) -> bool:
        """Whether the song must be separated for it."""
        return self.what in (STEM_FILES, ALL) or not self.state(state).is_neutral

    def name(self, song: Path, part: str) -> str:
        """The name of a part of a song, without its extension. Raises SettingError."""
        values = {
            "name": song.stem,
            "part": part,
            "date": date.today().isoformat(),
            "model": self.model,
            "preset": self.preset or CUSTOM,
        }
        return naming.file_name(self.naming, values)

    @property
    def part(self) -> str:
        """What it is called in names."""
        return f"minus {self.without}" if self.what == MINUS_ONE else self.what

    def files(self, original: Original, state: MixState) -> list[Path]:
        """As `targets`, of one of the `parts`, without a receipt."""
        song = original.path
        if self.what == STEM_FILES and self.format.lower() != STEM_MP4:
            how = (self.format, self.subtype, self.overwrite)
            return stem_targets(original, self.folder, *how, self.name)[1]
        if self.what == STEM_FILES:
            stem_file_format(original, self.subtype)
            target = self.folder / (self.name(song, self.part) + stemfile.EXTENSION)
        elif self.target is not None:
            target = self._checked(original, self.target, state)
        else:
            extension = self._extension(original, self.state(state))
            target = self.folder / (self.name(song, self.part) + extension)
        check_target(original, target, self.overwrite)
        return [target]

    def _part_of(self, source: AudioReader) -> Original:
        """What is exported of a source. Raises SettingError for a plan that makes no sense."""
        if self.what not in WHAT:
            raise SettingError(f"{self.what!r} cannot be exported: choose {', '.join(WHAT)}")
        if self.format.lower() not in (SOURCE, *(known.lower() for known in WHAT[self.what])):
            raise SettingError(
                f"{self.what} cannot be written as {self.format}: "
                f"choose source, {', '.join(WHAT[self.what])}"
            )
        if self.without not in STEMS:
            raise SettingError(f"no stem is called {self.without!r}: use {', '.join(STEMS)}")
        if self.target is not None and self.what != REMIX:
            raise SettingError(f"{self.target} names one file, {self.what} are more: give a folder")
        several = self.what == STEM_FILES and self.format.lower() != STEM_MP4
        if several and len({self.name(source.path, stem) for stem in STEMS}) < len(STEMS):
            raise SettingError(f"the name {self.naming!r} is the same for all stems: add {{part}}")
        return part_of(source, self.region)

    def _checked(self, original: Original, target: Path, state: MixState) -> Path:
        """A remix's target, once its format is known to hold the source."""
        format = format_of(target)
        if not is_copy(original, state, format, self.subtype):
            resolve(original, format, self.subtype)
        return target

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
