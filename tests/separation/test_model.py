import copy
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from remixer.dsp.masks import normalise_masks
from remixer.dsp.signal import STEMS
from remixer.errors import ModelError
from remixer.separation import model as model_module
from remixer.separation import weights
from remixer.separation.catalogue import Card
from remixer.separation.int8 import Int8Linear
from remixer.separation.model import MaskModel, load_model, optimise
from remixer.separation.networks.cnn1 import Cnn1

Quantised = tuple[dict[str, Any], Cnn1, dict[str, Tensor]]


class Streams(nn.Module):
    """Stream i of four gives i + 1 everywhere, plus the middle frame's magnitudes."""

    def forward(self, magnitudes: Tensor) -> Tensor:
        middle = magnitudes[:, magnitudes.shape[1] // 2]
        return torch.stack([middle + i + 1 for i in range(4)], dim=1)


def magnitudes(frames: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return (rng.uniform(0, 1, (1025, frames + 10)) ** 4).astype(np.float32)


@pytest.fixture
def stored(tmp_path: Path, card: Card, quantised: Quantised) -> Callable[..., Card]:
    """Writes weights, altered as told, and gives their card: stored(alter, **card values)."""

    def write(alter: Callable[[dict[str, Tensor]], Any] = bool, **values: Any) -> Card:
        state = dict(quantised[2])
        alter(state)
        path = tmp_path / "small.safetensors"
        weights.save(state, path)
        sha256 = weights.file_sha256(path)
        return replace(
            card, **{"config": quantised[0], "folder": tmp_path, "sha256": sha256, **values}
        )

    return write


def test_masks_come_in_the_order_of_stems(card: Card) -> None:
    """The network's order is vocals, drums, bass, other."""
    masks = MaskModel(card, Streams()).masks(np.zeros((1025, 13), np.float32))
    assert masks.shape == (4, 1025, 3)
    assert masks.dtype == np.float32
    levels = dict(zip(STEMS, masks[:, 7, 1], strict=True))
    assert levels == pytest.approx({"vocals": 0.1, "drums": 0.2, "bass": 0.3, "other": 0.4})


@pytest.mark.parametrize("order", [STEMS, STEMS[::-1]])
def test_any_order_of_streams_is_put_right(card: Card, order: tuple[str, ...]) -> None:
    masks = MaskModel(replace(card, stems=order), Streams()).masks(np.zeros((1025, 11), np.float32))
    levels = dict(zip(STEMS, masks[:, 0, 0], strict=True))
    assert sorted(levels, key=lambda stem: levels[stem]) == list(order)


def test_each_mask_is_of_the_middle_frame(card: Card) -> None:
    seen = magnitudes(70)
    masks = MaskModel(card, Streams()).masks(seen)
    middle = seen[:, 5:-5]
    expected = (middle + 1) / (4 * middle + 10)
    assert masks[0] == pytest.approx(expected, abs=1e-6)


def test_masks_sum_to_one(model: MaskModel) -> None:
    masks = model.masks(magnitudes(20))
    assert np.abs(masks.sum(axis=0) - 1).max() <= 4 * np.finfo(np.float32).eps
    assert masks.std(axis=(1, 2)).min() > 0.01  # they are not all alike


@pytest.mark.parametrize("batch", [1, 7, 64, 1000])
def test_masks_do_not_depend_on_the_batch(
    model: MaskModel, batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = magnitudes(67)
    whole = model.masks(seen)
    monkeypatch.setattr(model_module, "BATCH", batch)
    assert np.abs(model.masks(seen) - whole).max() < 1e-5
    alone = model.masks(seen[:, 30:41])
    assert np.abs(alone[..., 0] - whole[..., 30]).max() < 1e-5


def test_folding_batch_norm_changes_nothing(network: Callable[[], Cnn1]) -> None:
    plain = network()
    folded = optimise(copy.deepcopy(plain))
    assert not any(isinstance(module, nn.BatchNorm2d) for module in folded.modules())
    batch = torch.rand(5, 11, 1025)
    with torch.inference_mode():
        before, after = plain(batch), folded(batch)
        skipped = nn.Sequential(*(m for m in plain.front if not isinstance(m, nn.BatchNorm2d)))
        bare = skipped(batch.unsqueeze(1)) - plain.front(batch.unsqueeze(1))
    assert (after - before).abs().max() < 1e-5
    assert bare.abs().max() > 0.1  # batch norm does something in this network


def test_only_a_convolution_takes_the_batch_norm_behind_it() -> None:
    network = nn.Module()
    network.front = nn.Sequential(nn.ReLU(), nn.BatchNorm2d(2), nn.Conv2d(2, 3, 1), nn.ReLU())
    optimise(network.eval())
    assert [type(m) for m in network.front] == [nn.ReLU, nn.BatchNorm2d, nn.Conv2d, nn.ReLU]


def test_stored_int8_layers_run_as_int8(stored: Callable[..., Card], quantised: Quantised) -> None:
    model = load_model(stored())
    assert isinstance(model.network.hidden, Int8Linear)
    assert isinstance(model.network.output, Int8Linear)
    original = MaskModel(model.card, optimise(copy.deepcopy(quantised[1])))
    seen = magnitudes(20)
    difference = np.abs(model.masks(seen) - original.masks(seen))
    assert difference.mean() < 5e-3
    assert difference.max() < 0.1


def test_where_int8_does_not_work_masks_are_nearly_the_same(
    stored: Callable[..., Card], monkeypatch: pytest.MonkeyPatch
) -> None:
    card, seen = stored(), magnitudes(20)
    quick = load_model(card).masks(seen)
    monkeypatch.setattr(model_module, "int8_works", lambda: False)
    slow = load_model(card)
    assert isinstance(slow.network.hidden, nn.Linear)
    assert np.abs(slow.masks(seen) - quick).mean() < 5e-3
    assert np.abs(slow.masks(seen) - quick).max() < 0.05


def test_layers_stored_as_float_stay_float(
    stored: Callable[..., Card], quantised: Quantised
) -> None:
    def unquantise(state: dict[str, Tensor]) -> None:
        state["output.weight"] = weights.dequantise(state)["output.weight"]
        del state["output.weight.scale"]

    model = load_model(stored(unquantise))
    assert isinstance(model.network.hidden, Int8Linear)
    assert isinstance(model.network.output, nn.Linear)


def test_weights_of_another_precision_are_converted(stored: Callable[..., Card]) -> None:
    def halve(state: dict[str, Tensor]) -> None:
        state["front.0.weight"] = state["front.0.weight"].half()
        state["output.bias"] = state["output.bias"].double()

    masks = load_model(stored(halve)).masks(magnitudes(2))
    assert np.isfinite(masks).all()


def drop(name: str) -> Callable[[dict[str, Tensor]], Any]:
    return lambda state: state.pop(name)


def put(name: str, value: Tensor) -> Callable[[dict[str, Tensor]], Any]:
    return lambda state: state.update({name: value})


@pytest.mark.parametrize(
    "alter",
    [
        drop("hidden.bias"),
        drop("hidden.weight"),
        drop("hidden.weight.scale"),
        drop("front.1.running_var"),
        put("hidden.bias", torch.zeros(257)),
        put("hidden.weight", torch.zeros(256, 4095)),
        put("hidden.weight.scale", torch.zeros(255)),
        put("front.0.weight", torch.zeros(4, 2, 5, 5)),
        put("surprise", torch.zeros(1)),
        put("front.0.bias", torch.zeros(4, dtype=torch.int8)),
    ],
)
def test_weights_that_do_not_fit_are_refused(
    stored: Callable[..., Card], alter: Callable[[dict[str, Tensor]], Any]
) -> None:
    with pytest.raises(ModelError, match="does not fit the network of its card"):
        load_model(stored(alter))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"config": {"context": 10}}, "odd number"),
        ({"config": {"context": 1, "channels": []}}, "odd number"),
        ({"config": {"bins": 513}}, "1025 bins"),
        ({"config": {"stems": 3}}, "4 masks"),
        ({"config": {"surprise": 3}}, "does not fit"),
        ({"config": {"context": "11"}}, "does not fit"),
        ({"architecture": "resnet"}, "unknown"),
        ({"sha256": "0" * 64}, "does not match its card"),
        ({"weights": "other.safetensors"}, "missing"),
    ],
)
def test_cards_that_do_not_fit_are_refused(
    stored: Callable[..., Card], quantised: Quantised, values: dict[str, Any], words: str
) -> None:
    if "config" in values:
        values = {"config": {**quantised[0], **values["config"]}}
        # Weights that fit the card's network: what is refused is the card.
        try:
            network = model_module.build("cnn1", values["config"])
            card = stored(lambda s: (s.clear(), s.update(weights.quantise(network.state_dict()))))
        except ModelError:
            card = stored()
    else:
        card = stored()
    with pytest.raises(ModelError, match=words):
        load_model(replace(card, **values))


def test_a_config_may_leave_out_what_is_the_paper_s(stored: Callable[..., Card]) -> None:
    model = load_model(stored(config={"hidden": 256}))
    assert (model.context, model.bins) == (11, 1025)


def test_a_huge_config_is_refused_before_it_is_made(stored: Callable[..., Card]) -> None:
    with pytest.raises(ModelError, match="does not fit"):
        load_model(stored(config={"hidden": 1 << 40}))


def test_masks_are_normalised_as_in_the_paper(
    card: Card, network: Callable[[], Cnn1], model: MaskModel
) -> None:
    seen = magnitudes(1)
    with torch.inference_mode():
        raw = network()(torch.from_numpy(np.ascontiguousarray(seen.T))[None])[0].numpy()
    order = [card.stems.index(stem) for stem in STEMS]
    assert model.masks(seen)[..., 0] == pytest.approx(normalise_masks(raw[order]), abs=1e-5)
