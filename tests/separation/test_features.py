import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remixer.dsp.signal import ArrayReader
from remixer.dsp.stft import Stft
from remixer.separation.catalogue import Card
from remixer.separation.features import (
    LIMIT,
    coincides,
    model_lattice,
    model_magnitudes,
    native_lattice,
    native_stft,
    quarter_window,
    read_padded,
)

RATES = [8_000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000, 88_200, 96_000, 176_400, 192_000]
Noise = Callable[..., ArrayReader]


def tone(rate: int, hertz: float, seconds: float = 0.6) -> ArrayReader:
    t = np.arange(round(seconds * rate)) / rate
    return ArrayReader(0.5 * np.sin(2 * np.pi * hertz * t)[None], rate)


@pytest.mark.parametrize("hertz", [440.0, 1_000.0, 5_000.0, 10_000.0])
def test_a_tone_looks_the_same_at_every_rate(card: Card, hertz: float) -> None:
    """In the model's bin, with its own amplitude.

    What is compared is the main lobe's energy, which is 3/2 of the amplitude's square under a Hann
    window wherever between two bins the tone lies. The window is whole samples, so at 32 kHz a 5
    kHz tone lies 1/40 of a bin lower than at 44.1 kHz, and its peak bin alone is 1.3 % higher.
    """
    for rate in (rate for rate in RATES if hertz < 0.49 * rate):
        seen = model_magnitudes(tone(rate, hertz), card, 20, 8)
        peak = round(hertz / (22_050 / 2048))
        assert np.all(seen.argmax(axis=0) == peak)
        lobe = np.sqrt((seen[peak - 2 : peak + 3].astype(float) ** 2).sum(axis=0) / 1.5)
        assert lobe == pytest.approx(0.5, rel=1e-3)
        reference = model_magnitudes(tone(22_050, hertz), card, 20, 8)
        assert seen[peak] == pytest.approx(reference[peak], rel=0.02)


@pytest.mark.parametrize("rate", RATES)
def test_frames_are_where_their_seconds_are(card: Card, rate: int) -> None:
    """A click is loudest in the frame that is centred on it."""
    frame = 30
    samples = np.zeros((1, rate))
    samples[0, round(frame * 256 / 22_050 * rate)] = 1.0
    energy = model_magnitudes(ArrayReader(samples, rate), card, 20, 21).sum(axis=0)
    assert energy.argmax() == frame - 20
    # A neighbour sees the window 256 / 2048 from its top.
    expected = 0.5 + 0.5 * math.cos(2 * math.pi / 8)
    bound = 0.02 if rate > 8_000 else 0.06  # half a sample of an odd window
    assert energy[[9, 11]] / energy[10] == pytest.approx([expected, expected], rel=bound)


