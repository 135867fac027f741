"""How much louder a remix is than its original: what a fair comparison takes off."""

import math
from collections.abc import Callable

from remixer.dsp.loudness import LoudnessMeter
from remixer.dsp.signal import SampleReader
from remixer.errors import Cancelled
from remixer.mixing.render import RenderedMix
from remixer.mixing.stems import StemSet
from remixer.mixing.strips import MixState

EXCERPT_S = 60.0
BLOCK = 1 << 15


def loudness_difference_db(
    stems: StemSet,
    state: MixState,
    region: tuple[int, int],
    cancelled: Callable[[], bool] = lambda: False,
) -> float:
    """Integrated loudness of the remix minus that of the original over samples [start, stop), dB.

    0 where either has nothing to measure (silence, less than 400 ms). Raises Cancelled, and what
    reading raises.  Source: ITU-R BS.1770-5.
    """
    if state.is_neutral:
        return 0.0
    original = _integrated(stems.mix, region, cancelled)
    remix = _integrated(RenderedMix(stems, state), region, cancelled)
    difference = remix - original
    return difference if math.isfinite(difference) else 0.0


def excerpt(position: int, length: int, rate: int, loop: tuple[int, int] | None) -> tuple[int, int]:
    """What to measure for a comparison at a position: the loop, else a minute about it."""
    if loop is not None:
        return loop
    span = round(EXCERPT_S * rate)
    start = min(max(position - span // 2, 0), max(length - span, 0))
    return start, min(start + span, length)


def _integrated(
    signal: SampleReader, region: tuple[int, int], cancelled: Callable[[], bool]
) -> float:
    meter = LoudnessMeter(signal.rate, signal.channels)
    start, stop = region
    for position in range(start, stop, BLOCK):
        if cancelled():
            raise Cancelled("the comparison was stopped")
        meter.add(signal.read(position, min(BLOCK, stop - position)))
    return meter.result().integrated_lufs
