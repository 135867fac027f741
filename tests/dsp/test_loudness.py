"""Signals of EBU Tech 3341 (2016, table 1) and ITU-R BS.1770-5 are synthesised here."""

import math
from dataclasses import replace

import numpy as np
import pyloudnorm
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal

from remixer.dsp.gain import db_to_gain
from remixer.dsp.loudness import Loudness, LoudnessMeter, interpolator, k_weighting, oversampling
from remixer.dsp.signal import Samples
from remixer.errors import SettingError


def measure(samples: Samples, rate: int, block: int = 1 << 16) -> Loudness:
    meter = LoudnessMeter(rate, samples.shape[0])
    for start in range(0, samples.shape[1], block):
        meter.add(samples[:, start : start + block])
    return meter.result()


def tone(
    dbfs: float, seconds: float, rate: int = 48_000, frequency: float = 1000.0, channels: int = 2
) -> Samples:
    time = np.arange(round(seconds * rate)) / rate
    return np.tile(db_to_gain(dbfs) * np.sin(2 * np.pi * frequency * time), (channels, 1))


def sequence(*levels: tuple[float, float]) -> Samples:
    return np.concatenate([tone(dbfs, seconds) for dbfs, seconds in levels], axis=1)


def faded(samples: Samples, rate: int) -> Samples:
    """10 ms in and out, as the true-peak cases have it."""
    count = samples.shape[1]
    edge = np.minimum(np.arange(count), np.arange(count)[::-1]) / (0.01 * rate)
    return samples * np.minimum(edge, 1.0)


def test_k_weighting_at_48_khz_is_the_standards_table() -> None:
    shelf = [1.53512485958697, -2.69169618940638, 1.19839281085285]
    shelf += [1.0, -1.69065929318241, 0.73248077421585]
    high_pass = [1.0, -2.0, 1.0, 1.0, -1.99004745483398, 0.99007225036621]
    np.testing.assert_allclose(k_weighting(48_000), [shelf, high_pass], rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("rate", "tolerance"),
    [(8_000, 0.3), (22_050, 0.05), (44_100, 0.01), (96_000, 0.01), (192_000, 0.01)],
)
def test_k_weighting_has_the_tables_response_at_every_rate(rate: int, tolerance: float) -> None:
    def response(at: int) -> Samples:
        frequencies = np.geomspace(20.0, min(20_000.0, 0.45 * rate), 200)
        return 20 * np.log10(np.abs(signal.freqz_sos(k_weighting(at), frequencies, fs=at)[1]))

    np.testing.assert_allclose(response(rate), response(48_000), rtol=0, atol=tolerance)


@pytest.mark.parametrize(
    ("rate", "tolerance"),
    [
        (8_000, 0.22),
        (22_050, 0.03),
        (44_100, 0.01),
        (48_000, 0.01),
        (96_000, 0.01),
        (192_000, 0.01),
    ],
)
def test_reference_tone_reads_minus_3_01_at_every_rate(rate: int, tolerance: float) -> None:
    one_channel = np.zeros((2, rate * 2))
    one_channel[0] = tone(0.0, 2.0, rate, 997.0, 1)
    assert measure(one_channel, rate).integrated_lufs == pytest.approx(-3.01, abs=tolerance)
    mono = tone(0.0, 2.0, rate, 997.0, 1)
    assert measure(mono, rate).integrated_lufs == pytest.approx(-3.01, abs=tolerance)


def test_a_low_tone_is_weighted_as_by_a_filter_that_never_stops() -> None:
    """30 Hz: its periods cross the 100 ms in which samples are gathered."""
    gain = np.abs(signal.freqz_sos(k_weighting(48_000), [30.0], fs=48_000)[1]).item()
    expected = -0.691 - 20.0 - 3.01 + 20 * math.log10(gain)
    result = measure(tone(-20.0, 20.0, 48_000, 30.0, 1), 48_000)
    assert result.integrated_lufs == pytest.approx(expected, abs=0.02)


@pytest.mark.parametrize(
    ("case", "signal_", "expected"),
    [
        (1, sequence((-23, 20)), -23.0),
        (2, sequence((-33, 20)), -33.0),
        (3, sequence((-36, 10), (-23, 60), (-36, 10)), -23.0),
        (4, sequence((-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)), -23.0),
        (5, sequence((-26, 20), (-20, 20.1), (-26, 20)), -23.0),
    ],
)
def test_ebu_tech_3341_integrated(case: int, signal_: Samples, expected: float) -> None:
    assert measure(signal_, 48_000).integrated_lufs == pytest.approx(expected, abs=0.1)


