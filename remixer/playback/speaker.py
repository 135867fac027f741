"""Follows the output devices: opens the one that is wished, notices when it goes and when it is
back.
"""

import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from remixer.dsp.signal import Samples
from remixer.playback.deck import Deck
from remixer.playback.device import NoDevice, Sounds, Stream
from remixer.playback.outlet import Outlet
from remixer.playback.server import server_rate
from remixer.playback.types import BACK, CHOICE, CONVERTED, Device, Output, Sound

LOOK_S = 1.0
"""How often devices are looked for while there is none."""
NOTHING = "no output device is there; connect one"

Play = Callable[[int], tuple[Samples, int]]
"""Gives the next n samples, (channels, n), and the song's position at the first."""


class Speaker:
    """The output. tell(notice, about): takes what the user should know."""

    def __init__(self, tell: Callable[[str, str], None]) -> None:
        self._tell = tell
        self._sounds = Sounds()
        self.sound = Sound.NO_LIBRARY if self._sounds.missing else Sound.STARTING
        self.devices: tuple[Device, ...] = ()
        self.stream: Stream | None = None
        self.glitches = 0
        """Of streams that are closed."""
        self._opened: tuple[Output, int, int] | None = None
        self._lost = False
        self._reason = NOTHING
        self._look_at = 0.0

    def lost(self) -> bool:
        """Whether the device has gone since the last call; it is closed then."""
        if not self.stream or self.stream.alive:
            return False
        if self.stream.error:
            self._tell(f"playing stopped, please report it: {self.stream.error}", "callback")
        self._lost = True
        self.close()
        self.devices, self.sound, self._reason = (), Sound.NO_DEVICE, NOTHING
        self._look_at = time.monotonic() + LOOK_S / 2
        return True

    def follow(self, output: Output, deck: Deck | None, play: Play) -> None:
        """Have the wished output open for the deck, if there is one and it can be."""
        wanted = (output, deck.rate, deck.channels) if deck else None
        if self.stream and wanted not in (None, self._opened):
            self.close()
        if self.stream or self._sounds.missing:
            return
        if self.sound is not Sound.READY and time.monotonic() >= self._look_at:
            self.look()
        if self.sound is Sound.READY and deck:
            self._open(output, deck, play)

    def look(self) -> None:
        """Look for devices; closes the stream for it."""
        self.close()
        self._look_at = time.monotonic() + LOOK_S
        self.devices = self._sounds.look()
        if not self._sounds.missing:
            self.sound = Sound.READY if self.devices else Sound.NO_DEVICE
        if not self.devices:
            self._reason = NOTHING

    def close(self) -> None:
        """Close the stream."""
        if self.stream:
            self.glitches += self.stream.glitches
            self.stream.close()
            self.stream = self._opened = None

    @property
    def trouble(self) -> str:
        """Why nothing can be played; "" when something can, or it is not known yet."""
        if self.sound is Sound.NO_LIBRARY:
            return "there is no sound: PortAudio is not installed (libportaudio2 on Debian)"
        if self.sound is Sound.NO_DEVICE:
            return f"there is no sound: {self._reason}"
        return ""

    def _open(self, output: Output, deck: Deck, play: Play) -> None:
        device = self._choose(output)
        rate = deck.rate if self._sounds.takes(device, deck.rate) else device.rate
        try:
            self._start(device, output, deck, rate, play)
            if rate == deck.rate and (real := server_rate(device.name)) not in (None, rate):
                rate = real or rate
                self._start(device, output, deck, rate, play)
        except NoDevice as error:
            self.sound, self._look_at = Sound.NO_DEVICE, time.monotonic() + LOOK_S
            self._reason = str(error)
            return
        self._opened = (output, deck.rate, deck.channels)
        if self._lost:
            self._tell("", BACK)
            self._tell(f"sound is back on {device.name}: press play to go on", BACK)
        else:
            self._tell(self._news(device, rate, deck.rate), CONVERTED)
        self._lost = False

    def _start(self, device: Device, output: Output, deck: Deck, rate: int, play: Play) -> None:
        self.close()
        fill = filler(play, deck.rate, deck.channels, rate)
        self.stream = self._sounds.open(device, output, rate, fill)

    def _news(self, device: Device, rate: int, song_rate: int) -> str:
        if rate != song_rate:
            return (
                f"the device {device.name} plays at {rate} Hz: the song's {song_rate} Hz are "
                "converted on the way to it"
            )
        return ""

    def _choose(self, output: Output) -> Device:
        """The device that was asked for, or else the system's."""
        for device in self.devices:
            if device.name == output.device:
                return device
        default = next((d for d in self.devices if d.is_default), self.devices[0])
        absent = f"the device {output.device} is not there: playing on {default.name}"
        self._tell(absent if output.device else "", CHOICE)
        return default


def filler(
    play: Play, rate: int, channels: int, device_rate: int
) -> Callable[[NDArray[np.float32]], int]:
    """What a stream calls for its blocks: fills them and returns the song's position."""
    position = 0

    def source(count: int) -> Samples:
        nonlocal position
        samples, position = play(count)
        return samples

    outlet = Outlet(source, rate, channels, device_rate)

    def fill(out: NDArray[np.float32]) -> int:
        outlet.fill(out)
        return position

    return fill
