"""Folders of training audio: which file is which stem of which song, and on which side of the
split.
"""

import csv
from collections.abc import Iterator
from pathlib import Path

from remixer.dsp.signal import STEMS
from remixer.errors import InputError
from remixer.training.pack import Source

AUDIO_SUFFIXES = {".wav", ".flac", ".aiff", ".aif", ".ogg", ".opus", ".mp3", ".m4a"}


def find_sources(folder: Path, valid: frozenset[str] = frozenset()) -> list[Source]:
    """The stems in a corpus folder (one with a manifest.csv) or in a folder of
    SONG/{vocals,bass,drums,other}.* folders.

    valid: song folders kept for validation, besides those that the manifest marks. Raises
    InputError when there are none.
    """
    if not folder.is_dir():
        raise InputError(
            f"{folder} is not a folder; give a folder of SONG/{{vocals,bass,drums,other}}.* files"
        )
    manifest = folder / "manifest.csv"
    found = list(_from_manifest(manifest) if manifest.exists() else _from_songs(folder))
    if not found:
        raise InputError(
            f"{folder} holds no stems: expected folders SONG with vocals.wav, bass.wav, drums.wav, "
            "other.wav (or FLAC, Opus, MP3 ...)"
        )
    return [s if s.song not in valid else Source(s.path, s.song, s.stem, "valid") for s in found]


def _from_songs(folder: Path) -> Iterator[Source]:
    for song in sorted(p for p in folder.iterdir() if p.is_dir()):
        for path in sorted(song.iterdir()):
            if path.stem in STEMS and path.suffix.lower() in AUDIO_SUFFIXES:
                yield Source(path, song.name, path.stem, "train")


def _from_manifest(manifest: Path) -> Iterator[Source]:
    """Stems of songs, isolated vocals and one-shots; full mixes and MIDI are not stems."""
    with manifest.open(newline="") as lines:
        for row in csv.DictReader(lines):
            path = manifest.parent / row["path"]
            part = Path(row["path"]).parts[0]
            if row["class"] not in STEMS or part not in {"songs", "vocals", "samples"}:
                continue
            song = path.parent.name if part == "songs" else f"{part}/{path.stem}"
            yield Source(path, song, row["class"], row["split"])
