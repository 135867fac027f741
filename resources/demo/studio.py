"""The mixing desk: equalisers, dynamics, saturation, reverb and loudness, on (channels, samples).

Every function returns a new array; times are in seconds or ms as named, levels in dB.
"""

import numpy as np
import pyloudnorm
from numpy.typing import NDArray
from scipy import signal
from scipy.ndimage import minimum_filter1d

Array = NDArray[np.float64]

RATE = 44_100
_HOP = 32  # samples between the points of a gain curve


def gain(db: float) -> float:
    """Linear gain of a level in dB."""
    return float(10 ** (db / 20))


def high_pass(x: Array, hz: float, order: int = 2) -> Array:
    """Butterworth high-pass."""
    return signal.sosfilt(signal.butter(order, hz, "high", fs=RATE, output="sos"), x, axis=-1)


def low_pass(x: Array, hz: float, order: int = 2) -> Array:
    """Butterworth low-pass."""
    return signal.sosfilt(signal.butter(order, hz, "low", fs=RATE, output="sos"), x, axis=-1)


def bell(x: Array, hz: float, db: float, q: float = 0.9) -> Array:
    """Peaking equaliser.  Source: Bristow-Johnson, Audio EQ Cookbook."""
    a, w = 10 ** (db / 40), 2 * np.pi * hz / RATE
    alpha = np.sin(w) / (2 * q)
    b = np.array([1 + alpha * a, -2 * np.cos(w), 1 - alpha * a])
    return signal.lfilter(b, [1 + alpha / a, -2 * np.cos(w), 1 - alpha / a], x, axis=-1)


def high_shelf(x: Array, hz: float, db: float) -> Array:
    """High shelf with a slope of 1.  Source: Bristow-Johnson, Audio EQ Cookbook."""
    a, w = 10 ** (db / 40), 2 * np.pi * hz / RATE
    c, root = np.cos(w), np.sqrt(2 * a) * np.sin(w)
    up, down = a + 1, a - 1
    b = a * np.array([up + down * c + root, -2 * (down + up * c), up + down * c - root])
    d = np.array([up - down * c + root, 2 * (down - up * c), up - down * c - root])
    return signal.lfilter(b, d, x, axis=-1)


def low_shelf(x: Array, hz: float, db: float) -> Array:
    """Low shelf: all is raised, then the highs are brought back."""
    return gain(db) * high_shelf(x, hz, -db)


