"""Models that see segments: one lattice of them for the whole recording, each computed once."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from remixer.dsp.signal import STEMS, ArrayReader
from remixer.errors import ModelError
from remixer.separation import weights
from remixer.separation.catalogue import Card
from remixer.separation.features import native_stft
from remixer.separation.model import channels_last, load_model
from remixer.separation.networks.unet import UNet, UNetConfig
from remixer.separation.segments import Remembered, SegmentModel
from remixer.separation.separator import MaskSeparator

CONFIG: dict[str, Any] = {
    "bins": 1024,
    "widths": [2, 3, 4],
    "towers": [1, 3],
    "branch": 2,
    "segment": 16,
    "margin": 4,
}
RATES = [8_000, 11_025, 22_050, 44_100, 48_000, 96_000, 192_000]
Noise = Callable[..., ArrayReader]


@pytest.fixture(scope="module")
def card() -> Card:
    return Card(
        id="small",
        title="Small",
        architecture="unet",
        config=CONFIG,
        stems=("vocals", "drums", "bass", "other"),
        rate=44_100,
        window=4096,
        hop=1024,
        weights="small.safetensors",
        sha256="0" * 64,
        licence="GPL-3.0-or-later",
    )


@pytest.fixture(scope="module")
def network() -> nn.Module:
    torch.manual_seed(1)
    sizes = {**CONFIG, "widths": tuple(CONFIG["widths"]), "towers": tuple(CONFIG["towers"])}
    network = UNet(UNetConfig(**sizes))
    with torch.no_grad():
        for branch in (b for tower in network.towers for b in tower.branches):
            branch.output.weight *= 20
    return channels_last(network.eval())


@pytest.fixture
def separator(card: Card, network: nn.Module) -> MaskSeparator:
    return MaskSeparator(SegmentModel(card, network))


class Fixed(nn.Module):
    """The same masks everywhere. values: (4, 2, bins) in the card's order of stems."""

    def __init__(self, values: Tensor) -> None:
        super().__init__()
        self.values = values
        self.calls = 0

    def forward(self, magnitudes: Tensor) -> Tensor:
        self.calls += 1
        return self.values[None, ..., None].expand(-1, -1, -1, -1, magnitudes.shape[3])


