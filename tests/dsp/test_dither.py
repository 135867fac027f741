import numpy as np
import pytest
from scipy import signal, stats

from remixer.dsp.dither import CHUNK, tpdf
from remixer.dsp.signal import Grid

GRID = Grid(8)


def test_it_is_triangular_and_white() -> None:
    noise = tpdf(0, 400_000, 2)
    assert np.abs(noise).max() < 1
    triangle = stats.triang(0.5, -1, 2)
    assert stats.kstest(noise[0], triangle.cdf).pvalue > 1e-3
    assert noise.var() == pytest.approx(1 / 6, rel=0.01)
    assert abs(np.corrcoef(noise)[0, 1]) < 0.01
    assert np.abs(np.corrcoef(noise[0, :-1], noise[0, 1:])[0, 1]) < 0.01
    assert abs(np.corrcoef(noise[0, :CHUNK], noise[0, CHUNK : 2 * CHUNK])[0, 1]) < 0.05


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize(
    ("start", "count"), [(0, 1), (5, 0), (CHUNK - 1, 2), (CHUNK, CHUNK), (99_999, 50_001)]
)
def test_a_place_has_one_value(start: int, count: int, channels: int) -> None:
    whole = tpdf(0, start + count + 10, channels)
    np.testing.assert_array_equal(tpdf(start, count, channels), whole[:, start : start + count])


def rounded(sound: np.ndarray, dithered: bool) -> np.ndarray:
    noise = GRID.step * tpdf(0, sound.size, 1)[0] if dithered else 0.0
    return GRID.round(sound + noise)


def test_the_error_is_a_quarter_of_a_step_squared_whatever_the_sound() -> None:
    rng = np.random.default_rng(0)
    for sound in (np.zeros(200_000), rng.uniform(-0.5, 0.5, 200_000), np.full(200_000, 0.3)):
        error = (rounded(sound, True) - sound) / GRID.step
        assert error.var() == pytest.approx(0.25, rel=0.02)
        assert abs(error.mean()) < 0.01


def test_there_is_no_harmonic_distortion() -> None:
    """A quiet sine, 1.6 steps high: rounding alone makes it a staircase full of harmonics."""
    length, bin_of = 1 << 18, 1_001
    sound = 1.6 * GRID.step * np.sin(2 * np.pi * bin_of * np.arange(length) / length)

    def harmonics_db(dithered: bool) -> np.ndarray:
        spectrum = np.abs(np.fft.rfft(rounded(sound, dithered))) ** 2
        found = spectrum[[bin_of * n for n in range(2, 20)]]
        return 10 * np.log10(found / spectrum[bin_of] + 1e-30)

    floor_db = 10 * np.log10(0.25 / (1.6**2 / 4) / length)
    assert harmonics_db(False).max() > -35
    assert harmonics_db(True).max() < floor_db + 12
    assert harmonics_db(True).max() < -45


def test_the_noise_does_not_follow_the_sound() -> None:
    fade = np.linspace(0, 3 * GRID.step, 400_000)
    error = (rounded(fade, True) - fade) / GRID.step
    parts = signal.detrend(error, type="constant").reshape(40, -1).var(axis=1)
    assert parts.max() / parts.min() < 1.2
