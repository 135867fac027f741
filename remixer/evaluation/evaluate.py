"""Measure a model on songs with known stems, beside the mix itself and the ideal ratio mask."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remixer.dsp.masks import ratio_masks
from remixer.dsp.signal import STEMS
from remixer.dsp.stft import Stft
from remixer.evaluation.bss import Score, scores
from remixer.evaluation.songs import Song, Track, load
from remixer.separation.separator import Separator

MIX, IDEAL = "mix itself", "ideal ratio mask"
CHUNK = 1 << 19


@dataclass(frozen=True)
class Row:
    """The scores of one system on one song."""

    song: str
    system: str
    scores: dict[str, Score]


def evaluate(songs: Sequence[Song], systems: dict[str, Separator]) -> Iterator[Row]:
    """Scores of the mix itself, each system and the ideal ratio mask, song by song.

    Mono: masks come from the channel mean and apply to every channel alike, so the mean of the
    estimates is the estimate of the mean.
    """
    for song in songs:
        track = load(song)
        mix = track.mix.samples
        yield Row(song.name, MIX, scores(track.stems, np.repeat(mix, len(STEMS), axis=0)))
        for name, separator in systems.items():
            yield Row(song.name, name, scores(track.stems, estimate(track, separator)))
        yield Row(song.name, IDEAL, scores(track.stems, ideal_ratio_estimates(track)))


def estimate(track: Track, separator: Separator) -> NDArray[np.float64]:
    """All four stems of a track, (4, samples); the last is what is left of the mix."""
    mix = track.mix
    parts = [
        separator.estimate(mix, start, min(CHUNK, mix.length - start))[:, 0]
        for start in range(0, mix.length, CHUNK)
    ]
    stored = np.concatenate(parts, axis=1).astype(np.float64)
    return np.concatenate([stored, mix.samples - stored.sum(axis=0)])


def ideal_ratio_estimates(track: Track) -> NDArray[np.float64]:
    """What masks made from the true stems give: the most that ratio masks can reach, (4, samples).

    Computed in stretches with the window that separation uses at the track's rate (93 ms).
    """
    window = 2 ** round(np.log2(2048 * track.rate / 22050))
    stft = Stft(window, window // 8)
    out = np.zeros_like(track.stems)
    for start in range(0, track.stems.shape[1], CHUNK):
        low = max(0, start - window) // stft.hop * stft.hop
        excerpt = track.stems[:, low : start + CHUNK + window].astype(np.float32)
        spectra = stft.forward(excerpt)
        masked = ratio_masks(np.abs(spectra)) * spectra.sum(axis=0)
        heard = stft.inverse(masked, excerpt.shape[1])[:, start - low :]
        stop = min(start + CHUNK, out.shape[1])
        out[:, start:stop] = heard[:, : stop - start]
    return out


def medians(rows: Sequence[Row]) -> dict[str, dict[str, float]]:
    """Median SDR over the songs that have a stem, in dB: {system: {stem: SDR}}. Stems that no song
    has are left out.
    """
    values: dict[str, dict[str, list[float]]] = {}
    for row in rows:
        found = values.setdefault(row.system, {})
        for stem, score in row.scores.items():
            found.setdefault(stem, []).append(score.sdr)
    return {
        system: {stem: float(np.median(found[stem])) for stem in STEMS if stem in found}
        for system, found in values.items()
    }
