"""What a mix does to a stem: tone, drive, compression, room, place; and levels."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy.signal
from numpy.random import Generator
from numpy.typing import NDArray

from remixer.dsp.gain import db_to_gain
from remixer.dsp.signal import Samples
from remixer.training.generator.render import RATE

QUIET_DB = -50.0


@dataclass(frozen=True)
class Chain:
    """Settings of a stem's effects. low_db, high_db: shelves at 150 Hz and 5 kHz; drive: 0 is none;
    ratio: of the compressor, 1 is none; room: share of reverberation, decay in seconds.
    """

    low_db: float
    high_db: float
    drive: float
    ratio: float
    room: float
    decay: float
    seed: int


def draw_chain(rng: Generator, stem: str) -> Chain:
    """Effects as a stem usually has them: little room on bass, more on the others."""
    wet = {"bass": 0.03, "drums": 0.2, "vocals": 0.3, "other": 0.25}[stem]
    return Chain(
        low_db=rng.uniform(-3, 3),
        high_db=rng.uniform(-5, 4),
        drive=rng.uniform(0.2, 3) if rng.random() < 0.35 else 0.0,
        ratio=rng.uniform(1.5, 4) if rng.random() < 0.6 else 1.0,
        room=rng.uniform(0, wet),
        decay=rng.uniform(0.2, 2.0),
        seed=int(rng.integers(2**31)),
    )


def apply(samples: Samples, chain: Chain) -> Samples:
    """A stem, (2, samples) at 44.1 kHz, through its effects; silence stays silence."""
    level = active_level(samples)
    if level == 0:
        return samples
    out = samples * (0.1 / level)
    out = _shelf(_shelf(out, 150, chain.low_db, "low"), 5_000, chain.high_db, "high")
    if chain.drive:
        out = np.tanh(out * (1 + 4 * chain.drive)) / (1 + 2 * chain.drive)
    if chain.ratio > 1:
        out = _compress(out, chain.ratio)
    return _reverberate(out, chain) if chain.room > 0.01 else out


def _shelf(samples: Samples, hertz: float, gain_db: float, side: str) -> Samples:
    """A shelving filter of first order: the signal plus a filtered share of itself."""
    kind: Literal["lowpass", "highpass"] = "lowpass" if side == "low" else "highpass"
    sos = scipy.signal.butter(1, hertz, kind, fs=RATE, output="sos")
    return np.asarray(samples + (db_to_gain(gain_db) - 1) * scipy.signal.sosfilt(sos, samples))


def _compress(samples: Samples, ratio: float) -> Samples:
    """Gain that follows the level of the last 50 ms, both channels alike, above -20 dBFS."""
    pole = np.exp(-1 / (0.05 * RATE))
    power = scipy.signal.lfilter([1 - pole], [1, -pole], np.square(samples).mean(axis=0))
    over_db = 10 * np.log10(np.maximum(power, 1e-12)) + 20
    return np.asarray(samples * 10 ** (-np.maximum(over_db, 0) * (1 - 1 / ratio) / 20))


def _reverberate(samples: Samples, chain: Chain) -> Samples:
    """A room of decaying noise, darker as it decays, another one in each channel."""
    rng = np.random.default_rng(chain.seed)
    time = np.arange(round(chain.decay * RATE)) / RATE
    noise = rng.normal(0, 1, (2, time.size)) * np.exp(-6.9 * time / chain.decay)
    dark = scipy.signal.butter(1, rng.uniform(2_500, 8_000), fs=RATE, output="sos")
    room = scipy.signal.sosfilt(dark, noise)
    room /= np.linalg.norm(room, axis=1, keepdims=True)
    delay = round(rng.uniform(0.002, 0.03) * RATE)
    wet = scipy.signal.oaconvolve(samples, room, axes=1)[:, : samples.shape[1]]
    out = (1 - 0.3 * chain.room) * samples
    out[:, delay:] += chain.room * wet[:, : wet.shape[1] - delay]
    return out


def pan(samples: Samples, place: float, width: float) -> Samples:
    """Middle and side: place in -1 to 1 at equal power, width 0 (mono) to 1 (as it is)."""
    middle, side = samples.mean(axis=0), width * (samples[0] - samples[1]) / 2
    angle = (place + 1) * np.pi / 4
    gains = np.sqrt(2) * np.array([np.cos(angle), np.sin(angle)])
    return np.asarray(gains[:, None] * np.stack([middle + side, middle - side]))


def active_level(samples: NDArray[np.float64]) -> float:
    """RMS of the tenths of a second within 50 dB of the loudest; 0 for silence. (2, samples)."""
    size = RATE // 10
    whole = samples[:, : samples.shape[1] // size * size]
    power = np.square(whole).reshape(2, -1, size).mean(axis=(0, 2)) if whole.size else np.zeros(1)
    heard = power[power > power.max() * 10 ** (QUIET_DB / 10)]
    return float(np.sqrt(heard.mean())) if heard.size else 0.0


def fade(samples: Samples, seconds: float = 0.02) -> Samples:
    """Faded in and out over so many seconds."""
    count = min(round(seconds * RATE), samples.shape[1] // 2)
    out = samples.copy()
    out[:, :count] *= np.linspace(0, 1, count)
    out[:, out.shape[1] - count :] *= np.linspace(1, 0, count)
    return out
