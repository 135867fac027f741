"""Whether slower ways to run the U-Net are better: SDR and cost on songs that no training saw.

python -m benchmarks.presets CORPUS [MODEL]     a few minutes; MODEL is unet unless named

Stereo songs are separated in stereo and scored as their channels' mean; exchanging channels tells
for those only. Polarity is not tried: magnitudes do not know it.
"""

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.measure import machine, table
from remixer.dsp.masks import Masks
from remixer.dsp.signal import STEMS, SampleReader
from remixer.evaluation.bss import scores
from remixer.evaluation.songs import Track, load
from remixer.separation.catalogue import our_card
from remixer.separation.features import model_magnitudes
from remixer.separation.model import load_model
from remixer.separation.segments import Remembered, SegmentMasks, SegmentModel
from remixer.separation.separator import MaskSeparator
from remixer.training.datasets import find_songs, select

CHUNK = 1 << 18


@dataclass(frozen=True)
class Preset:
    """How often a frame is seen. shifts: of the segments' lattice, each seen besides the others, as
    parts of a segment. flips: whether the channels are exchanged. sloped: whether a frame counts
    the more the nearer it is to its segment's middle.
    """

    name: str
    shifts: tuple[float, ...] = (0.0,)
    flips: tuple[bool, ...] = (False,)
    sloped: bool = False
    segment: int = 384
    margin: int = 64


PRESETS = (
    Preset("normal"),
    Preset("channels exchanged, too", flips=(False, True)),
    Preset("two lattices", shifts=(0.0, 0.5)),
    Preset("two lattices, sloped", shifts=(0.0, 0.5), sloped=True),
    Preset("three lattices, sloped", shifts=(0.0, 1 / 3, 2 / 3), sloped=True),
    Preset("two lattices, sloped, channels exchanged, too", (0.0, 0.5), (False, True), True),
    Preset("margins of 128 frames", segment=256, margin=128),
    Preset("margins of 32 frames", segment=448, margin=32),
    Preset("segments of 896 frames", segment=896),
    Preset("segments of 128 frames", segment=128),
)


class Averaged(SegmentMasks):
    """Masks that are the mean of several passes. Lattices count from the recording's start, so that
    what is averaged does not depend on the cut.
    """

    def __init__(self, model: SegmentModel, preset: Preset) -> None:
        super().__init__(model)
        self.preset = preset
        self._passes = [
            (round(shift * preset.segment), flip, Remembered(4))
            for shift in preset.shifts
            for flip in preset.flips
        ]

    def _frames(self, source: SampleReader, first: int, count: int) -> Masks:
        total, weights = None, np.zeros(count, np.float32)
        for shift, flip, known in self._passes:
            masks, weight = self._pass(source, first - shift, count, shift, flip, known)
            total = masks * weight if total is None else total + masks * weight
            weights += weight
        assert total is not None
        return total / weights

    def _pass(
        self,
        source: SampleReader,
        first: int,
        count: int,
        shift: int,
        flip: bool,
        known: Remembered,
    ) -> tuple[Masks, NDArray[np.float32]]:
        size, margin = self.model.segment, self.model.margin
        numbers = range((first + margin) // size, (first + count - 1 + margin) // size + 1)
        parts = [
            known.get(source, n, lambda n=n: self._seen(source, n * size + shift, flip))
            for n in numbers
        ]
        skipped = first + margin - numbers[0] * size
        place = np.arange(skipped, skipped + count) % size
        near = np.minimum(place, size - 1 - place) + 0.5
        weight = near.astype(np.float32) if self.preset.sloped else np.ones(count, np.float32)
        return np.concatenate(parts, axis=3)[..., skipped : skipped + count], weight

    def _seen(self, source: SampleReader, start: int, flip: bool) -> Masks:
        model = self.model
        frames = model.segment + 2 * model.margin
        first = start - 2 * model.margin
        seen = model_magnitudes(source, model.card, first, frames, mono=False)[:, : model.bins]
        if source.channels == 1:
            return np.asarray(model.masks(np.repeat(seen, 2, axis=0)).mean(axis=1, keepdims=True))
        order = slice(None, None, -1 if flip else 1)
        return model.masks(np.ascontiguousarray(seen[order]))[:, order]


def separator(name: str, preset: Preset) -> MaskSeparator:
    model = load_model(our_card(name))
    assert isinstance(model, SegmentModel)
    config = {**model.card.config, "segment": preset.segment, "margin": preset.margin}
    changed = SegmentModel(replace(model.card, config=config), model.network)
    made = MaskSeparator(changed)
    made._source = Averaged(changed, preset)
    return made


def measure(track: Track, name: str, preset: Preset) -> tuple[dict[str, float], float]:
    """SDR of each stem in dB, and core seconds a second of audio."""
    made, mix = separator(name, preset), track.mix
    begun = time.process_time()
    spans = [(s, min(CHUNK, mix.length - s)) for s in range(0, mix.length, CHUNK)]
    found = np.concatenate([made.estimate(mix, *span) for span in spans], axis=2)
    cost = (time.process_time() - begun) * track.rate / mix.length
    stored = found.astype(np.float64).mean(axis=1, keepdims=True)
    whole = mix.samples.mean(axis=0, keepdims=True)
    estimates = np.concatenate([stored, (whole - stored.sum(axis=0))[np.newaxis]])
    mono = Track(track.name, track.rate, track.stems.mean(axis=1, keepdims=True), whole)
    return {s: score.sdr for s, score in scores(mono, estimates, "v3").items()}, cost


def row(tracks: Sequence[Track], name: str, preset: Preset) -> tuple[list[float], float]:
    """Mean SDR of each stem over the songs that have it, and the mean cost."""
    found = [measure(track, name, preset) for track in tracks]
    means = [float(np.mean([sdr[stem] for sdr, _ in found if stem in sdr])) for stem in STEMS]
    return means, float(np.mean([cost for _, cost in found]))


def main() -> None:
    torch.set_num_threads(1)
    corpus, name = Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "unet"
    songs = [load(s, mono=False) for s in select(find_songs(corpus), "valid", corpus)]
    names = (f"{song.name} ({song.mixture.shape[0]} channels)" for song in songs)
    print(f"{machine()}; {', '.join(names)}", flush=True)
    rows, base = [], None
    for preset in PRESETS:
        values, cost = row(songs, name, preset)
        mean = float(np.mean(values))
        base = base or (mean, cost)
        rows.append(
            [
                preset.name,
                *(f"{value:.2f}" for value in values),
                f"{mean - base[0]:+.3f}",
                f"{cost / base[1]:.2f}",
            ]
        )
        print(rows[-1], flush=True)
    print(table(f"{name}, mean SDR in dB", ("", *STEMS, "mean gain", "cost"), rows))


if __name__ == "__main__":
    main()
