import numpy as np
import pytest

from remixer.dsp.signal import ArrayReader
from remixer.separation.resampled import Resampled, read_zeros

RATES = [(44_100, 48_000), (96_000, 44_100), (192_000, 44_100), (8_000, 44_100), (44_101, 48_000)]


def tone(rate: int, hertz: float, seconds: float = 0.5) -> np.ndarray:
    time = np.arange(round(rate * seconds)) / rate
    return np.stack([np.sin(2 * np.pi * hertz * time), np.cos(2 * np.pi * hertz * time)])


@pytest.mark.parametrize(("source", "target"), RATES)
def test_tones_come_out_at_the_other_rate(source: int, target: int) -> None:
    hertz = 0.4 * min(source, target)
    found = Resampled(ArrayReader(tone(source, hertz), source), target)
    assert found.length == -(-round(source / 2) * target // source)
    edge = 40 * target // min(source, target)  # the filter sees beyond the signal's ends there
    inside = slice(edge, found.length - edge)
    expected = tone(target, hertz, 0.51)[:, : found.length]
    assert np.abs(found.read(0, found.length) - expected)[:, inside].max() < 1e-4


@pytest.mark.parametrize(("source", "target"), [(96_000, 44_100), (44_100, 32_000)])
def test_what_the_lower_rate_cannot_hold_does_not_come_back(source: int, target: int) -> None:
    found = Resampled(ArrayReader(tone(source, 0.55 * target), source), target)
    assert np.abs(found.read(200, found.length - 400)).max() < 10 ** (-80 / 20)


@pytest.mark.parametrize(("source", "target"), RATES)
def test_samples_do_not_depend_on_the_cut(source: int, target: int) -> None:
    noise = np.random.default_rng(3).uniform(-1, 1, (2, 3_001))
    found = Resampled(ArrayReader(noise, source), target)
    whole = found.read(-50, found.length + 100)
    rng = np.random.default_rng(4)
    for _ in range(5):
        start = int(rng.integers(0, found.length))
        count = int(rng.integers(1, found.length - start + 1))
        part = found.read(start, count)
        np.testing.assert_allclose(part, whole[:, start + 50 : start + 50 + count], atol=1e-14)


def test_there_and_back_is_the_signal_below_the_lower_nyquist() -> None:
    source = ArrayReader(tone(44_100, 3_000.0), 44_100)
    back = Resampled(Resampled(source, 32_000), 44_100)
    assert back.length >= source.length
    inside = slice(500, -500)
    difference = back.read(0, source.length) - source.samples
    assert np.abs(difference[:, inside]).max() < 1e-4


def test_reads_beyond_the_ends_are_zeros() -> None:
    source = ArrayReader(np.ones((1, 3)), 8_000)
    assert read_zeros(source, -2, 7).tolist() == [[0, 0, 1, 1, 1, 0, 0]]
    assert read_zeros(source, 5, 2).tolist() == [[0, 0]]
