"""Exports of stems, proved before they take their names; what exports have in common."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from remixer.audio.carried import Carry, carry_chunks
from remixer.audio.formats import FileFormat, resolve
from remixer.audio.multitrack import open_track
from remixer.audio.placing import all_or_none
from remixer.audio.reader import AudioReader, open_audio
from remixer.audio.stemfile import StemFileWriter, tracks_of
from remixer.audio.tags import copy_tags
from remixer.audio.writer import AudioWriter
from remixer.dsp.signal import STEMS, SampleReader, Samples
from remixer.errors import Cancelled, OutputError
from remixer.mixing.nulltest import NullResult, null_test
from remixer.mixing.stems import StemSet, fit_full_scale, regrid
from remixer.session.proof import as_written, check_null, prove, tolerance
from remixer.session.region import Original, Region
from remixer.session.separation import OnProgress, silent
from remixer.session.targets import check_target

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
        check_target(source, path, overwrite)
    return what, paths


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
        for start, _mix, blocks, excess in _stem_blocks(stems, source, what):
            check_cancelled(cancelled)
            moved += excess
            for writer, block in zip(writers, blocks, strict=True):
                writer.write(block)
            on_progress((start + blocks.shape[-1]) / source.rate, source.length / source.rate)
        for writer in writers:
            writer.close()
            dress(source, writer.temporary, changed=True)
        written = [writer.temporary for writer in writers]
        expected = as_written(source, what.grid)
        loudest = max(writer.peak for writer in writers)
        null = prove(expected, written, tolerance(source.grid, what.subtype, loudest))
        if expected is not source:
            null = against(source, written)
    bits = what.grid.bits if what.grid and expected is not source else None
    return StemExport(tuple(paths), what.format, what.subtype, null, bits, moved)


def stem_file_format(source: Original, subtype: str) -> FileFormat:
    """The format of a stem file's tracks. Raises OutputError when it cannot hold the source."""
    return resolve(source, "M4A", subtype)


def export_stem_file(
    stems: StemSet,
    source: Original,
    target: Path,
    *,
    subtype: str = "source",
    overwrite: bool = False,
    on_progress: OnProgress = silent,
    cancelled: Callable[[], bool] = lambda: False,
) -> StemExport:
    """Write song and stems as the tracks of one `.stem.mp4`, and prove it as `export_stems` does:
    the first track is the song, the others add up to it. AAC tracks do so as far as AAC goes.

    Raises OutputError, Cancelled; then nothing is left.
    """
    check_target(source, target, overwrite)
    what = stem_file_format(source, subtype)
    if what.grid is not None and source.grid is None:
        _check_full_scale(source, what)
    moved = 0
    with writer_of(target, source, what, overwrite, StemFileWriter) as writer:
        for start, mix, blocks, excess in _stem_blocks(stems, source, what):
            check_cancelled(cancelled)
            moved += excess
            writer.write(tracks_of(mix, blocks))
            on_progress((start + mix.shape[-1]) / source.rate, source.length / source.rate)
        writer.close()
        dress(source, writer.temporary, changed=True)
        expected = as_written(source, what.grid)
        null = _null_of_tracks(source, expected, writer.temporary, what)
    bits = what.grid.bits if what.grid and expected is not source else None
    return StemExport((target,), what.format, what.subtype, null, bits, moved)


def _null_of_tracks(
    source: Original, expected: SampleReader, path: Path, what: FileFormat
) -> NullResult:
    with ExitStack() as stack:
        tracks: list[AudioReader] = [
            stack.enter_context(open_track(path, track)) for track in range(StemFileWriter.TRACKS)
        ]
        if what.lossy:
            return null_test(source, tracks[1:])
        for parts in (tracks[:1], tracks[1:]):
            check_null(null_test(expected, parts))
        return null_test(source, tracks[1:])


def dress(source: Original, written: Path, changed: bool) -> None:
    """What a source says beside its sound, in a file that is not named yet: tags, artwork, chunks.

    changed: whether it is another sound.  Raises OutputError.
    """
    copy_tags(source.path, written)
    region = (source.start, source.stop) if isinstance(source, Region) else None
    carry_chunks(source.path, written, Carry(region, changed))


def check_cancelled(cancelled: Callable[[], bool]) -> None:
    """Raises Cancelled when the work is to end."""
    if cancelled():
        raise Cancelled("export stopped; nothing was written")


def against(source: SampleReader, files: list[Path]) -> NullResult:
    """What is left of a source when files are taken from it.  Raises InputError."""
    with ExitStack() as stack:
        return null_test(source, [stack.enter_context(open_audio(file)) for file in files])


@contextmanager
def _writers(
    paths: list[Path], source: Original, what: FileFormat, overwrite: bool
) -> Iterator[list[AudioWriter]]:
    """Writers that take their names together at the end, or leave nothing."""
    with ExitStack() as stack:
        writers = [stack.enter_context(writer_of(path, source, what, overwrite)) for path in paths]
        yield writers
        with all_or_none():
            for writer in writers:
                writer.commit()


def writer_of(
    path: Path,
    source: Original,
    what: FileFormat,
    overwrite: bool,
    kind: type[AudioWriter] = AudioWriter,
) -> AudioWriter:
    """A writer of files of a source's geometry.  Raises OutputError."""
    return kind(
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
) -> Iterator[tuple[int, Samples, Samples, int]]:
    """(start, mix (channels, n) and stems (4, channels, n) as the format holds them, samples moved
    between stems).
    """
    for start in range(0, source.length, BLOCK):
        mix, block = stems.read(start, min(BLOCK, source.length - start))
        excess = 0
        if what.grid is not None:
            if source.grid is None or what.grid.bits < source.grid.bits:
                mix, block = regrid(mix, block, what.grid)
            block, excess = fit_full_scale(block, what.grid)
        yield start, mix, block, excess


def _check_full_scale(source: Original, what: FileFormat) -> None:
    peak = max(float(np.abs(block).max()) for _start, block in source.blocks(BLOCK))
    if peak > 1.0:
        raise OutputError(
            f"{source.path.name} reaches {peak:.3f} of full scale, which {what.subtype} cannot "
            "hold: write the stems as FLOAT"
        )
