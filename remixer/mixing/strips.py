"""Mixer settings as people make them, and the gains they amount to."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from remixer.dsp.gain import db_to_gain
from remixer.dsp.signal import STEMS, Samples
from remixer.errors import SettingError
from remixer.mixing.returns import Returns
from remixer.mixing.treatments import OFF, MasterTreatment, Treatment, automation_from

MAX_GAIN_DB = 24.0


def _check_gain(gain_db: float) -> None:
    if not gain_db <= MAX_GAIN_DB:
        raise SettingError(f"gain {gain_db} dB is out of range: set -inf to +{MAX_GAIN_DB:g} dB")


@dataclass(frozen=True)
class Strip:
    """One stem's channel strip; as it comes, it changes nothing.

    gain_db: -inf (off) to +24. pan: a balance, -1 (left only) to +1 (right only), stereo only.
    solo: if any strip is soloed only soloed strips sound, muted or not. treatment: what is done to
    the stem besides.

    Raises: SettingError for a gain or pan out of range or NaN.
    """

    gain_db: float = 0.0
    mute: bool = False
    solo: bool = False
    pan: float = 0.0
    treatment: Treatment = field(default_factory=Treatment)

    def __post_init__(self) -> None:
        _check_gain(self.gain_db)
        if not -1.0 <= self.pan <= 1.0:
            raise SettingError(f"pan {self.pan} is out of range: set -1 (left) to 1 (right)")

    @property
    def is_neutral(self) -> bool:
        """Whether it is at unity, neither muted nor soloed, and its treatment neutral."""
        return self == replace(_NEUTRAL, treatment=self.treatment) and self.treatment.is_neutral


_NEUTRAL = Strip()


@dataclass(frozen=True)
class MixState:
    """The strips of vocals, bass, drums and other, in this order, the returns they send to, and the
    master's treatment and fader; neutral as it comes.

    master_db: gain of the sum, -inf to +24. Raises: SettingError when there are more or fewer than
    four strips, or the gain is out of range or NaN.
    """

    strips: tuple[Strip, ...] = (Strip(),) * len(STEMS)
    master_db: float = 0.0
    returns: Returns = field(default_factory=Returns)
    master: MasterTreatment = field(default_factory=MasterTreatment)

    def __post_init__(self) -> None:
        _check_gain(self.master_db)
        if len(self.strips) != len(STEMS):
            raise SettingError(
                f"{len(self.strips)} strips for {len(STEMS)} stems: give one for each of "
                f"{', '.join(STEMS)}"
            )

    def strip(self, name: str) -> Strip:
        """The strip of the stem `name`.  Raises: SettingError for an unknown name."""
        return self.strips[_index(name)]

    def with_strip(self, name: str, **changes: Any) -> "MixState":
        """This state with fields of one strip changed: `with_strip("vocals", gain_db=1.5)`.

        Raises: SettingError for an unknown name or a value out of range.
        """
        changed = _index(name)
        strips = tuple(
            replace(strip, **changes) if index == changed else strip
            for index, strip in enumerate(self.strips)
        )
        return replace(self, strips=strips)

    def with_treatment(self, name: str, **changes: Any) -> "MixState":
        """This state with fields of one strip's treatment changed: `with_treatment("bass",
        width=0.5)`.  Raises: as `with_strip`.
        """
        return self.with_strip(name, treatment=replace(self.strip(name).treatment, **changes))

    def from_sample(self, sample: int) -> "MixState":
        """As a part of the song that begins at a sample has it: automation goes by samples."""
        state = self
        for name, strip in zip(STEMS, self.strips, strict=True):
            if sample and strip.treatment.automation:
                points = automation_from(strip.treatment.automation, sample)
                state = state.with_treatment(name, automation=points)
        return state

    def playable(self, channels: int) -> "MixState":
        """As a song of so many channels can have it: mono has neither pan nor width."""
        if channels > 1:
            return self
        strips = (
            replace(strip, pan=0.0, treatment=replace(strip.treatment, width=1.0))
            for strip in self.strips
        )
        return replace(self, strips=tuple(strips))

    @property
    def is_neutral(self) -> bool:
        """Whether the output is the mix itself: all strips sound, at unity (or all are soloed) and
        untreated, nothing is sent to a return that is heard, and the master changes nothing.
        """
        return (
            self.master_gain == 1.0
            and not self.is_treated
            and bool(np.all(effective_gains(self, 2) == 1.0))
        )

    @property
    def is_treated(self) -> bool:
        """Whether there is more than gains to it; on a muted strip a treatment counts too."""
        return (
            not self.master.is_neutral
            or any(not strip.treatment.is_neutral_insert for strip in self.strips)
            or self.is_sending
        )

    @property
    def is_sending(self) -> bool:
        """Whether any strip that sounds sends to a return that is heard."""
        pairs = zip(self.strips, self.audible, strict=True)
        return any(sounds and self._sends(strip.treatment) for strip, sounds in pairs)

    @property
    def audible(self) -> tuple[bool, ...]:
        """Which strips sound: not muted, or soloed; their faders not at -inf."""
        pairs = zip(self.strips, _audible(self.strips), strict=True)
        return tuple(sounds and strip.gain_db != OFF for strip, sounds in pairs)

    def _sends(self, treatment: Treatment) -> bool:
        sends, returns = treatment.sends, self.returns
        reverb = sends.reverb_db != OFF and not returns.reverb.is_neutral
        delay = sends.delay_db != OFF and not returns.delay.is_neutral
        return sends.on and (reverb or delay)

    @property
    def master_gain(self) -> float:
        """The master's linear gain; exactly 1 when neutral."""
        return db_to_gain(self.master_db)


def effective_gains(state: MixState, channels: int) -> Samples:
    """The linear gains (4, channels) float64 that the strips amount to; exactly 1 when neutral.

    Solo is additive and stronger than mute; without solo the mutes hold. Pan leaves the near
    channel at unity and takes the far one down by a sine law: sin((1 - |pan|) * pi / 2).

    Raises: SettingError when a strip is panned, or has a width, and the source is mono.
    """
    audible = _audible(state.strips)
    return np.array(
        [
            _strip_gains(name, strip, sounds, channels)
            for name, strip, sounds in zip(STEMS, state.strips, audible, strict=True)
        ]
    )


def _strip_gains(name: str, strip: Strip, sounds: bool, channels: int) -> list[float]:
    balance = _balance(strip.pan)
    if channels == 1:
        if strip.pan != 0.0:
            raise SettingError(
                f"{name} is panned to {strip.pan:g} but the source is mono: set pan 0"
            )
        if strip.treatment.width != 1.0:
            raise SettingError(
                f"{name} has a width of {strip.treatment.width:g} but the source is mono: set "
                "width 1"
            )
        balance = (1.0,)
    gain = db_to_gain(strip.gain_db) if sounds else 0.0
    return [gain * side for side in balance]


def _balance(pan: float) -> tuple[float, ...]:
    """Factors for left and right: the near one 1, the far one exactly 1 at pan 0, 0 at ±1."""
    far = math.sin((1.0 - abs(pan)) * math.pi / 2.0)
    return (far, 1.0) if pan > 0.0 else (1.0, far)


def _audible(strips: Iterable[Strip]) -> list[bool]:
    strips = tuple(strips)
    if any(strip.solo for strip in strips):
        return [strip.solo for strip in strips]
    return [not strip.mute for strip in strips]


def _index(name: str) -> int:
    if name not in STEMS:
        raise SettingError(f"no strip is called {name!r}: use one of {', '.join(STEMS)}")
    return STEMS.index(name)
