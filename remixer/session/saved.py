"""What a `.remix` file holds, as values in memory and as plain values for JSON."""

import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from remixer.mixing.plain import from_plain, to_plain
from remixer.mixing.strips import MixState
from remixer.session.clock import misplaced
from remixer.session.migrations import VERSION, Values, migrate


@dataclass(frozen=True)
class Geometry:
    """What tells one song from another without reading all of it: Hz, channels, samples."""

    rate: int
    channels: int
    length: int

    def __str__(self) -> str:
        return f"{self.length} samples of {self.channels} channels at {self.rate} Hz"


@dataclass(frozen=True)
class NamedRegion:
    """A part of the song worth coming back to: samples [start, stop)."""

    name: str
    start: int
    stop: int


@dataclass(frozen=True)
class View:
    """What the lanes showed: seconds, what of the stems, over which frequency axis."""

    start_s: float
    stop_s: float
    mode: str
    scale: str


@dataclass(frozen=True)
class SavedMix:
    """A song and what was done with it.

    song: where it was. content: its content hash, "" where it is not known (yet). stamp: size and
    time of change of its file when it had that content. loop: samples [start, stop), or None.
    model, fingerprint: the separation that the moves were made with. beside: the song's place as
    seen from the file that this came from.
    """

    song: Path
    geometry: Geometry
    mix: MixState
    loop: tuple[int, int] | None
    model: str
    content: str = ""
    stamp: tuple[int, ...] = ()
    fingerprint: str = ""
    regions: tuple[NamedRegion, ...] = ()
    view: View | None = None
    beside: str = field(default="", compare=False)


def to_values(saved: SavedMix, folder: Path) -> Values:
    """For JSON. folder: of the file, which the song is also named relative to, so that both may
    move together.
    """
    return {
        "remixer": VERSION,
        "song": {
            **place_of(saved.song, folder),
            **asdict(saved.geometry),
            "content": saved.content,
            "stamp": list(saved.stamp),
        },
        "mix": to_plain(saved.mix),
        "loop": saved.loop,
        "regions": [asdict(region) for region in saved.regions],
        "model": {"id": saved.model, "fingerprint": saved.fingerprint},
        "view": asdict(saved.view) if saved.view else None,
    }


def place_of(song: Path, folder: Path) -> Values:
    """A song's absolute place, and that relative to a folder; on another drive there is none."""
    absolute = song.resolve()
    try:
        beside = os.path.relpath(absolute, folder)
    except ValueError:
        beside = absolute.name
    return {"path": str(absolute), "beside": beside}


def from_values(values: Values) -> SavedMix:
    """What `to_values` made, in this version or an older one. Keys that are not known are ignored.

    Raises KeyError, TypeError, ValueError, AttributeError or SettingError for what is missing, of
    a wrong type or out of range.
    """
    values = migrate(values)
    song = values["song"]
    geometry = Geometry(*(_count(song[name]) for name in ("rate", "channels", "length")))
    regions = tuple(_region(region, geometry) for region in values["regions"])
    model = values["model"]
    return SavedMix(
        song=Path(_text(song["path"])),
        geometry=geometry,
        mix=from_plain(values["mix"]),
        loop=None if values["loop"] is None else _span("the loop", values["loop"], geometry),
        model=_text(model["id"]),
        content=_text(song["content"]),
        stamp=tuple(int(number) for number in song["stamp"]),
        fingerprint=_text(model["fingerprint"]),
        regions=regions,
        view=_view(values["view"]),
        beside=_text(song["beside"]),
    )


def _text(value: Any) -> str:
    if not isinstance(value, str) or "\0" in value:
        raise TypeError(f"{value!r} is no text")
    os.fsencode(value)  # a name on a disk may be no Unicode, but then it comes from bytes
    return value


def _count(value: Any) -> int:
    if not isinstance(value, int) or value < 1:
        raise ValueError(f"{value!r} is no number of 1 or more")
    return value


def _span(what: str, value: Any, geometry: Geometry) -> tuple[int, int]:
    """Samples [start, stop) of the song. what: they are called so."""
    start, stop = (int(v) for v in value)
    if wrong := misplaced(start, stop, geometry.length, geometry.rate):
        raise ValueError(f"{what} {wrong}")
    return start, stop


def _region(value: Any, geometry: Geometry) -> NamedRegion:
    name = _text(value["name"])
    return NamedRegion(
        name, *_span(f"the region {name!r}", (value["start"], value["stop"]), geometry)
    )


def _view(value: Any) -> View | None:
    if value is None:
        return None
    start_s, stop_s = float(value["start_s"]), float(value["stop_s"])
    if not 0.0 <= start_s < stop_s < float("inf"):
        raise ValueError(f"a view from {start_s} to {stop_s} s")
    return View(start_s, stop_s, _text(value["mode"]), _text(value["scale"]))
