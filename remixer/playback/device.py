"""Output devices, by PortAudio. The only module that knows sounddevice."""

import time
from collections import deque
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remixer.playback.types import Device, Latency, Output

BLOCKS = {Latency.SAFE: 512, Latency.LOW: 256}
"""Samples of a block."""
_SILENT_S = 2.0
"""A device that asks for nothing so long is gone."""

Fill = Callable[[NDArray[np.float32]], int]
"""Fills (samples, channels) and returns the song's position at its first sample."""


class NoDevice(Exception):  # noqa: N818 - what is there, not an error of ours
    """Nothing to play on; says why."""


class Sounds:
    """PortAudio, if it is installed. missing: why it is not."""

    def __init__(self) -> None:
        self._library: ModuleType | None = None
        self.missing = ""
        try:
            import sounddevice
        except OSError as error:
            self.missing = str(error)
        else:
            self._library = sounddevice

    def look(self) -> tuple[Device, ...]:
        """The devices that are there now. No stream may be open."""
        library: Any = self._library
        if not library:
            return ()
        try:
            library._terminate()
            library._initialize()
            default = library.default.device[1]
            found = list(library.query_devices())
        except library.PortAudioError:
            return ()
        return tuple(
            Device(
                d["name"],
                round(d["default_samplerate"]),
                d["max_output_channels"],
                d["index"] == default,
            )
            for d in found
            if d["max_output_channels"] > 0
        )

    def open(self, device: Device, output: Output, rate: int, fill: Fill) -> "Stream":
        """A running stream at a rate that the device takes.  Raises NoDevice when it refuses."""
        library: Any = self._library
        try:
            return Stream(library, device, output.latency, rate, fill)
        except (library.PortAudioError, ValueError) as error:
            raise NoDevice(f"{device.name} cannot be opened: {_reason(error)}") from error

    def takes(self, device: Device, rate: int) -> bool:
        """Whether a device plays at a rate."""
        library: Any = self._library
        try:
            library.check_output_settings(
                device.name, min(device.channels, 2), "float32", samplerate=rate
            )
        except (library.PortAudioError, ValueError):
            return False
        return True


class Stream:
    """An open output. glitches: blocks that came late. error: what went wrong in `fill`."""

    def __init__(
        self, library: Any, device: Device, latency: Latency, rate: int, fill: Fill
    ) -> None:
        self.device, self.rate, self.channels = device, rate, min(device.channels, 2)
        self.glitches = 0
        self.error = ""
        self._fill = fill
        self._called = time.monotonic()
        self._played: deque[tuple[float, int]] = deque(maxlen=256)
        self._stream = library.OutputStream(
            samplerate=rate,
            blocksize=BLOCKS[latency],
            device=device.name,
            channels=self.channels,
            dtype="float32",
            latency=latency.value,
            callback=self._callback,
            dither_off=True,
        )
        try:
            self._stream.start()
        except library.PortAudioError:
            self._stream.close()
            raise

    @property
    def latency_s(self) -> float:
        """As the device reports it."""
        return float(self._stream.latency)

    @property
    def alive(self) -> bool:
        """Whether the device still takes what is played."""
        return bool(self._stream.active) and time.monotonic() < self._called + _SILENT_S

    def heard(self, source_rate: int) -> int | None:
        """The song's position that is heard now; None before anything is."""
        now, blocks = float(self._stream.time), list(self._played)
        begun = sum(when <= now for when, _ in blocks)
        if not begun:
            return None
        when, position = blocks[begun - 1]
        following = blocks[begun][1] if begun < len(blocks) else position
        gone = max(round((now - when) * source_rate), 0)  # times are the device's, not in order
        return min(position + gone, max(following, position))

    def forget(self) -> None:
        """Nothing that was played is heard any more."""
        self._played.clear()

    def close(self) -> None:
        """Stop at once."""
        self._stream.abort(ignore_errors=True)
        self._stream.close(ignore_errors=True)

    def _callback(self, out: NDArray[np.float32], _count: int, when: Any, status: Any) -> None:
        self._called = time.monotonic()
        if status.output_underflow:
            self.glitches += 1
        try:
            position = self._fill(out)
        except Exception as error:  # PortAudio's thread must go on: the main loop tells the user
            out.fill(0.0)
            self.error = f"{type(error).__name__}: {error}"
        else:
            self._played.append((when.outputBufferDacTime, position))


def _reason(error: Exception) -> str:
    """PortAudio's words for people, without its numbers."""
    return str(error).removeprefix("Error opening OutputStream: ").split(" [PaErrorCode")[0]
