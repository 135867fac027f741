"""Treated mixes: what each treatment costs of one core, and what else was tried for it.

python -m benchmarks.treatments

Seconds of the processor, not of the clock: the machine may be at work besides. With pedalboard
(GPL-3) installed its effects stand beside ours; it is not needed otherwise.
"""

import importlib.util
import statistics
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from scipy.signal import fftconvolve, lfilter

from benchmarks.measure import machine, table
from remixer.dsp.dynamics import level_db, one_pole, reduction_db
from remixer.dsp.signal import STEMS, ArrayReader, Grid, Samples
from remixer.mixing.effects.compressor import CompressorStage
from remixer.mixing.effects.delay import DelayEffect
from remixer.mixing.effects.filters import EqualiserStage, sections
from remixer.mixing.effects.reverb import ReverbEffect
from remixer.mixing.engine import MixEngine
from remixer.mixing.returns import Delay, Reverb
from remixer.mixing.stems import ArrayStems, StemSet, to_grid
from remixer.mixing.strips import MixState
from remixer.mixing.treatments import Band, Compressor, Equaliser, MasterTreatment, Sends, Treatment

RATE, BLOCK, BLOCKS, RUNS = 48_000, 512, 400, 5
LENGTH = BLOCK * BLOCKS
SECONDS = LENGTH / RATE
EQUALISER = Equaliser(
    (
        Band("low shelf", 100.0, 3.0),
        Band("peak", 400.0, -3.0),
        Band("peak", 2500.0, 2.0),
        Band("high shelf", 8000.0, 2.0),
    )
)
COMPRESSOR = Compressor(threshold_db=-30.0, on=True)
KEYED = replace(COMPRESSOR, key="vocals")
BOTH = Sends(-12.0, -12.0)
POINTS = tuple((n * LENGTH // 20, n % 3 - 1.0) for n in range(20))


def everywhere(treatment: Treatment) -> MixState:
    state = MixState()
    for stem in STEMS:
        state = state.with_strip(stem, treatment=treatment)
    return state


FULL = everywhere(Treatment(equaliser=EQUALISER, compressor=KEYED, sends=BOTH))
STATES = {
    "neutral": MixState(),
    "one fader moved": MixState().with_strip("vocals", gain_db=1.5),
    "4 equalisers": everywhere(Treatment(equaliser=EQUALISER)),
    "4 compressors": everywhere(Treatment(compressor=COMPRESSOR)),
    "4 widths": everywhere(Treatment(width=0.5)),
    "4 automations": everywhere(Treatment(automation=POINTS)),
    "reverb": MixState().with_treatment("vocals", sends=Sends(reverb_db=-12.0)),
    "delay": MixState().with_treatment("vocals", sends=Sends(delay_db=-12.0)),
    "4 x EQ, keyed compressor, both sends": FULL,
    "the same, and EQ and compressor on the master": replace(
        FULL, master=MasterTreatment(EQUALISER, COMPRESSOR)
    ),
}


def measured(work: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Median processor seconds of each, run in turn."""
    taken: dict[str, list[float]] = {name: [] for name in work}
    for run in range(RUNS + 1):
        for name, job in work.items():
            start = time.thread_time()
            job()
            if run:
                taken[name].append(time.thread_time() - start)
    return {name: statistics.median(times) for name, times in taken.items()}


def song() -> StemSet:
    grid, random = Grid(24), np.random.default_rng(0)
    mix = ArrayReader(to_grid(random.uniform(-0.5, 0.5, (2, LENGTH)), grid), RATE, grid)
    stored = to_grid(random.uniform(-0.2, 0.2, (3, 2, LENGTH)), grid)
    return StemSet(mix, ArrayStems(stored))


def engine_table() -> str:
    stems, out = song(), np.empty((2, BLOCK))

    def render(state: MixState, block: int) -> None:
        engine, room = MixEngine(stems), out if block == BLOCK else np.empty((2, block))
        for start in range(0, LENGTH, block):
            engine.render(state, start, room)

    live = measured({n: lambda s=s: render(s, BLOCK) for n, s in STATES.items()})
    export = measured({n: lambda s=s: render(s, 1 << 14) for n, s in STATES.items()})
    rows = [
        [
            name,
            f"{1e6 * taken / BLOCKS:.0f} us",
            f"{100 * taken / SECONDS:.1f} %",
            f"{SECONDS / export[name]:.0f} x",
        ]
        for name, taken in live.items()
    ]
    head = ("48 kHz stereo", "a block of 512", "of one core", "export, real time")
    return table("Treated mixes", head, rows)


def blockwise(process: Callable[[Samples, int], object]) -> Callable[[], object]:
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, (2, LENGTH))
    return lambda: [process(noise[:, at : at + BLOCK], at) for at in range(0, LENGTH, BLOCK)]


def by_samples(samples: Samples, _at: int) -> Samples:
    """A compressor's recursion one sample after the other."""
    attack, release = (one_pole(ms / 1000.0, RATE) for ms in (10.0, 120.0))
    peaks = np.max(np.abs(samples), axis=0)
    held = smooth = 0.0
    gains = []
    for wanted in reduction_db(level_db(peaks), -30.0, 2.0, 6.0).tolist():
        held = max(wanted, release * held)
        smooth = attack * smooth + (1.0 - attack) * held
        gains.append(10.0 ** (smooth / -20.0))
    return samples * np.array(gains)


def alternatives() -> dict[str, dict[str, Callable[[], object]]]:
    rows = sections(EQUALISER, RATE)
    response = np.random.default_rng(0).normal(size=(2, 2 * RATE)) * 0.01
    equaliser, compressor = EqualiserStage(EQUALISER, RATE, 2), CompressorStage(COMPRESSOR, RATE)
    reverb, delay = ReverbEffect(Reverb(), RATE, 2), DelayEffect(Delay(), RATE, 2)

    def one_by_one(samples: Samples, _at: int) -> Samples:
        for row in rows:
            samples = lfilter(row[:3], row[3:], samples, zi=np.zeros((2, 2)))[0]
        return samples

    def convolved(samples: Samples, _at: int) -> Samples:
        return fftconvolve(samples, response, axes=1)

    work: dict[str, dict[str, Callable[[], object]]] = {
        "equaliser": {
            "ours: second-order sections in one call": blockwise(equaliser.process),
            "a filter after the other": blockwise(one_by_one),
        },
        "compressor": {
            "ours: running maximum, then one filter": blockwise(
                lambda samples, at: compressor.process(samples, None, at)
            ),
            "sample by sample in Python": blockwise(by_samples),
        },
        "reverb": {
            "ours: 16 lines, float64": blockwise(reverb.process),
            "convolution with 2 s of noise, whole": blockwise(convolved),
        },
        "delay": {"ours": blockwise(delay.process)},
    }
    if importlib.util.find_spec("pedalboard"):
        import pedalboard

        for name, effect in (
            ("compressor", pedalboard.Compressor(-30.0, 2.0, 10.0, 120.0)),
            ("reverb", pedalboard.Reverb()),
            ("delay", pedalboard.Delay(0.35, 0.35, 1.0)),
        ):
            work[name]["pedalboard, float32, no key"] = blockwise(
                lambda samples, _at, e=effect: e(samples.astype(np.float32), RATE, reset=False)
            )
    return work


def alternatives_table() -> str:
    rows = []
    for name, work in alternatives().items():
        for what, taken in measured(work).items():
            rows.append(
                [name, what, f"{1e6 * taken / BLOCKS:.0f} us", f"{100 * taken / SECONDS:.2f} %"]
            )
    return table("Ways to do it", ("", "", "a block of 512", "of one core"), rows)


def main() -> None:
    print(machine() + "\n")
    print(engine_table())
    print(alternatives_table())


if __name__ == "__main__":
    main()
