"""A part of a song, seen as if it were all of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from remixer.audio.reader import AudioReader
from remixer.dsp.signal import Grid, Samples
from remixer.errors import CacheError, SettingError
from remixer.mixing.render import read_blocks
from remixer.mixing.stems import StemSet, StoredStems
from remixer.separation.store import StemStore
from remixer.session.clock import misplaced


@dataclass(frozen=True, eq=False)
class Region:
    """Samples [start, stop) of a file: a SampleReader, and all that exports ask of a source.

    Raises SettingError when it is not a part of the file.
    """

    source: AudioReader
    start: int
    stop: int

    def __post_init__(self) -> None:
        if what := misplaced(self.start, self.stop, self.source.length, self.rate):
            raise SettingError(
                f"the part of {self.path.name} {what}: choose one that lies within it"
            )

    @property
    def path(self) -> Path:
        """The whole file."""
        return self.source.path

    @property
    def format(self) -> str:
        """The file's container."""
        return self.source.format

    @property
    def subtype(self) -> str:
        """The file's encoding."""
        return self.source.subtype

    @property
    def lossy(self) -> bool:
        """Whether the file was encoded with loss."""
        return self.source.lossy

    @property
    def rate(self) -> int:
        """The file's rate in Hz."""
        return self.source.rate

    @property
    def channels(self) -> int:
        """The file's channels."""
        return self.source.channels

    @property
    def length(self) -> int:
        """Samples per channel of the region."""
        return self.stop - self.start

    @property
    def grid(self) -> Grid | None:
        """The file's grid."""
        return self.source.grid

    def read(self, start: int, count: int) -> Samples:
        """Samples [start, start + count) of the region. Raises ValueError outside it."""
        if start < 0 or count < 0 or start + count > self.length:
            raise ValueError(f"samples {start} to {start + count} are outside 0 to {self.length}")
        return self.source.read(self.start + start, count)

    def blocks(self, size: int) -> Iterator[tuple[int, Samples]]:
        """(start, samples) of consecutive blocks of `size` samples, the last one shorter."""
        return read_blocks(self, size)


Original = AudioReader | Region
"""What is exported: a whole file, or a part of one."""


@dataclass(frozen=True, eq=False)
class _StoredPart:
    """Stored stems from a sample on."""

    stored: StoredStems
    start: int

    def read(self, start: int, count: int) -> Samples:
        return self.stored.read(self.start + start, count)


def part_of(source: AudioReader, region: tuple[int, int] | None) -> Original:
    """A region of a file, or the file where there is none. Raises SettingError."""
    return source if region is None else Region(source, *region)


def stems_of(original: Original, stems: StemSet) -> StemSet:
    """The stems of a part of the song that `stems` has whole.

    Raises CacheError when they are not all separated.
    """
    start, stop = 0, original.length
    if isinstance(original, Region):
        start, stop = original.start, original.stop
    if isinstance(stems.stored, StemStore):
        _check_separated(stems.stored, start, stop)
    return StemSet(original, _StoredPart(stems.stored, start))


def _check_separated(store: StemStore, start: int, stop: int) -> None:
    """Borders are crossfaded once both their chunks are there."""
    layout = store.layout
    first = max(start - layout.fade, 0) // layout.chunk
    last = min(stop + layout.fade - 1, layout.length - 1) // layout.chunk
    left = int((~store.done[first : last + 1]).sum())
    if left:
        seconds = left * layout.chunk / layout.rate
        raise CacheError(
            f"about {seconds:.0f} s of the part to export are not separated yet: "
            "wait for the separation to end"
        )
