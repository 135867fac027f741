"""A singer: flite speaks a line, the WORLD vocoder re-times and re-pitches it onto the score.

The text-to-speech engine gives the phones with their times. Consonants keep their lengths and are
placed before the beat; vowels begin on it and are stretched to the note, diphthongs glide late.
The pitch is a drawn curve: portamento with a little overshoot, a scoop into the phrase, vibrato
that sets in late, slow drift and fine jitter.
Source: Morise et al. 2016 (WORLD); Saitou et al. 2007 for overshoot, vibrato and fluctuation.
"""

import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pyworld
import soundfile
import soxr
from numpy.typing import NDArray
from scipy import signal
from score import TEMPO, Line, Syllable

Array = NDArray[np.float64]

RATE = 44_100
FRAME_S = 0.005
SPOKEN_HZ = 115.0  # a low, level voice has closely spaced harmonics: the envelope is seen well
SPOKEN_STRETCH = 1.4  # slow speech reaches its vowel targets
BAND_HZ = 6_500.0  # above it the 16 kHz voice has nothing: the envelope is extended
FFT = pyworld.get_cheaptrick_fft_size(RATE, 71.0)
VOWEL_DB = 3.0  # the loudness that vowels are evened to, in the vocoder's units
BINS_HZ = np.arange(FFT // 2 + 1) * RATE / FFT

VOWELS = frozenset(
    ["aa", "ae", "ah", "ao", "aw", "ax", "ay", "eh", "er", "ey", "ih", "iy", "ow", "oy", "uh", "uw"]
)
DIPHTHONGS = frozenset(["aw", "ay", "ey", "ow", "oy"])
UNVOICED = frozenset(["p", "t", "k", "f", "th", "s", "sh", "hh", "ch", "pau"])
SIBILANTS = frozenset(["s", "sh", "z", "zh", "ch", "jh"])
LONGEST_S = {"s": 0.115, "sh": 0.12, "z": 0.09, "f": 0.09, "n": 0.085, "ng": 0.09, "l": 0.08}
# (Hz, dB) for voiced sounds. The voice was recorded at about 220 Hz and has kept that harmonic as a
# bump in its envelope: it goes. A sung tone is pressed harder than speech: more above 1 kHz.
FROM_SPEECH_TO_SONG = (
    *((130, 0), (172, -5), (215, -11), (258, -10), (301, -3), (345, 2), (388, 3), (431, 3)),
    *((517, 2), (603, 0), (900, 0), (1_500, 3), (2_500, 6), (4_000, 6), (7_000, 4)),
)

# In a song consonants must reach over the band; nasals, strong in the lows, must not.
CONSONANT_DB = {"k": 12.0} | dict.fromkeys(["p", "t", "f", "th", "hh"], 7.0)
CONSONANT_DB |= dict.fromkeys(["s", "sh", "ch", "z"], 4.0)
CONSONANT_DB |= dict.fromkeys(["v", "b", "d", "g"], 3.0)
CONSONANT_DB |= dict.fromkeys(["m", "n", "ng"], -2.0)


@dataclass(frozen=True)
class Style:
    """How a take is sung. Two takes with different seeds differ as two takes of a person do."""

    seed: int = 0
    formant: float = 1.0  # > 1: a shorter vocal tract
    detune_cents: float = 0.0
    timing_s: float = 0.006  # standard deviation of note onsets
    vibrato_cents: float = 36.0
    drift_cents: float = 6.0
    air: float = 0.0  # added breathiness, 0..1


@dataclass(frozen=True)
class Speech:
    """A spoken line: its phones with start and end seconds, and its WORLD analysis."""

    phones: tuple[tuple[str, float, float], ...]
    log_envelope: Array  # (frames, bins), natural log of power
    aperiodicity: Array  # (frames, bins), 0..1


@dataclass(frozen=True)
class Take:
    """A sung line: mono samples, where they begin, and the pitch that was asked for."""

    start_s: float
    samples: Array
    f0: Array  # Hz a frame, 0 where unvoiced


@dataclass(frozen=True)
class _Span:
    """A piece of the sung line: source seconds mapped onto target seconds."""

    phone: str
    source: tuple[float, ...]
    target: tuple[float, ...]
    syllable: int


def _speak(words: str) -> tuple[Array, tuple[tuple[str, float, float], ...]]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "line.wav"
        command = ["flite", "-voice", "slt", "-psdur", "-t", words, "-o", str(path)]
        for feature in (
            f"duration_stretch={SPOKEN_STRETCH}",
            f"int_f0_target_mean={SPOKEN_HZ}",
            "int_f0_target_stddev=3",
        ):
            command[3:3] = ["--setf", feature]
        printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        samples, rate = soundfile.read(path)
    ends = [(name, float(end)) for name, end in (item.split(":") for item in printed.split())]
    phones = []
    start = 0.0
    for name, end in ends:
        phones.append((name, start, end))
        start = end
    return soxr.resample(samples, rate, RATE, quality="VHQ"), tuple(phones)


def _labels(phones: tuple[tuple[str, float, float], ...], frames: int) -> list[str]:
    ends = [end for _, _, end in phones]
    index = np.searchsorted(ends, np.arange(frames) * FRAME_S, side="right")
    return [phones[min(i, len(phones) - 1)][0] for i in index]


def _extend_band(log_envelope: Array, aperiodicity: Array, labels: list[str]) -> None:
    """Continue the spectrum above `BAND_HZ` (in place): a falling slope, more noise than tone.

    Hiss falls slowly up to 11 kHz, as a real "s" does; a voiced sound falls by 11 dB an octave.
    """
    cut = int(BAND_HZ * FFT / RATE)
    reference = (BINS_HZ > 4_800) & (BINS_HZ < BAND_HZ)
    octaves = np.log2(BINS_HZ[cut:] / BAND_HZ)
    over = np.clip(np.log2(BINS_HZ[cut:] / 11_000), 0, None)
    blend = np.clip((BINS_HZ[cut:] - BAND_HZ) / 600, 0, 1)
    decibel = np.log(10) / 10
    for frame, label in enumerate(labels):
        hiss = label in UNVOICED or label in SIBILANTS
        level = np.mean(log_envelope[frame, reference])
        slope = (2.0 if hiss else 11.0) * octaves + (16.0 if hiss else 14.0) * over
        extended = level - decibel * slope
        edge = log_envelope[frame, cut]
        log_envelope[frame, cut:] = edge + (extended - edge) * blend
        aperiodicity[frame, cut:] = np.maximum(aperiodicity[frame, cut], 0.55 + 0.4 * blend)


@cache
def listen(words: str) -> Speech:
    """Speak a line and analyse it."""
    samples, phones = _speak(words)
    f0, times = pyworld.harvest(samples, RATE, 70.0, 200.0, FRAME_S * 1000)
    f0 = pyworld.stonemask(samples, f0, times, RATE)
    labels = _labels(phones, len(f0))
    voiced = np.array([label not in UNVOICED for label in labels])
    known = f0 > 0
    f0 = np.where(known, f0, np.interp(times, times[known], f0[known])) * voiced
    envelope = pyworld.cheaptrick(samples, f0, times, RATE, fft_size=FFT)
    aperiodicity = pyworld.d4c(samples, f0, times, RATE, threshold=0.0, fft_size=FFT)
    log_envelope = np.log(envelope + 1e-14)
    _extend_band(log_envelope, aperiodicity, labels)
    correction = np.interp(BINS_HZ, *np.array(FROM_SPEECH_TO_SONG).T) * np.log(10) / 10
    log_envelope[voiced] += correction
    tonal = np.isin(labels, [*VOWELS, "l", "r", "w", "y", "m", "n"])
    ceiling = np.interp(BINS_HZ, [0, 1_500, 4_000, 7_000, 12_000], [0.02, 0.06, 0.25, 0.5, 0.97])
    aperiodicity[tonal] = np.minimum(aperiodicity[tonal], ceiling)
    return Speech(phones, log_envelope, np.clip(aperiodicity, 1e-4, 1 - 1e-4))


def _phones_of(line: Line, speech: Speech) -> list[list[tuple[str, float, float]]]:
    """The spoken phones shared out among the syllables of the score."""
    spoken = [phone for phone in speech.phones if phone[0] != "pau"]
    wanted = [phone for syllable in line.syllables for phone in syllable.phones]
    if [name for name, _, _ in spoken] != wanted:
        said = " ".join(name for name, _, _ in spoken)
        raise ValueError(f"{line.words!r}: flite says {said!r}; write these phones in score.py")
    queue = iter(spoken)
    return [[next(queue) for _ in syllable.phones] for syllable in line.syllables]


def _nucleus(phones: list[tuple[str, float, float]]) -> int:
    """Index of the vowel that carries the note; "er iy" is carried by its last vowel."""
    return max(i for i, (name, _, _) in enumerate(phones) if name in VOWELS)


def _consonant_s(phone: tuple[str, float, float], scale: float) -> float:
    name, start, end = phone
    return min((end - start) * scale, LONGEST_S.get(name, 0.075))


def _vowel_span(phone: tuple[str, float, float], start: float, end: float, at: int) -> _Span:
    """Stretch a vowel: its first and last parts at natural speed, what lies between at leisure."""
    name, first, last = phone
    spoken, sung = last - first, end - start
    if name in DIPHTHONGS:
        hold = (0.30, 0.42)
        head = min(hold[0] * spoken, 0.3 * sung)
        glide = min((1 - hold[1]) * spoken * 1.15, 0.45 * sung)
    else:
        hold = (0.35, 0.65)
        head = min(hold[0] * spoken, 0.3 * sung)
        glide = min((1 - hold[1]) * spoken, 0.3 * sung)
    source = (first, first + hold[0] * spoken, first + hold[1] * spoken, last)
    return _Span(name, source, (start, start + head, end - glide, end), at)


def _timeline(line: Line, speech: Speech, onsets: list[float]) -> list[_Span]:
    """Where every phone is sung."""
    groups = _phones_of(line, speech)
    beat_s = 60.0 / TEMPO
    spans: list[_Span] = []
    for i, (syllable, phones) in enumerate(zip(line.syllables, groups, strict=True)):
        vowel = _nucleus(phones)
        last = i + 1 == len(groups)
        legato = not last
        before = [] if i else phones[:vowel]
        spans += _placed_before(before, onsets[i], 0.8, i)
        coda = phones[vowel + 1 :]
        if legato:
            following = groups[i + 1]
            onset = following[: _nucleus(following)]
            lengths = [_consonant_s(p, 0.72) for p in coda + onset]
            room = onsets[i + 1] - onsets[i] - 0.10
            squeeze = min(1.0, max(0.45, room / max(sum(lengths), 1e-9)))
            lengths = [length * squeeze for length in lengths]
            vowel_end = onsets[i + 1] - sum(lengths)
            owners = [i] * len(coda) + [i + 1] * len(onset)
            tail = coda + onset
        else:
            lengths = [_consonant_s(p, 1.0) * 1.2 for p in coda]
            vowel_end = onsets[i] + syllable.length * beat_s - 0.4 * sum(lengths)
            owners = [i] * len(coda)
            tail = coda
        spans.append(_vowel_span(phones[vowel], onsets[i], vowel_end, i))
        at = vowel_end
        for phone, length, owner in zip(tail, lengths, owners, strict=True):
            spans.append(_Span(phone[0], phone[1:], (at, at + length), owner))
            at += length
    return spans


def _placed_before(
    phones: list[tuple[str, float, float]], end: float, scale: float, at: int
) -> list[_Span]:
    spans = []
    for phone in reversed(phones):
        length = _consonant_s(phone, scale)
        spans.append(_Span(phone[0], phone[1:], (end - length, end), at))
        end -= length
    return spans[::-1]


def _smooth_noise(rng: np.random.Generator, frames: int, hz: float) -> Array:
    """Unit-variance noise, low-passed at `hz`, one value a frame."""
    pad = int(4 / (hz * FRAME_S))
    sos = signal.butter(2, min(hz * 2 * FRAME_S, 0.9), output="sos")
    noise = signal.sosfilt(sos, rng.standard_normal(frames + pad))[pad:]
    return noise / max(float(np.std(noise)), 1e-9)


def pitch_curve(
    line: Line, pitches: tuple[int, ...], onsets: list[float], times: Array, style: Style
) -> Array:
    """MIDI pitch at each time (seconds): steps made human."""
    rng = np.random.default_rng([style.seed, line.bar, 2])
    beat_s = 60.0 / TEMPO
    steps: list[tuple[float, float, int]] = []  # start, length, pitch
    queue = iter(pitches)
    for syllable, onset in zip(line.syllables, onsets, strict=True):
        at = onset
        for _, length in syllable.notes:
            steps.append((at, length * beat_s, next(queue)))
            at += length * beat_s
    starts = np.array([start for start, _, _ in steps]) - 0.055  # the filter's delay
    index = np.clip(np.searchsorted(starts, times, side="right") - 1, 0, None)
    plain = np.array([float(note) for _, _, note in steps])[index]
    curve = _spring(plain)
    curve -= 0.9 * np.exp(-np.clip(times - times[0], 0, None) / 0.07)  # scoop
    end = steps[-1][0] + steps[-1][1]
    curve -= 0.35 * np.clip((times - (end - 0.12)) / 0.15, 0, 1) ** 2  # let go
    for start, length, _ in steps:
        curve += _vibrato(times, start, length, style.vibrato_cents, rng)
    cents = style.drift_cents * _smooth_noise(rng, len(times), 1.2)
    cents += 2.5 * _smooth_noise(rng, len(times), 14.0)
    return curve + (cents + style.detune_cents) / 100


def _spring(plain: Array, hz: float = 5.2, damping: float = 0.78) -> Array:
    """Steps followed by a mass on a spring: portamento, and overshoot of about 2 %."""
    omega = 2 * np.pi * hz
    system = signal.cont2discrete(([omega**2], [1, 2 * damping * omega, omega**2]), FRAME_S)
    b, a = np.ravel(system[0]), np.ravel(system[1])
    state = signal.lfilter_zi(b, a) * plain[0]
    return signal.lfilter(b, a, plain, zi=state)[0]


def _vibrato(
    times: Array, start: float, length: float, cents: float, rng: np.random.Generator
) -> Array:
    """Vibrato in semitones for one note; short notes have none, long ones late."""
    rate = rng.normal(5.5, 0.15)
    phase = rng.uniform(0, 2 * np.pi)
    if length < 0.55:
        return np.zeros_like(times)
    since = times - start
    onset = np.clip((since - 0.30) / 0.40, 0, 1)
    release = np.clip((start + length - times) / 0.10, 0, 1)
    depth = cents / 100 * onset**2 * (3 - 2 * onset) * release
    speed = rate * (1 + 0.03 * np.clip(since, 0, 3))
    return depth * np.sin(2 * np.pi * speed * since + phase)


def _source_times(spans: list[_Span], times: Array) -> tuple[Array, NDArray[np.intp]]:
    """The spoken second to be heard at each sung second, and which span it belongs to."""
    edges = np.array([span.target[0] for span in spans])
    which = np.clip(np.searchsorted(edges, times, side="right") - 1, 0, None)
    source = np.empty_like(times)
    for i, span in enumerate(spans):
        here = which == i
        source[here] = np.interp(times[here], span.target, span.source)
    return source, which


def _take_frames(values: Array, source_s: Array) -> Array:
    position = np.clip(source_s / FRAME_S, 0, len(values) - 1.001)
    low = position.astype(int)
    fraction = (position - low)[:, None]
    return values[low] * (1 - fraction) + values[low + 1] * fraction


def _warp(values: Array, factor: float) -> Array:
    """Move the formants by a factor along frequency."""
    if factor == 1.0:
        return values
    position = np.clip(np.arange(values.shape[1]) / factor, 0, values.shape[1] - 1.001)
    low = position.astype(int)
    fraction = position - low
    return values[:, low] * (1 - fraction) + values[:, low + 1] * fraction


def _loudness_db(log_envelope: Array, f0: Array) -> Array:
    """Rough loudness of each frame as sung: the power of its harmonics, lows counting less."""
    loudness = np.empty(len(f0))
    for i, (frame, hz) in enumerate(zip(log_envelope, f0, strict=True)):
        harmonics = np.arange(1, int(6_000 / hz) + 1) * hz
        power = np.exp(np.interp(harmonics, BINS_HZ, frame)) * np.minimum(1, harmonics / 500)
        loudness[i] = 10 * np.log10(np.sum(power) * hz / 200 + 1e-12)
    return loudness


def _levels(
    line: Line, spans: list[_Span], times: Array, power_db: Array, rng: np.random.Generator
) -> Array:
    """Gain in dB at each time: even vowels, the score's accents, a swell on long notes."""
    points: list[tuple[float, float]] = []
    for span in spans:
        if span.phone not in VOWELS or len(span.source) < 4:
            continue
        syllable: Syllable = line.syllables[span.syllable]
        a, b = span.target[0], span.target[-1]
        middle = (times > a + 0.25 * (b - a)) & (times < b - 0.25 * (b - a))
        wanted = VOWEL_DB + syllable.level_db + rng.normal(0, 0.5)
        gain = 0.9 * float(np.clip(wanted - np.median(power_db[middle]), -14, 14))
        if b - a > 0.6:
            points += [(a, gain - 0.8), (a + 0.4 * (b - a), gain + 0.7), (b, gain - 2.0)]
        else:
            points += [(a, gain), (b, gain)]
    return np.interp(times, [t for t, _ in points], [g for _, g in points])


def sing(line: Line, pitches: tuple[int, ...], style: Style) -> Take:
    """Sing a line on the given pitches, one for every note of the score."""
    rng = np.random.default_rng([style.seed, line.bar, 1])
    speech = listen(line.words)
    late = rng.normal(0.004, style.timing_s, len(line.syllables))
    onsets = [line.start_s(s) + float(d) for s, d in zip(line.syllables, late, strict=True)]
    spans = _timeline(line, speech, onsets)
    start, end = spans[0].target[0], spans[-1].target[-1]
    times = np.arange(start - 0.03, end + 0.08, FRAME_S)
    source, which = _source_times(spans, times)
    log_envelope = _warp(_take_frames(speech.log_envelope, source), style.formant)
    aperiodicity = _warp(_take_frames(speech.aperiodicity, source), style.formant)
    tilt = _smooth_noise(rng, len(times), 3.0)[:, None] * np.linspace(-0.05, 0.25, len(BINS_HZ))
    sung_hz = 440.0 * 2 ** ((pitch_curve(line, pitches, onsets, times, style) - 69) / 12)
    gain_db = _levels(line, spans, times, _loudness_db(log_envelope, sung_hz), rng)
    labels = np.array([span.phone for span in spans])[which]
    unvoiced = np.isin(labels, list(UNVOICED))
    gain_db += np.array([CONSONANT_DB.get(label, 0.0) for label in labels])
    fade = np.clip((times - start + 0.03) / 0.03, 0, 1) * np.clip((end + 0.05 - times) / 0.09, 0, 1)
    log_envelope = log_envelope + tilt + gain_db[:, None] * np.log(10) / 10
    log_envelope = log_envelope + 2 * np.log(fade + 1e-4)[:, None]
    f0 = np.where(unvoiced, 0.0, sung_hz)
    breathy = style.air * np.interp(BINS_HZ, [0, 1_500, 6_000], [0.0, 0.15, 0.6])
    aperiodicity = np.clip(aperiodicity + (1 - aperiodicity) * breathy, 1e-4, 1 - 1e-4)
    samples = pyworld.synthesize(
        np.ascontiguousarray(f0),
        np.exp(np.ascontiguousarray(log_envelope)),
        np.ascontiguousarray(aperiodicity),
        RATE,
        FRAME_S * 1000,
    )
    return Take(float(times[0]), samples, f0)


def pitch_error(take: Take) -> tuple[Array, NDArray[np.bool_]]:
    """Distance in cents of the pitch that Harvest hears from the one asked for, a frame.

    Returns the errors of the frames that both call voiced, and for all frames whether they agree.
    """
    heard, times = pyworld.harvest(take.samples, RATE, 100.0, 700.0, FRAME_S * 1000)
    heard = pyworld.stonemask(take.samples, heard, times, RATE)
    frames = min(len(heard), len(take.f0))
    heard, asked = heard[:frames], take.f0[:frames]
    both = (heard > 0) & (asked > 0)
    return np.abs(1200 * np.log2(heard[both] / asked[both])), (heard > 0) == (asked > 0)


def breath(rng: np.random.Generator, length_s: float) -> Array:
    """The sound of breathing in: noise through an open throat, swelling and stopping."""
    frames = int(length_s * RATE)
    noise = rng.standard_normal(frames)
    shaped = np.zeros(frames)
    throat = ((750, 400, 0.5), (1_700, 500, 1.0), (3_100, 900, 0.8), (5_600, 2_000, 0.5))
    for hz, width, gain in throat:
        band = signal.butter(1, [hz - width / 2, hz + width / 2], "band", fs=RATE, output="sos")
        shaped += gain * signal.sosfilt(band, noise)
    phase = np.linspace(0, 1, frames)
    return shaped * np.sin(np.pi * phase**1.6) ** 1.5