def test_the_gates_are_what_makes_case_4_pass() -> None:
    mostly_quiet = sequence((-23, 15), (-72, 30))
    assert measure(mostly_quiet, 48_000).integrated_lufs == pytest.approx(-23.0, abs=0.1)
    assert 10 * math.log10(np.mean(mostly_quiet**2) * 2) < -27.0


def music_like(rate: int, channels: int, seconds: float) -> Samples:
    """Coloured noise whose level moves by 40 dB, so both gates have work."""
    random = np.random.default_rng(rate)
    noise = random.standard_normal((channels, round(rate * seconds)))
    b, a = signal.butter(1, 2000.0, fs=rate)
    swing = np.sin(np.linspace(0, 9, noise.shape[1])) * 20 - 30
    return np.asarray(signal.lfilter(b, a, noise) * 10 ** (swing / 20))


@pytest.mark.parametrize("rate", [44_100, 48_000, 96_000])
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("weighting", ["K-weighting", "DeMan"])
def test_agrees_with_pyloudnorm(rate: int, channels: int, weighting: str) -> None:
    samples = music_like(rate, channels, 8.0)
    reference = pyloudnorm.Meter(rate, filter_class=weighting).integrated_loudness(samples.T)
    assert measure(samples, rate).integrated_lufs == pytest.approx(reference, abs=0.05)


TRUE_PEAK_CASES = [
    (15, 0.5, 4, 0.0, -6.0),
    (16, 0.5, 4, 45.0, -6.0),
    (17, 0.5, 6, 60.0, -6.0),
    (18, 0.5, 8, 67.5, -6.0),
    (19, 1.41, 4, 45.0, 3.0),
]


@pytest.mark.parametrize("rate", [44_100, 48_000, 88_200, 96_000])
@pytest.mark.parametrize(("case", "amplitude", "divisor", "degrees", "expected"), TRUE_PEAK_CASES)
def test_ebu_tech_3341_true_peak(
    case: int, amplitude: float, divisor: int, degrees: float, expected: float, rate: int
) -> None:
    phase = 2 * np.pi * np.arange(rate) / divisor + np.radians(degrees)
    samples = faded(np.tile(amplitude * np.sin(phase), (2, 1)), rate)
    error = measure(samples, rate).true_peak_dbtp - expected
    assert -0.4 <= error <= 0.2


def test_without_looking_between_samples_all_else_is_the_same() -> None:
    samples = np.random.default_rng(0).uniform(-0.5, 0.5, (2, 4 * 44_100))
    quick = LoudnessMeter(44_100, 2, true_peak=False)
    quick.add(samples)
    whole = measure(samples, 44_100)
    assert quick.result() == replace(whole, true_peak_dbtp=whole.sample_peak_dbfs)
    assert whole.true_peak_dbtp > whole.sample_peak_dbfs


@pytest.mark.parametrize("offset", [0, 1, 2, 3])
def test_ebu_tech_3341_true_peak_of_one_louder_cycle(offset: int) -> None:
    """Cases 20-23: synthesised at four times the rate, filtered, decimated from four offsets."""
    rate = 48_000
    burst = 0.5 * np.sin(2 * np.pi * np.arange(4 * rate) / 24)
    middle = 2 * rate
    burst[middle : middle + 16] = np.sin(2 * np.pi * np.arange(16) / 16)
    lowpass = signal.firwin(801, 0.95 * rate / 2, fs=4 * rate, window=("kaiser", 8.0))
    filtered = signal.convolve(burst, lowpass, mode="same")
    error = measure(faded(filtered[None, offset::4], rate), rate).true_peak_dbtp - 0.0
    assert -0.4 <= error <= 0.2


@pytest.mark.parametrize(
    ("rate", "factor"),
    [(8_000, 4), (48_000, 4), (88_200, 2), (96_000, 2), (176_400, 2), (192_000, 1)],
)
def test_oversampling_reaches_about_192_khz(rate: int, factor: int) -> None:
    assert oversampling(rate) == factor


def test_interpolation_keeps_the_given_samples() -> None:
    taps = interpolator(4)
    expected = np.zeros(25)
    expected[12] = 1.0
    np.testing.assert_allclose(taps[::4], expected, atol=1e-16)


