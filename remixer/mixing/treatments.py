"""What can be done to a stem, and to the sum, besides its level: settings only, frozen.

All of it is neutral as it comes, and what is neutral is skipped by the engine: it changes no bit.
A stem goes through polarity, equaliser, compressor and width, in this order, then through its
strip's fader (with the automation) and pan; sends are taken behind those.
"""

import math
from dataclasses import dataclass, field

from remixer.dsp.biquad import CUTS, HIGH_SHELF, KINDS, LOW_SHELF, PEAK
from remixer.dsp.signal import STEMS
from remixer.errors import SettingError
from remixer.mixing.limits import check_choice, check_range

BUTTERWORTH = 0.707
OFF = -math.inf
"""In dB: nothing of it."""
MAX_POINTS = 512
LOWEST_POINT_DB = -90.0
HIGHEST_POINT_DB = 24.0

Automation = tuple[tuple[int, float], ...]
"""Breakpoints (the song's sample, dB), their samples rising."""


@dataclass(frozen=True)
class Band:
    """One band of the equaliser. kind: one of KINDS; freq_hz: corner or centre, 20 to 20 000;
    gain_db: -24 to 24, of no meaning for cuts (12 dB an octave); q: 0.1 to 18.
    """

    kind: str = PEAK
    freq_hz: float = 1000.0
    gain_db: float = 0.0
    q: float = 1.0
    on: bool = True

    def __post_init__(self) -> None:
        check_choice("an equaliser band of kind", self.kind, KINDS)
        check_range("the equaliser's frequency", self.freq_hz, 20.0, 20_000.0, " Hz")
        check_range("the equaliser's gain", self.gain_db, -24.0, 24.0, " dB")
        check_range("the equaliser's Q", self.q, 0.1, 18.0)

    @property
    def is_neutral(self) -> bool:
        """Whether it changes nothing."""
        return not self.on or (self.gain_db == 0.0 and self.kind not in CUTS)


_BANDS = (
    Band(LOW_SHELF, 100.0, q=BUTTERWORTH),
    Band(PEAK, 400.0),
    Band(PEAK, 2500.0),
    Band(HIGH_SHELF, 8000.0, q=BUTTERWORTH),
)


@dataclass(frozen=True)
class Equaliser:
    """Four bands in series. on: False is bypass."""

    bands: tuple[Band, ...] = _BANDS
    on: bool = True

    def __post_init__(self) -> None:
        if len(self.bands) != len(_BANDS):
            raise SettingError(
                f"{len(self.bands)} equaliser bands: give {len(_BANDS)}, those not needed at 0 dB"
            )

    @property
    def is_neutral(self) -> bool:
        """Whether it changes nothing."""
        return not self.on or all(band.is_neutral for band in self.bands)


@dataclass(frozen=True)
class Compressor:
    """Feed-forward compression of peaks, the same gain on all channels.

    threshold_db: -60 to 0 dBFS. ratio: 1 to 100. attack_ms: 0.1 to 500. release_ms: 5 to 5000.
    knee_db: width of the soft knee, 0 to 30. makeup_db: -24 to 24. key: the stem whose level, as
    it was separated (before its own strip), steers the gain: None is the signal itself. on: False,
    as it comes, is bypass.
    """

    threshold_db: float = -18.0
    ratio: float = 2.0
    attack_ms: float = 10.0
    release_ms: float = 120.0
    knee_db: float = 6.0
    makeup_db: float = 0.0
    key: str | None = None
    on: bool = False

    def __post_init__(self) -> None:
        check_range("the compressor's threshold", self.threshold_db, -60.0, 0.0, " dB")
        check_range("the compressor's ratio", self.ratio, 1.0, 100.0)
        check_range("the compressor's attack", self.attack_ms, 0.1, 500.0, " ms")
        check_range("the compressor's release", self.release_ms, 5.0, 5000.0, " ms")
        check_range("the compressor's knee", self.knee_db, 0.0, 30.0, " dB")
        check_range("the compressor's makeup gain", self.makeup_db, -24.0, 24.0, " dB")
        if self.key is not None:
            check_choice("a compressor's key", self.key, STEMS)

    @property
    def is_neutral(self) -> bool:
        """Whether it changes nothing."""
        return not self.on or (self.ratio == 1.0 and self.makeup_db == 0.0)


@dataclass(frozen=True)
class Sends:
    """How much of a strip goes to the returns, behind fader and pan: -inf or -60 to 12 dB each."""

    reverb_db: float = OFF
    delay_db: float = OFF
    on: bool = True

    def __post_init__(self) -> None:
        for name, level in (("reverb", self.reverb_db), ("delay", self.delay_db)):
            check_range(f"the send to the {name}", level, -60.0, 12.0, " dB", off=True)

    @property
    def is_neutral(self) -> bool:
        """Whether nothing is sent."""
        return not self.on or self.reverb_db == self.delay_db == OFF


@dataclass(frozen=True)
class Treatment:
    """What is done to one stem.

    invert: turn the polarity. width: 0 (mono) over 1 (as it is) to 2, stereo only: the gain of
    the sides against the middle. automation: gain in dB on top of the fader's, -90 to 24, straight
    in dB between breakpoints, held before the first and after the last.

    Raises: SettingError for what is out of range or NaN, for more than 512 breakpoints, and for
    breakpoints whose samples do not rise.
    """

    invert: bool = False
    width: float = 1.0
    equaliser: Equaliser = field(default_factory=Equaliser)
    compressor: Compressor = field(default_factory=Compressor)
    sends: Sends = field(default_factory=Sends)
    automation: Automation = ()

    def __post_init__(self) -> None:
        check_range("width", self.width, 0.0, 2.0)
        _check_automation(self.automation)

    @property
    def is_neutral(self) -> bool:
        """Whether it changes nothing and sends nothing."""
        return self.is_neutral_insert and self.sends.is_neutral

    @property
    def is_neutral_insert(self) -> bool:
        """Whether the stem itself passes unchanged, whatever is sent."""
        return (
            not self.invert
            and self.width == 1.0
            and self.equaliser.is_neutral
            and self.compressor.is_neutral
            and all(gain_db == 0.0 for _, gain_db in self.automation)
        )


@dataclass(frozen=True)
class MasterTreatment:
    """What is done to the sum, before the master fader: equaliser, then compressor."""

    equaliser: Equaliser = field(default_factory=Equaliser)
    compressor: Compressor = field(default_factory=Compressor)

    @property
    def is_neutral(self) -> bool:
        """Whether it changes nothing."""
        return self.equaliser.is_neutral and self.compressor.is_neutral


def automation_from(points: Automation, sample: int) -> Automation:
    """The breakpoints as a part of the song that begins at `sample` has them."""
    later = tuple((at - sample, gain_db) for at, gain_db in points if at > sample)
    if len(later) == len(points):
        return later
    if not later:
        return ((0, points[-1][1]),)
    (left, left_db), (right, right_db) = points[-len(later) - 1], points[-len(later)]
    here_db = left_db + (right_db - left_db) * (sample - left) / (right - left)
    return ((0, here_db), *later)


def _check_automation(points: Automation) -> None:
    if len(points) > MAX_POINTS:
        raise SettingError(
            f"{len(points)} breakpoints of one stem: at most {MAX_POINTS}, remove some"
        )
    before = -1
    for sample, gain_db in points:
        if not before < sample:
            raise SettingError(
                f"a breakpoint at sample {sample} after one at {before}: let their samples rise "
                "from 0"
            )
        check_range("a breakpoint's gain", gain_db, LOWEST_POINT_DB, HIGHEST_POINT_DB, " dB")
        before = sample
