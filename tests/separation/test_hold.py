"""Entries that somebody has open survive whoever needs their room."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from remixer.separation.cache import GONE, StemCache
from remixer.separation.hold import SUFFIX, Hold, is_held
from tests.separation.test_cache import LAYOUT, fill, keys

HOLDER = """
import sys
from pathlib import Path
from remixer.separation.hold import Hold
hold = Hold(Path(sys.argv[1]), "a")
print("held", flush=True)
sys.stdin.readline()
hold.release()
print("released", flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def cache(tmp_path: Path) -> StemCache:
    return StemCache(tmp_path / "cache")


@pytest.fixture
def other(cache: StemCache) -> Iterator["subprocess.Popen[str]"]:
    """Another process that holds the entry a until it reads a line."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(cache.folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_what_another_process_holds_is_not_dropped(
    cache: StemCache, other: "subprocess.Popen[str]"
) -> None:
    fill(cache, "a", 1_000.0)
    fill(cache, "b", 2_000.0)
    assert not cache.remove("a")
    cache.set_limit(0)
    assert keys(cache) == ["a"]
    assert cache.finished("a", LAYOUT)
    assert other.stdin
    assert other.stdout
    other.stdin.write("\n")
    other.stdin.flush()
    assert other.stdout.readline() == "released\n"
    assert cache.clear() == 1
    assert keys(cache) == []


def test_a_killed_process_holds_nothing(cache: StemCache, other: "subprocess.Popen[str]") -> None:
    fill(cache, "a", 1_000.0)
    other.kill()
    other.wait()
    assert list(cache.folder.glob(f"a.*{SUFFIX}"))
    assert cache.remove("a")
    assert not list(cache.folder.glob(f"*{SUFFIX}"))


def test_it_is_held_for_oneself_too_and_as_often_as_asked(cache: StemCache) -> None:
    first, second = cache.hold("a"), cache.hold("a")
    fill(cache, "a", 1_000.0)
    first.release()
    first.release()
    assert not cache.remove("a")
    second.release()
    assert cache.remove("a")
    assert not list(cache.folder.iterdir())


def test_a_hold_of_one_entry_is_none_of_another(cache: StemCache) -> None:
    hold = cache.hold("a")
    assert is_held(cache.folder, "a")
    assert not is_held(cache.folder, "ab")
    assert not is_held(cache.folder, "b")
    hold.release()
    assert not is_held(cache.folder, "a")


def test_one_that_is_held_while_it_is_dropped_comes_back(
    cache: StemCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other looks it up before it is out of sight, and holds it: it is whole then."""
    fill(cache, "a", 1_000.0)
    holds: list[Hold] = []
    rename = Path.rename

    def slowly(path: Path, target: Path) -> Path:
        if not holds:
            holds.append(cache.hold("a"))
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", slowly)
    assert not cache.remove("a")
    assert cache.finished("a", LAYOUT)
    holds[0].release()
    assert cache.remove("a")


def test_what_was_left_half_dropped_goes_and_is_no_entry(cache: StemCache) -> None:
    fill(cache, "a", 1_000.0)
    (cache.folder / "a").rename(cache.folder / ("a" + GONE))
    assert keys(cache) == []
    assert cache.evict(0) == 0
    assert not list(cache.folder.iterdir())


def test_a_folder_that_cannot_be_written_holds_nothing_and_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    hold = Hold(tmp_path / "file" / "cache", "a")
    hold.release()
