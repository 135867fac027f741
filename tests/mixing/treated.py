"""Mixes to treat, and how tests render them."""

from dataclasses import replace
from itertools import pairwise

import numpy as np

from remixer.dsp.signal import STEMS, ArrayReader, Grid, Samples
from remixer.mixing.engine import MixEngine
from remixer.mixing.returns import BEATS, Delay, Returns, Reverb
from remixer.mixing.stems import ArrayStems, StemSet, to_grid
from remixer.mixing.strips import MixState
from remixer.mixing.treatments import Band, Compressor, Equaliser, MasterTreatment, Sends, Treatment

RATE = 48_000
EQUALISER = Equaliser(
    (
        Band("low shelf", 120.0, 4.0, 0.7),
        Band("peak", 500.0, -5.0, 2.0),
        Band("peak", 3000.0, 3.0, 0.8),
        Band("high cut", 12_000.0, q=0.707),
    )
)
COMPRESSOR = Compressor(threshold_db=-30.0, ratio=4.0, attack_ms=3.0, release_ms=60.0, on=True)
KEYED = Compressor(threshold_db=-35.0, ratio=3.0, key="vocals", makeup_db=2.0, on=True)
AUTOMATION = ((1000, 0.0), (3000, 6.0), (9000, -12.0))
ROOM = Returns(
    Reverb(size=0.3, decay_s=0.7, damping=0.3, predelay_ms=5.0, level_db=-3.0),
    Delay(0.125, BEATS, 140.0, 0.5, 4000.0, -6.0),
)
TREATMENTS = {
    "polarity": Treatment(invert=True),
    "width": Treatment(width=0.3),
    "equaliser": Treatment(equaliser=EQUALISER),
    "compressor": Treatment(compressor=COMPRESSOR),
    "key": Treatment(compressor=KEYED),
    "reverb": Treatment(sends=Sends(reverb_db=-6.0)),
    "delay": Treatment(sends=Sends(delay_db=-6.0)),
    "automation": Treatment(automation=AUTOMATION),
}
"""Each does something."""
EVERYTHING = (
    MixState(returns=ROOM, master=MasterTreatment(EQUALISER, KEYED), master_db=-1.0)
    .with_strip(
        "vocals",
        gain_db=1.5,
        treatment=Treatment(
            width=1.4,
            equaliser=EQUALISER,
            compressor=COMPRESSOR,
            sends=Sends(-6.0, -9.0),
            automation=AUTOMATION,
        ),
    )
    .with_strip("bass", treatment=Treatment(invert=True, compressor=KEYED))
    .with_strip("drums", pan=0.4, treatment=Treatment(width=0.2, sends=Sends(reverb_db=0.0)))
    .with_strip("other", gain_db=-3.0, treatment=Treatment(equaliser=EQUALISER, compressor=KEYED))
)


def treated(name: str, stem: str = "drums", *, bypass: bool = False) -> MixState:
    """A mix with one treatment of TREATMENTS and nothing else, or that one bypassed."""
    treatment = bypassed(TREATMENTS[name]) if bypass else TREATMENTS[name]
    return MixState(returns=ROOM).with_strip(stem, treatment=treatment)


def bypassed(treatment: Treatment) -> Treatment:
    """All its values kept, and nothing of it heard."""
    return Treatment(
        equaliser=replace(treatment.equaliser, on=False),
        compressor=replace(treatment.compressor, on=False),
        sends=replace(treatment.sends, on=False),
        automation=tuple((at, 0.0) for at, _ in treatment.automation),
    )


def noise_set(
    grid: Grid | None = None, channels: int = 2, length: int = 20_000, rate: int = RATE
) -> tuple[StemSet, Samples]:
    """Stems of noise at different levels, and their mix."""
    random = np.random.default_rng(5)
    mix = to_grid(random.uniform(-0.5, 0.5, (channels, length)), grid)
    swell = np.abs(np.sin(np.arange(length) / 1500.0))
    stored = random.uniform(-0.3, 0.3, (3, channels, length)) * swell
    return StemSet(ArrayReader(mix, rate, grid), ArrayStems(to_grid(stored, grid))), mix


def lone(stem: str, samples: Samples, rate: int = RATE) -> StemSet:
    """A song of nothing but one stem, (channels, n)."""
    stored = np.zeros((3, *samples.shape))
    if stem in STEMS[:3]:
        stored[STEMS.index(stem)] = samples
    return StemSet(ArrayReader(samples, rate), ArrayStems(stored))


def play(stems: StemSet, states: dict[int, MixState], cuts: list[int] | None = None) -> Samples:
    """All of a song through one engine: states from the samples given on, in blocks that end at
    those, and at `cuts`.
    """
    length = stems.mix.length
    edges = sorted({0, *states, *(cuts or []), length})
    engine, state, parts = MixEngine(stems), MixState(), []
    for start, stop in pairwise(edges):
        state = states.get(start, state)
        out = np.full((stems.mix.channels, stop - start), np.nan)
        engine.render(state, start, out)
        parts.append(out)
    return np.concatenate(parts, axis=1)
