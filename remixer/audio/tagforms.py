# mypy: disable-error-code="no-untyped-call"
"""Three ways to write the same tags: ID3 frames, Vorbis comments, mp4 atoms.

Each has a read and a write on mutagen's object. Names without a counterpart are kept as TXXX
frames, comments and freeform atoms under their own name (the latter two in ASCII only).
"""

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from mutagen import id3, mp4
from mutagen.flac import FLAC, Picture, error

_FRAMES = {
    "title": "TIT2",
    "artist": "TPE1",
    "album": "TALB",
    "albumartist": "TPE2",
    "date": "TDRC",
    "track": "TRCK",
    "disc": "TPOS",
    "genre": "TCON",
    "composer": "TCOM",
    "copyright": "TCOP",
    "isrc": "TSRC",
    "bpm": "TBPM",
    "label": "TPUB",
    "language": "TLAN",
}
_ATOMS = {
    "title": "\xa9nam",
    "artist": "\xa9ART",
    "album": "\xa9alb",
    "albumartist": "aART",
    "date": "\xa9day",
    "genre": "\xa9gen",
    "composer": "\xa9wrt",
    "copyright": "cprt",
    "comment": "\xa9cmt",
    "lyrics": "\xa9lyr",
}
_NUMBERS = {"track": "trkn", "disc": "disk"}
_COMMENTS = {
    "tracknumber": "track",
    "discnumber": "disc",
    "description": "comment",
    "organization": "label",
    "publisher": "label",
    "album artist": "albumartist",
}
_TOTALS = {"tracktotal": "track", "totaltracks": "track", "disctotal": "disc", "totaldiscs": "disc"}
_FREEFORM = "----:com.apple.iTunes:"
_PICTURE = "metadata_block_picture"
_COVERS = {
    "image/jpeg": mp4.MP4Cover.FORMAT_JPEG,
    "image/png": mp4.MP4Cover.FORMAT_PNG,
}

_OF_THE_FILE = ("encoder", "encoded", "software", "itunsmpb", "itunnorm", "waveformatextensible")
_OF_THE_LEVEL = ("replaygain", "r128")


@dataclass(frozen=True)
class Cover:
    """A picture: MIME type, what it shows (ID3's number; 3 is the front), description, bytes."""

    mime: str
    kind: int
    description: str
    data: bytes


@dataclass
class Tags:
    """Values by plain lower-case name, and pictures."""

    text: dict[str, list[str]] = field(default_factory=dict)
    covers: list[Cover] = field(default_factory=list)

    def add(self, name: str, values: Iterable[object]) -> None:
        """Keep values under a name, unless they tell of the old file or of its loudness."""
        name = name.lower()
        texts = [text for value in values if (text := str(value).strip("\0 "))]
        if texts and not name.startswith((*_OF_THE_FILE, *_OF_THE_LEVEL)):
            known = self.text.setdefault(name, [])
            known += [text for text in texts if text not in known]


def read_id3(frames: Any) -> Tags:
    """Tags of an ID3 object."""
    tags = Tags()
    names = {frame: name for name, frame in _FRAMES.items()}
    for frame in frames.values():
        if frame.FrameID == "TCON":
            tags.add("genre", frame.genres)
        elif frame.FrameID in names:
            tags.add(names[frame.FrameID], frame.text)
        elif frame.FrameID == "TXXX":
            tags.add(frame.desc, frame.text)
        elif frame.FrameID == "COMM" and not frame.desc.startswith("iTun"):
            tags.add("comment", frame.text)
        elif frame.FrameID == "USLT":
            tags.add("lyrics", [frame.text])
        elif frame.FrameID == "APIC":
            cover = Cover(frame.mime, int(frame.type), frame.desc, frame.data)
            tags.covers.append(cover)
    return tags


def write_id3(frames: Any, tags: Tags) -> None:
    """Put tags in an ID3 object."""
    for name, values in tags.text.items():
        if name in _FRAMES:
            frames.add(getattr(id3, _FRAMES[name])(encoding=3, text=values))
        elif name == "comment":
            frames.add(id3.COMM(encoding=3, lang="XXX", desc="", text=values))
        elif name == "lyrics":
            frames.add(id3.USLT(encoding=3, lang="XXX", desc="", text="\n".join(values)))
        else:
            frames.add(id3.TXXX(encoding=3, desc=name, text=values))
    for number, cover in enumerate(tags.covers):
        description = cover.description or (str(number) if number else "")
        frames.add(id3.APIC(3, cover.mime, cover.kind, description, cover.data))


