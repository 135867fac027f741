"""How much louder a remix is than its original: what a fair comparison takes off."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from remixer.dsp.loudness import Loudness, LoudnessMeter
from remixer.dsp.signal import Samples
from remixer.errors import Cancelled
from remixer.mixing.stems import StemSet
from remixer.mixing.strips import MixState
from remixer.session.comparison import remix_blocks
from remixer.session.spans import Span

EXCERPT_S = 60.0
BLOCK = 1 << 15


@dataclass(frozen=True)
class Match:
    """The original turned by `difference_db` is as loud as the remix. The peaks are those of both
    as they are then played: above 0 dBFS the loudspeaker's side cuts them off.
    """

    difference_db: float
    original_peak_dbfs: float
    remix_peak_dbfs: float


def measure_match(
    stems: StemSet,
    state: MixState,
    region: Span,
    cancelled: Callable[[], bool] = lambda: False,
) -> Match:
    """Measure over samples [start, stop). The difference is 0 where either has nothing to measure
    (silence, less than 400 ms). Raises Cancelled, and what reading raises.

    Source: ITU-R BS.1770-5.
    """
    original = _measured(stems, _original_blocks(stems, region), cancelled)
    remix = _measured(stems, remix_blocks(stems, state, region, BLOCK), cancelled)
    difference = remix.integrated_lufs - original.integrated_lufs
    difference = difference if math.isfinite(difference) else 0.0
    return Match(difference, original.sample_peak_dbfs + difference, remix.sample_peak_dbfs)


def loudness_difference_db(
    stems: StemSet,
    state: MixState,
    region: Span,
    cancelled: Callable[[], bool] = lambda: False,
) -> float:
    """Integrated loudness of the remix minus that of the original over a region, in dB; exactly 0
    for a neutral state. See `measure_match`.
    """
    if state.is_neutral:
        return 0.0
    return measure_match(stems, state, region, cancelled).difference_db


def excerpt(position: int, length: int, rate: int, loop: Span | None) -> Span:
    """What to measure for a comparison at a position: the loop, else a minute about it."""
    if loop is not None:
        return loop
    span = round(EXCERPT_S * rate)
    start = min(max(position - span // 2, 0), max(length - span, 0))
    return start, min(start + span, length)


def still_fits(measured: Span, position: int, length: int, rate: int, loop: Span | None) -> bool:
    """Whether what was measured still speaks for a position: it has not come within a sixth of the
    excerpt's end, nor jumped out of it.
    """
    wanted = excerpt(position, length, rate, loop)
    return abs(wanted[0] - measured[0]) <= round(EXCERPT_S / 3 * rate) and (
        loop is None or wanted == measured
    )


def _original_blocks(stems: StemSet, region: Span) -> Iterable[Samples]:
    for start in range(*region, BLOCK):
        yield stems.mix.read(start, min(BLOCK, region[1] - start))


def _measured(stems: StemSet, blocks: Iterable[Samples], cancelled: Callable[[], bool]) -> Loudness:
    meter = LoudnessMeter(stems.mix.rate, stems.mix.channels, true_peak=False)
    for block in blocks:
        if cancelled():
            raise Cancelled("the comparison was stopped")
        meter.add(block)
    return meter.result()