def _level_db(x: Array, window_ms: float) -> Array:
    """RMS level of the louder channel at every hop."""
    points = -(-x.shape[-1] // _HOP)
    padded = np.pad(np.atleast_2d(x), ((0, 0), (0, points * _HOP - x.shape[-1])))
    power = np.max(np.mean(padded.reshape(len(padded), points, _HOP) ** 2, axis=2), axis=0)
    width = max(1, int(window_ms / 1000 * RATE / _HOP))
    return 10 * np.log10(signal.lfilter(np.full(width, 1 / width), 1, power) + 1e-12)


def _follow(target_db: Array, attack_ms: float, release_ms: float) -> Array:
    """Gain reduction (dB, <= 0) that falls with the attack and recovers with the release."""
    fall = np.exp(-_HOP / (RATE * attack_ms / 1000))
    rise = np.exp(-_HOP / (RATE * release_ms / 1000))
    followed = np.empty_like(target_db)
    now = 0.0
    for i, target in enumerate(target_db):
        keep = fall if target < now else rise
        now = target + (now - target) * keep
        followed[i] = now
    return followed


def _per_sample(points_db: Array, length: int) -> Array:
    centres = np.arange(len(points_db)) * _HOP
    return 10 ** (np.interp(np.arange(length), centres, points_db) / 20)


def compress(
    x: Array,
    threshold_db: float,
    ratio: float,
    *,
    attack_ms: float = 12.0,
    release_ms: float = 140.0,
    knee_db: float = 6.0,
    key: Array | None = None,
) -> Array:
    """Soft-knee compressor; both channels move together. `key` is listened to instead of `x`."""
    over = _level_db(x if key is None else key, 6.0) - threshold_db
    half = knee_db / 2
    bent = np.clip(over + half, 0, knee_db) ** 2 / (2 * knee_db) + np.clip(over - half, 0, None)
    reduction = _follow(-(1 - 1 / ratio) * bent, attack_ms, release_ms)
    return x * _per_sample(reduction, x.shape[-1])


def de_ess(x: Array, threshold_db: float = -12.0, hz: float = 5_500.0) -> Array:
    """Turn down the band above `hz` where it is louder than the rest by more than the threshold."""
    low = signal.sosfiltfilt(signal.butter(2, hz, "low", fs=RATE, output="sos"), x, axis=-1)
    high = x - low
    excess = _level_db(high, 5.0) - np.maximum(_level_db(low, 60.0), -45.0) - threshold_db
    reduction = _follow(-0.6 * np.clip(excess, 0, 14), 1.0, 40.0)
    return low + high * _per_sample(reduction, x.shape[-1])


def saturate(x: Array, drive_db: float, mix: float = 1.0) -> Array:
    """Soft clipping at twice the rate, with the loudness of small signals kept."""
    drive = gain(drive_db)
    wide = signal.resample_poly(x, 2, 1, axis=-1)
    bent = signal.resample_poly(np.tanh(drive * wide) / drive, 1, 2, axis=-1)[..., : x.shape[-1]]
    return (1 - mix) * x + mix * bent


def pan(mono: Array, position: float) -> Array:
    """Place a mono signal, -1 left to 1 right, at constant power."""
    angle = (position + 1) * np.pi / 4
    return np.stack([np.cos(angle) * mono, np.sin(angle) * mono]) * np.sqrt(2)


def widen(x: Array, width: float) -> Array:
    """Scale the side signal: 0 is mono, 1 as it was."""
    middle, side = (x[0] + x[1]) / 2, (x[0] - x[1]) / 2 * width
    return np.stack([middle + side, middle - side])


def delay(x: Array, time_s: float) -> Array:
    """Shift later, keeping the length."""
    shift = round(time_s * RATE)
    return np.pad(x, ((0, 0), (shift, 0)))[:, : x.shape[-1]]


def plate_response(
    rng: np.random.Generator, *, decay_s: float, before_ms: float, highs_hz: float = 8_500.0
) -> Array:
    """A stereo impulse response like a plate's: dense at once, highs dying first.

    Noise in five bands, each with its own decay (60 dB in `decay_s` at 500 Hz), unit energy.
    """
    length = int(1.3 * decay_s * RATE)
    times = np.arange(length) / RATE
    edges = (180, 500, 1_200, 3_000, 6_000, 12_000)
    response = np.zeros((2, length))
    for i, factor in enumerate((0.9, 1.0, 0.9, 0.65, 0.42)):
        band = signal.butter(2, edges[i : i + 2], "band", fs=RATE, output="sos")
        noise = signal.sosfilt(band, rng.standard_normal((2, length)), axis=-1)
        response += noise * 10 ** (-3 * times / (decay_s * factor))
    response *= 1 - np.exp(-times / 0.004)
    response = low_pass(response, highs_hz, 1)
    response = np.pad(response, ((0, 0), (int(before_ms / 1000 * RATE), 0)))
    return response / np.sqrt(np.mean(np.sum(response**2, axis=1)))


def reverb(x: Array, response: Array) -> Array:
    """Convolve (2, samples) with a stereo response, keeping the length."""
    return signal.oaconvolve(x, response, axes=-1)[:, : x.shape[-1]]


def loudness(x: Array) -> float:
    """Integrated loudness in LUFS (ITU-R BS.1770)."""
    return float(pyloudnorm.Meter(RATE).integrated_loudness(x.T))


def at_loudness(x: Array, lufs: float) -> Array:
    """Scaled to an integrated loudness."""
    return x * gain(lufs - loudness(x))


def true_peak_db(x: Array) -> float:
    """Highest level between the samples too, from four times oversampling."""
    return float(20 * np.log10(np.max(np.abs(signal.resample_poly(x, 4, 1, axis=-1)))))


def limiter_gain(x: Array, ceiling_db: float, *, ahead_ms: float = 2.5) -> Array:
    """A gain for every sample that keeps `x` below the ceiling, between the samples too.

    Multiplying all stems by the same curve limits their sum and leaves it their sum.
    """
    wide = np.max(np.abs(signal.resample_poly(x, 4, 1, axis=-1)), axis=0)
    peaks = np.max(wide[: 4 * x.shape[-1]].reshape(-1, 4), axis=1)
    peaks = np.maximum.reduce([peaks, np.roll(peaks, 1), np.roll(peaks, -1)])
    needed = np.minimum(1.0, gain(ceiling_db) / np.maximum(peaks, 1e-9))
    ahead = int(ahead_ms / 1000 * RATE)
    held = minimum_filter1d(needed, 2 * ahead + 1, mode="nearest")
    released = _release(held, 0.12)
    window = np.hanning(2 * ahead + 3)[1:-1]
    window /= np.sum(window)
    return np.convolve(np.pad(released, ahead, mode="edge"), window, mode="valid")


def _release(held: Array, release_s: float) -> Array:
    """Let the gain recover exponentially, never above what is held."""
    keep = np.exp(-1 / (release_s * RATE))
    out = np.empty_like(held)
    now = 1.0
    for i, target in enumerate(held.tolist()):
        now = min(target, target + (now - target) * keep)
        out[i] = now
    return out
