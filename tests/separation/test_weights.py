import json
import struct
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from remixer.errors import ModelError
from remixer.separation import weights
from remixer.separation.networks.cnn1 import Cnn1, Cnn1Config
from remixer.separation.weights import (
    LARGE,
    SCALE,
    dequantise,
    file_sha256,
    load,
    quantise,
    save,
)

SIDE = 1024
EPS = 2.0**-23


def load_as_is(path: Path) -> dict[str, Tensor]:
    """Load with the checksum that the file has: a hostile card knows its own weights."""
    return load(path, file_sha256(path))


def raw(header: bytes, data: bytes = b"") -> bytes:
    return struct.pack("<Q", len(header)) + header + data


def entry(dtype: str, shape: list[int], start: int, stop: int) -> dict[str, Any]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, stop]}


@settings(max_examples=20)
@given(st.integers(0, 1 << 20), st.sampled_from([0.0, 1e-45, 1e-38, 1e-10, 1.0, 1e30]))
def test_quantised_weights_are_within_half_a_step(seed: int, level: float) -> None:
    value = torch.randn(SIDE, SIDE, generator=torch.Generator().manual_seed(seed)) * level
    value[seed % SIDE] = 0
    stored = quantise({"w": value})
    assert stored["w"].dtype == torch.int8
    assert stored["w" + SCALE].shape == (SIDE,)
    assert stored["w"].abs().max() <= 127  # -128 has no opposite
    half = value.double().abs().amax(dim=1, keepdim=True) / 254
    again = dequantise(stored)["w"]
    assert again.dtype == torch.float32
    # Plus the rounding of scale and product; below float32's normal numbers, of the scale alone.
    allowed = half * (1 + 600 * EPS) + 127 * 2.0**-149 + 2.0**-126 / 254
    assert torch.all((again.double() - value.double()).abs() <= allowed)
    assert not again[seed % SIDE].any()


def test_only_large_matrices_and_kernels_are_quantised() -> None:
    state = {
        "large": torch.ones(SIDE, SIDE),
        "small": torch.ones(SIDE, SIDE - 1),
        "kernels": torch.ones(64, 64, 4, 4),
        "few kernels": torch.randn(63, 64, 4, 4),
        "vector": torch.randn(LARGE + 1),
        "count": torch.tensor(3),
    }
    stored = quantise(state)
    rounded = {name for name, value in stored.items() if value.dtype == torch.int8}
    assert rounded == {"large", "kernels"}
    again = dequantise(stored)
    assert again.keys() == state.keys()
    for name in state:
        assert torch.equal(again[name], state[name])


def test_kernels_are_rounded_row_by_row() -> None:
    value = torch.randn(40, 80, 5, 5) * torch.logspace(-3, 3, 40)[:, None, None, None]
    stored = quantise({"w": value})
    assert stored["w" + SCALE].shape == (40,)
    half = value.flatten(1).abs().amax(dim=1) / 254
    difference = (dequantise(stored)["w"] - value).flatten(1).abs().amax(dim=1)
    assert torch.all(difference <= half * 1.001)


def test_quantised_weights_survive_a_second_time() -> None:
    once = dequantise(quantise({"w": torch.randn(SIDE, SIDE)}))["w"]
    twice = dequantise(quantise({"w": once}))["w"]
    assert (twice - once).abs().max() <= 2 * EPS * once.abs().max()


def test_halves_become_float32() -> None:
    assert dequantise({"w": torch.ones(3, dtype=torch.float16)})["w"].dtype == torch.float32


def test_the_full_network_is_below_40_mb(tmp_path: Path) -> None:
    path = tmp_path / "cnn1.safetensors"
    network = Cnn1(Cnn1Config())
    save(quantise(network.state_dict()), path)
    assert path.stat().st_size < 40_000_000
    again = dequantise(load_as_is(path))
    assert again.keys() == network.state_dict().keys()
    assert torch.equal(again["front.0.weight"], network.front[0].weight)


def test_convolutions_laid_out_for_cpus_are_saved_too(tmp_path: Path) -> None:
    kernel = torch.randn(8, 4, 5, 5).to(memory_format=torch.channels_last)
    path = tmp_path / "w.safetensors"
    save(quantise({"w": kernel}), path)
    assert torch.equal(load_as_is(path)["w"], kernel)
    assert [file.name for file in tmp_path.iterdir()] == ["w.safetensors"]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("weights") / "small.safetensors"
    generator = torch.Generator().manual_seed(1)
    save(
        {
            "a": torch.randn(4, 5, generator=generator),
            "b": torch.randint(-127, 128, (6, 2), dtype=torch.int8, generator=generator),
            "b.scale": torch.rand(6, generator=generator),
        },
        path,
    )
    return path


@given(st.data())
def test_any_altered_byte_is_noticed(small: Path, data: st.DataObject) -> None:
    content = bytearray(small.read_bytes())
    position = data.draw(st.integers(0, len(content) - 1))
    content[position] ^= data.draw(st.integers(1, 255))
    altered = small.with_name("altered.safetensors")
    altered.write_bytes(content)
    with pytest.raises(ModelError, match="altered"):
        load(altered, file_sha256(small))


