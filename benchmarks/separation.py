"""Whole separations as a user runs them: speed, core seconds and peak memory of `remixer separate`,
nothing cached. The core seconds tell the speed of a machine that is free from that of one at work.

python -m benchmarks.separation [--hour]     with --hour also a 60-minute file at 96 kHz (needs 20
GB of disk)
"""

import os
import resource
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.measure import DEMO, machine, process, table
from remixer.audio.reader import open_audio
from remixer.audio.resample import Resampler
from remixer.audio.writer import AudioWriter
from remixer.separation.catalogue import DEFAULT


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


def core_seconds() -> float:
    """What the processes that have ended took of the processor, all cores together."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    print(f"{machine()}; load {load:.1f} before the start\n", flush=True)
    rows = [
        separate("5 min, 44.1 kHz, 16 bit, stereo", 44100, 300, "PCM_16", DEFAULT),
        separate("5 min, 44.1 kHz, 16 bit, stereo", 44100, 300, "PCM_16", "cnn1"),
        separate("5 min, 48 kHz, 24 bit, stereo", 48000, 300, "PCM_24", DEFAULT),
        separate("5 min, 96 kHz, 24 bit, stereo", 96000, 300, "PCM_24", DEFAULT),
    ]
    if "--hour" in sys.argv:
        rows.append(separate("60 min, 96 kHz, 24 bit, stereo", 96000, 3600, "PCM_24", "cnn1"))
    head = ("song", "separate, write, verify", "speed", "core seconds", "peak memory")
    print(table("remixer separate, whole process", head, rows))


if __name__ == "__main__":
    main()
