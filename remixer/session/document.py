"""One open song and what the user has done with it."""

import math
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from remixer.audio.reader import AudioReader, open_audio
from remixer.dsp.signal import STEMS
from remixer.errors import SettingError
from remixer.mixing.returns import Returns
from remixer.mixing.strips import MixState, Strip
from remixer.mixing.treatments import MasterTreatment, Treatment
from remixer.session.history import History
from remixer.session.saved import NamedRegion
from remixer.session.treatment_names import treatment_name

NEUTRAL = MixState()
LOWEST_DB = -60.0
"""A fader below this is at its bottom: off."""
DIGITS = 3
"""Decimals that gains (in dB) and pans are kept with."""


class Document:
    """A song, its mix with undo, and the loop.

    For one thread. Whoever shows it hangs a function into `on_change`, which is called after every
    change of mix, loop or history. Moves with final=False are parts of a gesture that the next
    final one ends: one undo step. Names of stems that are unknown, and values out of range, raise
    SettingError and change nothing.
    """

    def __init__(self, path: Path, mix: MixState = NEUTRAL) -> None:
        """mix: as it was saved. Raises InputError when the file cannot be read."""
        self._source = open_audio(path)
        self._history = History(mix)
        self._loop: tuple[int, int] | None = None
        self._regions: tuple[NamedRegion, ...] = ()
        self.on_change: list[Callable[[], None]] = []

    @property
    def path(self) -> Path:
        """The file."""
        return self._source.path

    @property
    def source(self) -> AudioReader:
        """The untouched original."""
        return self._source

    @property
    def name(self) -> str:
        """The file's name without its extension."""
        return self.path.stem

    @property
    def rate(self) -> int:
        """Sampling rate in Hz."""
        return self._source.rate

    @property
    def channels(self) -> int:
        """1 or 2."""
        return self._source.channels

    @property
    def length(self) -> int:
        """Samples per channel."""
        return self._source.length

    @property
    def mix(self) -> MixState:
        """The mixer as it stands."""
        return self._history.state

    @property
    def loop(self) -> tuple[int, int] | None:
        """The loop region [start, stop) in samples; no part of undo."""
        return self._loop

    def set_loop(self, region: tuple[int, int] | None) -> None:
        """Loop a region, cut to the song, or none. Raises SettingError when nothing of it is in the
        song.
        """
        if region is not None:
            start, stop = max(int(region[0]), 0), min(int(region[1]), self.length)
            if start >= stop:
                raise SettingError(
                    f"samples {region[0]} to {region[1]} are no loop in a song of {self.length}: "
                    "mark a part of it"
                )
            region = (start, stop)
        if region != self._loop:
            self._loop = region
            self._changed()

    @property
    def regions(self) -> tuple[NamedRegion, ...]:
        """Parts of the song with names, the earliest first; no part of undo."""
        return self._regions

    def set_regions(self, regions: Iterable[NamedRegion]) -> None:
        """Keep other regions. Raises SettingError for one that is not in the song."""
        ordered = tuple(sorted(regions, key=lambda region: (region.start, region.stop)))
        for region in ordered:
            if not 0 <= region.start < region.stop <= self.length:
                raise SettingError(
                    f"{region.name!r}, samples {region.start} to {region.stop}, is not in a song "
                    f"of {self.length}: mark a part of it"
                )
        if ordered != self._regions:
            self._regions = ordered
            self._changed()

    def set_gain_db(self, stem: str, gain_db: float, *, final: bool = True) -> None:
        """Move a fader: -inf (off) to +24 dB, kept to 0.001 dB; below -60 dB it is off."""
        after = self.mix.with_strip(stem, gain_db=_level(gain_db))
        self._move(after, ("gain", stem), lambda mix: _fader(stem, mix.strip(stem).gain_db), final)

    def set_pan(self, stem: str, pan: float, *, final: bool = True) -> None:
        """Move a stem's balance: -1 (left only) to 1. Refused for a mono song."""
        if pan and self.channels == 1:
            raise SettingError(f"{self.path.name} is mono: there is nowhere to pan {stem} to")
        after = self.mix.with_strip(stem, pan=_rounded(pan))
        self._move(after, ("pan", stem), lambda mix: _pan(stem, mix.strip(stem).pan), final)

    def set_mute(self, stem: str, mute: bool) -> None:
        """Silence a stem, or let it sound again."""
        name = f"{'Mute' if mute else 'Unmute'} {stem}"
        self._do(self.mix.with_strip(stem, mute=mute), name)

    def set_solo(self, stem: str, solo: bool, *, exclusive: bool = False) -> None:
        """Solo a stem, beside those that are, or (exclusive) instead of them."""
        after = self.mix.with_strip(stem, solo=solo)
        if exclusive:
            after = _unsoloed(self.mix).with_strip(stem, solo=solo)
        others = exclusive and any(strip.solo for strip in _unsoloed(self.mix, stem).strips)
        what = "Unsolo" if not solo else "Solo only" if others else "Solo"
        self._do(after, f"{what} {stem}")

    def clear_solo(self) -> None:
        """Let all stems sound that are not muted."""
        self._do(_unsoloed(self.mix), "Clear solo")

    def set_master_db(self, gain_db: float, *, final: bool = True) -> None:
        """Move the master fader, as `set_gain_db`."""
        after = replace(self.mix, master_db=_level(gain_db))
        self._move(after, ("gain", "master"), lambda mix: _fader("master", mix.master_db), final)

    def set_treatment(self, stem: str, treatment: Treatment, *, final: bool = True) -> None:
        """Treat a stem. What changed names the step. Width is refused for a mono song."""
        if treatment.width != 1.0 and self.channels == 1:
            raise SettingError(f"{self.path.name} is mono: {stem} has no width to set")
        self._treat(self.mix.with_strip(stem, treatment=treatment), stem, final)

    def set_master_treatment(self, treatment: MasterTreatment, *, final: bool = True) -> None:
        """Treat the sum, as `set_treatment`."""
        self._treat(replace(self.mix, master=treatment), "master", final)

    def set_returns(self, returns: Returns, *, final: bool = True) -> None:
        """Set the reverb and the delay that strips send to."""
        self._treat(replace(self.mix, returns=returns), "returns", final)

    def reset_mix(self) -> None:
        """Every fader at unity, nothing treated: the original."""
        self._do(NEUTRAL, "Reset the mix")

    @property
    def undo_name(self) -> str | None:
        """What `undo` would take back: "Vocals +1.5 dB". None when there is nothing."""
        return self._history.undo_name

    @property
    def redo_name(self) -> str | None:
        """What `redo` would do again; None when there is nothing."""
        return self._history.redo_name

    def undo(self) -> str | None:
        """Take back the last step. Returns its name, None when there is none."""
        return self._told(self._history.undo())

    def redo(self) -> str | None:
        """Do again what was undone last. Returns its name, None when there is nothing."""
        return self._told(self._history.redo())

    def close(self) -> None:
        """Let go of the file."""
        self._source.close()

    def __enter__(self) -> "Document":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _treat(self, after: MixState, what: str, final: bool) -> None:
        if self._history.move(after, ("treatment", what), treatment_name, final):
            self._changed()

    def _do(self, after: MixState, name: str) -> None:
        self._move(after, name, lambda _mix: name, final=True)

    def _move(
        self, after: MixState, key: object, name: Callable[[MixState], str], final: bool
    ) -> None:
        if self._history.move(after, key, lambda _before, mix: name(mix), final):
            self._changed()

    def _told(self, name: str | None) -> str | None:
        if name is not None:
            self._changed()
        return name

    def _changed(self) -> None:
        for tell in list(self.on_change):
            tell()


def _level(gain_db: float) -> float:
    return -math.inf if gain_db < LOWEST_DB else _rounded(gain_db)


def _rounded(value: float) -> float:
    """On the grid of DIGITS decimals, and no negative zero. NaN and infinity as they are."""
    return round(value, DIGITS) + 0.0


def _unsoloed(mix: MixState, *names: str) -> MixState:
    """Without the solo of the stems named; of all when none is."""
    for name in names or STEMS:
        mix = mix.with_strip(name, solo=Strip.solo)
    return mix


def _fader(name: str, gain_db: float) -> str:
    return f"{name.capitalize()} {decibels(gain_db)}"


def decibels(gain_db: float) -> str:
    """A fader's level for people: "+1.5 dB", "-0.125 dB", "0.0 dB", "off"."""
    if gain_db == -math.inf:
        return "off"
    digits = next((n for n in range(1, DIGITS) if round(gain_db, n) == gain_db), DIGITS)
    return f"{gain_db:+.{digits}f} dB" if gain_db else "0.0 dB"


def _pan(name: str, pan: float) -> str:
    if pan == 0.0:
        return f"Pan {name} to the centre"
    return f"Pan {name} {abs(pan) * 100:.4g} % {'left' if pan < 0 else 'right'}"
