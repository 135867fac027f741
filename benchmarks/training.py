"""How fast networks train on this CPU: frames per second, whether they wait for their batches, and
where the time goes.

python -m benchmarks.training
"""

import time
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import soundfile
import torch
from torch.profiler import ProfilerActivity, profile

from benchmarks.measure import machine, table
from remixer.dsp.signal import STEMS
from remixer.training import job
from remixer.training.trainer import Plan, Trainer

RATE = 44_100
SECONDS = 40
STEPS = 5
ARCHITECTURES = ("dnn", "cnn1", "cnn2", "unet")


def songs(folder: Path) -> Path:
    """Three songs of stereo noise, as loud as songs are; what is drawn takes no less time."""
    rng = np.random.default_rng(1)
    for number in range(3):
        song = folder / f"song{number}"
        song.mkdir(parents=True)
        for stem in STEMS:
            noise = 0.1 * rng.standard_normal((SECONDS * RATE, 2))
            soundfile.write(song / f"{stem}.wav", noise, RATE, "PCM_16")
    return folder


def trainer(architecture: str, run: Path, amp: bool) -> Trainer:
    """A trainer of the paper's or the default sizes, with the batches of the default recipe."""
    plan = Plan(architecture, amp=amp, epoch_batches=STEPS)
    return job.trainer(plan, run, job.TASKS[architecture].recipe())


def steps(training: Trainer, number: int) -> tuple[float, float]:
    """Median seconds a step takes while the next batch is drawn, and the share of all of them that
    the network waited for its batch.
    """
    training.network.train()
    training.batches.waited_s = 0.0
    done = []
    for step, batch in enumerate(islice(training.batches.follow(0), number + 1)):
        training._step(step, batch)
        done.append(time.perf_counter())
    return float(np.median(np.diff(done))), training.batches.waited_s / (done[-1] - done[0])


def drawing(training: Trainer, number: int) -> float:
    """Median seconds that a batch takes to draw when nothing else is done."""
    taken = []
    for step in range(number):
        start = time.perf_counter()
        training.batches.batch(step)
        taken.append(time.perf_counter() - start)
    return float(np.median(taken))


def speed(training: Trainer, name: str) -> list[str]:
    """A row: frames/s, a step, a batch drawn, the share of waiting."""
    step_s, waited = steps(training, STEPS)
    frames = training.source.frames
    return [
        name,
        f"{frames / step_s:.0f}",
        f"{frames}",
        f"{step_s:.2f} s",
        f"{drawing(training, STEPS):.2f} s",
        f"{100 * waited:.0f} %",
    ]


def top_costs(training: Trainer, number: int = 3) -> list[tuple[str, float]]:
    """The operations in which a step spends most of its time by itself, and their share."""
    batch = training.batches.batch(0)
    with profile(activities=[ProfilerActivity.CPU]) as found:
        training._step(0, batch)
    costs = sorted(found.key_averages(), key=lambda e: -e.self_cpu_time_total)
    whole = sum(cost.self_cpu_time_total for cost in costs)
    return [(cost.key, cost.self_cpu_time_total / whole) for cost in costs[:number]]


def main(architectures: Sequence[str] = ARCHITECTURES) -> None:
    print(f"{machine()}, PyTorch {torch.__version__}, {torch.get_num_threads()} threads\n")
    rows, costs = [], []
    with TemporaryDirectory() as folder:
        data = songs(Path(folder) / "songs")
        for architecture in architectures:
            run = Path(folder) / architecture
            for _ in job.prepare(architecture, data, run, frozenset()):
                pass
            for amp in (False, True):
                training = trainer(architecture, run, amp)
                rows.append(speed(training, f"{architecture}{', --amp' if amp else ''}"))
                if not amp:
                    named = [f"{name} {100 * share:.0f} %" for name, share in top_costs(training)]
                    costs.append([architecture, *named])
    head = ("network", "frames/s", "frames a batch", "a step", "a batch drawn alone", "waiting")
    print(table("Training, while the next batch is drawn", head, rows))
    print(table("A step's top costs", ("network", "first", "second", "third"), costs))


if __name__ == "__main__":
    main()
