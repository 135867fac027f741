"""Songs whose stems lie beside each other, in files of their own or as tracks of one file."""

from dataclasses import dataclass
from pathlib import Path

from remixer.audio.avfile import open_avfile
from remixer.audio.reader import AudioReader, open_audio
from remixer.audio.sniff import sniff
from remixer.dsp.signal import STEMS
from remixer.errors import InputError


@dataclass(frozen=True)
class StemFile:
    """Where a stem is: a file, or one sound track of a file (".stem.mp4"), counted from 0."""

    path: Path
    track: int | None = None

    def __str__(self) -> str:
        return str(self.path) if self.track is None else f"{self.path} (track {self.track})"

    def open(self) -> AudioReader:
        """The stem opened for reading. Raises InputError as `open_audio` does, or when the file
        lacks the track.
        """
        if self.track is None:
            return open_audio(self.path)
        return open_track(self.path, self.track)


@dataclass(frozen=True)
class Multitrack:
    """A song with its true stems. A stem that is absent has no file; without a mixture the mixture
    is the sum of the stems.

    split: "train", "valid" or "test"; "" where the data set does not say.
    """

    name: str
    split: str
    stems: dict[str, StemFile]
    mixture: StemFile | None = None

    def __post_init__(self) -> None:
        if unknown := self.stems.keys() - set(STEMS):
            raise ValueError(f"{self.name} has stems that nobody knows: {sorted(unknown)}")


def open_track(path: Path, track: int) -> AudioReader:
    """One sound track of an mp4 file. Raises InputError if the file is missing, damaged or lacks
    the track.
    """
    try:
        kind = sniff(path) if path.is_file() else None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error
    if kind != "M4A":
        what = "is no mp4 file" if path.is_file() else "is missing"
        raise InputError(f"{path} {what}: copy or download it again")
    return AudioReader(path, *open_avfile(path, kind, track))
