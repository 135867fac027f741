"""A room: a feedback delay network behind a few dozen early echoes.

Sixteen delay lines feed each other through a Hadamard matrix, which loses nothing; each loses what
makes it fall by 60 dB in the decay time, whatever its length, and its treble to a one-pole lowpass.
Sources: J.-M. Jot, A. Chaigne, "Digital delay networks for designing artificial reverberators", AES
90th Convention, 1991; for the early echoes as sparse noise, B. Alary, A. Politis, V. Valimaki,
"Velvet-noise decorrelator", DAFx-17.
"""

import math
from functools import lru_cache
from itertools import count as count_up

import numpy as np

from remixer.dsp.signal import Samples
from remixer.mixing.effects.filters import LowPass
from remixer.mixing.effects.history import ROOM, History
from remixer.mixing.effects.switch import Span, Switch
from remixer.mixing.returns import Reverb

LINES = 16
TAPS = 24
_SHORTEST_S, _LONGEST_S = 0.0213, 0.0731
"""Of the delay lines, at scale 1."""
_EARLY_S = 0.035
_SMALLEST, _LARGEST = 0.6, 1.6
"""Scales of size 0 and 1."""
_EARLY, _LATE = math.sqrt(0.2), math.sqrt(0.8)
_GOLDEN = (math.sqrt(5.0) - 1.0) / 2.0
_PREDELAY_S = 0.25
_ENDS = np.array([1.0 if bin(i * 11).count("1") % 2 else -1.0 for i in range(LINES)])


@lru_cache(maxsize=64)
def line_lengths(size: float, rate: int) -> tuple[int, ...]:
    """The delay lines' samples: primes, from short to long by equal ratios."""
    scale = _scale(size) * rate * _SHORTEST_S
    ratio = _LONGEST_S / _SHORTEST_S
    lengths: list[int] = []
    for line in range(LINES):
        least = max(round(scale * ratio ** (line / (LINES - 1))), 2)
        lengths.append(next(n for n in count_up(least) if n not in lengths and _is_prime(n)))
    return tuple(lengths)


def _scale(size: float) -> float:
    return _SMALLEST + (_LARGEST - _SMALLEST) * size


def _is_prime(number: int) -> bool:
    return number > 1 and all(number % n for n in range(2, math.isqrt(number) + 1))


class _Shape:
    """A setting as numbers, with the memory of its lowpass."""

    def __init__(self, settings: Reverb, rate: int, channels: int, before: "_Shape | None") -> None:
        self.lengths = list(line_lengths(settings.size, rate))
        decay = settings.decay_s * rate
        self.gains = np.array([10.0 ** (-3.0 * length / decay) for length in self.lengths])
        kept = float(np.mean(self.gains**2))
        self.level = math.sqrt((1.0 / kept - 1.0) / LINES) * _LATE
        """Steady noise comes back as loud as it went in, whatever the decay."""
        memory: LowPass | None = before._damping if before else None
        self._damping: LowPass = LowPass(_factor(settings.damping, rate), LINES, memory)
        predelay = round(settings.predelay_ms / 1000.0 * rate)
        self.taps = [_taps(predelay, settings.size, rate, c) for c in range(channels)]

    def early(self, past: History, count: int) -> Samples:
        """The early echoes of the last `count` samples written, (channels, count)."""
        out = np.zeros((len(self.taps), count))
        for channel, taps in enumerate(self.taps):
            for delay, gain in taps:
                out[channel] += gain * past.past(delay + count, count)[channel]
        return out

    def late(self, lines: History, count: int) -> Samples:
        """What comes out of the lines, fallen by its way, (LINES, count)."""
        damped = self._damping.process(lines.past_rows(self.lengths, count))
        fallen: Samples = damped * self.gains[:, None]
        return fallen


def _factor(damping: float, rate: int) -> float:
    """Of the lowpass: its corner goes from 20 kHz to 1 kHz."""
    if damping == 0.0:
        return 0.0
    corner = 20_000.0 * (1.0 / 20.0) ** damping
    return math.exp(-2.0 * math.pi * corner / rate)


