"""Text tags and artwork: read under plain names, copied across containers, samples untouched."""

from pathlib import Path
from typing import Any

import soundfile
from mutagen import MutagenError
from mutagen.aiff import AIFF
from mutagen.flac import FLAC
from mutagen.mp3 import MP3
from mutagen.mp4 import MP4
from mutagen.oggopus import OggOpus
from mutagen.oggvorbis import OggVorbis
from mutagen.wave import WAVE

from remixer.audio.names import native
from remixer.audio.sniff import sniff
from remixer.audio.tagforms import (
    Tags,
    read_atoms,
    read_comments,
    read_id3,
    write_atoms,
    write_comments,
    write_id3,
)
from remixer.errors import InputError, OutputError

_KINDS: dict[str, Any] = {
    "WAV": WAVE,
    "AIFF": AIFF,
    "MP3": MP3,
    "FLAC": FLAC,
    "OGG": OggVorbis,
    "OPUS": OggOpus,
    "M4A": MP4,
}
_STRINGS = {"tracknumber": "track"}
"""libsndfile's names of the strings in RIFF INFO, RF64 and AIFF text chunks, where they differ."""


def read_tags(path: Path | str) -> dict[str, str]:
    """Tags by plain name: title, artist, album, albumartist, date, track, disc, genre, comment...

    Several values are joined by "; ". Empty for a file without tags. What tells of the file's
    encoding or loudness is left out.  Raises InputError if the file cannot be read.
    """
    tags = _read(Path(path))
    return {name: "; ".join(values) for name, values in tags.text.items()}


def copy_tags(source: Path | str, target: Path | str) -> bool:
    """Copy tags and artwork, across containers; False if the target's kind holds none (RF64, W64).

    Only the target's tags change.  Raises InputError if the source cannot be read, OutputError if
    the target cannot be written.
    """
    tags = _read(Path(source))
    target = Path(target)
    try:
        file = _open(target)
        if file is not None and (tags.text or tags.covers):
            _write(file, tags)
    except (MutagenError, OSError) as error:
        raise OutputError(
            f"the tags of {target.name} could not be written ({error}): export without tags"
        ) from error
    return file is not None


def _read(path: Path) -> Tags:
    try:
        tags = _tags_of(_open(path))
    except InputError:
        raise
    except Exception:  # mutagen meets damage with errors of any kind; the sound may still be whole
        tags = Tags()
    return tags if tags.text or tags.covers else _read_strings(path)


def _tags_of(file: Any) -> Tags:
    """What mutagen has read."""
    if isinstance(file, (FLAC, OggVorbis, OggOpus)):
        return read_comments(file)
    if isinstance(file, MP4):
        return read_atoms(file.tags or {})
    return read_id3(file.tags) if file is not None and file.tags else Tags()


def _read_strings(path: Path) -> Tags:
    """What libsndfile finds: text chunks of WAV, RF64 and AIFF."""
    tags = Tags()
    try:
        with soundfile.SoundFile(native(path)) as file:
            for name, value in file.copy_metadata().items():
                tags.add(_STRINGS.get(name, name), [value])
    except soundfile.SoundFileError:
        return Tags()
    return tags


def _open(path: Path) -> Any:
    """mutagen's object for the file, or None if its kind holds no tags.

    Raises MutagenError if they are damaged.
    """
    kind = _kind(path)
    return _KINDS[kind](path) if kind in _KINDS else None


def _kind(path: Path) -> str | None:
    try:
        kind = sniff(path)
        if kind != "OGG":
            return kind
        with path.open("rb") as file:
            return "OPUS" if b"OpusHead" in file.read(64) else "OGG"
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}): check the name") from error


def _write(file: Any, tags: Tags) -> None:
    if file.tags is None:
        file.add_tags()
    if isinstance(file, (FLAC, OggVorbis, OggOpus)):
        write_comments(file, tags)
    elif isinstance(file, MP4):
        write_atoms(file.tags, tags)
    else:
        write_id3(file.tags, tags)
    file.save()
