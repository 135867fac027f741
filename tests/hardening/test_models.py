"""Model files of a stranger: refused by what they say of themselves, before anything is allocated.

See `tests/separation/test_weights.py` and `test_catalogue.py` for the rest of it.
"""

import json
import os
import struct
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from remixer.errors import ModelError
from remixer.separation import weights
from remixer.separation.catalogue import find_models, read_card
from remixer.separation.model import load_model
from tests.hardening import corpus

MOST = 4 << 20


@pytest.fixture(autouse=True)
def bounded() -> Iterator[None]:
    """No test of this file asks Python for more than some megabytes."""
    tracemalloc.start()
    yield
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < MOST


def entry(shape: Any, start: Any, stop: Any, dtype: Any = "F32") -> dict[str, Any]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, stop]}


def put(folder: Path, header: Any, data: int = 8) -> Path:
    path = folder / "a.safetensors"
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + bytes(data))
    return path


HEADERS: dict[str, Any] = {
    "a hole before": {"a": entry([1], 4, 8)},
    "a hole between": {"a": entry([1], 0, 4), "b": entry([0], 8, 8)},
    "more data than promised": {"a": entry([1], 0, 4)},
    "overlapping": {"a": entry([2], 0, 8), "b": entry([1], 4, 8)},
    "the same place twice": {"a": entry([2], 0, 8), "b": entry([2], 0, 8)},
    "negative offsets": {"a": entry([2], -8, 0)},
    "offsets beyond 64 bits": {"a": entry([2], 2**64, 2**64 + 8)},
    "offsets of no whole number": {"a": entry([2], 0.0, 8.0)},
    "offsets that are true": {"a": entry([2], False, 8)},
    "one offset": {"a": {"dtype": "F32", "shape": [2], "data_offsets": [8]}},
    "a text for offsets": {"a": {"dtype": "F32", "shape": [2], "data_offsets": "08"}},
    "a giant shape": {"a": entry([2**40, 2**40], 0, 8)},
    "a giant shape of nothing": {"a": entry([2**62, 0], 0, 0), "b": entry([2], 0, 8)},
    "a negative shape": {"a": entry([-2], 0, 8)},
    "a shape of many dimensions": {"a": entry([1] * 60 + [2], 0, 8)},
    "a shape that does not fit": {"a": entry([3], 0, 8)},
    "a shape of texts": {"a": entry(["2"], 0, 8)},
    "no shape": {"a": {"dtype": "F32", "data_offsets": [0, 8]}},
    "complex numbers": {"a": entry([1], 0, 8, "C64")},
    "truth values": {"a": entry([8], 0, 8, "BOOL")},
    "large integers": {"a": entry([1], 0, 8, "U64")},
    "a kind of a list": {"a": entry([2], 0, 8, ["F32"])},
    "a number for an array": {"a": 3},
    "too many arrays": {f"a{n}": entry([0], 0, 0) for n in range(5_000)},
}


@pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS)
def test_headers_that_lie(tmp_path: Path, header: Any) -> None:
    path = put(tmp_path, header)
    with pytest.raises(ModelError, match=r"a\.safetensors") as caught:
        weights.load(path, weights.file_sha256(path))
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_weights_that_are_no_numbers(tmp_path: Path, value: float, dtype: torch.dtype) -> None:
    """The stems would be; and the residual, and the remix."""
    path = tmp_path / "a.safetensors"
    weights.save({"layer": torch.tensor([1.0, value], dtype=dtype)}, path)
    with pytest.raises(ModelError, match=r"layer in a\.safetensors is not finite"):
        weights.load(path, weights.file_sha256(path))


def card(folder: Path, name: str = "a.json", **changes: Any) -> Path:
    path = folder / name
    path.write_text(json.dumps({**corpus.card(), **changes}))
    return path


