import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remixer.dsp.signal import ArrayReader, Grid, SampleReader, Samples
from remixer.errors import CacheError, Cancelled, ModelError
from remixer.mixing.stems import to_grid
from remixer.separation import runner
from remixer.separation.model import MaskModel
from remixer.separation.runner import Progress, playhead_order, separate, workers
from remixer.separation.separator import MaskSeparator
from remixer.separation.store import DONE_FILE, EDGES_FILE, STEMS_FILE, Layout, StemStore

LAYOUT = Layout(8_000, 1, 1_650, 16, 160, 20)  # 11 chunks, the last one of 50 samples
RNG = np.random.default_rng(1)
SOURCE = ArrayReader(Grid(16).round(RNG.uniform(-1, 1, (1, 1_650))), 8_000, Grid(16))


class Fake:
    """Estimates that differ where chunks overlap; counts the chunks it is asked for."""

    fingerprint = "fake"

    def __init__(self, wait_s: float = 0.0) -> None:
        self.chunks: list[int] = []
        self.wait_s = wait_s

    def estimate(self, source: SampleReader, start: int, count: int) -> np.ndarray:
        chunk = -(-start // LAYOUT.chunk)
        self.chunks.append(chunk)
        time.sleep(self.wait_s)
        gains = np.array([0.2, 0.3, 0.4]) + chunk / 100
        return (gains[:, None, None] * source.read(start, count)).astype(np.float32)


class Failing(Fake):
    def __init__(self, at: int, error: Exception) -> None:
        super().__init__()
        self.at, self.error = at, error

    def estimate(self, source: SampleReader, start: int, count: int) -> np.ndarray:
        estimates = super().estimate(source, start, count)
        if -(-start // LAYOUT.chunk) == self.at:  # several workers ask at once
            raise self.error
        return estimates


def on_grid(estimates: Samples) -> Samples:
    return to_grid(estimates, Grid(16))


def content(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in (STEMS_FILE, EDGES_FILE, DONE_FILE)}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[StemStore]:
    with StemStore.create(tmp_path / "store", LAYOUT, {}) as store:
        yield store


@pytest.fixture
def one_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "workers", lambda: 1)


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("whole") / "store"
    with StemStore.create(folder, LAYOUT, {}) as store:
        for _ in separate(Fake(), SOURCE, store, to_grid=on_grid):
            pass
    return content(folder)


@pytest.mark.parametrize("count", [1, 2, 4])
def test_everything_is_separated_once_whatever_the_workers(
    store: StemStore,
    count: int,
    monkeypatch: pytest.MonkeyPatch,
    uninterrupted: dict[str, bytes],
) -> None:
    monkeypatch.setattr(runner, "workers", lambda: count)
    fake = Fake()
    steps = list(separate(fake, SOURCE, store, to_grid=on_grid))
    assert store.complete
    assert sorted(fake.chunks) == list(range(11))
    assert content(store.folder) == uninterrupted
    assert len(steps) == 12


@pytest.mark.parametrize("order", [None, range(10, -1, -1), [5, 0, 10]])
def test_progress_grows_from_nothing_to_the_total(
    store: StemStore, order: list[int] | None
) -> None:
    steps = list(separate(Fake(), SOURCE, store, to_grid=on_grid, order=order))
    done = [step.done_s for step in steps]
    assert done[0] == 0
    assert all(before < after for before, after in pairwise(done))
    assert {step.total_s for step in steps} == {1_650 / 8_000}
    expected = 1_650 if order is None or len(order) == 11 else 160 + 160 + 50
    assert done[-1] == expected / 8_000


def test_what_is_stored_is_what_the_separator_finds(
    tmp_path: Path, model: MaskModel, noise: Callable[..., ArrayReader]
) -> None:
    """Chunks of a real separator agree, so crossfades leave no trace but a rounding."""
    source = noise(44_100, 30_000)
    separator = MaskSeparator(model)
    layout = Layout(44_100, 2, 30_000, 16, 9_000, 500)
    with StemStore.create(tmp_path / "s", layout, {}) as store:
        for _ in separate(separator, source, store, to_grid=on_grid):
            pass
        stems = store.read(0, 30_000)
    whole = on_grid(separator.estimate(source, 0, 30_000).astype(np.float64))
    assert np.abs(stems - whole).max() <= Grid(16).step
    assert np.mean(stems != whole) < 0.01


def test_cancelling_keeps_what_is_done(store: StemStore, one_worker: None) -> None:
    fake = Fake()
    steps: list[Progress] = []
    with pytest.raises(Cancelled, match="kept"):
        steps.extend(
            step
            for step in separate(
                fake, SOURCE, store, to_grid=on_grid, cancelled=lambda: len(fake.chunks) >= 3
            )
        )
    assert fake.chunks == [0, 1, 2]
    assert np.flatnonzero(store.done).tolist() == [0, 1, 2]


def test_cancelling_at_once_starts_no_second_round(store: StemStore) -> None:
    fake = Fake(0.02)
    steps = separate(fake, SOURCE, store, to_grid=on_grid, cancelled=lambda: True)
    with pytest.raises(Cancelled):
        list(steps)
    assert len(fake.chunks) <= workers()


def test_cancelling_is_noticed_while_a_chunk_takes_long(store: StemStore, one_worker: None) -> None:
    asked = threading.Event()

    class Long(Fake):
        def estimate(self, source: SampleReader, start: int, count: int) -> np.ndarray:
            assert asked.wait(10)  # the chunk ends after the question, not before
            return super().estimate(source, start, count)

    def cancelled() -> bool:
        asked.set()
        return True

    fake = Long()
    with pytest.raises(Cancelled):
        list(separate(fake, SOURCE, store, to_grid=on_grid, cancelled=cancelled))
    assert fake.chunks == [0]


def test_resuming_separates_only_what_lacks(
    store: StemStore, uninterrupted: dict[str, bytes], one_worker: None
) -> None:
    first, second, third = Fake(), Fake(), Fake()
    steps = separate(first, SOURCE, store, to_grid=on_grid, order=[4, 0, 9, 3])
    assert len(list(steps)) == 5
    resumed = list(separate(second, SOURCE, store, to_grid=on_grid))
    assert resumed[0].done_s == 4 * 160 / 8_000
    assert second.chunks == [1, 2, 5, 6, 7, 8, 10]
    assert content(store.folder) == uninterrupted
    again = list(separate(third, SOURCE, store, to_grid=on_grid, cancelled=lambda: True))
    assert again == [Progress(1_650 / 8_000, 1_650 / 8_000)]
    assert third.chunks == []


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("error", [ModelError("broken"), ValueError("a bug"), MemoryError()])
def test_what_goes_wrong_in_the_separator_comes_out(
    store: StemStore,
    count: int,
    error: Exception,
    monkeypatch: pytest.MonkeyPatch,
    uninterrupted: dict[str, bytes],
) -> None:
    monkeypatch.setattr(runner, "workers", lambda: count)
    with pytest.raises(type(error)) as raised:
        list(separate(Failing(5, error), SOURCE, store, to_grid=on_grid))
    assert raised.value is error
    assert not store.done[5]
    with StemStore.open(store.folder, writable=True) as again:
        list(separate(Fake(), SOURCE, again, to_grid=on_grid))
    assert content(store.folder) == uninterrupted


def test_what_goes_wrong_in_the_store_comes_out(store: StemStore) -> None:
    def full(estimates: Samples) -> Samples:
        raise CacheError("full")

    with pytest.raises(CacheError, match="full"):
        list(separate(Fake(), SOURCE, store, to_grid=full))
    assert not store.done.any()


def test_estimates_of_another_shape_do_not_reach_the_store(store: StemStore) -> None:
    class Odd(Fake):
        def estimate(self, source: SampleReader, start: int, count: int) -> np.ndarray:
            return super().estimate(source, start, count)[..., :-1]

    with pytest.raises(ModelError, match="shape"):
        list(separate(Odd(), SOURCE, store, to_grid=on_grid))
    assert not store.done.any()


def test_who_stops_looking_leaves_no_thread_behind(
    store: StemStore, uninterrupted: dict[str, bytes]
) -> None:
    steps = separate(Fake(0.01), SOURCE, store, to_grid=on_grid)
    assert [next(steps) for _ in range(3)][2].done_s > 0
    steps.close()  # type: ignore[attr-defined]
    assert not [t for t in threading.enumerate() if t.name.startswith("separate")]
    list(separate(Fake(), SOURCE, store, to_grid=on_grid))
    assert content(store.folder) == uninterrupted


def test_no_more_chunks_are_held_than_there_are_workers(
    store: StemStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "workers", lambda: 2)
    fake = Fake()
    for put, _ in enumerate(separate(fake, SOURCE, store, to_grid=on_grid)):
        time.sleep(0.01)  # a slow reader of the progress
        assert len(fake.chunks) <= put + 2


def test_the_order_may_follow_a_playhead_that_moves(store: StemStore, one_worker: None) -> None:
    playhead = 2

    def order() -> Iterator[int]:
        while lacking := [c for c in range(11) if not store.done[c]]:
            yield min(lacking, key=lambda c: (c < playhead, c))

    fake = Fake()
    for step, _ in enumerate(separate(fake, SOURCE, store, to_grid=on_grid, order=order())):
        playhead = {2: 7, 5: 0}.get(step, playhead)
    assert fake.chunks == [2, 3, 7, 8, 9, 0, 1, 4, 5, 6, 10]


def test_an_order_may_look_at_the_store_while_several_chunks_are_under_way(
    store: StemStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It repeats the chunk under way, without end: that one is not separated twice, nor is the
    runner held up.
    """
    monkeypatch.setattr(runner, "workers", lambda: 2)

    def order() -> Iterator[int]:
        for _ in range(10_000):
            if not store.complete:
                yield int(np.flatnonzero(~store.done)[0])

    fake = Fake()
    list(separate(fake, SOURCE, store, to_grid=on_grid, order=order()))
    assert fake.chunks == list(range(11))


def test_an_order_may_repeat_itself(store: StemStore) -> None:
    fake = Fake(0.005)
    order = [3, 3, 0, 3, 0, 10, 3]
    list(separate(fake, SOURCE, store, to_grid=on_grid, order=order))
    assert sorted(fake.chunks) == [0, 3, 10]
    assert np.flatnonzero(store.done).tolist() == [0, 3, 10]


@given(st.integers(1, 50), st.data())
def test_the_playhead_s_order_has_every_chunk_once(chunks: int, data: st.DataObject) -> None:
    first = data.draw(st.integers(0, chunks))
    order = playhead_order(chunks, first)
    assert sorted(order) == list(range(chunks))
    ahead = chunks - first
    assert order[:ahead] == list(range(first, chunks))
    assert order[ahead:] == list(range(first))
    assert playhead_order(chunks) == list(range(chunks))


@pytest.mark.parametrize(("cores", "expected"), [(1, 1), (3, 3), (4, 4), (64, 4)])
def test_there_are_as_many_workers_as_cores_up_to_four(
    cores: int, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(cores)), raising=False)
    assert workers() == expected
    monkeypatch.delattr(os, "sched_getaffinity")  # as on macOS and Windows
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    assert workers() == expected
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert workers() == 1


VICTIM = """
import importlib.util, sys
from pathlib import Path

spec = importlib.util.spec_from_file_location("test_runner", sys.argv[1])
test = importlib.util.module_from_spec(spec)
spec.loader.exec_module(test)
folder = Path(sys.argv[2])
with test.StemStore.open(folder, writable=True) as store:
    for step in test.separate(test.Fake(0.05), test.SOURCE, store, to_grid=test.on_grid):
        print(step.done_s, flush=True)
"""


def test_a_killed_separation_resumes_to_the_same_bytes(
    tmp_path: Path, uninterrupted: dict[str, bytes]
) -> None:
    folder = tmp_path / "store"
    StemStore.create(folder, LAYOUT, {}).close()
    before = 0
    for chunks in (3, 7):
        command = [sys.executable, "-c", VICTIM, __file__, str(folder)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as victim:
            assert victim.stdout
            for line in victim.stdout:
                if float(line) >= chunks * 160 / 8_000:
                    break
            victim.kill()
        assert victim.returncode < 0
        with StemStore.open(folder) as store:
            done = int(store.done.sum())
        assert max(chunks, before) <= done < 11
        before = done
    fake = Fake()
    with StemStore.open(folder, writable=True) as store:
        list(separate(fake, SOURCE, store, to_grid=on_grid))
    assert len(fake.chunks) == 11 - before
    assert content(folder) == uninterrupted
