"""Proof of an export: what was written, read back from disk and held against what it should be."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from remixer.audio.reader import open_audio
from remixer.dsp.gain import gain_to_db
from remixer.dsp.signal import Grid, SameShape, SampleReader, Samples
from remixer.errors import OutputError
from remixer.mixing.nulltest import NullResult, null_test

FLOAT_LIMIT = -140.0
DOUBLE_LIMIT = -300.0
FLOAT_BITS = 24
"""The deepest grid whose values float32 holds."""


@dataclass(frozen=True, eq=False)
class Rounded(SameShape):
    """A signal as a coarser grid holds it: rounded, within full scale."""

    signal: SampleReader
    grid: Grid

    def read(self, start: int, count: int) -> Samples:
        """Samples [start, start + count), (channels, count), on the grid."""
        return self.grid.clip(self.grid.round(self.signal.read(start, count)))


def as_written(signal: SampleReader, grid: Grid | None) -> SampleReader:
    """A signal as a file of that grid can hold it; itself where nothing is lost."""
    if grid is None or (signal.grid is not None and signal.grid.bits <= grid.bits):
        return signal
    return Rounded(signal, grid)


def tolerance(source: Grid | None, subtype: str, peak: float) -> float:
    """The highest difference, in dBFS, that stems of a source may leave: -inf where the sum is
    exact.

    Stems of a floating-point source add up within rounding: see docs/architecture.md. It grows with
    what passes full scale. peak: of the loudest stem, linear.
    """
    if subtype not in {"FLOAT", "DOUBLE"} or (source is not None and _exact(source, subtype)):
        return float("-inf")
    limit = FLOAT_LIMIT if subtype == "FLOAT" else DOUBLE_LIMIT
    return limit + gain_to_db(max(peak, 1.0))


def _exact(source: Grid, subtype: str) -> bool:
    return subtype == "DOUBLE" or source.bits <= FLOAT_BITS


def prove(
    expected: SampleReader, files: Sequence[Path], limit: float = float("-inf")
) -> NullResult:
    """The null test of files on disk against what they should add up to.

    limit: the highest difference in dBFS that is allowed. Raises OutputError when there is more.
    """
    readers = [open_audio(path) for path in files]
    try:
        result = null_test(expected, readers)
    finally:
        for reader in readers:
            reader.close()
    check_null(result, limit)
    return result


def check_null(result: NullResult, limit: float = float("-inf")) -> None:
    """Raises OutputError when more is left than `limit`, in dBFS."""
    if result.peak_dbfs > limit:
        raise OutputError(
            f"what was read back differs from what was written at {result.differing} samples "
            f"(up to {result.peak_dbfs:.1f} dBFS, at sample {result.position}): nothing was kept; "
            "the disk or its driver is at fault, write to another one"
        )
