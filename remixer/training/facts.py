"""What a model's card says of the songs that it was trained on: written, told, and looked up."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from remixer.audio.multitrack import Multitrack
from remixer.training.datasets_known import bare_name
from remixer.training.pack import Pack

GENERATED = re.compile(r"song\d+")
MOST = 2000
"""Songs that a card names; of more it says the number only."""


def song_facts(pack: Pack) -> dict[str, Any]:
    """The songs of a pack's training side: how many, minutes of their longest stems, names, and how
    many clips of no song there are besides.
    """
    lengths: dict[str, int] = {}
    clips = [clip for clip in pack.clips if clip.split == "train"]
    for clip in clips:
        if not clip.alone:
            lengths[clip.song] = max(clip.length, lengths.get(clip.song, 0))
    return {
        "songs": len(lengths),
        "minutes": round(sum(lengths.values()) / pack.rate / 60, 1),
        "clips": sum(clip.alone for clip in clips),
        "names": sorted(lengths) if len(lengths) <= MOST else [],
    }


def description(architecture: str, facts: Mapping[str, Any]) -> str:
    """A sentence about a model. facts: see `ship.training_facts`, with the names of more folders as
    "more".
    """
    folders = ", ".join([str(facts["data"]), *facts.get("more", [])])
    songs = "1 song" if facts["songs"] == 1 else f"{facts['songs']} songs"
    clips = f" and {facts['clips']} single clips" if facts["clips"] else ""
    return (
        f"Network {architecture}, trained on {facts['minutes']:g} minutes of {songs}{clips} "
        f"({folders})."
    )


def known_songs(training: Mapping[str, Any], songs: Sequence[Multitrack], folder: str) -> list[str]:
    """The songs that a model was trained on, as far as its card tells: by their names, or because
    they are the training side of the folder that it learned from. Names are compared as
    `datasets_known.bare_name` has it; those that `remixer generate` gives tell nothing of other
    folders.

    training: of the card, which may be anybody's. folder: the name of the songs' data set.
    """
    names = training.get("names")
    texts = [name for name in names if isinstance(name, str)] if isinstance(names, list) else []
    parts = [name.partition(":") for name in texts]
    known = {
        bare_name(song or folder_)
        for folder_, _, song in parts
        if folder_ == folder or not GENERATED.fullmatch(song or folder_)
    }
    if texts:
        return [song.name for song in songs if bare_name(song.name) in known]
    same = training.get("data") == folder
    return [song.name for song in songs if same and song.split == "train"]