def _taps(predelay: int, size: float, rate: int, channel: int) -> list[tuple[int, float]]:
    """(delay, gain) of a channel's early echoes: as many in every stretch of time, of either sign,
    falling, their energy 1.
    """
    places = [(k + (k * _GOLDEN + 0.37 * channel) % 1.0) / TAPS for k in range(TAPS)]
    signs = [1.0 if (k * k + k * channel + channel) // 2 % 2 else -1.0 for k in range(TAPS)]
    gains = [sign * math.exp(-2.0 * place) for sign, place in zip(signs, places, strict=True)]
    norm = math.sqrt(sum(gain * gain for gain in gains))
    span = _EARLY_S * _scale(size) * rate
    return [
        (predelay + round(place * span), gain / norm)
        for place, gain in zip(places, gains, strict=True)
    ]


def mix_lines(lines: Samples) -> Samples:
    """The lines through the orthogonal Hadamard matrix, (LINES, n), by butterflies."""
    half = LINES // 2
    for _ in range(LINES.bit_length() - 1):
        pairs = lines.reshape(half, 2, -1)
        lines = np.concatenate((pairs[:, 0] + pairs[:, 1], pairs[:, 0] - pairs[:, 1]))
    return lines / math.sqrt(LINES)


class ReverbEffect:
    """The room, silent at first. Only what is heard of it is given back, not its input."""

    def __init__(self, settings: Reverb, rate: int, channels: int) -> None:
        self._rate, self._channels = rate, channels
        reach = round((_PREDELAY_S + _EARLY_S * _LARGEST) * rate) + ROOM + 2
        self._past = History(channels, reach)
        self._lines = History(LINES, max(line_lengths(1.0, rate)) + 1)
        self._switch = Switch(_shaped(settings), self._make)
        self._inputs = np.zeros((LINES, channels))
        self._outputs = np.zeros((channels, LINES))
        for line in range(LINES):
            self._inputs[line, line % channels] = _ENDS[line]
            self._outputs[:, line] = [_ENDS[(line * (c + 3)) % LINES] for c in range(channels)]
        if channels == 2:
            self._outputs[1] *= np.where(np.arange(LINES) // 2 % 2, 1.0, -1.0)

    def aim(self, settings: Reverb, at: int) -> None:
        """Want other settings from now on; level and bypass are not its own."""
        self._switch.aim(_shaped(settings), at)

    def process(self, samples: Samples, at: int) -> Samples:
        """The room's answer to the next block, (channels, n)."""
        out = np.empty_like(samples)
        for span in self._switch.spans(at, samples.shape[1]):
            step = min(*span.old.lengths, *span.new.lengths, ROOM)
            for first in range(span.first, span.last, step):
                last = min(first + step, span.last)
                part = _part(span, first, last)
                out[:, first:last] = self._step(part, samples[:, first:last])
        return out

    def _step(self, span: Span[_Shape], samples: Samples) -> Samples:
        count = samples.shape[1]
        self._past.write(samples)
        early = span.blend(lambda shape: shape.early(self._past, count))
        late = span.blend(lambda shape: shape.late(self._lines, count))
        self._lines.write(mix_lines(late) + self._inputs @ early)
        tail = span.blend(lambda shape: shape.level * (self._outputs @ late))
        return _EARLY * early + tail

    def _make(self, settings: Reverb, before: _Shape | None) -> _Shape:
        return _Shape(settings, self._rate, self._channels, before)


def _shaped(settings: Reverb) -> Reverb:
    """Without what the return does, level and bypass, and in one unit."""
    return Reverb(settings.size, settings.decay, settings.damping, 1000.0 * settings.predelay)


def _part(span: Span[_Shape], first: int, last: int) -> Span[_Shape]:
    rise = None if span.rise is None else span.rise[first - span.first : last - span.first]
    return Span(first, last, span.old, span.new, rise)