@pytest.mark.parametrize("rate", RATES)
def test_bins_above_nyquist_are_silent(card: Card, rate: int, noise: Noise) -> None:
    seen = model_magnitudes(noise(rate, rate // 4), card, 5, 3)
    assert seen.shape == (1025, 3)
    assert seen.dtype == np.float32
    top = math.floor(rate / 2 / (22_050 / 2048)) + 1
    assert not seen[top + 1 :].any()
    assert seen[: top - 1].all()


def test_channels_are_averaged(card: Card, noise: Noise) -> None:
    stereo = noise(44_100, 8_000)
    mean = ArrayReader(stereo.samples.mean(axis=0, keepdims=True), 44_100)
    seen = model_magnitudes(stereo, card, 3, 5)
    assert np.array_equal(seen, model_magnitudes(mean, card, 3, 5))
    opposite = ArrayReader(np.stack([mean.samples[0], -mean.samples[0]]), 44_100)
    assert not model_magnitudes(opposite, card, 3, 5).any()


@pytest.mark.parametrize("rate", [22_050, 44_100, 48_000])
def test_frames_do_not_depend_on_the_others_asked_for(card: Card, rate: int, noise: Noise) -> None:
    source = noise(rate, 9_000)
    whole = model_magnitudes(source, card, -12, 40)
    parts = [model_magnitudes(source, card, first, 8) for first in range(-12, 28, 8)]
    assert np.abs(np.concatenate(parts, axis=1) - whole).max() < 1e-6
    assert not whole[:, 0].any()  # its window ends before the signal starts


@pytest.mark.parametrize("rate", [11_025, 22_050, 44_100, 88_200, 176_400])
def test_the_native_stft_lies_on_the_model_s_lattice(card: Card, rate: int, noise: Noise) -> None:
    """At these rates, so masks need no interpolation and magnitudes are computed once."""
    stft = native_stft(card, rate)
    assert coincides(card, stft, rate)
    lattice, model = native_lattice(stft, rate, -3, 7), model_lattice(card, -3, 7)
    assert (lattice.bin_hz, lattice.frame_s, lattice.first_s) == pytest.approx(
        (model.bin_hz, model.frame_s, model.first_s), rel=1e-14
    )
    source = noise(rate, 7_000, 1)
    spectra = stft.forward(source.samples[0].astype(np.float32))
    count = spectra.shape[1]
    aligned = quarter_window(np.abs(spectra), stft.window, 1025)
    generic = model_magnitudes(source, card, -stft.lead, count)
    shared = min(1025, stft.bins)
    assert np.abs(aligned - generic)[:shared].max() < 1e-6


@pytest.mark.parametrize("rate", [8_000, 16_000, 32_000, 48_000, 96_000, 192_000])
def test_at_other_rates_it_is_near(card: Card, rate: int) -> None:
    stft = native_stft(card, rate)
    assert not coincides(card, stft, rate)
    seconds = stft.window / rate / (2048 / 22_050)
    assert 2**-0.5 <= seconds <= 2**0.5
    assert stft.window / stft.hop == 8


@given(st.integers(10, 1 << 20), st.sampled_from([(2048, 256), (4096, 1024), (256, 4)]))
def test_every_rate_has_an_stft(rate: int, sizes: tuple[int, int]) -> None:
    blank = Card("c", "", "", {}, (), 22_050, *sizes, "", "", "")
    stft = native_stft(blank, rate)
    assert stft.window // stft.hop == sizes[0] // sizes[1]
    assert stft.window & (stft.window - 1) == 0


def test_a_model_at_44_khz_is_served_too(card: Card) -> None:
    wide = replace(card, rate=44_100, window=4096, hop=1024)
    assert native_stft(wide, 44_100) == Stft(4096, 1024)
    assert native_stft(wide, 22_050) == Stft(2048, 512)
    assert coincides(wide, Stft(2048, 512), 22_050)


def test_lattices_start_where_they_are_told(card: Card) -> None:
    model = model_lattice(card, 10, 5)
    assert (model.bins, model.frames) == (1025, 5)
    assert model.band_hz == 11_025
    assert model.first_s == pytest.approx(2560 / 22_050)
    native = native_lattice(Stft(4096, 512), 48_000, -2, 9)
    assert (native.bins, native.frames) == (2049, 9)
    assert native.first_s == pytest.approx(-1024 / 48_000)
    assert native.band_hz == 24_000


@given(st.integers(-30, 40), st.integers(0, 60))
def test_outside_the_source_there_is_silence(start: int, count: int) -> None:
    source = ArrayReader(np.arange(1.0, 21.0).reshape(2, 10), 8_000)
    padded = np.pad(source.samples, ((0, 0), (30, 90)))
    assert np.array_equal(read_padded(source, start, count), padded[:, 30 + start :][:, :count])


def test_the_source_is_not_asked_for_what_it_lacks() -> None:
    class Strict(ArrayReader):
        def read(self, start: int, count: int) -> np.ndarray:
            assert 0 <= start < start + count <= self.length
            return super().read(start, count)

    source = Strict(np.ones((1, 10)), 8_000)
    for start in range(-12, 13):
        assert read_padded(source, start, 5).sum() == max(0, min(start + 5, 10) - max(start, 0))


def test_what_is_not_finite_is_not_seen() -> None:
    samples = np.array([[1.0, np.nan, np.inf, -np.inf, 1e300, -1e300]])
    expected = [1.0, 0.0, 0.0, 0.0, LIMIT, -LIMIT]
    assert read_padded(ArrayReader(samples, 8_000), 0, 6).tolist() == [expected]
