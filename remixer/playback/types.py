"""What the window and the audio process tell each other: typed values, frozen, no behaviour."""

import math
from dataclasses import dataclass
from enum import Enum, StrEnum

from remixer.dsp.signal import STEMS


class Listen(StrEnum):
    """What is heard: the remix, the untouched original, or only what differs between them."""

    REMIX = "remix"
    ORIGINAL = "original"
    CHANGE = "change"


class Latency(Enum):
    """Seconds of output latency asked of the device: SAFE survives a busy machine."""

    SAFE = 0.1
    LOW = 0.02


@dataclass(frozen=True)
class Monitor:
    """How the mix is listened to; nothing of it is ever exported.

    original_db: gain in dB on the original, for a loudness-matched comparison; 0 leaves its bits.
    """

    listen: Listen = Listen.REMIX
    original_db: float = 0.0


@dataclass(frozen=True)
class Output:
    """Where the sound goes. device: a `Device.name`; None follows the system's default."""

    device: str | None = None
    latency: Latency = Latency.SAFE


@dataclass(frozen=True)
class Device:
    """An output device as PortAudio tells it. rate: Hz, its default."""

    name: str
    rate: int
    channels: int
    is_default: bool


class Sound(StrEnum):
    """Whether there is sound: what the window shows and when playing is offered.

    NO_LIBRARY: PortAudio is not installed. NO_DEVICE: none is there (any more).
    """

    STARTING = "starting"
    READY = "ready"
    NO_DEVICE = "no device"
    NO_LIBRARY = "no library"


LOST, BACK, TROUBLE, CONVERTED, CHOICE = "lost", "back", "trouble", "device", "choice"
ABOUT_OUTPUT = (LOST, BACK, TROUBLE, CONVERTED, CHOICE)
"""What notices are about that tell how the output is: a new one makes those of before untrue."""


@dataclass(frozen=True)
class Meters:
    """Levels of what was played since the last snapshot; linear peaks, one for each channel.

    stems: after each strip's gain and treatment, in the order of STEMS; silent strips are 0.
    master: of the output. momentary_lufs, short_term_lufs: of the output's last 400 ms and 3 s
    (BS.1770-5, EBU Tech 3341), NaN before so much was played; true_peak_dbtp: of the output since
    playing began or the meter was reset. change_dbfs: the highest sample of output minus original
    in the last blocks, or of the change where that alone is heard; -inf where output and original
    are the same bits, NaN where nothing was measured. reduction_db: the highest gain reduction of
    the strips' compressors and the master's.
    """

    stems: tuple[tuple[float, ...], ...] = ((0.0, 0.0),) * len(STEMS)
    master: tuple[float, ...] = (0.0, 0.0)
    momentary_lufs: float = -math.inf
    true_peak_dbtp: float = -math.inf
    change_dbfs: float = math.nan
    short_term_lufs: float = -math.inf
    reduction_db: tuple[float, ...] = (0.0,) * (len(STEMS) + 1)


@dataclass(frozen=True)
class Snapshot:
    """The player at one moment; polled by the window some 30 times a second.

    position: the source's sample that is heard now (the device's latency taken off). waiting:
    playing, but samples are not there yet (a far seek in an MP3). device: the name in use, "" for
    none; device_rate in Hz, other than the source's when `converting`. latency_s: as the device
    reports it. glitches: blocks that came late since the song was opened. notice: one line for the
    user (device lost, converted...), its number grows with each new one; 0 when there was none.
    notice_about: see `ABOUT_OUTPUT`.
    """

    sound: Sound = Sound.STARTING
    playing: bool = False
    waiting: bool = False
    position: int = 0
    device: str = ""
    device_rate: int = 0
    converting: bool = False
    latency_s: float = 0.0
    glitches: int = 0
    meters: Meters = Meters()
    notice: str = ""
    notice_number: int = 0
    notice_about: str = ""
