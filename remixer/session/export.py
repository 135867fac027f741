"""Exports: stem files and remixes, proved before they take their names."""

import filecmp
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from remixer.audio.formats import FileFormat, format_of, is_lossy, resolve
from remixer.audio.reader import open_audio
from remixer.audio.tags import copy_tags
from remixer.audio.temporaries import claim, release
from remixer.audio.writer import AudioWriter
from remixer.dsp.signal import STEMS, Grid, SampleReader, Samples
from remixer.errors import Cancelled, OutputError
from remixer.mixing.nulltest import NullResult, null_test
from remixer.mixing.render import RenderedMix
from remixer.mixing.stems import StemSet, fit_full_scale, regrid
from remixer.mixing.strips import MixState
from remixer.session.proof import as_written, prove, tolerance
from remixer.session.region import Original, Region
from remixer.session.separation import NoStems, OnProgress, silent

BLOCK = 1 << 16


@dataclass(frozen=True)
class StemExport:
    """Stem files that are on disk and proved.

    null: the files' sum against the source itself. rounded_bits: the depth the source was rounded
    to where the files are shallower than it (their sum is exactly that), else None. moved: samples
    whose excess over full scale went to another stem.
    """

    files: tuple[Path, ...]
    format: str
    subtype: str
    null: NullResult
    rounded_bits: int | None
    moved: int


@dataclass(frozen=True)
class RemixExport:
    """A remix that is on disk and proved.

    identical: the file holds exactly the source's samples (or is a copy of it). proved: read back
    and compared; None for lossy formats, which never return what they were given. clipped: samples
    limited to full scale. peak: linear; None for a copy, whose samples nobody looked at.
    """

    file: Path
    format: str
    subtype: str
    identical: bool
    proved: NullResult | None
    clipped: int
    peak: float | None


Naming = Callable[[Path, str], str]
"""The name of an exported part of a song, without its extension."""


def usual_name(song: Path, part: str) -> str:
    """ "<song> - vocals"."""
    return f"{song.stem} - {part}"


def stem_path(source: Path, folder: Path, stem: str, extension: str) -> Path:
    """Where a stem of a source goes: "<name> - vocals.wav"."""
    return folder / (usual_name(source, stem) + extension)


def plan_stems(
    source: Original,
    folder: Path,
    format: str,
    subtype: str,
    overwrite: bool,
    naming: Naming = usual_name,
) -> tuple[FileFormat, list[Path]]:
    """The format and the four files of an export, checked before any work is done.

    Raises OutputError when the format cannot hold the source, a file is in the way, or the folder
    cannot be written to.
    """
    what, paths = stem_targets(source, folder, format, subtype, overwrite, naming)
    if what.grid is not None and source.grid is None:
        _check_full_scale(source, what)
    return what, paths


def stem_targets(
    source: Original,
    folder: Path,
    format: str,
    subtype: str,
    overwrite: bool,
    naming: Naming = usual_name,
) -> tuple[FileFormat, list[Path]]:
    """As `plan_stems`, without a look at the samples: whether they pass full scale is not asked."""
    what = resolve(source, format, subtype)
    paths = [folder / (naming(source.path, stem) + what.extension) for stem in STEMS]
    for path in paths:
        check_target(source, path, overwrite, missing_folder=True)
    return what, paths


@contextmanager
def folder_for_exports(folder: Path) -> Iterator[None]:
    """A folder, made with its parents if it is missing; what was made goes again when the work in
    it fails. Raises OutputError when it cannot be made.
    """
    made = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"the folder {folder} cannot be made ({error.strerror}): choose one that can be written"
        ) from error
    try:
        yield
    except BaseException:
        with suppress(OSError):  # something else lies there by now
            for path in made:
                path.rmdir()
        raise


def check_target(
    source: Original, target: Path, overwrite: bool, *, missing_folder: bool = False
) -> None:
    """Raises OutputError when a target cannot be written, exists and may not be replaced, or is the
    source itself.

    missing_folder: whether its folder may be missing, as it will be made.
    """
    try:
        if target.is_dir():
            raise OutputError(f"{target} is a folder: give a file name in it")
        if target.exists():
            _check_replaceable(source, target, overwrite)
    except OSError as error:
        raise OutputError(
            f"{target} cannot be written ({error.strerror}): choose another name"
        ) from error
    _check_folder(target.resolve().parent, missing_folder)


