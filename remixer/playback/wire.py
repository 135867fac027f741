"""What the window wishes and what the audio process reports, as bytes: JSON of frozen values."""

import json
from dataclasses import asdict, dataclass, field, fields
from enum import Enum
from typing import Any

from remixer.mixing.plain import from_plain, to_plain
from remixer.mixing.strips import MixState
from remixer.playback.types import (
    Device,
    Latency,
    Listen,
    Meters,
    Monitor,
    Output,
    Snapshot,
    Sound,
)


@dataclass(frozen=True)
class Wishes:
    """All that the window wants of the audio process, at one moment: a new process needs no more.

    Each number grows when its wish is made anew: `song_number` by opening, `play_number` by play
    and pause, `seek_number` by seek, `meters_number` by a reset, `look_number` by asking for the
    devices.
    """

    song: str = ""
    song_number: int = 0
    stems: str = ""
    state: MixState = field(default_factory=MixState)
    monitor: Monitor = field(default_factory=Monitor)
    playing: bool = False
    play_number: int = 0
    position: int = 0
    seek_number: int = 0
    loop: tuple[int, int] | None = None
    output: Output = field(default_factory=Output)
    meters_number: int = 0
    look_number: int = 0


@dataclass(frozen=True)
class Report:
    """What the audio process tells: the snapshot for the window, and which wishes it answers.

    rendered: the next sample to be rendered, from which a new process would go on.
    """

    snapshot: Snapshot = field(default_factory=Snapshot)
    song_number: int = 0
    play_number: int = 0
    seek_number: int = 0
    rendered: int = 0
    devices: tuple[Device, ...] = ()


def pack(value: Wishes | Report) -> bytes:
    """A value as bytes."""
    raw = {field.name: getattr(value, field.name) for field in fields(value)}
    return json.dumps(raw, default=_plain).encode()


def _plain(value: Any) -> Any:
    if isinstance(value, MixState):
        return to_plain(value)
    return value.value if isinstance(value, Enum) else asdict(value)


def unpack_wishes(data: bytes) -> Wishes:
    """The wishes in these bytes."""
    raw = json.loads(data)
    output = raw["output"]
    raw["state"] = from_plain(raw["state"])
    raw["monitor"] = Monitor(Listen(raw["monitor"]["listen"]), raw["monitor"]["original_db"])
    raw["loop"] = tuple(raw["loop"]) if raw["loop"] else None
    raw["output"] = Output(output["device"], Latency(output["latency"]))
    return Wishes(**raw)


def unpack_report(data: bytes) -> Report:
    """The report in these bytes."""
    raw = json.loads(data)
    shot = raw["snapshot"]
    meters = shot["meters"]
    meters["stems"] = tuple(tuple(peaks) for peaks in meters["stems"])
    meters["master"] = tuple(meters["master"])
    meters["reduction_db"] = tuple(meters["reduction_db"])
    shot["meters"] = Meters(**meters)
    shot["sound"] = Sound(shot["sound"])
    raw["snapshot"] = Snapshot(**shot)
    raw["devices"] = tuple(Device(**device) for device in raw["devices"])
    return Report(**raw)