def secret(folder: Path) -> Path:
    outside = folder / "outside"
    outside.mkdir()
    (outside / "secret").write_bytes(b"not yours")
    return outside / "secret"


def test_a_link_out_of_the_folder(tmp_path: Path) -> None:
    models = tmp_path / "models"
    models.mkdir()
    (models / "a.safetensors").symlink_to(secret(tmp_path))
    with pytest.raises(ModelError, match="is a link out of"):
        read_card(card(models))
    assert find_models([models]) == {}


def test_links_in_a_circle(tmp_path: Path) -> None:
    (tmp_path / "a.safetensors").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a.safetensors")
    with pytest.raises(ModelError, match=r"cannot be followed|a link out of"):
        read_card(card(tmp_path))


def test_links_that_stay_are_fine(tmp_path: Path) -> None:
    """Within the folder, and where card and weights are links to one other folder."""
    real = tmp_path / "real"
    real.mkdir()
    (real / "weights-1").write_bytes(b"")
    (real / "a.safetensors").symlink_to("weights-1")
    path = card(real)
    assert read_card(path).path == real / "a.safetensors"
    farm = tmp_path / "farm"
    farm.mkdir()
    for name in ("a.json", "a.safetensors"):
        (farm / name).symlink_to(real / name)
    assert read_card(farm / "a.json").path == farm / "a.safetensors"


@pytest.mark.parametrize(
    "weights_", ["..", "../outside/secret", "/etc/passwd", "a/b", "a\0b", "x" * 300, ".", ""]
)
def test_weights_of_another_place(tmp_path: Path, weights_: str) -> None:
    with pytest.raises(ModelError, match="must lie beside their card"):
        read_card(card(tmp_path, weights=weights_))


CONFIGS: dict[str, Any] = {
    "a billion branches": {"towers": [1, 10**9]},
    "a million branches": {"towers": [1, 1 << 20]},
    "thousands of layers": {"channels": [1] * 20_000},
    "a giant size": {"hidden": 10**18},
    "a number without an end": {"gain": float("inf")},
    "no number": {"gain": float("nan")},
    "lists in lists": {"channels": [[[1]]]},
    "tables": {"channels": {"a": 1}},
    "nothing": {"hidden": None},
    "a long text": {"kernel": "x" * 100_000},
}


@pytest.mark.parametrize("architecture", ["cnn1", "unet"])
@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
def test_configs_of_networks_without_an_end(
    tmp_path: Path, architecture: str, config: dict[str, Any]
) -> None:
    base = corpus.card(architecture, corpus.UNET if architecture == "unet" else corpus.CONFIG)
    path = card(tmp_path, **{**base, "config": {**base["config"], **config}})
    put(tmp_path, {"a": entry([2], 0, 8)})
    values = json.loads(path.read_text())
    values["sha256"] = weights.file_sha256(tmp_path / "a.safetensors")
    path.write_text(json.dumps(values))
    with pytest.raises(ModelError):
        load_model(read_card(path))


def test_a_window_of_frames_that_fills_the_memory(tmp_path: Path) -> None:
    """The weights stay small: pooling leaves a frame's share of them tiny."""
    config = {**corpus.CONFIG, "channels": [1] * 10, "context": 100_001, "hidden": 1, "kernel": 1}
    from remixer.separation.networks.registry import build

    torch.manual_seed(0)
    weights.save(build("cnn1", config).state_dict(), tmp_path / "a.safetensors")
    sha256 = weights.file_sha256(tmp_path / "a.safetensors")
    with pytest.raises(ModelError, match="sees 100001 frames"):
        load_model(read_card(card(tmp_path, config=config, sha256=sha256)))


def test_a_card_of_a_gigabyte_is_not_read(tmp_path: Path) -> None:
    path = card(tmp_path)
    os.truncate(path, 1 << 30)
    with pytest.raises(ModelError, match="larger than 1 MB"):
        read_card(path)
    assert find_models([tmp_path]) == {}