def _check_replaceable(source: Original, target: Path, overwrite: bool) -> None:
    if target.samefile(source.path):
        raise OutputError(
            f"{target} is the source itself, which is never overwritten: choose another name"
        )
    if not overwrite:
        raise OutputError(f"{target} exists: choose another name, or allow overwriting")


def _check_folder(folder: Path, missing: bool) -> None:
    """The folder, or what it would be made in, before work is done for it."""
    if not missing and not folder.exists():
        raise OutputError(f"the folder {folder} does not exist: create it first")
    there = next(path for path in (folder, *folder.parents) if path.exists())
    if not there.is_dir():
        raise OutputError(f"{there} is not a folder: give a folder to write in")
    if not os.access(there, os.W_OK | os.X_OK):
        raise OutputError(f"the folder {there} cannot be written to: choose another")


def export_stems(
    stems: StemSet,
    source: Original,
    folder: Path,
    *,
    format: str = "source",
    subtype: str = "source",
    overwrite: bool = False,
    naming: Naming = usual_name,
    on_progress: OnProgress = silent,
    cancelled: Callable[[], bool] = lambda: False,
) -> StemExport:
    """Write the four stems as files that add up to the source, and prove it from disk before they
    take their names.

    Raises OutputError (exists, cannot be written, cannot hold the source), Cancelled; then nothing
    is left.
    """
    what, paths = plan_stems(source, folder, format, subtype, overwrite, naming)
    moved = 0
    with _writers(paths, source, what, overwrite) as writers:
        for start, blocks, excess in _stem_blocks(stems, source, what):
            _check(cancelled)
            moved += excess
            for writer, block in zip(writers, blocks, strict=True):
                writer.write(block)
            on_progress((start + blocks.shape[-1]) / source.rate, source.length / source.rate)
        for writer in writers:
            writer.close()
            copy_tags(source.path, writer.temporary)
        written = [writer.temporary for writer in writers]
        expected = as_written(source, what.grid)
        loudest = max(writer.peak for writer in writers)
        null = prove(expected, written, tolerance(source.grid, what.subtype, loudest))
        if expected is not source:
            null = _against(source, written)
    bits = what.grid.bits if what.grid and expected is not source else None
    return StemExport(tuple(paths), what.format, what.subtype, null, bits, moved)


def _against(source: SampleReader, files: list[Path]) -> NullResult:
    with ExitStack() as stack:
        return null_test(source, [stack.enter_context(open_audio(file)) for file in files])


@contextmanager
def _writers(
    paths: list[Path], source: Original, what: FileFormat, overwrite: bool
) -> Iterator[list[AudioWriter]]:
    """Writers that take their names together at the end, or leave nothing."""
    with ExitStack() as stack:
        writers = [stack.enter_context(_writer(path, source, what, overwrite)) for path in paths]
        yield writers
        named: list[Path] = []
        try:
            for writer in writers:
                writer.commit()
                named.append(writer.path)
        except BaseException:
            for path in named:
                path.unlink(missing_ok=True)
            raise


def _writer(path: Path, source: Original, what: FileFormat, overwrite: bool) -> AudioWriter:
    return AudioWriter(
        path,
        rate=source.rate,
        channels=source.channels,
        format=what.format,
        subtype=what.subtype,
        length=source.length,
        overwrite=overwrite,
    )


def _stem_blocks(
    stems: StemSet, source: Original, what: FileFormat
) -> Iterator[tuple[int, Samples, int]]:
    """(start, stems (4, channels, n) as the format holds them, samples moved between stems)."""
    for start in range(0, source.length, BLOCK):
        mix, block = stems.read(start, min(BLOCK, source.length - start))
        excess = 0
        if what.grid is not None:
            if source.grid is None or what.grid.bits < source.grid.bits:
                mix, block = regrid(mix, block, what.grid)
            block, excess = fit_full_scale(block, what.grid)
        yield start, block, excess