def test_masks_come_in_the_order_of_stems_without_the_margins(card: Card) -> None:
    values = torch.arange(4.0)[:, None, None].expand(4, 2, 1024)
    masks = SegmentModel(card, Fixed(values)).masks(np.zeros((2, 1024, 24), np.float32))
    assert masks.shape == (4, 2, 1024, 16)
    order = {stem: number for number, stem in enumerate(card.stems)}
    assert [float(mask[0, 0, 0]) for mask in masks] == [order[stem] for stem in STEMS]


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("channels", [1, 2])
def test_four_masks_share_all_there_is_at_every_rate(
    separator: MaskSeparator, rate: int, channels: int, noise: Noise
) -> None:
    source = noise(rate, rate // 2, channels)
    stft = native_stft(separator.model.card, rate)
    spectrum = stft.forward(source.samples.astype(np.float32))
    masks = separator.masks(source, spectrum, stft, -stft.lead)
    assert masks.shape == (4, channels, stft.bins, spectrum.shape[2])
    assert masks.dtype == np.float32
    assert np.abs(masks.sum(axis=0) - 1).max() < 1e-5
    assert masks.min() >= -1e-7
    total = sum(stft.inverse(spectrum * mask, source.length) for mask in masks)
    assert np.abs(total - source.samples).max() < 1e-5
    estimates = separator.estimate(source, 0, source.length)
    expected = np.stack([stft.inverse(spectrum * mask, source.length) for mask in masks[:3]])
    assert np.abs(estimates - expected).max() < 2e-5


@pytest.mark.parametrize("rate", [44_100, 48_000])
@pytest.mark.parametrize("channels", [1, 2])
@settings(max_examples=8, deadline=None)
@given(data=st.data())
def test_estimates_do_not_depend_on_the_cut(
    card: Card, network: nn.Module, rate: int, channels: int, noise: Noise, data: st.DataObject
) -> None:
    source = noise(rate, 60_000, channels)
    whole = MaskSeparator(SegmentModel(card, network)).estimate(source, 0, source.length)
    start = data.draw(st.integers(0, source.length - 1))
    count = data.draw(st.integers(1, min(30_000, source.length - start)))
    fresh = MaskSeparator(SegmentModel(card, network))
    part = fresh.estimate(source, start, count)
    assert part.shape == (3, channels, count)
    assert part.dtype == np.float32
    assert np.abs(part - whole[..., start : start + count]).max() < 2e-6
    assert np.abs(whole).max() > 0.1


def test_masks_follow_the_frames(separator: MaskSeparator, noise: Noise) -> None:
    """What is loud at one moment only changes the masks near it only."""
    quiet = noise(44_100, 200_000).samples * 0.01
    loud = quiet.copy()
    loud[:, 150_000:150_500] = 0.9
    one, other = (
        MaskSeparator(separator.model).estimate(ArrayReader(samples, 44_100), 0, 200_000)
        for samples in (quiet, loud)
    )
    changed = np.abs(one - other).max(axis=(0, 1))
    assert changed[140_000:160_000].max() > 0.01
    assert changed[:60_000].max() < 1e-6


@pytest.mark.parametrize("rate", [44_100, 48_000])
def test_each_channel_has_masks_of_its_own(card: Card, rate: int, noise: Noise) -> None:
    values = torch.zeros(4, 2, 1024)
    values[0, 0] = 1  # vocals own the left channel,
    values[1, 1] = 1  # drums, the card's second stem, the right one
    source = noise(rate, 20_000)
    vocals, bass, drums = MaskSeparator(SegmentModel(card, Fixed(values))).estimate(
        source, 0, 20_000
    )
    assert np.abs(vocals[0] - source.samples[0]).max() < 1e-5
    assert np.abs(drums[1] - source.samples[1]).max() < 1e-5
    assert max(np.abs(x).max() for x in (vocals[1], drums[0], bass)) < 1e-5


def test_mono_takes_the_mean_of_both_answers(card: Card, noise: Noise) -> None:
    values = torch.zeros(4, 2, 1024)
    values[0, 0] = values[2, 1] = 1
    source = noise(44_100, 10_000, 1)
    vocals, bass, drums = MaskSeparator(SegmentModel(card, Fixed(values))).estimate(
        source, 0, 10_000
    )
    assert np.abs(vocals - source.samples / 2).max() < 1e-5
    assert np.abs(bass - source.samples / 2).max() < 1e-5
    assert not drums.any()


@pytest.mark.parametrize(("rate", "hertz"), [(44_100, 15_000), (96_000, 30_000), (192_000, 80_000)])
def test_the_air_goes_where_the_treble_goes(card: Card, rate: int, hertz: float) -> None:
    values = torch.zeros(4, 2, 1024)
    values[0, :, :512], values[1, :, 512:] = 1, 1  # drums own the treble
    time = np.arange(rate // 4) / rate
    air, treble = (0.4 * np.sin(2 * np.pi * f * time) for f in (hertz, 8_000))
    source = ArrayReader(np.stack([air + treble] * 2), rate)
    drums = MaskSeparator(SegmentModel(card, Fixed(values))).estimate(source, 0, time.size)[2]
    inner = slice(time.size // 4, -time.size // 4)
    assert np.abs(drums - source.samples)[:, inner].max() < 1e-3


def test_neighbouring_chunks_compute_their_segment_once(card: Card, noise: Noise) -> None:
    network = Fixed(torch.full((4, 2, 1024), 0.25))
    separator = MaskSeparator(SegmentModel(card, network))
    source = noise(44_100, 90_000)  # segments of 16 frames are 16 384 samples
    with ThreadPoolExecutor(4) as pool:
        parts = list(pool.map(lambda i: separator.estimate(source, i * 9_000, 9_000), range(10)))
    assert np.abs(np.concatenate(parts, axis=2) - source.samples / 4).max() < 1e-6
    assert network.calls <= 9


def test_another_recording_has_other_segments(separator: MaskSeparator, noise: Noise) -> None:
    one, other = noise(44_100, 20_000), noise(44_100, 20_001)
    first = separator.estimate(one, 0, 20_000)
    second = separator.estimate(other, 0, 20_000)
    assert np.array_equal(separator.estimate(one, 0, 20_000), first)
    assert np.abs(first - second).max() > 0.01


@pytest.mark.parametrize("rate", [8_000, 44_100, 192_000])
@pytest.mark.parametrize("length", [1, 511, 5_003])
def test_short_signals_are_shared_whole(separator: MaskSeparator, rate: int, length: int) -> None:
    rng = np.random.default_rng(length)
    source = ArrayReader(np.where(rng.random((2, length)) < 0.5, -1.0, 1.0), rate)
    estimates = separator.estimate(source, 0, length)
    assert estimates.shape == (3, 2, length)
    assert np.isfinite(estimates).all()
    assert np.abs(estimates).max() < 2


def test_samples_that_are_not_finite_spoil_nothing(separator: MaskSeparator) -> None:
    samples = np.full((2, 60_000), 0.1)
    samples[0, 30_000], samples[1, 30_001] = np.nan, np.inf
    estimates = separator.estimate(ArrayReader(samples, 44_100), 0, 60_000)
    assert np.isfinite(estimates).all()


@pytest.mark.parametrize(
    "config",
    [
        {"segment": 17},
        {"segment": 0},
        {"segment": 16.0},
        {"margin": -4},
        {"margin": 1 << 20},
        {"bins": 2056},
        {"towers": [1, 2]},
        {"channels": 1},
    ],
)
def test_cards_that_do_not_fit_are_refused(
    card: Card, network: nn.Module, config: dict[str, Any]
) -> None:
    with pytest.raises(ModelError, match="model 'small' sees"):
        SegmentModel(replace(card, config={**CONFIG, **config}), network)


def test_a_stored_model_is_loaded_as_what_its_card_says(card: Card, tmp_path: Path) -> None:
    """Large kernels come back from int8, close to what they were."""
    config = {**CONFIG, "widths": [8, 400]}
    torch.manual_seed(2)
    network = UNet(UNetConfig(**{**config, "widths": (8, 400), "towers": (1, 3), "branch": 1}))
    stored = weights.quantise(network.state_dict())
    assert any(value.dtype == torch.int8 for value in stored.values())
    path = tmp_path / card.weights
    weights.save(stored, path)
    config = {**config, "branch": 1}
    here = replace(card, config=config, folder=tmp_path, sha256=weights.file_sha256(path))
    model = load_model(here)
    assert isinstance(model, SegmentModel)
    seen = np.random.default_rng(1).uniform(0, 0.1, (2, 1024, 24)).astype(np.float32)
    whole = SegmentModel(here, network.eval()).masks(seen)
    difference = np.abs(model.masks(seen) - whole)
    assert 0 < difference.max() < 0.05
    with pytest.raises(ModelError, match="does not fit the network of its card"):
        load_model(replace(here, config={**config, "widths": [8, 401]}))


def test_one_result_for_all_threads_that_ask() -> None:
    memory, source = Remembered(2), ArrayReader(np.zeros((1, 1)), 44_100)
    calls, together = [], threading.Barrier(3)

    def compute() -> np.ndarray:
        calls.append(1)
        return np.ones(1)

    def ask(_: int) -> np.ndarray:
        together.wait(30)
        return memory.get(source, 7, compute)

    with ThreadPoolExecutor(3) as pool:
        results = list(pool.map(ask, range(3)))
    assert len(calls) == 1
    assert all(result is results[0] for result in results)


def test_the_oldest_is_forgotten_and_failures_are_not_kept() -> None:
    memory, source = Remembered(2), ArrayReader(np.zeros((1, 1)), 44_100)
    calls: list[int] = []

    def get(number: int) -> None:
        memory.get(source, number, lambda: np.full(1, calls.append(number) or 0))

    for number in (1, 2, 1, 3, 1, 2):
        get(number)
    assert calls == [1, 2, 3, 2]

    def fail() -> np.ndarray:
        raise MemoryError("too much")

    with pytest.raises(MemoryError):
        memory.get(source, 9, fail)
    get(9)
    assert calls[-1] == 9
