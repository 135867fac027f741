"""Whole separations as a user runs them: speed, core seconds and peak memory of `remixer separate`,
nothing cached; and how soon the window has the first ten seconds of stems. The core seconds tell
the speed of a machine that is free from that of one at work.

python -m benchmarks.separation [--hour] [--first]     --hour: also 60 minutes at 96 kHz, which
needs 20 GB of disk; --first: only the first 10 s
"""

import os
import resource
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from benchmarks.measure import DEMO, machine, process, table
from remixer.audio.reader import open_audio
from remixer.audio.resample import Resampler
from remixer.audio.writer import AudioWriter
from remixer.separation.catalogue import DEFAULT
from remixer.separation.store import StemStore
from remixer.session.separation_service import SeparationService


def song(path: Path, rate: int, seconds: float, subtype: str) -> Path:
    """The demo song over and over, at a rate, for so many seconds of stereo."""
    with open_audio(DEMO) as reader:
        demo = reader.read(0, reader.length)
        resampler = Resampler(reader.rate, rate, 2)
        demo = np.concatenate([resampler.process(demo), resampler.flush()], axis=1)
    length = round(rate * seconds)
    with AudioWriter(
        path, rate=rate, channels=2, format="WAV", subtype=subtype, length=length
    ) as writer:
        for start in range(0, length, demo.shape[1]):
            writer.write(0.9 * demo[:, : min(demo.shape[1], length - start)])
    return path


def copy(source: Path, format: str, subtype: str) -> Path:
    """The same in another container, beside it."""
    target = source.with_suffix(f".{format.lower()}")
    with open_audio(source) as reader:
        rate, channels, length = reader.rate, reader.channels, reader.length
        with AudioWriter(
            target, rate=rate, channels=channels, format=format, subtype=subtype, length=length
        ) as writer:
            for start in range(0, length, 1 << 18):
                writer.write(reader.read(start, min(1 << 18, length - start)))
    return target


def separate(name: str, rate: int, seconds: float, subtype: str, model: str) -> list[str]:
    """A row: what, speed, core seconds, peak memory."""
    with tempfile.TemporaryDirectory() as folder:
        path = song(Path(folder) / "song.wav", rate, seconds, subtype)
        command = [sys.executable, "-m", "remixer", "separate", str(path), "-o", f"{folder}/stems"]
        command += ["--model", model]
        before = core_seconds()
        taken, memory = process(command, {"REMIXER_CACHE": f"{folder}/cache"})
        cores = core_seconds() - before
    speed = f"{seconds / taken:.1f} x real time"
    return [f"{model}: {name}", f"{taken:.1f} s", speed, f"{cores:.1f} s", f"{memory / 1e6:.0f} MB"]


def first_stems(name: str, path: Path, warm: bool) -> list[str]:
    """A row: seconds from asking, as the window does, to the first 10 s of stems on disk. warm: the
    process has separated something before; else it was started at the moment of asking.
    """
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        short = song(Path(folder) / "short.wav", 44100, 1.0, "PCM_16")
        asked = time.perf_counter()
        service = stack.enter_context(SeparationService(Path(folder) / "cache"))
        if warm:
            service.start(short, DEFAULT)
            wait_for(service, 1.0)
            asked = time.perf_counter()
        service.start(path, DEFAULT)
        wait_for(service, 10.0)
        taken = time.perf_counter() - asked
    return [name, "warm" if warm else "cold", f"{taken:.2f} s"]


def wait_for(service: SeparationService, seconds: float) -> None:
    """Until so much of a song is separated. Raises RuntimeError when the job ends before."""
    while True:
        status = service.status()
        if status and status.folder and status.total_s:
            rate = StemStore.open(status.folder).layout.rate
            ahead = status.done if status.done.all() else status.done[: status.done.argmin()]
            if ahead.all() and len(ahead) * status.chunk >= min(seconds, status.total_s) * rate:
                return
        if status and status.state in ("failed", "cancelled"):
            raise RuntimeError(status.error)
        time.sleep(0.005)


def core_seconds() -> float:
    """What the processes that have ended took of the processor, all cores together."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def whole_songs() -> str:
    """Speed and memory of `remixer separate`."""
    rows = [
        separate("5 min, 44.1 kHz, 16 bit, stereo", 44100, 300, "PCM_16", DEFAULT),
        separate("5 min, 44.1 kHz, 16 bit, stereo", 44100, 300, "PCM_16", "cnn1"),
        separate("5 min, 48 kHz, 24 bit, stereo", 48000, 300, "PCM_24", DEFAULT),
        separate("5 min, 96 kHz, 24 bit, stereo", 96000, 300, "PCM_24", DEFAULT),
    ]
    if "--hour" in sys.argv:
        rows.append(separate("60 min, 96 kHz, 24 bit, stereo", 96000, 3600, "PCM_24", "cnn1"))
    head = ("song", "separate, write, verify", "speed", "core seconds", "peak memory")
    return table("remixer separate, whole process", head, rows)


def first_ten_seconds() -> str:
    """How long the window waits, by container: the file's hash comes first."""
    with tempfile.TemporaryDirectory() as folder:
        wav = song(Path(folder) / "song.wav", 44100, 300, "PCM_16")
        songs = [wav, copy(wav, "FLAC", "PCM_16"), copy(wav, "MP3", "MPEG_LAYER_III")]
        rows = [
            first_stems(f"5 min, 44.1 kHz, stereo, {path.suffix[1:]}", path, warm)
            for warm in (True, False)
            for path in songs
        ]
    return table("The first 10 s of stems, from asking", ("song", "process", "after"), rows)


def main() -> None:
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    print(f"{machine()}; load {load:.1f} before the start\n", flush=True)
    if "--first" not in sys.argv:
        print(whole_songs(), flush=True)
    print(first_ten_seconds())


if __name__ == "__main__":
    main()
