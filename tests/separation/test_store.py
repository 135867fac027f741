import json
import os
import subprocess
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remixer.dsp.signal import Grid, Samples
from remixer.errors import CacheError, ModelError, SettingError
from remixer.mixing.stems import to_grid
from remixer.separation.store import (
    DONE_FILE,
    EDGES_FILE,
    HEADER,
    STEMS_FILE,
    Layout,
    StemStore,
)

FILES = (STEMS_FILE, EDGES_FILE, DONE_FILE)
ABOUT = {"source": "song.wav", "model": "cnn1"}
LENGTHS = [1, 3, 15, 16, 17, 19, 20, 23, 24, 31, 32, 33, 64, 70]
"""Around chunks of 16 and fades of 4: 1 sample, ends shorter than the fade, whole chunks."""


def layout(
    length: int, bits: int = 16, channels: int = 2, chunk: int = 16, fade: int = 4
) -> Layout:
    return Layout(44_100, channels, length, bits, chunk, fade)


def rounding(shape: Layout) -> Callable[[Samples], Samples]:
    return lambda estimates: to_grid(estimates, shape.grid)


def truth(shape: Layout, seed: int = 0) -> np.ndarray:
    """What a separator that does not depend on chunks finds, (3, channels, length) float32."""
    rng = np.random.default_rng([seed, shape.length])
    return rng.uniform(-1, 1, (3, shape.channels, shape.length)).astype(np.float32)


def put(store: StemStore, chunk: int, seed: int | None = None) -> None:
    """A chunk's own estimates when there is a seed, else what all chunks agree on."""
    shape = store.layout
    start, stop = shape.span(chunk)
    whole = truth(shape, 0 if seed is None else seed + chunk)
    store.put(chunk, whole[..., start:stop], rounding(shape))


def content(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in FILES}


def filled(folder: Path, shape: Layout, order: list[int], seed: int | None = 7) -> dict[str, bytes]:
    with StemStore.create(folder, shape, ABOUT) as store:
        for chunk in order:
            put(store, chunk, seed)
        assert store.complete
    return content(folder)


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("bits", [0, 8, 16, 24, 32])
@pytest.mark.parametrize("channels", [1, 2])
def test_estimates_come_back_on_the_grid(
    tmp_path: Path, length: int, bits: int, channels: int
) -> None:
    """Whole: where chunks agree, crossfades change nothing but a rounding of float32."""
    shape = layout(length, bits, channels)
    filled(tmp_path / "s", shape, list(range(shape.chunks)), seed=None)
    expected = truth(shape).astype(np.float64)
    with StemStore.open(tmp_path / "s") as store:
        stems = store.read(0, length)
    assert stems.shape == (3, channels, length)
    assert stems.dtype == np.float64
    if grid := shape.grid:
        assert grid.holds(stems)
        assert np.array_equal(stems, to_grid(expected, grid))
    else:
        assert np.abs(stems - expected).max() <= 2.0**-24


@pytest.mark.parametrize("length", LENGTHS)
def test_any_order_gives_the_same_bytes(tmp_path: Path, length: int) -> None:
    """Here chunks differ where they overlap, as a third party's may."""
    shape = layout(length)
    orders = [list(order) for order in permutations(range(shape.chunks))]
    expected = filled(tmp_path / "in order", shape, orders[0])
    for i, order in enumerate(orders[1::7] + orders[-1:]):
        assert filled(tmp_path / str(i), shape, order) == expected