@given(st.data())
def test_any_cut_is_noticed(small: Path, data: st.DataObject) -> None:
    content = small.read_bytes()
    cut = small.with_name("cut.safetensors")
    cut.write_bytes(content[: data.draw(st.integers(0, len(content) - 1))])
    with pytest.raises(ModelError, match=r"cut\.safetensors"):
        load(cut, file_sha256(small))
    with pytest.raises(ModelError, match=r"cut\.safetensors"):
        load_as_is(cut)


@given(st.data())
def test_a_header_may_be_anything_without_harm(small: Path, data: st.DataObject) -> None:
    """With the right checksum, as a hostile card gives: it loads, or it is a ModelError."""
    content = bytearray(small.read_bytes())
    end = 8 + struct.unpack("<Q", content[:8])[0]
    for _ in range(data.draw(st.integers(1, 3))):
        position = data.draw(st.integers(0, end - 1))
        content[position] = data.draw(st.sampled_from(b'0159,:"[]{}abF3264-.e \xff'))
    hostile = small.with_name("hostile.safetensors")
    hostile.write_bytes(content)
    try:
        stored = load_as_is(hostile)
    except ModelError:
        return
    assert sum(t.numel() * t.element_size() for t in stored.values()) <= len(content)


HOSTILE = {
    "empty": b"",
    "seven bytes": b"\x01" * 7,
    "no header": struct.pack("<Q", 0),
    "endless header": struct.pack("<Q", 2**64 - 1) + b"{}",
    "header longer than the file": struct.pack("<Q", 100) + b"{}",
    "a pickle": b"\x80\x04\x95" + bytes(61),
    "not text": raw(b"\xff\xfe\x00\x01" * 4),
    "a list": raw(b"[1, 2, 3]"),
    "a number": raw(b"3       "),
    "a deep nest": raw(b"[" * 200_000),
    "no table": raw(b'{"a": 3}'),
    "beyond the data": raw(json.dumps({"a": entry("F32", [2], 0, 8)}).encode(), bytes(4)),
    "overflowing": raw(json.dumps({"a": entry("F32", [2**40, 2**40], 0, 8)}).encode(), bytes(8)),
    "huge": raw(json.dumps({"a": entry("F32", [2**40], 0, 2**42)}).encode(), bytes(8)),
    "backwards": raw(json.dumps({"a": entry("F32", [2], 8, 0)}).encode(), bytes(8)),
    "negative": raw(json.dumps({"a": entry("F32", [-2], 0, 8)}).encode(), bytes(8)),
    "overlapping": raw(
        json.dumps({"a": entry("F32", [2], 0, 8), "b": entry("F32", [2], 4, 12)}).encode(),
        bytes(12),
    ),
    "of an unknown kind": raw(json.dumps({"a": entry("Q9", [2], 0, 8)}).encode(), bytes(8)),
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_files_are_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "bad.safetensors"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=r"bad\.safetensors"):
        load_as_is(path)


@pytest.mark.parametrize("kind", ["F4", "F8_E8M0", "F6_E2M3", "C64", "BOOL", "U64", "BF16"])
def test_every_kind_of_number_loads_or_is_refused(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "odd.safetensors"
    path.write_bytes(raw(json.dumps({"a": entry(kind, [8], 0, 64)}).encode(), bytes(64)))
    try:
        stored = load_as_is(path)
    except ModelError:
        return
    assert stored.keys() == {"a"}


def test_a_long_header_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "long.safetensors"
    with path.open("wb") as file:
        file.write(struct.pack("<Q", 150_000_000))
        file.truncate(160_000_000)
    tracemalloc.start()
    try:
        with pytest.raises(ModelError, match=r"long\.safetensors"):
            load(path, "0" * 64)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_files_above_the_limit_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "large.safetensors"
    with path.open("wb") as file:
        file.truncate(weights.LIMIT + (1 << 20))
    with pytest.raises(
        ModelError, match=r"large\.safetensors is 201 MB, above the limit of 200 MB"
    ):
        load(path, "0" * 64)


@pytest.mark.parametrize("name", ["missing.safetensors", ".", "no\0where"])
def test_missing_files_are_named_with_their_folder(name: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="reinstall the model"):
        load(tmp_path / name, "0" * 64)


def test_a_checksum_is_the_file_s(tmp_path: Path) -> None:
    path = tmp_path / "abc"
    path.write_bytes(b"abc")
    assert file_sha256(path).startswith("ba7816bf8f01cfea414140de5dae2223b00361a3")  # FIPS 180-2


def test_weights_stay_whatever_becomes_of_their_file(tmp_path: Path) -> None:
    """One that is written over in place, as a copy does it, is not behind them any more."""
    path = tmp_path / "w.safetensors"
    value = torch.arange(1 << 16, dtype=torch.float32)
    weights.save({"a": value}, path)
    stored = weights.load(path, weights.file_sha256(path))
    path.write_bytes(b"")
    assert torch.equal(stored["a"], value)
