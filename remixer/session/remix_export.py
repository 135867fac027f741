"""The remix as a file, proved before it takes its name."""

import filecmp
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from remixer.audio.formats import FileFormat, format_of, is_lossy, resolve
from remixer.audio.placing import whole
from remixer.audio.reader import open_audio
from remixer.audio.writer import AudioWriter
from remixer.dsp.signal import Grid, SameShape, SampleReader, Samples
from remixer.errors import OutputError
from remixer.mixing.nulltest import NullResult
from remixer.mixing.render import RenderedMix, read_blocks
from remixer.mixing.stems import StemSet
from remixer.mixing.strips import MixState
from remixer.session.export import BLOCK, against, check_cancelled, dress, writer_of
from remixer.session.finishing import AS_USUAL, Dithered, Finish, Limited, Limiting
from remixer.session.proof import prove
from remixer.session.region import Original, Region
from remixer.session.separation import NoStems, OnProgress, silent
from remixer.session.targets import check_target


@dataclass(frozen=True)
class RemixExport:
    """A remix that is on disk and proved.

    identical: the file holds exactly the source's samples (or is a copy of it). proved: read back
    and compared; None for lossy formats, which never return what they were given. clipped: samples
    limited to full scale. peak: linear; None for a copy, whose samples nobody looked at.
    dithered_bits: the depth it was dithered to, None where it was not. limiting: what the ceiling
    took away; None where there is no ceiling, or no move.
    """

    file: Path
    format: str
    subtype: str
    identical: bool
    proved: NullResult | None
    clipped: int
    peak: float | None
    dithered_bits: int | None = None
    limiting: Limiting | None = None


def export_remix(
    stems: StemSet | None,
    source: Original,
    state: MixState,
    target: Path,
    *,
    subtype: str = "source",
    finish: Finish = AS_USUAL,
    overwrite: bool = False,
    on_progress: OnProgress = silent,
    cancelled: Callable[[], bool] = lambda: False,
) -> RemixExport:
    """Write a remix and prove it from disk before it takes its name.

    stems: None for a neutral state, which needs none. target's extension gives the format. A
    neutral state writes the source's samples; where the source's format is lossy, the file itself
    is copied, as encoding again would change them (a region of it cannot be). finish: of a state
    that is not neutral; in a lossy format the ceiling holds for what is encoded. Raises
    OutputError, SettingError, Cancelled; then nothing is left.
    """
    check_target(source, target, overwrite)
    format = format_of(target)
    if is_copy(source, state, format, subtype):
        return _copy(source, target, overwrite)
    what = resolve(source, format, subtype)
    if isinstance(source, Region):
        state = state.from_sample(source.start)
    rendered = RenderedMix(stems or StemSet(source, NoStems()), state)
    signal, limited, dithered = finished(rendered, source, what, finish)
    with writer_of(target, source, what, overwrite) as writer:
        for start, block in read_blocks(signal, BLOCK):
            check_cancelled(cancelled)
            writer.write(block)
            on_progress((start + block.shape[-1]) / source.rate, source.length / source.rate)
        writer.close()
        dress(source, writer.temporary, changed=not state.is_neutral)
        proved = _prove_remix(signal, writer, what)
        identical = (
            proved is not None and state.is_neutral and against(source, [writer.temporary]).passed
        )
        clipped, peak = writer.clipped, writer.peak
    bits = what.grid.bits if what.grid and dithered else None
    taken = limited.limiting if limited else None
    return RemixExport(
        target, what.format, what.subtype, identical, proved, clipped, peak, bits, taken
    )


def finished(
    rendered: RenderedMix, source: Original, what: FileFormat, finish: Finish
) -> tuple[SampleReader, Limited | None, Dithered | None]:
    """A render as it goes into a file, and what of it was asked for: none of it without moves."""
    signal: SampleReader = rendered
    limited = dithered = None
    if rendered.state.is_neutral:
        return signal, None, None
    if finish.ceiling_db is not None:
        signal = limited = Limited(signal, finish.ceiling_db, what.grid)
    if what.grid is not None and finish.dithers(source.grid, signal.grid, what.grid):
        signal = dithered = Dithered(signal, what.grid)
    return signal, limited, dithered


def is_copy(source: Original, state: MixState, format: str, subtype: str) -> bool:
    """Whether a remix is the source's file itself: encoding again would change it."""
    whole = not isinstance(source, Region)
    same = format == source.format and subtype.lower() == "source"
    return whole and same and source.lossy and state.is_neutral


def _prove_remix(signal: SampleReader, writer: AudioWriter, what: FileFormat) -> NullResult | None:
    """The file read back against the render as the format holds it."""
    if is_lossy(what.subtype):
        with open_audio(writer.temporary) as written:
            if abs(written.length - signal.length) > signal.rate:
                raise OutputError(
                    f"{writer.path.name} came back {written.length} samples long instead of "
                    f"{signal.length}: the {what.subtype} encoder failed, use another format"
                )
        return None
    return prove(_Held(signal, what), [writer.temporary])


@dataclass(frozen=True, eq=False)
class _Held(SameShape):
    """A render as a lossless format holds it: on its grid within full scale, or as float32."""

    signal: SampleReader
    what: FileFormat
    grid: Grid | None = None

    def read(self, start: int, count: int) -> Samples:
        block = self.signal.read(start, count)
        grid = self.what.grid
        if grid is not None:
            return grid.clip(grid.round(block))
        return block.astype("f4").astype("f8") if self.what.subtype == "FLOAT" else block


def _copy(source: Original, target: Path, overwrite: bool) -> RemixExport:
    """The source's file itself, written beside, compared and renamed."""
    try:
        with whole(target.resolve(), overwrite=overwrite, name=target) as beside:
            shutil.copyfile(source.path, beside)
            if not filecmp.cmp(source.path, beside, shallow=False):
                raise OutputError(
                    f"{target} read back differs from {source.path.name}: nothing was kept; the "
                    "disk or its driver is at fault, write to another one"
                )
    except OSError as error:
        raise OutputError(
            f"{target} could not be written ({error.strerror}): make room or choose another folder"
        ) from error
    return RemixExport(target, source.format, source.subtype, True, None, 0, None)
