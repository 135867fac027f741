"""A real audio server for tests: PulseAudio with a null sink whose monitor is recorded, sample by
sample.
"""

import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Frames = NDArray[np.float32]
PATIENCE_S = 30.0


def wait_until(what: Callable[[], object], patience_s: float = PATIENCE_S) -> None:
    """Return when `what()` is true; AssertionError after a generous time."""
    end = time.monotonic() + patience_s
    while not what():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)


class Capture:
    """What the sink's monitor gives, while it is recorded; float32 at the sink's rate."""

    def __init__(self, process: subprocess.Popen[bytes], channels: int) -> None:
        self._process = process
        self._channels = channels
        self._chunks: list[tuple[float, bytes]] = []
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        wait_until(lambda: self._chunks)

    def _read(self) -> None:
        assert self._process.stdout is not None
        while data := os.read(self._process.stdout.fileno(), 1 << 16):
            self._chunks.append((time.monotonic(), data))

    @property
    def frames(self) -> Frames:
        """All that was recorded so far, (samples, channels)."""
        data = b"".join(chunk for _, chunk in list(self._chunks))
        size = 4 * self._channels
        return np.frombuffer(data[: len(data) // size * size], "<f4").reshape(-1, self._channels)

    def arrival(self, frame: int) -> float:
        """When a frame had arrived here, by time.monotonic()."""
        taken = 0
        for when, chunk in list(self._chunks):
            taken += len(chunk)
            if taken > frame * 4 * self._channels:
                return when
        raise IndexError(f"frame {frame} was not recorded")

    def wait_frames(self, count: int) -> None:
        """Return when so many frames more have come."""
        until = len(self.frames) + count
        wait_until(lambda: len(self.frames) >= until, PATIENCE_S + count / 8000)

    def close(self) -> None:
        """End the recording; what was recorded stays."""
        self._process.kill()
        self._process.wait()
        self._thread.join()
        assert self._process.stdout is not None
        self._process.stdout.close()


class AudioServer:
    """PulseAudio on a socket of its own: `with AudioServer(44100) as server:`; programs that get
    `server.environment` play to its null sink.
    """

    def __init__(self, rate: int = 44100, channels: int = 2) -> None:
        self.rate, self.channels = rate, channels
        self._folder = Path(tempfile.mkdtemp(prefix="audio-server-"))
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        """The variables that lead a program to this server, and to no other."""
        home = str(self._folder)
        socket = f"unix:{self._folder}/s"
        return {**os.environ, "HOME": home, "XDG_RUNTIME_DIR": home, "PULSE_SERVER": socket}

    def start(self, rate: int | None = None) -> None:
        """Start it, or start it again after `kill`; at another rate if one is given."""
        self.rate = rate or self.rate
        (self._folder / "s").unlink(missing_ok=True)
        sink = (
            f"module-null-sink sink_name=out rate={self.rate} format=float32le "
            f"channels={self.channels} norewinds=1"
        )
        socket = f"module-native-protocol-unix auth-anonymous=1 socket={self._folder}/s"
        options = "-n --daemonize=no --disable-shm=yes --exit-idle-time=-1 --use-pid-file=no"
        command = ["pulseaudio", *options.split(), "-L", socket, "-L", sink]
        environment = {k: v for k, v in self.environment.items() if k != "PULSE_SERVER"}
        self._process = subprocess.Popen(
            command,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # its share of the cores does not depend on who tests
        )
        wait_until(self._answers)

    def _answers(self) -> bool:
        command = ["pactl", "list", "short", "sinks"]
        done = subprocess.run(command, env=self.environment, capture_output=True, check=False)
        return b"out" in done.stdout

    def kill(self) -> None:
        """End it at once, as a crash or a pulled plug would."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    @contextmanager
    def capture(self, latency_ms: int = 20) -> Iterator[Capture]:
        """Record what is played; it runs when this returns."""
        command = ["parec", "-d", "out.monitor", "--raw", "--format=float32le"]
        command += [f"--rate={self.rate}", f"--channels={self.channels}"]
        process = subprocess.Popen(
            [*command, f"--latency-msec={latency_ms}"],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        capture = Capture(process, self.channels)
        try:
            yield capture
        finally:
            capture.close()

    def __enter__(self) -> "AudioServer":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)


def find_run(captured: Frames, expected: Frames, probe: int = 64) -> int:
    """Where in the capture the expected samples begin, by their first `probe` of them; -1 if
    nowhere. expected must not begin with silence.
    """
    head = expected[:probe]
    for start in np.flatnonzero(np.all(captured == head[0], axis=1)):
        if np.array_equal(captured[start : start + probe], head):
            return int(start)
    return -1