def _check_full_scale(source: Original, what: FileFormat) -> None:
    peak = max(float(np.abs(block).max()) for _start, block in source.blocks(BLOCK))
    if peak > 1.0:
        raise OutputError(
            f"{source.path.name} reaches {peak:.3f} of full scale, which {what.subtype} cannot "
            "hold: write the stems as FLOAT"
        )


def export_remix(
    stems: StemSet | None,
    source: Original,
    state: MixState,
    target: Path,
    *,
    subtype: str = "source",
    overwrite: bool = False,
    on_progress: OnProgress = silent,
    cancelled: Callable[[], bool] = lambda: False,
) -> RemixExport:
    """Write a remix and prove it from disk before it takes its name.

    stems: None for a neutral state, which needs none. target's extension gives the format. A
    neutral state writes the source's samples; where the source's format is lossy, the file itself
    is copied, as encoding again would change them (a region of it cannot be). Raises OutputError,
    SettingError, Cancelled; then nothing is left.
    """
    check_target(source, target, overwrite)
    format = format_of(target)
    if is_copy(source, state, format, subtype):
        return _copy(source, target)
    what = resolve(source, format, subtype)
    rendered = RenderedMix(stems or StemSet(source, NoStems()), state)
    with _writer(target, source, what, overwrite) as writer:
        for start, block in rendered.blocks(BLOCK):
            _check(cancelled)
            writer.write(block)
            on_progress((start + block.shape[-1]) / source.rate, source.length / source.rate)
        writer.close()
        copy_tags(source.path, writer.temporary)
        proved = _prove_remix(rendered, writer, what)
        identical = (
            proved is not None and state.is_neutral and _against(source, [writer.temporary]).passed
        )
        clipped, peak = writer.clipped, writer.peak
    return RemixExport(target, what.format, what.subtype, identical, proved, clipped, peak)


def is_copy(source: Original, state: MixState, format: str, subtype: str) -> bool:
    """Whether a remix is the source's file itself: encoding again would change it."""
    whole = not isinstance(source, Region)
    same = format == source.format and subtype.lower() == "source"
    return whole and same and source.lossy and state.is_neutral


def _prove_remix(rendered: RenderedMix, writer: AudioWriter, what: FileFormat) -> NullResult | None:
    """The file read back against the render as the format holds it."""
    if is_lossy(what.subtype):
        with open_audio(writer.temporary) as written:
            if abs(written.length - rendered.length) > rendered.rate:
                raise OutputError(
                    f"{writer.path.name} came back {written.length} samples long instead of "
                    f"{rendered.length}: the {what.subtype} encoder failed, use another format"
                )
        return None
    return prove(_Held(rendered, what), [writer.temporary])


@dataclass(frozen=True, eq=False)
class _Held:
    """A render as a lossless format holds it: on its grid within full scale, or as float32."""

    rendered: RenderedMix
    what: FileFormat
    grid: Grid | None = None

    @property
    def rate(self) -> int:
        return self.rendered.rate

    @property
    def channels(self) -> int:
        return self.rendered.channels

    @property
    def length(self) -> int:
        return self.rendered.length

    def read(self, start: int, count: int) -> Samples:
        block = self.rendered.read(start, count)
        grid = self.what.grid
        if grid is not None:
            return grid.clip(grid.round(block))
        return block.astype("f4").astype("f8") if self.what.subtype == "FLOAT" else block


def _copy(source: Original, target: Path) -> RemixExport:
    """The source's file itself, written beside, compared and renamed."""
    final = target.resolve()
    beside = claim(final)
    try:
        shutil.copyfile(source.path, beside)
        if not filecmp.cmp(source.path, beside, shallow=False):
            raise OutputError(
                f"{target} read back differs from {source.path.name}: nothing was kept; the disk "
                "or its driver is at fault, write to another one"
            )
        beside.replace(final)
    except OSError as error:
        raise OutputError(
            f"{target} could not be written ({error.strerror}): make room or choose another folder"
        ) from error
    finally:
        release(beside)
    return RemixExport(target, source.format, source.subtype, True, None, 0, None)


def _check(cancelled: Callable[[], bool]) -> None:
    if cancelled():
        raise Cancelled("export stopped; nothing was written")
