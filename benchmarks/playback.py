"""Playing, judged by what a real audio server was given: samples lost while cnn1 separates, and how
long a fader move takes to be heard.

python -m benchmarks.playback     (needs pulseaudio and parec)
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.measure import DEMO, machine, table
from remixer.audio.reader import open_audio
from remixer.audio.writer import AudioWriter
from remixer.dsp.ramp import RAMP
from remixer.dsp.signal import Samples
from remixer.mixing.stems import to_grid
from remixer.mixing.strips import MixState
from remixer.playback.player import Player, wait_for
from remixer.playback.types import Latency, Output
from remixer.separation.store import Layout, StemStore
from tests.audio_server import AudioServer, Frames, find_run

RATE = 44100
SECONDS = 60
MOVES = 15
PROBE = 64


def song(folder: Path, seconds: float) -> tuple[Path, Frames]:
    """The demo song with a little noise, so that no stretch of it comes twice; and its samples."""
    with open_audio(DEMO) as reader:
        demo = reader.read(0, reader.length)
        grid = reader.grid
    length = int(seconds * RATE)
    noise = np.random.default_rng(0).uniform(-0.01, 0.01, (2, length))
    samples = to_grid(0.9 * np.resize(demo.T, (length, 2)).T + noise, grid)
    path = folder / "song.wav"
    with AudioWriter(
        path, rate=RATE, channels=2, format="WAV", subtype="PCM_24", length=length
    ) as writer:
        writer.write(samples)
    with open_audio(path) as reader:
        return path, reader.read(0, length).T.astype(np.float32)


def separation(folder: Path, path: Path) -> "subprocess.Popen[bytes]":
    """cnn1 at work on a song, as the command line does it."""
    command = [sys.executable, "-m", "remixer", "separate", str(path), "-o", str(folder / "out")]
    command += ["--model", "cnn1"]
    return subprocess.Popen(
        command,
        env={**os.environ, "REMIXER_CACHE": str(folder / "cache")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def lost(captured: Frames, expected: Frames) -> tuple[int, int]:
    """Samples that are missing from, and that were put into, a capture of `expected`."""
    at = find_run(captured, expected)
    position = missing = added = 0
    while position < len(expected):
        stretch = captured[at : at + len(expected) - position]
        wrong = np.flatnonzero(np.any(stretch != expected[position:][: len(stretch)], axis=1))
        if not len(wrong):
            break
        at, position = at + int(wrong[0]), position + int(wrong[0])
        skipped, put = _next_match(captured[at:], expected[position:])
        missing, added = missing + skipped, added + put
        at, position = at + put, position + skipped
    return missing, added


def _next_match(captured: Frames, expected: Frames) -> tuple[int, int]:
    """How much to skip in each until they agree again."""
    for put in range(0, len(captured) - PROBE, PROBE):
        places = np.flatnonzero(np.all(expected[: 4 * RATE] == captured[put], axis=1))
        for place in places:
            if np.array_equal(captured[put : put + PROBE], expected[place : place + PROBE]):
                return int(place), put
    return len(expected), len(captured)


def steadiness(folder: Path, latency: Latency) -> list[str]:
    """A row: a minute of the original while a separation runs."""
    path, samples = song(folder, SECONDS + 2)
    expected = samples[: SECONDS * RATE]
    work, _ = song(folder / "work", 45 * 60)
    player = Player(Output(None, latency))
    with AudioServer(RATE) as server:
        os.environ.update(server.environment)
        player.open(path)
        job = separation(folder, work)
        cache = folder / "cache"
        while not any(b"\1" in f.read_bytes() for f in cache.glob("*/done.raw")):
            time.sleep(0.05)
        wait_for(player, lambda s: bool(s.device), 30)
        with server.capture() as capture:
            player.play()
            time.sleep(SECONDS + 3)
            captured = capture.frames
        busy = job.poll() is None
        job.kill()
        job.wait()
        glitches = player.snapshot().glitches
        player.close()
    missing, added = lost(captured, expected)
    state = "cnn1 separating all the time" if busy else "cnn1 ended before"
    return [f"{latency.name}, {state}", f"{missing}", f"{added}", f"{glitches}"]


def stems(folder: Path, mix: Samples) -> Path:
    """A finished separation whose vocals are half the song."""
    store = StemStore.create(folder / "stems", Layout(RATE, 2, mix.shape[1], 24), {})
    for chunk in range(store.layout.chunks):
        start, stop = store.layout.span(chunk)
        share = np.array([0.5, 0.2, 0.1])[:, None, None] * mix[:, start:stop]
        store.put(chunk, share.astype(np.float32), lambda e: to_grid(e, None))
    store.close()
    return folder / "stems"


def moves(folder: Path, latency: Latency) -> list[str]:
    """A row: from setting a fader to the arrival of the first sample that it changed."""
    path, samples = song(folder, 2 * MOVES + 6)
    taken = []
    with AudioServer(RATE) as server:
        os.environ.update(server.environment)
        player = Player(Output(None, latency))
        player.open(path)
        player.set_stems(stems(folder, samples.T.astype(np.float64)))
        wait_for(player, lambda s: bool(s.device), 30)
        time.sleep(3)
        with server.capture(latency_ms=5) as capture:
            player.play()
            time.sleep(1.5)
            for move in range(MOVES):
                time.sleep(0.7 + 0.013 * move)
                before, when = len(capture.frames), time.monotonic()
                player.state = MixState().with_strip("vocals", gain_db=6.0)
                time.sleep(0.6)
                player.state = MixState()
                captured = capture.frames
                first = before + _first_changed(captured, samples, before)
                taken.append(capture.arrival(first) - when)
        reported = player.snapshot().latency_s
        player.close()
    ramp = RAMP / RATE
    return [
        latency.name,
        f"{1000 * reported:.0f} ms",
        f"{1000 * statistics.median(taken):.0f} ms",
        f"{1000 * max(taken):.0f} ms",
        f"{1000 * (statistics.median(taken) + ramp):.0f} ms",
    ]


def _first_changed(captured: Frames, samples: NDArray[np.float32], before: int) -> int:
    """Frames from `before` to the first that is not the original's."""
    known = before - 4 * PROBE
    place = find_run(samples, captured[known:before]) + before - known
    rest = captured[before:]
    same = samples[place : place + len(rest)]
    return int(np.flatnonzero(np.any(rest != same, axis=1))[0])


def main() -> None:
    print(machine() + "\n")
    rows = []
    for latency in Latency:
        with tempfile.TemporaryDirectory() as name:
            (Path(name) / "work").mkdir()
            rows.append(steadiness(Path(name), latency))
    head = ("60 s at 44.1 kHz, stereo, 24 bit", "missing samples", "added samples", "late blocks")
    print(table("What the audio server was given", head, rows), flush=True)
    rows = []
    for latency in Latency:
        with tempfile.TemporaryDirectory() as name:
            rows.append(moves(Path(name), latency))
    head = ("latency", "of the device", "heard from, median", "worst", f"arrived, of {MOVES}")
    print(table("A fader move, from the setting to the recording", head, rows))


if __name__ == "__main__":
    main()
