"""The `.remix` file: which song, which moves. JSON with a version, written beside and renamed."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from remixer.audio.temporaries import claim, release
from remixer.dsp.signal import STEMS
from remixer.errors import InputError, OutputError, SettingError
from remixer.mixing.strips import MixState, Strip

SUFFIX = ".remix"
VERSION = 1
_LARGEST = 1 << 20


@dataclass(frozen=True)
class Geometry:
    """What tells one song from another without reading all of it: Hz, channels, samples."""

    rate: int
    channels: int
    length: int

    def __str__(self) -> str:
        return f"{self.length} samples of {self.channels} channels at {self.rate} Hz"


@dataclass(frozen=True)
class SavedMix:
    """What a `.remix` file holds. loop: samples [start, stop), or None."""

    song: Path
    geometry: Geometry
    mix: MixState
    loop: tuple[int, int] | None
    model: str


def save_mix(target: Path, saved: SavedMix) -> None:
    """Write a `.remix` file; one that exists is replaced only when the new one is whole.

    The song is named relative to the file as well as absolutely, so that both may move together.
    Raises OutputError when it cannot be written.
    """
    final = target.resolve()
    values = {
        "remixer": VERSION,
        "song": {"path": str(saved.song.resolve()), "beside": _relative(saved.song, final)},
        "geometry": asdict(saved.geometry),
        "mix": {
            "strips": {n: _plain(s) for n, s in zip(STEMS, saved.mix.strips, strict=True)},
            "master_db": _number(saved.mix.master_db),
        },
        "loop": saved.loop,
        "model": saved.model,
    }
    try:
        beside = claim(final)
        try:
            with beside.open("w", encoding="utf-8") as file:
                json.dump(values, file, indent=2)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(final)
        finally:
            release(beside)
    except OSError as error:
        raise OutputError(
            f"{target} could not be written ({error.strerror}): choose another folder"
        ) from error


def load_mix(path: Path) -> SavedMix:
    """A `.remix` file. Raises InputError when it is not one, is damaged, or comes from a newer
    Remixer, and when its song is at neither of its places.
    """
    values = _values(path)
    try:
        geometry = Geometry(**{k: int(v) for k, v in values["geometry"].items()})
        strips = tuple(_strip(values["mix"]["strips"][name]) for name in STEMS)
        mix = MixState(strips, _decibels(values["mix"]["master_db"]))
        loop = _loop(values["loop"], geometry.length)
        song = _song(path, values["song"])
        model = str(values["model"])
    except (KeyError, TypeError, ValueError, AttributeError, SettingError) as error:
        raise InputError(f"{path.name} is damaged ({error}): open its song instead") from error
    return SavedMix(song, geometry, mix, loop, model)


def _values(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _LARGEST:
            raise InputError(f"{path.name} is larger than 1 MB: no Remixer file is")
        values = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}): check the name") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path.name} is no Remixer file: open a song instead") from error
    if not isinstance(values, dict) or not isinstance(values.get("remixer"), int):
        raise InputError(f"{path.name} is no Remixer file: open a song instead")
    if values["remixer"] > VERSION:
        raise InputError(
            f"{path.name} was saved by a newer Remixer (format {values['remixer']}, this one reads "
            f"up to {VERSION}): update Remixer"
        )
    return values


def _song(path: Path, names: dict[str, Any]) -> Path:
    beside = path.resolve().parent / str(names["beside"])
    absolute = Path(str(names["path"]))
    for place in (beside, absolute):
        if place.is_file():
            return place
    raise InputError(f"the song of {path.name} is not at {absolute} any more: put it back there")


def _relative(song: Path, final: Path) -> str:
    return os.path.relpath(song.resolve(), final.parent)


def _plain(strip: Strip) -> dict[str, Any]:
    return {**asdict(strip), "gain_db": _number(strip.gain_db)}


def _number(decibels: float) -> float | str:
    """JSON has no infinity."""
    return "-inf" if decibels == float("-inf") else decibels


def _decibels(value: float | str) -> float:
    return float(value)


def _strip(values: dict[str, Any]) -> Strip:
    return Strip(
        gain_db=_decibels(values["gain_db"]),
        mute=bool(values["mute"]),
        solo=bool(values["solo"]),
        pan=float(values["pan"]),
    )


def _loop(value: Any, length: int) -> tuple[int, int] | None:
    if value is None:
        return None
    start, stop = (int(v) for v in value)
    if not 0 <= start < stop <= length:
        raise ValueError(f"a loop from {start} to {stop} in {length} samples")
    return start, stop
