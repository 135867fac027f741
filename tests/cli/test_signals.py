"""Stopping a separation half-way, politely or not: nothing half-written, and it goes on."""

import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from remixer.separation.cache import Entry, StemCache
from remixer.separation.catalogue import read_card
from remixer.separation.separator import MaskSeparator
from remixer.session.jobs import separate_file
from tests.cli.conftest import Remixer
from tests.support import music, read_ints, stems_of, tree, write

Start = Callable[..., "subprocess.Popen[str]"]
CHUNKS = 11


@pytest.fixture(scope="module")
def long_song(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A minute, in 11 chunks."""
    samples = np.tile(0.7 * music(1, 44_100 * 10, 44_100), (6, 1))
    return write(tmp_path_factory.mktemp("long") / "long.wav", samples, 44_100, "PCM_16")


@pytest.fixture(scope="module")
def in_one_go(
    long_song: Path, models: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, bytes | None]:
    """Its stem files, made without a stop."""
    folder = tmp_path_factory.mktemp("whole")
    cache = StemCache(tmp_path_factory.mktemp("cache"))
    separate_file(long_song, folder, read_card(models / "cnn1.json"), cache=cache)
    return tree(folder)


def until(happened: Callable[[], bool], process: "subprocess.Popen[str]") -> None:
    """Wait for it while the process runs."""
    deadline = time.monotonic() + 120
    while not happened():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.005)


def half_done(cache: Path) -> bool:
    """Whether something of a song, and not all, is separated."""
    return any(0 < e.separated_s < e.total_s for e in StemCache(cache).entries())


def kept(cache: Path) -> Entry:
    [entry] = StemCache(cache).entries()
    return entry


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 130), (signal.SIGKILL, -signal.SIGKILL)],
)
def test_a_stopped_separation_leaves_nothing_and_goes_on(
    start: Start,
    remixer: Remixer,
    long_song: Path,
    in_one_go: dict[str, bytes | None],
    cache: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    number: signal.Signals,
    code: int,
) -> None:
    process = start("separate", long_song, "-o", "out")
    until(lambda: half_done(cache), process)
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == code
    assert out == ""
    if code == 130:
        assert err == "note: stopped; what was separated is kept, nothing half-written is left\n"
    assert tree(tmp_path) == {}
    stopped = kept(cache)
    assert 0 < stopped.separated_s < stopped.total_s

    estimated = []
    estimate = MaskSeparator.estimate

    def counted(self: MaskSeparator, source: Any, start: int, count: int) -> Any:
        estimated.append(start)
        return estimate(self, source, start, count)

    monkeypatch.setattr(MaskSeparator, "estimate", counted)
    outcome = remixer("separate", long_song, "-o", "out")
    assert outcome.code == 0
    assert 0 < len(estimated) < CHUNKS
    assert tree(tmp_path / "out") == in_one_go


def test_a_stopped_batch_keeps_the_songs_it_has_done(
    start: Start, long_song: Path, song: Path, cache: Path, tmp_path: Path
) -> None:
    process = start("separate", song, long_song, "-o", "out")
    first = stems_of(song, tmp_path / "out")
    until(lambda: half_done(cache), process)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 130
    assert sorted(tree(tmp_path / "out")) == sorted(path.name for path in first)
    np.testing.assert_array_equal(sum(read_ints(path) for path in first), read_ints(song))


def test_two_at_once_on_one_song_share_the_work(
    start: Start,
    remixer: Remixer,
    long_song: Path,
    in_one_go: dict[str, bytes | None],
    cache: Path,
    tmp_path: Path,
) -> None:
    process = start("separate", long_song, "-o", "one")
    until(lambda: half_done(cache), process)
    assert remixer("separate", long_song, "-o", "two").code == 0
    assert process.wait(timeout=120) == 0
    assert kept(cache).separated_s == kept(cache).total_s
    assert tree(tmp_path / "one") == tree(tmp_path / "two") == in_one_go


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_stopped_while_writing(
    start: Start,
    remixer: Remixer,
    long_song: Path,
    in_one_go: dict[str, bytes | None],
    tmp_path: Path,
    number: signal.Signals,
) -> None:
    """What a killed process leaves is hidden, and gone after the next run."""
    assert remixer("separate", long_song, "-o", "first").code == 0
    process = start("separate", long_song, "-o", "out")
    until(lambda: any(size_of(path) for path in (tmp_path / "out").glob(".*")), process)
    process.send_signal(number)
    process.communicate(timeout=60)
    assert process.returncode in (130, -signal.SIGKILL)
    left = tree(tmp_path / "out") if (tmp_path / "out").exists() else {}
    assert all(name.startswith(".remixer-") for name in left)
    assert number == signal.SIGKILL or not (tmp_path / "out").exists()
    assert remixer("separate", long_song, "-o", "out").code == 0
    assert tree(tmp_path / "out") == in_one_go


def size_of(path: Path) -> int:
    """0 for a file that has just gone."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
