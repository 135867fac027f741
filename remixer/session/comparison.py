"""Original and remix measured side by side: loudness, peaks, loudness over time, spectrum."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remixer.dsp.loudness import Loudness, LoudnessMeter
from remixer.dsp.signal import Samples
from remixer.dsp.spectrum import AverageSpectrum, band_centres, band_levels
from remixer.errors import Cancelled
from remixer.mixing.engine import MixEngine
from remixer.mixing.stems import StemSet
from remixer.mixing.strips import MixState
from remixer.session.spans import Span, total

FRACTION = 6
"""Of an octave: the spectrum's bands."""
STEPS = 10
"""Points of the loudness curve in a block of a second."""

Curve = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Measured:
    """One of the two. short_term: LUFS of the 3 s before each step of the region, NaN where they
    are not all measured. levels: dB in each band, see `dsp.spectrum.band_levels`.
    """

    loudness: Loudness
    short_term: Curve
    levels: Curve


@dataclass(frozen=True, eq=False)
class Comparison:
    """Original and remix over the separated parts of a region.

    state: the remix's. region: samples [start, stop) at `rate` Hz. share: how much of it was
    separated, 0 to 1, and so measured. step: samples from one point of the curves to the next.
    frequencies: Hz, of the levels.
    """

    state: MixState
    region: Span
    rate: int
    share: float
    step: int
    frequencies: Curve
    original: Measured
    remix: Measured


def compare(
    stems: StemSet,
    state: MixState,
    region: Span,
    spans: list[Span],
    report: Callable[[float], None] = lambda _share: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Comparison:
    """Measure both over spans of the region: where there are stems (see `separated_spans`).

    report: called with what is done, 0 to 1. Memory does not grow with the song but for the curves.
    Raises Cancelled, and what reading raises.
    """
    mix, step = stems.mix, round(stems.mix.rate / STEPS)
    steps = -(-(region[1] - region[0]) // step)
    original, remix = (_Measuring(mix.rate, mix.channels, steps) for _ in range(2))
    done, whole = 0, max(total(spans), 1)
    for start, stop in spans:
        original.cut()
        remix.cut()
        at = (start - region[0]) / step
        for block, changed in _both(stems, state, (start, stop), step * STEPS):
            if cancelled():
                raise Cancelled("the comparison was stopped")
            original.add(block, at)
            if changed is not block:
                remix.add(changed, at)
            at, done = at + STEPS, done + block.shape[1]
            report(done / whole)
    first = original.measured()
    second = first if state.is_neutral else remix.measured()
    frequencies = band_centres(mix.rate, FRACTION)
    share = total(spans) / max(region[1] - region[0], 1)
    return Comparison(state, region, mix.rate, share, step, frequencies, first, second)


def _both(
    stems: StemSet, state: MixState, span: Span, size: int
) -> Iterator[tuple[Samples, Samples]]:
    """Blocks of original and remix; the same object twice where nothing is moved."""
    remix = remix_blocks(stems, state, span, size)
    for start in range(*span, size):
        block = stems.mix.read(start, min(size, span[1] - start))
        yield block, (block if state.is_neutral else next(remix))


def remix_blocks(stems: StemSet, state: MixState, span: Span, size: int) -> Iterator[Samples]:
    """The remix over a span, as it sounds when playing begins there; blocks of `size` samples."""
    engine, state = MixEngine(stems), state.playable(stems.mix.channels)
    for start in range(*span, size):
        out = np.empty((stems.mix.channels, min(size, span[1] - start)))
        engine.render(state, start, out)
        yield out


class _Measuring:
    """All meters of one signal."""

    def __init__(self, rate: int, channels: int, steps: int) -> None:
        self._meter = LoudnessMeter(rate, channels)
        self._spectrum = AverageSpectrum(rate, channels)
        self._curve = np.full(steps, np.nan)
        self._step, self._rate, self._since_cut = round(rate / STEPS), rate, 0

    def cut(self) -> None:
        self._meter.cut()
        self._spectrum.cut()
        self._since_cut = 0

    def add(self, block: Samples, at: float) -> None:
        """at: where the block begins, in steps of the curve."""
        self._spectrum.add(block)
        for index, start in enumerate(range(0, block.shape[1], self._step)):
            part = block[:, start : start + self._step]
            self._meter.add(part)
            self._since_cut += part.shape[1]
            if part.shape[1] == self._step and self._since_cut >= 3 * STEPS * self._step:
                self._curve[int(at) + index] = self._meter.short_term_lufs

    def measured(self) -> Measured:
        levels = band_levels(self._spectrum.powers(), self._rate, FRACTION)
        return Measured(self._meter.result(), self._curve, levels)
