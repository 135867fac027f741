import json
import os
import shutil
import subprocess
import sys
from collections import namedtuple
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs
import pytest
from filelock import FileLock

from remixer.errors import CacheError, Cancelled
from remixer.separation import cache as cache_module
from remixer.separation.cache import (
    DEFAULT_LIMIT,
    ENVIRONMENT,
    LOCK,
    RESERVE,
    SETTINGS,
    Entry,
    StemCache,
    cache_key,
)
from remixer.separation.store import HEADER, STEMS_FILE, Layout, StemStore

LAYOUT = Layout(8_000, 2, 40_000, 16, 16_000, 100)
ABOUT = {"source": "song.wav", "model": "cnn1"}
Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def cache(tmp_path: Path) -> StemCache:
    return StemCache(tmp_path / "cache")


def put(store: StemStore, chunk: int) -> None:
    start, stop = store.layout.span(chunk)
    store.put(chunk, np.full((3, 2, stop - start), 0.5, np.float32), lambda estimates: estimates)


def fill(cache: StemCache, key: str, used: float, chunks: int = 3) -> Entry:
    """An entry that was last used at a time."""
    with cache.open(key, LAYOUT, ABOUT | {"key": key}) as store:
        for chunk in range(chunks):
            put(store, chunk)
    os.utime(cache.folder / key / HEADER, (used, used))
    return next(entry for entry in cache.entries() if entry.key == key)


def keys(cache: StemCache) -> list[str]:
    return [entry.key for entry in cache.entries()]


def test_what_was_separated_is_found_again(cache: StemCache) -> None:
    with cache.open("k", LAYOUT, ABOUT) as store:
        assert not store.done.any()
        put(store, 1)
    with cache.open("k", LAYOUT, {"source": "renamed.wav"}) as store:
        assert store.done.tolist() == [False, True, False]
        assert store.about == ABOUT
        assert np.all(store.read(16_100, 100) == 0.5)


def test_a_store_is_closed_when_its_user_is_done(cache: StemCache) -> None:
    with cache.open("k", LAYOUT, ABOUT) as store:
        pass
    with pytest.raises(KeyError):
        store.read(0, 1)


def test_an_error_while_separating_comes_out_and_frees_the_entry(cache: StemCache) -> None:
    def stop() -> None:
        with cache.open("k", LAYOUT, ABOUT) as store:
            put(store, 0)
            raise Cancelled

    with pytest.raises(Cancelled):
        stop()
    with cache.open("k", LAYOUT, ABOUT) as store:
        assert store.done.tolist() == [True, False, False]


@pytest.mark.parametrize(
    "other",
    [
        ("abd", "masks-1:00", LAYOUT),
        ("abc", "masks-1:01", LAYOUT),
        ("abc", "masks-2:00", LAYOUT),
        *[
            ("abc", "masks-1:00", replace(LAYOUT, **{name: value}))
            for name, value in {
                "rate": 44_100,
                "channels": 1,
                "length": 40_001,
                "bits": 24,
                "chunk": 16_001,
                "fade": 99,
            }.items()
        ],
    ],
)
def test_the_key_changes_with_all_that_matters(other: tuple[str, str, Layout]) -> None:
    key = cache_key("abc", "masks-1:00", LAYOUT)
    assert len(key) == 32
    assert int(key, 16) >= 0
    assert key == cache_key("abc", "masks-1:00", replace(LAYOUT))
    assert key != cache_key(*other)


def test_the_key_does_not_change_with_the_program() -> None:
    """A cache must outlive updates: change this only when its entries cannot be used any more."""
    assert cache_key("abc", "masks-1:00", LAYOUT) == "db04afae2780c92cdff30970c20a73a4"