@given(st.data())
def test_any_order_and_geometry_gives_the_same_bytes(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    fade = data.draw(st.integers(0, 5))
    chunk = data.draw(st.integers(max(1, 2 * fade), 2 * fade + 9))
    shape = layout(data.draw(st.integers(1, 5 * chunk)), 0, 1, chunk, fade)
    order = data.draw(st.permutations(range(shape.chunks)))
    folder = tmp_path_factory.mktemp("any")
    expected = filled(folder / "a", shape, list(range(shape.chunks)))
    assert filled(folder / "b", shape, order) == expected
    with StemStore.open(folder / "b") as store:
        stems = store.read(0, shape.length)
    # No sample was forgotten: none of the estimates is 0.
    assert np.all(stems != 0)


def test_crossfades_are_lines_between_the_two(tmp_path: Path) -> None:
    shape = layout(40, 24, 1, 16, 4)  # chunks of 16, 16 and 8
    with StemStore.create(tmp_path / "s", shape, ABOUT) as store:
        for chunk, level in enumerate([0.0, 0.5, -0.25]):
            start, stop = shape.span(chunk)
            levels = np.full((3, 1, stop - start), level, np.float32)
            store.put(chunk, levels, rounding(shape))
        stems = store.read(0, 40)[0, 0]
    rise = (np.arange(8) + 0.5) / 8
    expected = np.zeros(40)
    expected[12:20] = 0.5 * rise
    expected[20:28] = 0.5
    expected[28:36] = 0.5 - 0.75 * rise
    expected[36:] = -0.25
    assert np.array_equal(stems, expected)  # all of them are on the 24-bit grid


def test_a_last_chunk_shorter_than_the_fade_is_faded_into(tmp_path: Path) -> None:
    shape = layout(18, 24, 1, 16, 4)  # 16 and 2: the border is 6 samples wide
    with StemStore.create(tmp_path / "s", shape, ABOUT) as store:
        store.put(1, np.full((3, 1, 6), 0.75, np.float32), rounding(shape))
        store.put(0, np.zeros((3, 1, 18), np.float32), rounding(shape))
        stems = store.read(0, 18)[2, 0]
    expected = np.zeros(18)
    expected[12:] = Grid(24).round(0.75 * (np.arange(6) + 0.5) / 6)
    assert np.array_equal(stems, expected)


def test_where_nothing_is_separated_there_are_zeros(tmp_path: Path) -> None:
    shape = layout(70)
    expected = to_grid(truth(shape).astype(np.float64), shape.grid)
    with StemStore.create(tmp_path / "s", shape, ABOUT) as store:
        assert not store.read(0, 70).any()
        put(store, 2)
        stems = store.read(0, 70)
        assert np.array_equal(stems[..., 36:44], expected[..., 36:44])
        assert not stems[..., :36].any()  # up to its border, which needs both chunks
        assert not stems[..., 44:].any()
        put(store, 3)
        stems = store.read(0, 70)
        assert np.array_equal(stems[..., 36:60], expected[..., 36:60])
        assert not stems[..., 60:].any()


def test_done_separated_and_complete_follow(tmp_path: Path) -> None:
    shape = layout(35)  # chunks of 16, 16 and 3
    with StemStore.create(tmp_path / "s", shape, ABOUT) as store:
        seen = []
        for chunk in (2, 0, 0, 1):
            put(store, chunk)
            seen.append((store.done.tolist(), store.separated, store.complete))
    assert seen == [
        ([False, False, True], 3, False),
        ([True, False, True], 19, False),
        ([True, False, True], 19, False),
        ([True, True, True], 35, True),
    ]


@given(st.integers(0, 69), st.integers(0, 70))
def test_any_part_may_be_read(
    tmp_path_factory: pytest.TempPathFactory, start: int, count: int
) -> None:
    shape = layout(70)
    folder = tmp_path_factory.getbasetemp() / "part"
    if not folder.exists():
        filled(folder, shape, [0, 1, 2, 3, 4])
    count = min(count, 70 - start)
    with StemStore.open(folder) as store:
        assert np.array_equal(store.read(start, count), store.read(0, 70)[..., start:][..., :count])


@pytest.mark.parametrize("stop_after", [0, 1, 2, 3, 4])
def test_a_store_closed_midway_goes_on(tmp_path: Path, stop_after: int) -> None:
    shape, order = layout(70), [3, 1, 0, 4, 2]
    expected = filled(tmp_path / "at once", shape, order)
    with StemStore.create(tmp_path / "s", shape, ABOUT) as store:
        for chunk in order[:stop_after]:
            put(store, chunk, 7)
    with StemStore.open(tmp_path / "s", writable=True) as store:
        assert store.about == ABOUT
        assert store.layout == shape
        assert np.flatnonzero(store.done).tolist() == sorted(order[:stop_after])
        for chunk in order[stop_after:]:
            put(store, chunk, 7)
    assert content(tmp_path / "s") == expected


def test_a_crash_before_the_mark_only_repeats_the_chunk(tmp_path: Path) -> None:
    """Everything of chunk 1 is written but its mark; then its neighbour comes first."""
    shape = layout(40)
    expected = filled(tmp_path / "at once", shape, [0, 1, 2])
    with StemStore.create(tmp_path / "s", shape, ABOUT) as store:
        put(store, 0, 7)
        put(store, 1, 7)
        with (tmp_path / "s" / DONE_FILE).open("r+b") as marks:
            marks.seek(1)
            marks.write(b"\0")
        put(store, 2, 7)
        put(store, 1, 7)
    assert content(tmp_path / "s") == expected


def test_readers_see_what_a_writer_writes(tmp_path: Path) -> None:
    shape = layout(40)
    with (
        StemStore.create(tmp_path / "s", shape, ABOUT) as writer,
        StemStore.open(tmp_path / "s") as reader,
    ):
        put(writer, 1)
        assert reader.done.tolist() == [False, True, False]
        assert np.array_equal(reader.read(0, 40), writer.read(0, 40))
        with pytest.raises(CacheError, match="cannot be written"):
            put(reader, 0)


def test_estimates_may_be_anything(tmp_path: Path) -> None:
    """Full scale, beyond it, not finite, and in another precision: all of it ends on the grid."""
    shape = layout(40, 16, 1)
    wild = np.array([1.0, -1.0, 7.5, -7.5, np.nan, np.inf, -np.inf, 1e30])
    with StemStore.create(tmp_path / "s", shape, ABOUT) as store:
        for chunk in range(shape.chunks):
            start, stop = shape.span(chunk)
            store.put(chunk, np.resize(wild, (3, 1, stop - start)), rounding(shape))
        assert Grid(16).holds(store.read(0, 40))


@pytest.mark.parametrize("shape", [(3, 2, 19), (3, 2, 21), (4, 2, 20), (3, 1, 20), (2, 20)])
def test_estimates_of_another_shape_are_refused(tmp_path: Path, shape: tuple[int, ...]) -> None:
    with StemStore.create(tmp_path / "s", layout(40), ABOUT) as store:
        before = content(tmp_path / "s")
        with pytest.raises(ModelError, match=r"not \(3, 2, 20\)"):
            store.put(0, np.ones(shape, np.float32), lambda estimates: estimates)
        assert content(tmp_path / "s") == before


@pytest.mark.parametrize(
    ("bits", "dtype", "scale"),
    [(0, "<f4", 1), (8, "<i2", 2**7), (16, "<i2", 2**15), (20, "<i4", 2**19), (32, "<i4", 2**31)],
)
def test_each_grid_has_its_type(bits: int, dtype: str, scale: float) -> None:
    assert layout(100, bits).dtype == np.dtype(dtype)
    assert layout(100, bits).scale == scale


@pytest.mark.parametrize("bits", [0, 16, 24])
def test_the_size_is_that_of_the_files(tmp_path: Path, bits: int) -> None:
    shape = layout(70, bits)
    files = filled(tmp_path / "s", shape, [0, 1, 2, 3, 4])
    assert sum(map(len, files.values())) == shape.size
    assert len(files[STEMS_FILE]) == 3 * 2 * 70 * shape.dtype.itemsize


@pytest.mark.parametrize("values", [
    {"rate": 0}, {"channels": 0}, {"length": 0}, {"length": -1}, {"bits": -1}, {"bits": 33},
    {"chunk": 0}, {"chunk": 7}, {"fade": -1}, {"fade": 9},
    {"rate": "x"}, {"length": 1.5}, {"chunk": None}, {"bits": True},
])  # fmt: skip
def test_impossible_layouts_are_refused(values: dict[str, Any]) -> None:
    with pytest.raises(SettingError, match="cannot be stored"):
        replace(layout(40), **values)


def header(folder: Path, **values: Any) -> None:
    known = {"layout": asdict(layout(40)), "about": ABOUT}
    known["layout"] |= values
    (folder / HEADER).write_text(json.dumps(known))


DAMAGE: dict[str, Callable[[Path], Any]] = {
    "no header": lambda f: (f / HEADER).unlink(),
    "empty header": lambda f: (f / HEADER).write_bytes(b""),
    "half a header": lambda f: (f / HEADER).write_text((f / HEADER).read_text()[:30]),
    "not text": lambda f: (f / HEADER).write_bytes(b"\xff\xfe\x00"),
    "a list": lambda f: (f / HEADER).write_text("[]"),
    "no layout": lambda f: (f / HEADER).write_text('{"about": {}}'),
    "no about": lambda f: (f / HEADER).write_text(json.dumps({"layout": asdict(layout(40))})),
    "layout of another version": lambda f: header(f, surprise=1),
    "zero chunk": lambda f: header(f, chunk=0),
    "text for a number": lambda f: header(f, length="40"),
    "another length": lambda f: header(f, length=41),
    "another depth": lambda f: header(f, bits=24),
    "huge": lambda f: header(f, length=1 << 60),
    "stems cut": lambda f: os.truncate(f / STEMS_FILE, 100),
    "stems gone": lambda f: (f / STEMS_FILE).unlink(),
    "edges cut": lambda f: os.truncate(f / EDGES_FILE, 0),
    "edges longer": lambda f: os.truncate(f / EDGES_FILE, 10_000),
    "marks gone": lambda f: (f / DONE_FILE).unlink(),
    "marks are a folder": lambda f: ((f / DONE_FILE).unlink(), (f / DONE_FILE).mkdir()),
}


@pytest.mark.parametrize("writable", [False, True])
@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
def test_damaged_stores_are_refused(
    tmp_path: Path, damage: Callable[[Path], Any], writable: bool
) -> None:
    filled(tmp_path / "s", layout(40), [0, 1, 2])
    damage(tmp_path / "s")
    with pytest.raises(CacheError, match="the cache entry s "):
        StemStore.open(tmp_path / "s", writable)


def test_a_missing_store_is_refused_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(CacheError, match="the cache entry none "):
        StemStore.open(tmp_path / "none", writable=True)
    assert not (tmp_path / "none").exists()


def test_where_no_store_can_be_made_it_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CacheError, match="cannot be written"):
        StemStore.create(tmp_path / "file" / "s", layout(40), ABOUT)
    (tmp_path / "s" / STEMS_FILE).mkdir(parents=True)
    with pytest.raises(CacheError, match="the cache entry s cannot be opened"):
        StemStore.create(tmp_path / "s", layout(40), ABOUT)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 256 kB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)]
    try:
        done = subprocess.run(mount, capture_output=True, check=False, text=True)
    except OSError as error:
        pytest.skip(f"no mount command: {error}")
    if done.returncode:
        pytest.skip(f"a small disk takes the right to mount one: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_is_said_and_the_store_still_opens(small_disk: Path) -> None:
    shape = layout(60_000, 16, 2, 8_000, 100)
    expected = to_grid(truth(shape).astype(np.float64), shape.grid)
    with StemStore.create(small_disk / "s", shape, ABOUT) as store:
        put(store, 0)
        put(store, 1)
        chunks = iter(range(2, shape.chunks))
        with pytest.raises(CacheError, match=r"No space left on device.*needs 1 MB.*free some"):
            deque((put(store, chunk) for chunk in chunks), maxlen=0)
        assert next(chunks, None) is not None
    with StemStore.open(small_disk / "s", writable=True) as store:
        done = np.flatnonzero(store.done)
        assert 2 <= done.size < shape.chunks
        stop = done.size * 8_000 - 100
        assert np.array_equal(store.read(0, stop), expected[..., :stop])


def test_a_disk_that_is_full_from_the_start_is_said(small_disk: Path) -> None:
    with (small_disk / "ballast").open("wb") as file, pytest.raises(OSError, match="No space"):
        file.write(bytes(1 << 20))
    with pytest.raises(CacheError, match="free some space"):
        StemStore.create(small_disk / "s", layout(40), {"source": "x" * 10_000})


def test_a_write_cut_short_is_finished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Systems may take part of a large write."""
    shape = layout(70)
    expected = filled(tmp_path / "whole", shape, [0, 1, 2, 3, 4])

    class Slow:
        def __init__(self, file: Any) -> None:
            self.file = file

        def write(self, data: memoryview) -> int:
            return int(self.file.write(data[:7]))

        def __getattr__(self, name: str) -> Any:
            return getattr(self.file, name)

    with StemStore.create(tmp_path / "s", shape, ABOUT) as store:
        for file in store._files.values():
            file._file = Slow(file._file)  # type: ignore[assignment]
        for chunk in range(5):
            put(store, chunk, 7)
    assert content(tmp_path / "s") == expected
