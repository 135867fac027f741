"""The minimum requirements of EBU Tech 3341 (short-term, momentary) and Tech 3342 (range).

Their signals are sines of 1 kHz on two channels, synthesised here. Left out are those that are
programmes (3341: 7 and 8; 3342: 5 and 6) and the one of six channels (3341: 6).
"""

import math

import numpy as np
import pytest

from remixer.dsp.gain import db_to_gain
from remixer.dsp.gating import Histogram, lufs
from remixer.dsp.loudness import Loudness, LoudnessMeter
from remixer.dsp.signal import Samples

RATE = 48_000
SILENT = -math.inf


def steps(*levels: tuple[float, float], rate: int = RATE) -> Samples:
    """A sine of 1 kHz that goes on through steps of (dBFS, seconds)."""
    counts = [round(seconds * rate) for _dbfs, seconds in levels]
    gains = np.repeat([db_to_gain(dbfs) for dbfs, _seconds in levels], counts)
    sine = gains * np.sin(2 * np.pi * 1000.0 / rate * np.arange(gains.size))
    return np.stack([sine, sine])


def measure(samples: Samples, rate: int = RATE) -> Loudness:
    meter = LoudnessMeter(rate, samples.shape[0])
    meter.add(samples)
    return meter.result()


def live(samples: Samples, reading: str, rate: int = RATE) -> list[float]:
    """What a display shows that is renewed every 100 ms."""
    meter, shown = LoudnessMeter(rate, 2), []
    for start in range(0, samples.shape[1], rate // 10):
        meter.add(samples[:, start : start + rate // 10])
        shown.append(getattr(meter, reading))
    return shown


def test_tech_3341_case_9_short_term_is_constant_after_3_s() -> None:
    samples = steps(*[(-20.0, 1.34), (-30.0, 1.66)] * 5)
    shown = live(samples, "short_term_lufs")
    np.testing.assert_allclose(shown[29:], -23.0, atol=0.1)


@pytest.mark.parametrize("case", range(20))
def test_tech_3341_case_10_highest_short_term_of_a_file(case: int) -> None:
    result = measure(steps((SILENT, case * 0.15), (-23.0, 3.0), (SILENT, 1.0)))
    assert result.short_term_max_lufs == pytest.approx(-23.0, abs=0.1)


def test_tech_3341_case_11_highest_short_term_of_a_live_meter() -> None:
    meter = LoudnessMeter(RATE, 2)
    for case in range(20):
        level = -38.0 + case
        meter.add(steps((SILENT, case * 0.15), (level, 3.0), (SILENT, 3.0 - case * 0.15)))
        assert meter.result().short_term_max_lufs == pytest.approx(level, abs=0.1)


def test_tech_3341_case_12_momentary_is_constant_after_1_s() -> None:
    shown = live(steps(*[(-20.0, 0.18), (-30.0, 0.22)] * 25), "momentary_lufs")
    np.testing.assert_allclose(shown[9:], -23.0, atol=0.1)


@pytest.mark.parametrize("case", range(20))
def test_tech_3341_case_13_highest_momentary_of_a_file(case: int) -> None:
    result = measure(steps((SILENT, case * 0.02), (-23.0, 0.4), (SILENT, 1.0)))
    assert result.momentary_max_lufs == pytest.approx(-23.0, abs=0.1)


def test_tech_3341_case_14_highest_momentary_of_a_live_meter() -> None:
    meter = LoudnessMeter(RATE, 2)
    for case in range(20):
        level = -38.0 + case
        meter.add(steps((SILENT, case * 0.02), (level, 0.4), (SILENT, 0.4 - case * 0.02)))
        assert meter.result().momentary_max_lufs == pytest.approx(level, abs=0.1)


@pytest.mark.parametrize("rate", [44_100, 48_000])
@pytest.mark.parametrize(
    ("case", "levels", "expected"),
    [
        (1, (-20.0, -30.0), 10.0),
        (2, (-20.0, -15.0), 5.0),
        (3, (-40.0, -20.0), 20.0),
        (4, (-50.0, -35.0, -20.0, -35.0, -50.0), 15.0),
    ],
)
def test_tech_3342_range(case: int, levels: tuple[float, ...], expected: float, rate: int) -> None:
    result = measure(steps(*[(level, 20.0) for level in levels], rate=rate), rate)
    assert result.range_lu == pytest.approx(expected, abs=1.0)


@pytest.mark.parametrize("rate", [8_000, 11_025, 44_100, 192_000])
def test_at_other_rates_a_steady_tone_reads_the_same_everywhere(rate: int) -> None:
    result = measure(steps((-20.0, 4.0), rate=rate), rate)
    assert result.range_lu == pytest.approx(0.0, abs=0.1)
    for level in (result.momentary_max_lufs, result.short_term_max_lufs):
        assert level == pytest.approx(result.integrated_lufs, abs=0.15)


def test_windows_that_are_not_full_have_no_highest() -> None:
    result = measure(steps((-20.0, 0.3)))
    assert result.momentary_max_lufs == -math.inf
    result = measure(steps((-20.0, 2.9)))
    assert result.momentary_max_lufs == pytest.approx(-20.0, abs=0.1)
    assert result.short_term_max_lufs == -math.inf
    assert result.range_lu is None


def test_what_is_missing_of_a_live_window_is_silence() -> None:
    shown = live(steps((-20.0, 1.0)), "short_term_lufs")
    assert shown[-1] == pytest.approx(-20.0 + 10 * math.log10(1 / 3), abs=0.1)


def test_silence_has_no_range() -> None:
    result = measure(np.zeros((2, 5 * RATE)))
    assert result == Loudness(-math.inf, -math.inf, -math.inf)
    assert result.range_lu is None


def test_the_range_is_that_of_all_values_sorted() -> None:
    """Tech 3342's own algorithm, without a histogram."""
    random = np.random.default_rng(3)
    levels = np.concatenate([random.normal(-24.0, 6.0, 3000), random.uniform(-90.0, -60.0, 500)])
    histogram = Histogram()
    energies = 10 ** ((levels + 0.691) / 10)
    for energy in energies:
        histogram.add(float(energy))
    loud = energies[levels > -70.0]
    kept = np.sort([lufs(e) for e in loud if lufs(e) > lufs(loud.mean()) - 20.0])
    expected = kept[round((kept.size - 1) * 0.95)] - kept[round((kept.size - 1) * 0.10)]
    assert histogram.range_lu() == pytest.approx(expected, abs=0.02)


def test_after_a_cut_nothing_reaches_back() -> None:
    meter = LoudnessMeter(RATE, 2)
    meter.add(steps((-10.0, 2.95)))
    meter.cut()
    meter.add(steps((-30.0, 3.0)))
    result = meter.result()
    assert result.short_term_max_lufs == pytest.approx(-30.0, abs=0.1)
    assert result.momentary_max_lufs == pytest.approx(-10.0, abs=0.1)
    assert result.sample_peak_dbfs == pytest.approx(-10.0, abs=0.01)


def test_a_cut_keeps_the_peaks_before_it() -> None:
    loud_end = np.zeros((1, RATE + 100))
    loud_end[0, -2:] = 0.5
    meter = LoudnessMeter(RATE, 1)
    meter.add(loud_end)
    meter.cut()
    meter.add(np.zeros((1, RATE)))
    assert meter.result().true_peak_dbtp == pytest.approx(-3.9, abs=0.2)
    assert meter.result().sample_peak_dbfs == pytest.approx(-6.02, abs=0.01)
