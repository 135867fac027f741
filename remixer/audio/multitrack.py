"""Songs whose stems lie beside each other, in files of their own or as tracks of one file."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from remixer.audio import mp4
from remixer.audio.avfile import open_avfile
from remixer.audio.formats import MAX_CHANNELS
from remixer.audio.reader import AudioReader, open_audio
from remixer.audio.sniff import sniff
from remixer.dsp.signal import STEMS
from remixer.errors import InputError

_INDEXED = ("WAV", "RF64", "W64", "AIFF", "FLAC")
"""Formats whose last sample can be read without the others."""


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


@dataclass(frozen=True)
class Header:
    """What a file says of itself before it is decoded. length: samples per channel."""

    rate: int
    channels: int
    length: int


def read_header(file: StemFile) -> Header:
    """A stem's header, after the checks that need no decoding of the whole: it is there, it is
    sound, mono or stereo, and does not end early.

    Raises InputError naming the file. An Ogg or MP3 file, or an mp4 that is damaged inside, may
    still fail when it is decoded.
    """
    try:
        if not file.path.exists():
            raise InputError(
                f"{file} is missing, and nobody says that the song has none: copy it again, or "
                "leave the song out"
            )
        return _header(file)
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}") from error


def _header(file: StemFile) -> Header:
    try:
        with file.open() as reader:
            return _checked(file, reader)
    except InputError as error:
        raise InputError(f"{file} cannot be used: {error}") from error


def _checked(file: StemFile, reader: AudioReader) -> Header:
    if reader.channels > MAX_CHANNELS or not reader.length:
        raise InputError(
            f"it has {reader.channels} channels and {reader.length} samples: give it one or two "
            "channels with sound"
        )
    if reader.format == "M4A" and mp4.ends_early(file.path):
        raise InputError("it is truncated inside its sound: copy or download it again")
    if reader.format in _INDEXED:
        _check_end(reader)
    return Header(reader.rate, reader.channels, reader.length)


def _check_end(reader: AudioReader) -> None:
    try:
        reader.read(reader.length - 1, 1)
    except InputError as error:
        seconds = reader.length / reader.rate
        raise InputError(
            f"it ends before the {seconds:.3f} s that its header promises: it is truncated, copy "
            "or download it again"
        ) from error


def check_aligned(files: Mapping[str, StemFile], slack_s: float = 0.0) -> dict[str, Header]:
    """The headers of a song's stems by name, if they fit each other.

    slack_s: how much their lengths may differ. Raises InputError naming the file that cannot be
    used, or that has another rate or length than the first.
    """
    headers = {name: read_header(file) for name, file in files.items()}
    for first, expected in list(headers.items())[:1]:
        for name, found in headers.items():
            apart = abs(found.length - expected.length) / expected.rate
            if found.rate != expected.rate or apart > slack_s:
                raise InputError(
                    f"{files[name]} has {found.length} samples at {found.rate} Hz where the "
                    f"{first} of its song has {expected.length} at {expected.rate} Hz: stems must "
                    "be aligned, export it again"
                )
    return headers
