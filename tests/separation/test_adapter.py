"""Back ends of an installed package as separators."""

import itertools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from remixer.dsp.signal import ArrayReader
from remixer.errors import ModelError
from remixer.separation.adapter import Adapted
from remixer.separation.catalogue import Card, find_model
from remixer.separation.loading import load_separator
from remixer.separation.model import MaskModel
from remixer.separation.separator import MaskSeparator, Separator
from tests.packages import NAME, install
from tests.support import make_models

RATE, LENGTH = 44_100, 30_001
Noise = Callable[..., ArrayReader]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_models(tmp_path_factory.mktemp("models"))


@pytest.fixture
def load(
    models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], Separator]:
    monkeypatch.syspath_prepend(install(tmp_path / "site"))
    monkeypatch.setenv("REMIXER_MODELS", str(models))
    return lambda name: load_separator(find_model(name))


Load = Callable[[str], Separator]


def test_what_is_left_is_shared_by_our_network(load: Load, models: Path, noise: Noise) -> None:
    mix = noise(RATE, LENGTH)
    found = load("half").estimate(mix, 0, LENGTH)
    np.testing.assert_allclose(found[0], mix.samples / 2, atol=1e-6)
    ours = load("unet").estimate(mix, 0, LENGTH)
    assert 0.01 < np.std(found[1]) < np.std(mix.samples) / 2
    other = mix.samples - found.sum(axis=0)
    assert np.std(other) < np.std(mix.samples) / 2
    # Half of the mix, shared among three where there were four.
    assert np.corrcoef(found[1].ravel(), ours[1].ravel())[0, 1] > 0.8


def test_shares_of_the_rest_are_in_proportion_to_our_masks(
    card: Card, model: MaskModel, noise: Noise
) -> None:
    """With nothing taken, two stems share all that four had."""
    ours, mix = MaskSeparator(model), noise(RATE, LENGTH)

    def nothing(_begin: int, length: int) -> np.ndarray:
        return np.zeros((2, length))

    shares = ours.share(mix, 0, LENGTH, ["drums", "other"], nothing)
    np.testing.assert_allclose(shares.sum(axis=0), mix.samples, atol=1e-5)
    np.testing.assert_array_equal(
        ours.share(mix, 0, LENGTH, ["vocals", "bass", "drums"]), ours.estimate(mix, 0, LENGTH)
    )


def test_without_a_split_the_rest_is_other(load: Load, noise: Noise) -> None:
    mix = noise(RATE, LENGTH)
    found = load("left").estimate(mix, 100, 5_000)
    np.testing.assert_allclose(found[0], mix.samples[:, 100:5_100] / 2, atol=1e-6)
    assert not found[1:].any()


def test_stems_come_in_our_order(load: Load, noise: Noise) -> None:
    mix = noise(RATE, LENGTH, 1)
    found = load("three").estimate(mix, 0, LENGTH)
    for stem, factor in zip(found, (0.125, 0.5, 0.25), strict=True):
        np.testing.assert_allclose(stem, factor * mix.samples, atol=1e-6)


def test_a_back_end_gets_the_rate_that_it_takes(load: Load) -> None:
    time = np.arange(LENGTH) / RATE
    low, high = np.sin(2 * np.pi * 1_000 * time), np.sin(2 * np.pi * 20_000 * time)
    mix = ArrayReader(np.stack([low + high, low]), RATE)
    found = load("narrow").estimate(mix, 1_000, 20_000)[0]
    kept = low[1_000:21_000] / 2
    np.testing.assert_allclose(found, np.stack([kept, kept]), atol=2e-4)


@pytest.mark.parametrize("name", ["half", "narrow", "three"])
@pytest.mark.parametrize("rate", [44_100, 48_000])
def test_estimates_do_not_depend_on_the_cut(load: Load, noise: Noise, name: str, rate: int) -> None:
    separator, mix = load(name), noise(rate, LENGTH)
    whole = separator.estimate(mix, 0, LENGTH)
    cuts = [0, 7_001, 16_384, LENGTH]
    parts = [separator.estimate(mix, a, b - a) for a, b in itertools.pairwise(cuts)]
    np.testing.assert_allclose(np.concatenate(parts, axis=2), whole, atol=2e-5)


@pytest.mark.parametrize("length", [1, 2, 4_000])
@pytest.mark.parametrize("name", ["half", "narrow", "left"])
def test_short_recordings_and_samples_that_are_no_numbers(
    load: Load, name: str, length: int
) -> None:
    samples = np.full((2, length), 0.5)
    samples[0, 0] = np.nan
    found = load(name).estimate(ArrayReader(samples, RATE), 0, length)
    assert found.shape == (3, 2, length)
    assert np.isfinite(found).all()


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("absent", "cannot be loaded .ModuleNotFoundError: No module named 'a_module_that"),
        ("unmade", "cannot be loaded .AttributeError"),
        ("quits", "cannot be loaded .SystemExit: not today"),
        ("nothing", "makes a NoneType without a method estimate"),
    ],
)
def test_one_that_cannot_be_loaded_is_named(load: Load, name: str, why: str) -> None:
    with pytest.raises(ModelError, match=f"'{name}' .{NAME}.*{why}.*choose another model"):
        load(name)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("crooked", r"shape \(1, 2, 101\), not \(1, 2, 100\)"),
        ("endless", "no finite numbers"),
        ("whole", "no finite numbers .int16"),
        ("angry", "ZeroDivisionError"),
    ],
)
def test_one_that_gives_nonsense_is_named_with_the_place(
    load: Load, noise: Noise, name: str, why: str
) -> None:
    with pytest.raises(ModelError, match=f"'{name}' .{NAME}.* failed at 0.2 s .*{why}"):
        load(name).estimate(noise(RATE, LENGTH), 10_000, 100)


def test_a_model_s_version_is_the_card_s(load: Load) -> None:
    card = find_model("left")
    separator = load("left")
    assert isinstance(separator, Adapted)
    assert separator.fingerprint == card.fingerprint
    assert replace(separator.card, version="2").fingerprint != card.fingerprint
