import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remixer.audio.resample import Resampler, resample, resampled_length

RATES = [8_000, 11_025, 44_100, 48_000, 96_000, 192_000]


@given(
    length=st.integers(0, 3_000),
    source=st.sampled_from(RATES),
    target=st.sampled_from(RATES),
    channels=st.integers(1, 2),
    size=st.sampled_from([1, 17, 1_000]),
    dtype=st.sampled_from([np.float32, np.float64]),
)
@settings(max_examples=60, deadline=None)
def test_blocks_make_the_whole_and_the_length_rule_holds(
    length: int, source: int, target: int, channels: int, size: int, dtype: type
) -> None:
    samples = np.random.default_rng(length).uniform(-1, 1, (channels, length)).astype(dtype)
    whole = resample(samples, source, target)
    assert whole.dtype == dtype
    assert whole.shape == (channels, resampled_length(length, source, target))
    stream = Resampler(source, target, channels, dtype)
    blocks = [stream.process(samples[:, at : at + size]) for at in range(0, length, size)]
    np.testing.assert_array_equal(np.concatenate([*blocks, stream.flush()], axis=1), whole)


def test_the_length_rule() -> None:
    assert resampled_length(44_100, 44_100, 48_000) == 48_000
    assert resampled_length(1, 48_000, 44_100) == 1
    assert resampled_length(1, 192_000, 44_100) == 0
    assert resampled_length(1, 96_000, 48_000) == 1
    assert resampled_length(0, 44_100, 48_000) == 0


def test_equal_rates_change_nothing() -> None:
    samples = np.random.default_rng(0).uniform(-1, 1, (2, 999))
    np.testing.assert_array_equal(resample(samples, 44_100, 44_100), samples)


@pytest.mark.parametrize("target", [48_000, 22_050, 96_000])
def test_a_tone_stays_in_place(target: int) -> None:
    seconds = np.arange(44_100) / 44_100
    out = resample(np.sin(2 * np.pi * 1_000 * seconds)[None], 44_100, target)
    expected = np.sin(2 * np.pi * 1_000 * np.arange(out.shape[1]) / target)
    middle = slice(target // 10, -target // 10)
    assert np.abs(out[0] - expected)[middle].max() < 1e-6


def test_what_cannot_be_held_is_removed() -> None:
    seconds = np.arange(96_000) / 96_000
    out = resample(np.sin(2 * np.pi * 30_000 * seconds)[None], 96_000, 44_100)
    assert np.abs(out[0, 4_000:-4_000]).max() < 1e-6