def test_without_oversampling_true_peak_is_the_sample_peak() -> None:
    result = measure(tone(-6.0, 0.2, 192_000, 48_000.0), 192_000)
    assert result.true_peak_dbtp == result.sample_peak_dbfs


def test_a_peak_in_the_very_last_sample_counts_in_full() -> None:
    samples = np.zeros((1, 5000))
    samples[0, -2:] = 0.5, 0.5  # the band-limited curve peaks between them, at 0.64
    result = measure(samples, 48_000)
    assert result.sample_peak_dbfs == pytest.approx(-6.02, abs=0.01)
    assert result.true_peak_dbtp == pytest.approx(-3.9, abs=0.2)


def test_asking_in_between_leaves_no_trace_in_the_interpolation() -> None:
    samples = np.zeros((1, 9600))
    samples[0, 4799:4801] = 0.5, 0.5  # the peak lies between two gathered chunks
    meter = LoudnessMeter(48_000, 1)
    meter.add(samples[:, :4800])
    meter.result()
    meter.add(samples[:, 4800:])
    assert meter.result() == measure(samples, 48_000)
    assert meter.result().true_peak_dbtp > -4.2


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("count", [0, 1, 4801, 48_000])
def test_silence_is_minus_infinity(channels: int, count: int) -> None:
    result = measure(np.zeros((channels, count)), 48_000)
    assert result == Loudness(-math.inf, -math.inf, -math.inf)


def test_integrated_needs_one_whole_gating_block() -> None:
    assert measure(tone(-20, 0.399), 48_000).integrated_lufs == -math.inf
    assert measure(tone(-20, 0.399), 48_000).sample_peak_dbfs == pytest.approx(-20.0, abs=0.01)
    assert measure(tone(-20, 0.4), 48_000).integrated_lufs == pytest.approx(-20.0, abs=0.2)


def test_below_the_absolute_gate_there_is_no_loudness() -> None:
    assert measure(tone(-70.5, 2), 48_000).integrated_lufs == -math.inf
    assert measure(tone(-69.5, 2), 48_000).integrated_lufs == pytest.approx(-69.5, abs=0.1)


def test_float_samples_far_above_full_scale_are_measured() -> None:
    assert measure(tone(60.0, 2), 48_000).integrated_lufs == pytest.approx(60.0, abs=0.1)


@settings(deadline=None, max_examples=25)
@given(
    st.sampled_from([8_000, 11_025, 44_100, 96_000, 192_000]),
    st.lists(st.integers(0, 40_000), min_size=1, max_size=12),
)
def test_the_result_does_not_depend_on_blocks(rate: int, sizes: list[int]) -> None:
    samples = np.random.default_rng(sum(sizes)).uniform(-1, 1, (2, sum(sizes)))
    meter = LoudnessMeter(rate, 2)
    for block in np.split(samples, np.cumsum(sizes)[:-1], axis=1):
        meter.add(block)
        meter.result()  # asking in between changes nothing
    assert meter.result() == measure(samples, rate, max(1, samples.shape[1]))


def test_a_sample_that_is_not_finite_counts_as_silence() -> None:
    samples = tone(-20, 1)
    broken, silent = samples.copy(), samples.copy()
    broken[:, [100, 9000, 47_999]] = math.nan, math.inf, -math.inf
    silent[:, [100, 9000, 47_999]] = 0.0
    assert measure(broken, 48_000) == measure(silent, 48_000)


def test_a_long_silence_leaves_no_denormals_in_the_filter() -> None:
    meter = LoudnessMeter(48_000, 1)
    meter.add(tone(0.0, 0.5, channels=1))
    meter.add(np.zeros((1, 48_000 * 10)))
    assert not meter._weighted._state.any()


@pytest.mark.parametrize("rate", [7_999, 192_001])
def test_rates_out_of_range_are_refused(rate: int) -> None:
    with pytest.raises(SettingError, match=f"{rate} Hz: convert to a rate between 8000 and"):
        LoudnessMeter(rate, 2)


@pytest.mark.parametrize("channels", [0, 3])
def test_channels_out_of_range_are_refused(channels: int) -> None:
    with pytest.raises(SettingError, match=f"{channels} channels"):
        LoudnessMeter(48_000, channels)


def test_a_block_of_other_channels_is_refused() -> None:
    with pytest.raises(SettingError, match=r"\(1, 10\) does not fit a meter of 2 channels"):
        LoudnessMeter(48_000, 2).add(np.zeros((1, 10)))
