from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from remixer.dsp.masks import Masks
from remixer.dsp.signal import STORED, ArrayReader
from remixer.dsp.stft import Stft
from remixer.separation import separator as separator_module
from remixer.separation import weights
from remixer.separation.catalogue import Card
from remixer.separation.features import native_stft
from remixer.separation.model import MaskModel, optimise
from remixer.separation.networks.cnn1 import Cnn1
from remixer.separation.separator import MaskSeparator

RATES = [8_000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000, 88_200, 96_000, 176_400, 192_000]
Noise = Callable[..., ArrayReader]


class Fixed(nn.Module):
    """Masks that do not depend on the frame. values: (4, bins) in the card's order of stems."""

    def __init__(self, values: Tensor) -> None:
        super().__init__()
        self.values = values

    def forward(self, magnitudes: Tensor) -> Tensor:
        return self.values.expand(len(magnitudes), -1, -1)


class Gate(nn.Module):
    """Vocals own the frames that are louder than a level, the bass owns the others."""

    def forward(self, magnitudes: Tensor) -> Tensor:
        loud = (magnitudes[:, magnitudes.shape[1] // 2].sum(dim=1) > 1).float()[:, None, None]
        shares = torch.cat([loud, 0 * loud, 1 - loud, 0 * loud], dim=1)
        return shares.expand(-1, 4, 1025)


def by_hertz(card: Card) -> MaskSeparator:
    """Below 1 kHz vocals, from there to 4 kHz bass, above drums."""
    hertz = torch.arange(1025) * card.rate / card.window
    values = torch.zeros(4, 1025)
    values[0] = hertz < 1_000
    values[2] = (hertz >= 1_000) & (hertz < 4_000)
    values[1] = hertz >= 4_000
    return MaskSeparator(MaskModel(card, Fixed(values)))


def tone(rate: int, hertz: float, length: int) -> np.ndarray:
    return 0.5 * np.sin(2 * np.pi * hertz * np.arange(length) / rate)


def all_masks(separator: MaskSeparator, source: ArrayReader) -> tuple[Masks, np.ndarray, Stft]:
    stft = native_stft(separator.model.card, source.rate)
    spectrum = stft.forward(source.samples.astype(np.float32))
    return separator.masks(source, spectrum, stft, -stft.lead), spectrum, stft


def share(estimate: np.ndarray, original: np.ndarray) -> float:
    """The gain at which an estimate holds the original, by least squares."""
    return float((estimate * original).sum() / (original**2).sum())


@pytest.fixture(scope="module")
def separator(model: MaskModel) -> MaskSeparator:
    return MaskSeparator(model)


@pytest.mark.parametrize("rate", RATES)
def test_four_masks_share_all_there_is_at_every_rate(
    separator: MaskSeparator, rate: int, noise: Noise
) -> None:
    source = noise(rate, rate // 3)
    masks, spectrum, stft = all_masks(separator, source)
    assert masks.shape == (4, stft.bins, spectrum.shape[2])
    assert masks.dtype == np.float32
    assert np.abs(masks.sum(axis=0) - 1).max() < 1e-6
    assert masks.min() >= -1e-7
    # So four estimates would add up to the mix, within float32.
    length = source.length
    total = sum(stft.inverse(spectrum * mask, length) for mask in masks)
    assert np.abs(total - source.samples).max() < 2e-6
    # The three that are given are those of the masks.
    estimates = separator.estimate(source, 0, length)
    expected = np.stack([stft.inverse(spectrum * mask, length) for mask in masks[:3]])
    assert np.abs(estimates - expected).max() < 2e-5


@pytest.mark.parametrize("rate", [44_100, 48_000])
@settings(max_examples=8)
@given(st.data())
def test_estimates_do_not_depend_on_the_cut(
    separator: MaskSeparator, rate: int, noise: Noise, data: st.DataObject
) -> None:
    source = noise(rate, 25_000)
    whole = separator.estimate(source, 0, source.length)
    start = data.draw(st.integers(0, source.length - 1))
    count = data.draw(st.integers(1, min(4_000, source.length - start)))
    part = separator.estimate(source, start, count)
    assert part.shape == (3, 2, count)
    assert part.dtype == np.float32
    assert np.abs(part - whole[..., start : start + count]).max() < 2e-6
    assert np.abs(whole).max() > 0.1


@pytest.mark.parametrize("rate", [44_100, 48_000])
def test_int8_estimates_do_not_depend_on_the_cut(
    card: Card, quantised: tuple[dict[str, Any], Cnn1, dict[str, Tensor]], rate: int, noise: Noise
) -> None:
    """A rounding of float32 may tip an 8-bit input to the next step: 1 / 254 of its range."""
    network = Cnn1(quantised[1].config)
    network.load_state_dict(weights.dequantise(quantised[2]))
    separator = MaskSeparator(MaskModel(card, optimise(network.eval(), quantised[2])))
    source = noise(rate, 20_000)
    whole = separator.estimate(source, 0, source.length)
    for start in (0, 3, 5_000, 12_345):
        part = separator.estimate(source, start, 3_001)
        assert np.abs(part - whole[..., start : start + 3_001]).max() < 2e-3


def test_masks_of_the_aligned_path_are_those_of_the_general_one(
    separator: MaskSeparator, noise: Noise, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = noise(44_100, 15_000)
    aligned, _, _ = all_masks(separator, source)
    monkeypatch.setattr(separator_module, "coincides", lambda *_: False)
    general, _, _ = all_masks(separator, source)
    assert np.abs(aligned - general).max() < 1e-4
    assert aligned[:, :1025].std(axis=(1, 2)).min() > 0.01


@pytest.mark.parametrize("rate", RATES)
def test_tones_go_where_their_hertz_belong(card: Card, rate: int) -> None:
    length = rate // 4
    tones = {0: tone(rate, 500, length), 1: tone(rate, 2_000, length)}
    tones[2] = tone(rate, 7_000, length) if rate >= 16_000 else np.zeros(length)
    source = ArrayReader(np.stack([sum(tones.values()), tones[0]]) / 2, rate)
    estimates = by_hertz(card).estimate(source, 0, length) * 2
    inner = slice(length // 4, -length // 4)
    for stem, expected in tones.items():
        assert np.abs(estimates[stem, 0] - expected)[inner].max() < 5e-3
    assert np.abs(estimates[0, 1] - tones[0])[inner].max() < 5e-3
    assert np.abs(estimates[1:, 1, inner]).max() < 5e-3


@pytest.mark.parametrize("rate", RATES)
def test_frames_go_where_their_seconds_belong(card: Card, rate: int) -> None:
    rng = np.random.default_rng(rate)
    seconds = np.arange(rate) / rate
    loud = np.abs(seconds - 0.5) < 0.2
    source = ArrayReader(rng.uniform(-1, 1, (1, rate)) * np.where(loud, 0.9, 1e-3), rate)
    vocals, bass, _ = MaskSeparator(MaskModel(card, Gate())).estimate(source, 0, rate)[:, 0]
    mix = source.samples[0]
    middle, ends = np.abs(seconds - 0.5) < 0.12, np.abs(seconds - 0.5) > 0.35
    assert np.abs(vocals - mix)[middle].max() < 1e-6
    assert np.abs(bass - mix)[ends].max() < 1e-6
    assert np.abs(vocals[ends]).max() < 1e-6
    assert np.abs(bass[middle]).max() < 1e-6


@pytest.mark.parametrize(
    ("rate", "hertz"), [(44_100, 15_000), (48_000, 20_000), (96_000, 30_000), (192_000, 80_000)]
)
def test_the_air_is_shared_and_goes_where_the_treble_goes(
    card: Card, model: MaskModel, rate: int, hertz: float
) -> None:
    length = rate // 4
    air = tone(rate, hertz, length)
    source = ArrayReader((air + tone(rate, 7_000, length))[None] / 2, rate)
    inner = slice(length // 4, -length // 4)
    drums = by_hertz(card).estimate(source, 0, length)[STORED.index("drums"), 0]
    assert np.abs(drums - source.samples[0])[inner].max() < 1e-3
    masks, _, stft = all_masks(MaskSeparator(model), source)
    bin_ = round(hertz * stft.window / rate)
    assert np.abs(masks[:, bin_].sum(axis=0) - 1).max() < 1e-6
    assert masks[:, bin_].min() > 1e-3


def test_air_over_silence_is_shared_too(model: MaskModel) -> None:
    source = ArrayReader(tone(96_000, 30_000, 30_000)[None], 96_000)
    estimates = MaskSeparator(model).estimate(source, 0, 30_000)[:, 0]
    shares = [share(estimate, source.samples[0]) for estimate in estimates]
    assert min(shares) > 1e-3
    assert sum(shares) < 1 - 1e-3


@pytest.mark.parametrize("rate", [22_050, 44_100, 48_000])
def test_equal_masks_are_a_quarter_of_the_mix(card: Card, rate: int, noise: Noise) -> None:
    """No delay, no gain: alignment at the edges included."""
    quarter = MaskSeparator(MaskModel(card, Fixed(torch.ones(4, 1025))))
    source = noise(rate, 10_001)
    for start, count in [(0, 10_001), (9_999, 2), (4_321, 1_000)]:
        expected = source.read(start, count) / 4
        estimates = quarter.estimate(source, start, count)
        assert np.abs(estimates - expected).max() < 1e-6


@pytest.mark.parametrize("rate", [8_000, 11_025, 44_100, 48_000, 192_000])
@pytest.mark.parametrize("length", [1, 2, 511, 5_003])
@pytest.mark.parametrize("channels", [1, 2])
def test_short_signals_are_shared_whole(
    separator: MaskSeparator, rate: int, length: int, channels: int
) -> None:
    """Full scale, of both signs."""
    rng = np.random.default_rng(length)
    source = ArrayReader(np.where(rng.random((channels, length)) < 0.5, -1.0, 1.0), rate)
    estimates = separator.estimate(source, 0, length)
    assert estimates.shape == (3, channels, length)
    assert np.isfinite(estimates).all()
    masks, spectrum, stft = all_masks(separator, source)
    other = stft.inverse(spectrum * masks[3], length)
    assert np.abs(estimates.sum(axis=0) + other - source.samples).max() < 2e-5


@pytest.mark.parametrize("rate", [44_100, 48_000])
def test_silence_stays_silent(separator: MaskSeparator, rate: int) -> None:
    assert not separator.estimate(ArrayReader(np.zeros((2, 6_000)), rate), 100, 5_000).any()


def test_mono_is_separated_like_two_equal_channels(separator: MaskSeparator, noise: Noise) -> None:
    mono = noise(44_100, 9_000, 1)
    twice = ArrayReader(np.repeat(mono.samples, 2, axis=0), 44_100)
    expected = separator.estimate(mono, 0, 9_000)
    estimates = separator.estimate(twice, 0, 9_000)
    assert np.abs(estimates - expected).max() < 1e-6
    assert np.array_equal(estimates[:, 0], estimates[:, 1])


def test_a_channel_that_is_silent_stays_so(separator: MaskSeparator, noise: Noise) -> None:
    source = noise(44_100, 9_000)
    source.samples[1] = 0
    estimates = separator.estimate(source, 0, 9_000)
    assert not estimates[:, 1].any()
    assert np.abs(estimates[:, 0]).max() > 0.1


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e300])
@pytest.mark.parametrize("rate", [44_100, 48_000])
def test_one_impossible_sample_does_not_spoil_the_rest(
    separator: MaskSeparator, rate: int, bad: float, noise: Noise
) -> None:
    source = noise(rate, 12_000)
    source.samples[0, 6_000] = bad
    estimates = separator.estimate(source, 0, 12_000)
    assert np.isfinite(estimates).all()
    assert np.abs(estimates[1, 1]).max() > 0.1


def test_the_fingerprint_is_the_card_s(separator: MaskSeparator, card: Card) -> None:
    assert separator.fingerprint == card.fingerprint


def test_threads_may_share_a_separator(separator: MaskSeparator, noise: Noise) -> None:
    source = noise(44_100, 12_000)
    starts = range(0, 12_000, 3_000)
    alone = [separator.estimate(source, start, 3_000) for start in starts]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda start: separator.estimate(source, start, 3_000), starts))
    assert all(np.array_equal(a, b) for a, b in zip(alone, together, strict=True))
