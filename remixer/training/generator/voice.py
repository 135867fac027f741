"""A singer without words: a glottal pulse train through the formants of vowels, note by note.

It is no person, and good enough to teach a network what a sung line looks like: harmonics that
glide, vibrato, formants that move, breath and consonants between.  Sources: Rosenberg 1971 (the
pulse's slope), Peterson and Barney 1952 (formants).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.signal
from numpy.random import Generator
from numpy.typing import NDArray

from remixer.dsp.signal import Samples
from remixer.training.generator.render import RATE
from remixer.training.generator.score import Note

Curve = NDArray[np.float64]

STEP = 147
"""Samples between the points of control curves: 3.3 ms."""
VOWELS = (
    ((730, 1090, 2440), (0, -5, -16)),
    ((530, 1840, 2480), (0, -8, -12)),
    ((270, 2290, 3010), (0, -12, -14)),
    ((570, 840, 2410), (0, -6, -20)),
    ((300, 870, 2240), (0, -14, -26)),
    ((660, 1720, 2410), (0, -7, -14)),
)
"""Frequencies in Hz and levels in dB of three formants."""
WIDTHS = (90.0, 110.0, 170.0, 250.0)
SINGERS_FORMANT = (2900.0, -14.0)
HARMONICS = 48


@dataclass(frozen=True)
class Singer:
    """tract: formants' frequencies against a man's; lowest: MIDI pitch; vibrato in semitones and
    Hz; slope: of the source, in powers of the harmonic; breath: linear.
    """

    tract: float
    lowest: int
    vibrato: float
    vibrato_hz: float
    slope: float
    breath: float


def draw_singer(rng: Generator) -> Singer:
    """A singer, a man as often as a woman."""
    woman = rng.random() < 0.5
    return Singer(
        tract=rng.uniform(1.1, 1.25) if woman else rng.uniform(0.95, 1.08),
        lowest=int(rng.integers(55, 60) if woman else rng.integers(45, 51)),
        vibrato=rng.uniform(0.1, 0.5),
        vibrato_hz=rng.uniform(4.8, 6.4),
        slope=rng.uniform(0.9, 1.5),
        breath=rng.uniform(0.005, 0.04),
    )


def sing(rng: Generator, singer: Singer, notes: Sequence[Note], seconds: float) -> Samples:
    """Notes sung one at a time, moved by octaves into the singer's range: (2, seconds) at 44.1 kHz,
    both channels alike.
    """
    length = round(seconds * RATE)
    points = -(-length // STEP) + 1
    tune = _alone(notes)
    loud, pitch = _loudness(rng, tune, points), _pitch(rng, singer, tune, points)
    formants, levels = _formants(rng, singer, tune, points)
    voiced = _harmonics(singer, pitch, loud, formants, levels, length)
    noise = _noise(rng, singer, tune, loud, length)
    return np.broadcast_to(voiced + noise, (2, length)).copy()


def _alone(notes: Sequence[Note]) -> list[Note]:
    """One note at a time: of chords the highest, of overlaps the later."""
    tune: list[Note] = []
    for note in sorted(notes, key=lambda n: (n.start, n.pitch)):
        while tune and note.start - tune[-1].start < 0.06:
            tune.pop()
        tune.append(note)
    ends = [following.start for following in tune[1:]] + [float("inf")]
    return [
        Note(n.start, min(n.length, max(0.05, end - n.start)), n.pitch, n.velocity)
        for n, end in zip(tune, ends, strict=True)
    ]


def _span(note: Note, points: int) -> slice:
    first = min(points, round(note.start * RATE / STEP))
    return slice(first, min(points, max(first + 1, round(note.end * RATE / STEP))))


def _loudness(rng: Generator, tune: Sequence[Note], points: int) -> Curve:
    loud = np.zeros(points)
    for note in tune:
        here = _span(note, points)
        count = here.stop - here.start
        swell = 1 + 0.25 * np.sin(np.pi * np.linspace(0, 1, count))
        loud[here] = swell * rng.uniform(0.7, 1.0) * (note.velocity / 100)
    attack = scipy.signal.windows.hann(17)
    return np.asarray(np.convolve(loud, attack / attack.sum(), mode="same"))


def _pitch(rng: Generator, singer: Singer, tune: Sequence[Note], points: int) -> Curve:
    """MIDI pitch: steps with a glide, vibrato that comes late, slow drift."""
    steps = np.full(points, float(singer.lowest + 7))
    vibrato = np.zeros(points)
    for note in tune:
        pitch = note.pitch
        while pitch < singer.lowest:
            pitch += 12
        while pitch >= singer.lowest + 19:
            pitch -= 12
        here = _span(note, points)
        steps[here.start :] = pitch
        since = np.arange(here.stop - here.start) * STEP / RATE
        steps[here] -= rng.uniform(0, 1.2) * np.exp(-since / 0.04)
        wave = np.sin(2 * np.pi * singer.vibrato_hz * since + rng.uniform(0, 6))
        vibrato[here] = singer.vibrato * np.clip((since - 0.2) / 0.3, 0, 1) * wave
    glide = scipy.signal.windows.hann(15)
    smooth = np.convolve(np.pad(steps, 7, mode="edge"), glide / glide.sum(), mode="valid")
    drift = scipy.signal.lfilter([0.02], [1, -0.98], rng.normal(0, 1, points))
    return np.asarray(smooth + vibrato + 0.06 * drift)


def _formants(
    rng: Generator, singer: Singer, tune: Sequence[Note], points: int
) -> tuple[Curve, Curve]:
    """Frequencies in Hz and levels in dB of four formants over time, (4, points)."""
    hertz, levels = np.zeros((4, points)), np.zeros((4, points))
    vowel = VOWELS[0]
    for note in [Note(0, 0.1, 60, 0), *tune]:
        vowel = VOWELS[int(rng.integers(len(VOWELS)))]
        start = min(points - 1, round(note.start * RATE / STEP))
        hertz[:, start:] = np.array([*vowel[0], SINGERS_FORMANT[0]])[:, None] * singer.tract
        levels[:, start:] = np.array([*vowel[1], SINGERS_FORMANT[1]])[:, None]
    window = scipy.signal.windows.hann(19)[None] / 9.0
    return tuple(  # type: ignore[return-value]
        scipy.signal.convolve(np.pad(c, ((0, 0), (9, 9)), mode="edge"), window, mode="valid")
        for c in (hertz, levels)
    )


def _harmonics(
    singer: Singer, pitch: Curve, loud: Curve, hertz: Curve, levels: Curve, length: int
) -> Curve:
    base = 440 * 2 ** ((pitch - 69) / 12)
    at = np.arange(length) / STEP
    points = np.arange(base.size)
    phase = 2 * np.pi * np.cumsum(np.interp(at, points, base)) / RATE
    gains = np.array([_gain(n, base, hertz, levels) * n**-singer.slope for n in _numbers()])
    gains *= loud
    out = np.zeros(length)
    for number, gain in zip(_numbers(), gains, strict=True):
        if np.any(gain > 1e-4):
            out += np.interp(at, points, gain) * np.sin(number * phase)
    return out


def _numbers() -> range:
    return range(1, HARMONICS + 1)


def _gain(number: int, base: Curve, hertz: Curve, levels: Curve) -> Curve:
    """Linear gain of a harmonic: resonances over a floor, nothing above 15 kHz."""
    heard = number * base
    widths = np.array(WIDTHS)[:, None]
    peaks = 10 ** (levels / 20) / np.sqrt(1 + ((heard - hertz) / widths) ** 2)
    return np.asarray((peaks.sum(axis=0) + 0.01) * np.clip((15_000 - heard) / 2_000, 0, 1))


def _noise(rng: Generator, singer: Singer, tune: Sequence[Note], loud: Curve, length: int) -> Curve:
    """Breath with the voice, a consonant before some notes."""
    at = np.arange(length) / STEP
    breath = singer.breath * np.interp(at, np.arange(loud.size), loud) * rng.normal(0, 1, length)
    hiss = np.zeros(length)
    for note in tune:
        if rng.random() < 0.55:
            _consonant(rng, hiss, round(note.start * RATE))
    low = scipy.signal.butter(1, 6_000, fs=RATE, output="sos")
    return np.asarray(scipy.signal.sosfilt(low, breath) + hiss)


def _consonant(rng: Generator, out: Curve, onset: int) -> None:
    """A fricative (long) or a plosive (short) that ends where the note begins, added to `out`."""
    count = int(RATE * rng.choice([0.012, 0.02, 0.06, 0.09]))
    start = max(0, onset - count)
    count = min(count, out.size - start)
    if count < 64:
        return
    centre = rng.uniform(2_500, 7_500)
    band = scipy.signal.butter(1, [0.7 * centre, 1.4 * centre], "band", fs=RATE, output="sos")
    burst = scipy.signal.sosfilt(band, rng.normal(0, 1, count))
    out[start : start + count] += rng.uniform(0.05, 0.2) * burst * np.hanning(count)
