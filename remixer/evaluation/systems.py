"""What is measured, by name: installed models, the mix itself, and ideal masks."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from remixer.dsp.signal import STEMS, Samples
from remixer.errors import ModelError
from remixer.evaluation.oracles import ORACLES, oracle_estimates
from remixer.evaluation.songs import Track
from remixer.separation.catalogue import find_model
from remixer.separation.separator import Separator

MIX = "mix"
"""The mixture as the estimate of every stem: what doing nothing scores."""
CHUNK = 1 << 19


def fingerprints(systems: Sequence[str]) -> dict[str, str]:
    """What decides the estimates of each system, by which old results are known to hold.

    Raises ModelError for a name that is neither a model nor one of mix, irm, ibm, wiener.
    """
    return {name: _fingerprint(name) for name in systems}


def _fingerprint(name: str) -> str:
    if name == MIX or name in ORACLES:
        return f"{name}:1"
    try:
        return find_model(name).fingerprint
    except ModelError as error:
        raise ModelError(f"{error}; or one of {', '.join([MIX, *ORACLES])}") from error


def estimates_of(track: Track, system: str) -> Samples:
    """All four stems of a track by a system, (4, channels, samples) float64. system: a model's ID,
    or one of mix, irm, ibm, wiener. Raises ModelError for any other, and where a model fails.
    """
    if system == MIX:
        return np.repeat(track.mixture[np.newaxis], len(STEMS), axis=0)
    if system in ORACLES:
        return oracle_estimates(track, system)
    return estimate(track, _separator(system))


@lru_cache(maxsize=2)
def _separator(model: str) -> Separator:
    from remixer.separation.loading import load_separator

    return load_separator(find_model(model))


def estimate(track: Track, separator: Separator) -> Samples:
    """A separator's stems, (4, channels, samples); the last is what is left of the mix."""
    mix = track.mix
    parts = [
        separator.estimate(mix, start, min(CHUNK, mix.length - start))
        for start in range(0, mix.length, CHUNK)
    ]
    stored = np.concatenate(parts, axis=2).astype(np.float64)
    return np.concatenate([stored, mix.samples[np.newaxis] - stored.sum(axis=0)])
