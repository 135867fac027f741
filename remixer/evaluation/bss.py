"""How close an estimated stem is to the true one, in dB, and what an absent sound does to it.

Measures: "v3" is BSS Eval version 3, mono, over the whole track, as in the paper; "v4" is BSS Eval
version 4, the median over frames of a second, as in SiSEC 2018.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from remixer.dsp.signal import STEMS, Samples
from remixer.evaluation import bss_v3, bss_v4
from remixer.evaluation.songs import Track

RATIOS = ("sdr", "isr", "sir", "sar")
MEASURES = {
    "v3": "BSS Eval v3, mono, whole track",
    "v4": "BSS Eval v4, median over frames of 1 s",
}


@dataclass(frozen=True)
class Score:
    """Signal to distortion, image to spatial distortion (v4 only), signal to interference and to
    artefacts ratios of one stem, in dB. NaN where no frame could be measured.
    """

    sdr: float
    isr: float | None
    sir: float
    sar: float


SILENT = Score(-np.inf, None, -np.inf, -np.inf)
"""Of an estimate that is silent where its stem is not."""


def scores(track: Track, estimates: Samples, measure: str) -> dict[str, Score]:
    """Scores of each stem that sounds.

    estimates: (4, channels, samples), for "v3" of one channel. measure: "v3" or "v4". Stems that
    are silent have no score and are no interference, as in the standard; an estimate that is silent
    scores -inf.  Source: Vincent, Gribonval and Févotte 2006 (v3); museval, SiSEC 2018 (v4).
    """
    present = [i for i in range(len(STEMS)) if np.any(track.stems[i])]
    heard = [i for i in present if np.any(estimates[i])]
    result = {STEMS[i]: SILENT for i in present}
    if heard:
        # Silent estimates have no projection: their own stems stand in, and are not looked at.
        guesses = np.stack([estimates[i] if i in heard else track.stems[i] for i in present])
        ratios = _measure(measure)(track.stems[present], guesses, track.rate)
        result |= {STEMS[i]: s for i, s in zip(present, ratios, strict=True) if i in heard}
    return result


def _measure(name: str) -> Callable[[Samples, Samples, int], list[Score]]:
    return {"v3": _v3, "v4": _v4}[name]


def _v3(stems: Samples, estimates: Samples, _rate: int) -> list[Score]:
    ratios = bss_v3.bss_eval_sources(stems[:, 0], estimates[:, 0])
    return [Score(float(sdr), None, float(sir), float(sar)) for sdr, sir, sar in ratios.T]


def _v4(stems: Samples, estimates: Samples, rate: int) -> list[Score]:
    frames = bss_v4.bss_eval_images(stems, estimates, rate)
    return [Score(*(_median(ratio) for ratio in stem)) for stem in frames.transpose(1, 0, 2)]


def _median(values: Samples) -> float:
    """Of the frames that could be measured; NaN where none could."""
    found = values[~np.isnan(values)]
    return float(np.median(found)) if found.size else float("nan")