def test_entries_tell_what_there_is(cache: StemCache) -> None:
    assert cache.entries() == []
    fill(cache, "new", 2_000.0)
    fill(cache, "old", 1_000.0, chunks=1)
    old, new = cache.entries()
    assert (old.key, old.used, old.separated_s, old.total_s) == ("old", 1_000.0, 2.0, 5.0)
    assert (new.key, new.used, new.separated_s, new.total_s) == ("new", 2_000.0, 5.0, 5.0)
    assert new.about == {**ABOUT, "key": "new"}
    # The files in whole blocks; a store takes only what is written, the outermost edges never.
    assert 0.9 * LAYOUT.size < new.size < LAYOUT.size + 20_000
    assert old.size < new.size


def test_sizes_are_told_where_the_system_knows_no_blocks(
    cache: StemCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on Windows."""
    fill(cache, "k", 1_000.0)
    stat = Path.stat

    class Status:
        def __init__(self, path: Path, **options: bool) -> None:
            self.result = stat(path, **options)

        def __getattr__(self, name: str) -> Any:
            if name == "st_blocks":
                raise AttributeError(name)
            return getattr(self.result, name)

    monkeypatch.setattr(Path, "stat", lambda self, **options: Status(self, **options))
    (entry,) = cache.entries()
    assert entry.size == LAYOUT.size + len((cache.folder / "k" / HEADER).read_bytes())


def test_damaged_entries_are_listed_and_can_be_removed(cache: StemCache) -> None:
    fill(cache, "k", 1_000.0)
    (cache.folder / "k" / HEADER).write_text("{")
    (entry,) = cache.entries()
    assert (entry.key, entry.about, entry.separated_s, entry.total_s) == ("k", {}, 0.0, 0.0)
    assert entry.size > 0
    assert cache.remove("k")
    assert cache.entries() == []


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / HEADER).write_text("{"),
        lambda folder: (folder / HEADER).unlink(),
        lambda folder: os.truncate(folder / STEMS_FILE, 10),
        lambda folder: (folder / STEMS_FILE).unlink(),
    ],
)
def test_damaged_entries_are_made_anew(cache: StemCache, damage: Callable[[Path], Any]) -> None:
    fill(cache, "k", 1_000.0)
    damage(cache.folder / "k")
    with cache.open("k", LAYOUT, ABOUT) as store:
        assert not store.done.any()
        assert not store.read(0, LAYOUT.length).any()
        put(store, 0)
    with cache.open("k", LAYOUT, ABOUT) as store:
        assert store.done.tolist() == [True, False, False]


def test_an_entry_of_another_layout_is_made_anew(cache: StemCache) -> None:
    """As a key of a future version with the same name could have."""
    fill(cache, "k", 1_000.0)
    other = replace(LAYOUT, bits=24)
    with cache.open("k", other, ABOUT) as store:
        assert store.layout == other
        assert not store.done.any()


def test_the_least_recently_used_go_first(cache: StemCache) -> None:
    sizes = [fill(cache, key, used).size for key, used in [("b", 2e3), ("a", 1e3), ("c", 3e3)]]
    cache.set_limit(sum(sizes))
    assert keys(cache) == ["a", "b", "c"]
    cache.set_limit(sum(sizes) - 1)
    assert keys(cache) == ["b", "c"]
    with cache.open("b", LAYOUT, ABOUT):
        pass  # used again
    assert keys(cache) == ["c", "b"]
    assert cache.evict(0) == 0
    assert cache.evict(sizes[0]) == 1
    assert keys(cache) == ["b"]
    assert sorted(path.name for path in cache.folder.iterdir() if path.is_dir()) == ["b"]


def test_a_new_entry_makes_its_room(cache: StemCache) -> None:
    size = fill(cache, "a", 1e3).size
    fill(cache, "b", 2e3)
    cache.set_limit(2 * size + LAYOUT.size // 2)
    fill(cache, "c", 3e3)
    assert keys(cache) == ["b", "c"]


def test_a_song_above_the_limit_has_the_cache_to_itself(cache: StemCache) -> None:
    fill(cache, "a", 1e3)
    cache.set_limit(1_000)
    assert keys(cache) == []
    fill(cache, "b", 2e3)
    assert keys(cache) == ["b"]


def test_entries_in_use_survive(cache: StemCache) -> None:
    fill(cache, "used", 1e3)
    fill(cache, "idle", 2e3)
    with cache.open("used", LAYOUT, ABOUT) as store:
        assert not cache.remove("used")
        os.utime(cache.folder / "used" / HEADER, (1e3, 1e3))
        cache.set_limit(0)
        assert keys(cache) == ["used"]
        assert cache.clear() == 0
        assert np.all(store.read(0, LAYOUT.length) == 0.5)
        assert (cache.folder / ("used" + LOCK)).exists()
    assert cache.clear() == 1
    assert keys(cache) == []


def test_removing_leaves_nothing_behind(cache: StemCache) -> None:
    for key in "abc":
        fill(cache, key, 1e3)
    assert cache.remove("b")
    assert not cache.remove("b")
    assert not cache.remove("never")
    assert sorted(keys(cache)) == ["a", "c"]
    assert cache.clear() == 2
    assert list(cache.folder.iterdir()) == []


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch, cache: StemCache) -> Callable[[int], None]:
    """Pretends that the disk has some bytes free, and those of entries that go."""
    cache.folder.mkdir()

    def free(size: int) -> None:
        def usage(folder: Path) -> Usage:
            taken = sum(entry.size for entry in cache.entries())
            return Usage(0, 0, size - taken)

        monkeypatch.setattr(shutil, "disk_usage", usage)

    return free


def test_room_on_the_disk_is_made(cache: StemCache, disk: Callable[[int], None]) -> None:
    size = fill(cache, "a", 1e3).size
    fill(cache, "b", 2e3)
    disk(2 * size + LAYOUT.size // 2 + RESERVE)
    fill(cache, "c", 3e3)
    assert keys(cache) == ["b", "c"]


def test_a_disk_without_room_is_said(cache: StemCache, disk: Callable[[int], None]) -> None:
    disk(LAYOUT.size + RESERVE - 1)
    with pytest.raises(CacheError, match=r"need 1 MB in .*has 201 MB free.*REMIXER_CACHE"):
        fill(cache, "a", 1e3)
    assert keys(cache) == []
    disk(LAYOUT.size + RESERVE)
    fill(cache, "a", 1e3)


def test_what_is_there_needs_no_more_room(cache: StemCache, disk: Callable[[int], None]) -> None:
    disk(10**12)
    fill(cache, "a", 1e3)
    disk(0)
    with cache.open("a", LAYOUT, ABOUT) as store:
        assert store.complete


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "3", "{}"]
    + [f'{{"limit": {value}}}' for value in ('"much"', "null", "[]", "1e999", "NaN")],
)
def test_settings_that_cannot_be_read_are_the_default(cache: StemCache, content: str) -> None:
    cache.folder.mkdir()
    (cache.folder / SETTINGS).write_text(content)
    assert cache.limit == DEFAULT_LIMIT


def test_the_limit_is_kept_in_the_folder(cache: StemCache) -> None:
    assert cache.limit == DEFAULT_LIMIT
    cache.set_limit(123)
    assert StemCache(cache.folder).limit == 123
    assert json.loads((cache.folder / SETTINGS).read_text()) == {"limit": 123}


def test_the_folder_is_the_environment_s_or_the_user_s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ENVIRONMENT, str(tmp_path / "named"))
    assert StemCache().folder == tmp_path / "named"
    assert StemCache(tmp_path / "told").folder == tmp_path / "told"
    monkeypatch.delenv(ENVIRONMENT)
    assert StemCache().folder == platformdirs.user_cache_path("remixer")


OTHER = """
import sys
import numpy as np
from pathlib import Path
from remixer.separation.cache import StemCache
from remixer.separation.store import Layout

layout = Layout(8_000, 2, 40_000, 16, 16_000, 100)
with StemCache(Path(sys.argv[1])).open("k", layout, {}) as store:
    start, stop = layout.span(1)
    store.put(1, np.full((3, 2, stop - start), 0.5, np.float32), lambda estimates: estimates)
    print("open", flush=True)
    sys.stdin.readline()
assert "torch" not in sys.modules
"""


@pytest.fixture
def other(cache: StemCache) -> Iterator[subprocess.Popen[str]]:
    """Another process that has separated chunk 1 and holds the entry "k" until it is told to go."""
    command = [sys.executable, "-c", OTHER, str(cache.folder)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "open\n"
        yield process
        process.kill()


def test_a_second_process_waits_and_goes_on(cache: StemCache, other: subprocess.Popen[str]) -> None:
    asked = 0

    def cancelled() -> bool:
        nonlocal asked
        asked += 1
        assert other.stdin
        if asked == 1:
            assert other.poll() is None
            other.stdin.write("go\n")
            other.stdin.flush()
        return False

    with cache.open("k", LAYOUT, ABOUT, cancelled) as store:
        assert asked >= 1
        assert store.done.tolist() == [False, True, False]
    assert other.wait(30) == 0


def test_waiting_can_be_cancelled(cache: StemCache, other: subprocess.Popen[str]) -> None:
    with (
        pytest.raises(Cancelled, match="another Remixer"),
        cache.open("k", LAYOUT, ABOUT, lambda: True),
    ):
        pytest.fail("two at once")
    assert not cache.remove("k")
    assert cache.entries()[0].separated_s == 2.0
    with cache.open("another", LAYOUT, ABOUT):
        pass  # other songs do not wait


def test_a_killed_process_holds_nothing(cache: StemCache, other: subprocess.Popen[str]) -> None:
    other.kill()
    other.wait(30)
    with cache.open("k", LAYOUT, ABOUT, lambda: True) as store:
        assert store.done.tolist() == [False, True, False]


def test_a_lock_is_not_unlinked_while_another_has_it(
    cache: StemCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file goes while it is held: once released it may be another's, and a third would take a
    new one beside it.
    """
    fill(cache, "k", 1e3)
    seen = []
    release = FileLock.release

    def watched(self: FileLock, force: bool = False) -> None:
        seen.append(Path(self.lock_file).exists())
        release(self, force)

    monkeypatch.setattr(cache_module.FileLock, "release", watched)
    assert cache.remove("k")
    assert seen
    assert not any(seen)


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[StemCache]:
    """A cache with an entry in a folder that cannot be written."""
    folder = tmp_path / "read only"
    folder.mkdir()
    root = os.name == "posix" and os.geteuid() == 0
    if root:
        mount = ["mount", "-t", "tmpfs", "tmpfs", str(folder)]
        if not shutil.which("mount") or subprocess.run(mount, capture_output=True).returncode:
            pytest.skip("for root a folder is read-only only where it may mount one")
    cache = StemCache(folder)
    fill(cache, "k", 1e3)
    if root:
        subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
    for path in [] if root else [*folder.rglob("*"), folder]:
        path.chmod(0o500)
    yield cache
    if root:
        subprocess.run(["umount", str(folder)], check=True)
    for path in [] if root else [folder, *folder.rglob("*")]:
        path.chmod(0o700)


@pytest.mark.parametrize("key", ["k", "new"])
def test_a_folder_that_cannot_be_written_is_said(read_only: StemCache, key: str) -> None:
    with (
        pytest.raises(CacheError, match=r"cannot be .*REMIXER_CACHE"),
        read_only.open(key, LAYOUT, ABOUT),
    ):
        pytest.fail("opened")
    with pytest.raises(CacheError, match=r"cannot be written.*REMIXER_CACHE"):
        read_only.set_limit(0)
    assert keys(read_only) == ["k"]
    assert not read_only.remove("k")
    assert read_only.clear() == 0
    assert keys(read_only) == ["k"]


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    cache = StemCache(tmp_path / "file")
    with (
        pytest.raises(CacheError, match=r"file cannot be written .*REMIXER_CACHE"),
        cache.open("k", LAYOUT, ABOUT),
    ):
        pytest.fail("opened")
    assert cache.entries() == []
    assert cache.clear() == 0
