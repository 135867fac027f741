import math

import numpy as np
import pytest

from remixer.dsp.signal import Samples
from remixer.dsp.spectrum import AverageSpectrum, band_centres, band_levels, window_size

RATE = 44_100


def averaged(samples: Samples, rate: int = RATE, block: int = 10_000) -> AverageSpectrum:
    spectrum = AverageSpectrum(rate, samples.shape[0])
    for start in range(0, samples.shape[1], block):
        spectrum.add(samples[:, start : start + block])
    return spectrum


def sine(frequency: float, seconds: float = 3.0, rate: int = RATE) -> Samples:
    wave = np.sin(2 * np.pi * frequency * np.arange(round(seconds * rate)) / rate)
    return np.stack([wave, wave])


def test_powers_sum_to_twice_the_mean_square() -> None:
    noise = np.random.default_rng(0).standard_normal((2, 20 * RATE)) * 0.1
    assert averaged(noise).powers().sum() == pytest.approx(2 * np.mean(noise**2), rel=0.02)
    constant = np.full((1, 2 * RATE), 0.5)
    assert averaged(constant).powers().sum() == pytest.approx(0.5 * 1.0, rel=0.3)


@pytest.mark.parametrize("frequency", [50.0, 440.0, 1000.3, 12_345.0])
@pytest.mark.parametrize("rate", [8_000, 44_100, 96_000])
def test_a_sine_of_full_scale_is_0_db_in_its_band(frequency: float, rate: int) -> None:
    if frequency > rate / 2:
        pytest.skip("above half the rate")
    levels = band_levels(averaged(sine(frequency, rate=rate), rate).powers(), rate, 6)
    centres = band_centres(rate, 6)
    narrow = frequency < 200.0  # bands of few bins, over which the window spreads
    assert levels.max() == pytest.approx(0.0, abs=0.8 if narrow else 0.1)
    assert abs(math.log2(centres[levels.argmax()] / frequency)) < 1 / 6
    far = np.abs(np.log2(centres / frequency)) > 1.0
    assert levels[far].max() < -60.0


def test_pink_noise_is_level() -> None:
    random = np.random.default_rng(1)
    spectrum = np.fft.rfft(random.standard_normal((1, 40 * RATE)))
    spectrum[:, 1:] /= np.sqrt(np.arange(1, spectrum.shape[1]))
    spectrum[:, 0] = 0.0
    pink = np.fft.irfft(spectrum)
    levels = band_levels(averaged(pink).powers(), RATE, 3)
    middle = levels[(band_centres(RATE, 3) > 60) & (band_centres(RATE, 3) < 15_000)]
    assert np.ptp(middle) < 2.5


def test_a_gain_shows_as_itself_in_every_band() -> None:
    noise = np.random.default_rng(2).standard_normal((2, 4 * RATE)) * 0.1
    before = band_levels(averaged(noise).powers(), RATE, 12)
    after = band_levels(averaged(noise * 10 ** (-1.5 / 20)).powers(), RATE, 12)
    np.testing.assert_allclose(after - before, -1.5, atol=1e-9)


def test_blocks_do_not_matter() -> None:
    noise = np.random.default_rng(3).standard_normal((2, 100_000))
    whole, pieces = averaged(noise, block=100_000), averaged(noise, block=777)
    np.testing.assert_array_equal(whole.powers(), pieces.powers())


def test_silence_and_short_signals() -> None:
    assert np.all(np.isneginf(band_levels(averaged(np.zeros((1, 40_000))).powers(), RATE, 6)))
    assert np.all(averaged(np.zeros((1, 0))).powers() == 0.0)
    short = averaged(sine(1000.0, seconds=0.1)).powers()
    assert band_centres(RATE, 6)[band_levels(short, RATE, 6).argmax()] == pytest.approx(
        1000, rel=0.1
    )


def test_a_cut_joins_nothing() -> None:
    size = window_size(RATE)
    spectrum = AverageSpectrum(RATE, 1)
    spectrum.add(np.ones((1, size - 1)))
    spectrum.cut()
    spectrum.add(np.zeros((1, size)))
    assert spectrum.frames == 1
    assert np.all(spectrum.powers() == 0.0)


def test_what_is_not_finite_is_silence() -> None:
    noise = np.random.default_rng(4).standard_normal((1, 40_000))
    noise[0, 5] = math.nan
    noise[0, 6] = math.inf
    assert np.all(np.isfinite(averaged(noise).powers()))


@pytest.mark.parametrize("rate", [8_000, 44_100, 192_000])
@pytest.mark.parametrize("fraction", [6, 12])
def test_bands_end_within_the_spectrum(rate: int, fraction: int) -> None:
    centres = band_centres(rate, fraction)
    assert centres[0] == 20.0
    assert centres[-1] * 2 ** (0.5 / fraction) <= rate / 2 * (1 + 1e-9)
    assert centres[-1] <= 20_000 * (1 + 1e-9)
    np.testing.assert_allclose(np.diff(np.log2(centres)), 1 / (2 * fraction))
