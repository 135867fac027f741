"""What is to be packed: files by song and stem, and what headers say before one is decoded."""

import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from remixer.audio.multitrack import StemFile, check_aligned
from remixer.audio.resample import resampled_length
from remixer.errors import InputError, OutputError

SLACK_S = 0.1
"""How much the lengths of a song's stems may differ: lossy encoders pad."""
SAMPLE_BYTES = 2

OnError = Literal["stop", "skip"]
"""What a song that cannot be used does: end the work with an error, or be left out whole."""


@dataclass(frozen=True)
class Source:
    """One file to pack. song joins the stems that sound together; a clip without companions has a
    song of its own, with a "/" in its name. track: which sound track of the file, from 0, where it
    has several.
    """

    path: Path
    song: str
    stem: str
    split: str
    mixed: bool = False
    """Whether bass sounds in this `other`, which the song's stems do not tell apart."""
    track: int | None = None
    estimated: bool = False
    """Whether a model told the song's stems apart."""

    @property
    def alone(self) -> bool:
        """Whether the clip belongs to no song."""
        return "/" in self.song

    @property
    def file(self) -> StemFile:
        """Where the sound is."""
        return StemFile(self.path, self.track)


@dataclass(frozen=True)
class Trouble:
    """A song that is left out. why: names the file, what is wrong with it, and the remedy."""

    song: str
    why: str

    def __str__(self) -> str:
        return f"{self.song}: {self.why}"


Told = Callable[[Trouble], None]


def untold(_trouble: Trouble) -> None:
    """For who does not want to know which songs are left out."""


@dataclass(frozen=True)
class Survey:
    """What headers say. songs: the sources of each song that can be used, in order; size: bytes
    that they take when they are packed; troubles: the songs that cannot.
    """

    songs: dict[str, list[Source]]
    size: int
    troubles: tuple[Trouble, ...]

    def sources(self) -> list[Source]:
        """The sources that can be used, a song's together."""
        return [source for song in self.songs.values() for source in song]


def survey(sources: Iterable[Source], rate: int, channels: int) -> Survey:
    """Look at the headers of all files: a song with a file that is missing, is no sound, is cut or
    does not fit its others (rate; length by more than `SLACK_S`) is in trouble, whole.
    """
    usable: dict[str, list[Source]] = {}
    troubles = []
    size = 0
    for song, parts in by_song(sources).items():
        try:
            headers = check_aligned({s.stem: s.file for s in parts}, SLACK_S).values()
        except InputError as error:
            troubles.append(Trouble(song, str(error)))
            continue
        samples = sum(resampled_length(header.length, header.rate, rate) for header in headers)
        size += samples * channels * SAMPLE_BYTES
        usable[song] = parts
    return Survey(usable, size, tuple(troubles))


def by_song(sources: Iterable[Source]) -> dict[str, list[Source]]:
    """Sources by their song, both in the order in which they come."""
    songs: dict[str, list[Source]] = {}
    for source in sources:
        songs.setdefault(source.song, []).append(source)
    return songs


def settle(found: Survey, on_error: OnError = "stop", told: Told = untold) -> Survey:
    """A survey whose troubles are dealt with as the user chose: told one by one and left out, or
    the error.

    Raises InputError naming the first when they stop the work, and when no song is left.
    """
    if found.troubles and on_error == "stop":
        raise InputError(_refusal(found.troubles))
    for trouble in found.troubles:
        told(trouble)
    if not found.songs:
        raise InputError("no song is left that can be used: see what is wrong with each")
    return found


def _refusal(troubles: Sequence[Trouble]) -> str:
    names = ", ".join(trouble.song for trouble in troubles[1:6])
    more = f" ({len(troubles) - 1} more cannot be used: {names})" if names else ""
    return f"{troubles[0]}{more}; --on-error skip leaves such songs out"


def pack_size(
    sources: Iterable[Source], rate: int, channels: int = 1, on_error: OnError = "stop"
) -> int:
    """Bytes that the sources take when they are packed, from their headers alone; with "skip",
    songs that cannot be used take none.

    Raises InputError as `settle` does.
    """
    return settle(survey(sources, rate, channels), on_error).size


def free_space(folder: Path) -> int:
    """Bytes that are free where a folder is or would be made."""
    place = folder.absolute()
    while not place.exists():
        place = place.parent
    return shutil.disk_usage(place).free


def check_room(folder: Path, size: int) -> None:
    """Raises OutputError when so many bytes do not fit into a folder."""
    free = free_space(folder)
    if size > free:
        raise OutputError(
            f"the packed songs take {megabytes(size)} in {folder}, where {megabytes(free)} are "
            "free: make room, or use a folder on a larger disk"
        )


def megabytes(size: int) -> str:
    """Bytes for people."""
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.1f} MB"
