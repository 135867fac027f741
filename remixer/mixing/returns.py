"""The two effects that strips send to: one reverb, one delay. Settings only, frozen."""

from dataclasses import dataclass, field, replace

from remixer.errors import SettingError
from remixer.mixing.limits import check_choice, check_range
from remixer.mixing.treatments import OFF

MS, BEATS = "ms", "beats"
LONGEST_S = 5.0
"""The longest delay."""
SHORTEST_DECAY_S, LONGEST_DECAY_S, LONGEST_PREDELAY_S = 0.1, 20.0, 0.25


@dataclass(frozen=True)
class Reverb:
    """A room. size: 0 (small) to 1, the distance of its echoes. decay_s: seconds until it has
    fallen by 60 dB, 0.1 to 20. damping: 0 (none) to 1, how much sooner the treble falls.
    predelay_ms: 0 to 250. level_db: -inf or -60 to 12. on: False is bypass. unit: "ms", or "beats"
    at `bpm` (20 to 400): decay_beats (0.25 to 64) and predelay_beats (0 to 1) then hold in place of
    decay_s and predelay_ms, within the same limits of time.
    """

    size: float = 0.5
    decay_s: float = 1.8
    damping: float = 0.4
    predelay_ms: float = 15.0
    level_db: float = 0.0
    on: bool = True
    unit: str = MS
    bpm: float = 120.0
    decay_beats: float = 4.0
    predelay_beats: float = 0.03125

    def __post_init__(self) -> None:
        check_choice("the reverb's unit", self.unit, (MS, BEATS))
        check_range("the reverb's size", self.size, 0.0, 1.0)
        check_range("the reverb's decay", self.decay_s, 0.1, 20.0, " s")
        check_range("the reverb's damping", self.damping, 0.0, 1.0)
        check_range("the reverb's predelay", self.predelay_ms, 0.0, 250.0, " ms")
        check_range("the reverb's level", self.level_db, -60.0, 12.0, " dB", off=True)
        check_range("the reverb's tempo", self.bpm, 20.0, 400.0, " bpm")
        check_range("the reverb's decay", self.decay_beats, 0.25, 64.0, " beats")
        check_range("the reverb's predelay", self.predelay_beats, 0.0, 1.0, " beats")
        if self.unit == BEATS:
            what = f"the reverb's decay ({self.decay_beats:g} beats at {self.bpm:g} bpm)"
            check_range(what, self.decay, SHORTEST_DECAY_S, LONGEST_DECAY_S, " s")
            what = f"the reverb's predelay ({self.predelay_beats:g} beats at {self.bpm:g} bpm)"
            check_range(what, self.predelay, 0.0, LONGEST_PREDELAY_S, " s")

    @property
    def decay(self) -> float:
        """Seconds until it has fallen by 60 dB."""
        return self.decay_s if self.unit == MS else self.decay_beats * 60.0 / self.bpm

    @property
    def predelay(self) -> float:
        """Seconds until it begins."""
        return self.predelay_ms / 1e3 if self.unit == MS else self.predelay_beats * 60.0 / self.bpm

    @property
    def is_neutral(self) -> bool:
        """Whether nothing of it is heard, whatever is sent."""
        return not self.on or self.level_db == OFF


@dataclass(frozen=True)
class Delay:
    """Echoes. time: in `unit`, ms (5 to 5000) or beats (1/16 to 16) at `bpm` (20 to 400), at most
    5 s. feedback: 0 to 0.95, what remains from echo to echo. tone_hz: 200 to 20 000, a lowpass (6
    dB an octave) from echo to echo; 20 000 is none. level_db: -inf or -60 to 12. on: False is
    bypass.
    """

    time: float = 350.0
    unit: str = MS
    bpm: float = 120.0
    feedback: float = 0.35
    tone_hz: float = 6000.0
    level_db: float = 0.0
    on: bool = True

    def __post_init__(self) -> None:
        check_choice("the delay's unit", self.unit, (MS, BEATS))
        if self.unit == MS:
            check_range("the delay's time", self.time, 5.0, 1000.0 * LONGEST_S, " ms")
        else:
            check_range("the delay's time", self.time, 0.0625, 16.0, " beats")
        check_range("the delay's tempo", self.bpm, 20.0, 400.0, " bpm")
        if self.seconds > LONGEST_S:
            raise SettingError(
                f"{self.time:g} beats at {self.bpm:g} bpm are {self.seconds:.3g} s of delay: set "
                f"at most {LONGEST_S:g} s"
            )
        check_range("the delay's feedback", self.feedback, 0.0, 0.95)
        check_range("the delay's tone", self.tone_hz, 200.0, 20_000.0, " Hz")
        check_range("the delay's level", self.level_db, -60.0, 12.0, " dB", off=True)

    @property
    def seconds(self) -> float:
        """From the sound to its first echo."""
        return self.time / 1000.0 if self.unit == MS else self.time * 60.0 / self.bpm

    @property
    def is_neutral(self) -> bool:
        """Whether nothing of it is heard, whatever is sent."""
        return not self.on or self.level_db == OFF


@dataclass(frozen=True)
class Returns:
    """Both returns. They change nothing of themselves: sends do."""

    reverb: Reverb = field(default_factory=Reverb)
    delay: Delay = field(default_factory=Delay)

    @property
    def is_neutral(self) -> bool:
        """Whether they are as they come."""
        return self == Returns()

    def at(self, bpm: float) -> "Returns":
        """Both at a tempo; what would be longer, or shorter, than can be is as near as can be."""
        return Returns(reverb_at(self.reverb, bpm), delay_at(self.delay, bpm))


def delay_at(delay: Delay, bpm: float) -> Delay:
    """A delay at a tempo, its time cut to the longest where it is in beats."""
    if delay.unit == MS:
        return replace(delay, bpm=bpm)
    return replace(delay, bpm=bpm, time=min(delay.time, LONGEST_S * bpm / 60.0))


def reverb_at(reverb: Reverb, bpm: float) -> Reverb:
    """A reverb at a tempo, its times within limits where they are in beats."""
    at_tempo = replace(reverb, unit=MS, bpm=bpm)
    return at_tempo if reverb.unit == MS else in_beats(at_tempo)


def in_beats(reverb: Reverb) -> Reverb:
    """A reverb by its beats, as far as its tempo lets them."""
    bpm = reverb.bpm
    shortest, longest = SHORTEST_DECAY_S * bpm / 60.0, LONGEST_DECAY_S * bpm / 60.0
    decay = min(max(reverb.decay_beats, shortest, 0.25), longest, 64.0)
    predelay = min(reverb.predelay_beats, LONGEST_PREDELAY_S * bpm / 60.0)
    return replace(reverb, unit=BEATS, decay_beats=decay, predelay_beats=predelay)
