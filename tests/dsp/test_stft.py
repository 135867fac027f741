import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remixer.dsp.stft import Stft, hann
from remixer.errors import SettingError

PAIRS = [(4, 1), (8, 2), (12, 2), (24, 4), (60, 5), (64, 16), (96, 8), (100, 25), (256, 8)]
BOUND = {np.float32: 1e-6, np.float64: 1e-14}
LENGTHS = st.integers(1, 1500)
SEEDS = st.integers(0, 1 << 20)


def noise(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-1, 1, shape)


def error(stft: Stft, samples: np.ndarray) -> float:
    again = stft.inverse(stft.forward(samples), samples.shape[-1])
    assert again.shape == samples.shape
    assert again.dtype == samples.dtype
    return float(np.abs(again - samples).max() / np.abs(samples).max())


@given(st.sampled_from(PAIRS), LENGTHS, SEEDS, st.sampled_from(sorted(BOUND, key=str)))
def test_what_goes_in_comes_out(
    pair: tuple[int, int], length: int, seed: int, dtype: type[np.floating]
) -> None:
    assert error(Stft(*pair), noise(seed, 2, length).astype(dtype)) < BOUND[dtype]


@pytest.mark.parametrize("dtype", BOUND)
@pytest.mark.parametrize("length", [1, 511, 512, 513, 12_345, 100_001])
@pytest.mark.parametrize("pair", [(2048, 256), (4096, 512), (8192, 1024)])
def test_the_models_windows_reconstruct(
    pair: tuple[int, int], length: int, dtype: type[np.floating]
) -> None:
    assert error(Stft(*pair), noise(length, length).astype(dtype)) < BOUND[dtype]


@given(st.sampled_from(PAIRS), st.integers(0, 1500))
def test_shapes_are_as_promised(pair: tuple[int, int], length: int) -> None:
    stft = Stft(*pair)
    spectra = stft.forward(np.zeros((3, 2, length)))
    assert spectra.shape == (3, 2, stft.bins, stft.frames(length))
    assert stft.inverse(spectra, length).shape == (3, 2, length)


@pytest.mark.parametrize(("real", "complex_"), [("f4", "c8"), ("f8", "c16")])
def test_precision_is_kept(real: str, complex_: str) -> None:
    assert Stft(64, 16).forward(np.ones(100, real)).dtype == complex_


@given(st.sampled_from(PAIRS), st.integers(0, 60))
def test_frames_are_centred_on_multiples_of_the_hop(pair: tuple[int, int], k: int) -> None:
    stft = Stft(*pair)
    samples = np.zeros(60 * stft.hop + 1)
    samples[k * stft.hop] = 1.0
    energy = np.abs(stft.forward(samples)).sum(axis=0)
    assert energy.argmax() == k + stft.lead
    # The window's very top lies on the impulse: every bin of that frame is 1.
    assert np.abs(stft.forward(samples)[:, k + stft.lead]) == pytest.approx(1.0, abs=1e-12)


@given(st.sampled_from(PAIRS), st.integers(1, 300))
def test_every_sample_is_in_as_many_frames(pair: tuple[int, int], length: int) -> None:
    stft = Stft(*pair)
    for sample in {0, length // 2, length - 1}:
        impulse = np.zeros(length)
        impulse[sample] = 1.0
        hit = np.abs(stft.forward(impulse)).max(axis=0) > 0
        # A sample on the hop meets one window at its zero.
        assert hit.sum() == stft.window // stft.hop - (sample % stft.hop == 0)


def test_a_tone_is_half_the_windows_sum() -> None:
    stft = Stft(64, 16)
    tone = np.cos(2 * np.pi * 8 / 64 * np.arange(640))
    assert np.abs(stft.forward(tone)[8, 20]) == pytest.approx(hann(64).sum() / 2)


def test_without_samples_there_is_silence() -> None:
    stft = Stft(64, 16)
    assert not stft.forward(np.zeros(100)).any()
    assert not stft.inverse(np.zeros((33, stft.frames(100)), complex), 100).any()


@pytest.mark.parametrize(
    ("window", "hop"), [(0, 0), (64, 0), (64, -16), (0, 16), (16, 16), (32, 16), (48, 16), (80, 16),
                        (65, 16), (-64, 16)]
)  # fmt: skip
def test_what_would_not_reconstruct_is_refused(window: int, hop: int) -> None:
    with pytest.raises(SettingError, match=f"window {window} with hop {hop}"):
        Stft(window, hop)


def test_the_window_cannot_be_altered() -> None:
    with pytest.raises(ValueError, match="read-only"):
        hann(64)[0] = 1.0