def read_comments(file: Any) -> Tags:
    """Tags of a FLAC, Ogg Vorbis or Opus file."""
    tags = Tags()
    totals: dict[str, str] = {}
    for key, value in file.tags or ():
        name = key.lower()
        if name == _PICTURE:
            tags.covers += _picture(value)
        elif name in _TOTALS:
            totals[_TOTALS[name]] = value
        else:
            tags.add(_COMMENTS.get(name, name), [value])
    for name, total in totals.items():
        if name in tags.text and "/" not in tags.text[name][0]:
            tags.text[name] = [f"{tags.text[name][0]}/{total}"]
    if isinstance(file, FLAC):
        tags.covers += [_cover(picture) for picture in file.pictures]
    return tags


def write_comments(file: Any, tags: Tags) -> None:
    """Put tags in a FLAC, Ogg Vorbis or Opus file."""
    for name, values in tags.text.items():
        if name in ("track", "disc"):
            number, _, total = values[0].partition("/")
            file.tags[f"{name}number"] = [number]
            if total:
                file.tags[f"{name}total"] = [total]
        elif name.isascii() and "=" not in name:
            file.tags[name] = values
    pictures = [_as_picture(cover) for cover in tags.covers]
    if isinstance(file, FLAC):
        for picture in pictures:
            file.add_picture(picture)
    elif pictures:
        file.tags[_PICTURE] = [base64.b64encode(p.write()).decode() for p in pictures]


def read_atoms(atoms: Any) -> Tags:
    """Tags of an MP4Tags object."""
    tags = Tags()
    names = {atom: name for name, atom in _ATOMS.items()}
    numbers = {atom: name for name, atom in _NUMBERS.items()}
    for atom, values in atoms.items():
        if atom in names:
            tags.add(names[atom], values)
        elif atom in numbers:
            tags.add(numbers[atom], [f"{n}/{total}" if total else n for n, total in values])
        elif atom == "tmpo":
            tags.add("bpm", values)
        elif atom.startswith(_FREEFORM):
            texts = [bytes(value).decode("utf-8", "replace") for value in values]
            tags.add(atom.removeprefix(_FREEFORM), texts)
    mimes = {form: mime for mime, form in _COVERS.items()}
    for value in atoms.get("covr", ()):
        tags.covers.append(Cover(mimes.get(value.imageformat, "image/jpeg"), 3, "", bytes(value)))
    return tags


def write_atoms(atoms: Any, tags: Tags) -> None:
    """Put tags in an MP4Tags object; of pictures mp4 holds JPEG and PNG only."""
    for name, values in tags.text.items():
        pair = _number(values[0]) if name in _NUMBERS else None
        if pair:
            atoms[_NUMBERS[name]] = [pair]
        elif name == "bpm" and (beats := _number(values[0])):
            atoms["tmpo"] = [beats[0]]
        elif name in _ATOMS:
            atoms[_ATOMS[name]] = values
        elif name.isascii():
            atoms[_FREEFORM + name] = [value.encode() for value in values]
    held = [cover for cover in tags.covers if cover.mime in _COVERS]
    if held:
        atoms["covr"] = [mp4.MP4Cover(cover.data, _COVERS[cover.mime]) for cover in held]


def _number(text: str) -> tuple[int, int] | None:
    """ "3/12" as (3, 12); None if it does not count, or passes the 16 bits of an atom."""
    parts = [part.strip() for part in text.split("/")]
    if len(parts) > 2 or not all(p.isascii() and p.isdigit() and int(p) < 2**16 for p in parts):
        return None
    return int(parts[0]), int(parts[1]) if len(parts) == 2 else 0


def _picture(text: str) -> list[Cover]:
    try:
        return [_cover(Picture(base64.b64decode(text)))]
    except (binascii.Error, error, ValueError):
        return []


def _cover(picture: Any) -> Cover:
    return Cover(picture.mime, int(picture.type), picture.desc, picture.data)


def _as_picture(cover: Cover) -> Any:
    picture = Picture()
    picture.mime, picture.type = cover.mime, cover.kind
    picture.desc, picture.data = cover.description, cover.data
    return picture
