"""What a move costs: how loud the separation's errors become, by the model's measured quality.

The rule. A separated stem is the true one and an error e_i, orthogonal to it in the measure of BSS
Eval, so an SDR of s dB says that of the stem's power P_i the part

    E_i = P_i / (1 + 10^(s / 10))

is error. The output is `mix + sum_i (g_i - 1) * stem_i`: it contains `sum_i (g_i - 1) * e_i`. The
stems add up to the mix whatever the model does, so their errors add up to zero and cancel where
stems move together: only the distance from a gain c that they share counts. c is, of 1 and the
stems' own gains, the one that leaves the least; mostly the 1 of the stems that were not moved. The
artefacts of stem i then lie, against the mix of power P,

    10 * log10(|g_i - c|^2 * E_i / P)  dB.

What they sound like is not in an SDR. Errors of masks lie where the mix has energy, which hides
them: noise under a tone is masked when it is 14.5 + z dB lower in the critical band z (Johnston,
"Transform coding of audio signals using perceptual noise criteria", IEEE JSAC 6, 1988), 24.5 dB at
1.2 kHz and about 35 dB at the upper end. Above FAINT_DB a critical listener could hear them where
the mix leaves highs bare. Music has most of its power below 550 Hz, which is z = 5.5: errors that
lie 20 dB under it are at the edge of what it hides even there, and above NOTABLE_DB they are likely
heard.

The measured SDR is of other songs than this one, and what treatments (EQ, compressor...) do to the
errors is left out: a hint, not a measurement.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from remixer.dsp.gain import gain_to_db
from remixer.dsp.signal import STEMS, Samples
from remixer.errors import Cancelled
from remixer.mixing.stems import StemSet
from remixer.mixing.strips import MixState, Strip, effective_gains
from remixer.separation.catalogue import Model
from remixer.session.spans import Span, excerpts

NOTABLE_DB = -20.0
FAINT_DB = -35.0
_EXCERPTS = 60


@dataclass(frozen=True, eq=False)
class StemLevels:
    """Mean squares over a region. stems: (4, channels); mix: (channels,)."""

    stems: Samples
    mix: Samples


@dataclass(frozen=True)
class Artefacts:
    """What a stem's move adds. level_db: under (negative) or over the mix. words: for people."""

    level_db: float
    words: str

    @property
    def is_notable(self) -> bool:
        """Whether it is likely heard: worth a warning."""
        return self.level_db > NOTABLE_DB


def measured_sdr(card: Model) -> dict[str, float]:
    """The model's median SDR in dB by stem, as its card has it; without what is not there."""
    tables = card.measured.get("sdr_db")
    table = tables.get(card.id) if isinstance(tables, dict) else None
    found = table.items() if isinstance(table, dict) else ()
    return {
        stem: float(sdr)
        for stem, sdr in found
        if stem in STEMS and isinstance(sdr, int | float) and math.isfinite(sdr)
    }


def stem_levels(
    stems: StemSet, spans: list[Span], cancelled: Callable[[], bool] = lambda: False
) -> StemLevels:
    """Levels over a minute at most, of seconds spread over the spans. Raises Cancelled."""
    channels, count = stems.mix.channels, 0
    powers, mix_power = np.zeros((len(STEMS), channels)), np.zeros(channels)
    for start, stop in excerpts(spans, stems.mix.rate, _EXCERPTS):
        if cancelled():
            raise Cancelled("the stems' levels are not wanted any more")
        mix, separated = stems.read(start, stop - start)
        powers += np.sum(separated**2, axis=2)
        mix_power += np.sum(mix**2, axis=1)
        count += stop - start
    return StemLevels(powers / max(count, 1), mix_power / max(count, 1))


def artefacts(state: MixState, levels: StemLevels, sdr: dict[str, float]) -> dict[str, Artefacts]:
    """Of each stem whose move leaves more than FAINT_DB. sdr: see `measured_sdr`; stems that were
    not measured are not judged.
    """
    mix = float(levels.mix.sum())
    if mix <= 0.0:
        return {}
    gains = effective_gains(state.playable(levels.mix.size), levels.mix.size)
    errors = levels.stems * [[_error_share(sdr.get(stem))] for stem in STEMS]
    shared = _shared_gain(gains, errors)
    powers = np.sum((gains - shared) ** 2 * errors, axis=1) / mix
    found = {}
    for stem, strip, power in zip(STEMS, state.strips, powers.tolist(), strict=True):
        level_db = gain_to_db(math.sqrt(power))
        if level_db > FAINT_DB and stem in sdr:
            move = _move(strip, gains[STEMS.index(stem)], shared)
            found[stem] = Artefacts(level_db, _words(stem, move, level_db, sdr[stem]))
    return found


def _error_share(sdr_db: float | None) -> float:
    """Of a stem's power; half of it where nobody measured."""
    return 1.0 / (1.0 + math.pow(10.0, (sdr_db or 0.0) / 10.0))


def _shared_gain(gains: Samples, errors: Samples) -> float:
    """Of 1 and the stems' gains the one from which the least errors are moved away."""
    choices: list[float] = [1.0, *np.unique(gains).tolist()]
    costs = [float(np.sum((gains - choice) ** 2 * errors)) for choice in choices]
    return choices[int(np.argmin(costs))]


def _move(strip: Strip, gains: Samples, shared: float) -> str:
    """How the strip stands: "at −12 dB", "alone"."""
    if not np.any(gains):
        return "taken out"
    if shared == 0.0 and strip.solo:
        return "alone"
    if strip.gain_db == 0.0 and strip.pan != 0.0:
        return "panned like this"
    return f"at {_decibels(strip.gain_db)}"


def _words(stem: str, move: str, level_db: float, sdr_db: float) -> str:
    under = round(-level_db)
    where = f"about {under} dB under the mix" if under > 0 else "as loud as the mix"
    begin = f"{stem.capitalize()} {move}: "
    if level_db <= NOTABLE_DB:
        return (
            f"{begin}artefacts of this are inaudible to most; a critical listener could hear them. "
            f"Press D or Shift+C to listen ({where})"
        )
    return (
        f"{begin}artefacts are likely heard, {where}. "
        f"The model's SDR for {stem} is {_decibels(sdr_db, sign=False)} on songs it was tested with"
    )


def _decibels(value: float, *, sign: bool = True) -> str:
    text = f"{value:+.1f}" if sign and value else f"{value:.1f}"
    return f"{text.removesuffix('.0').replace('-', chr(0x2212))} dB"
