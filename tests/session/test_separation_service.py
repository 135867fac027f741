"""Separation for the window, by the real process: order, cancelling, crashes, errors."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from remixer.audio.reader import open_audio
from remixer.dsp.signal import STEMS
from remixer.mixing.nulltest import null_test
from remixer.mixing.stems import StemSet
from remixer.separation import catalogue
from remixer.separation.cache import StemCache
from remixer.separation.catalogue import Card, find_model
from remixer.separation.store import CHUNK, STEMS_FILE, StemStore
from remixer.session import separation_service
from remixer.session.separation import separated
from remixer.session.separation_service import Separation, SeparationService
from remixer.session.separation_worker import following
from tests.support import music, small_disk, write

RATE = 44_100
CHUNKS = 16
PATIENCE_S = 120.0
DEMO = Path(__file__).parents[2] / "resources" / "demo" / "demo.flac"

posix = pytest.mark.skipif(os.name != "posix", reason="stops a process by POSIX signals")


@pytest.fixture(scope="module")
def song(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Long enough that it can be interfered with."""
    samples = np.tile(music(1, CHUNK, RATE), (CHUNKS, 1))[: -CHUNK // 2]
    return write(tmp_path_factory.mktemp("songs") / "song.wav", samples, RATE, "PCM_16")


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(
        tmp_path_factory.mktemp("songs") / "short.wav", music(2, 9_001, RATE), RATE, "PCM_24"
    )


@pytest.fixture(autouse=True)
def small_models(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(catalogue.ENVIRONMENT, str(models))


@pytest.fixture
def service(tmp_path: Path) -> Iterator[SeparationService]:
    with SeparationService(tmp_path / "cache") as service:
        yield service


def until(
    service: SeparationService,
    reached: Callable[[Separation], object] = lambda status: not status.active,
) -> Separation:
    """The first status seen that is as wanted, or the last of a job that ended before."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        status = service.status()
        if status and (reached(status) or not status.active):
            return status
        time.sleep(0.002)
    raise AssertionError(f"still {service.status()}")


def some(status: Separation) -> bool:
    return bool(status.done.any())


def gone(pid: int) -> bool:
    """Whether a process runs no more."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return True
        if state == "Z":
            return True
        time.sleep(0.01)
    return False


def test_the_window_imports_no_torch() -> None:
    modules = ("separation_service", "document", "exporting")
    code = "".join(f"import remixer.session.{name}\n" for name in modules)
    code += "import sys; print([m for m in ('torch', 'PySide6', 'matplotlib') if m in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (result.stdout, result.stderr) == ("[]\n", "")


def test_separates_as_the_command_line_does(
    service: SeparationService, song: Path, card: Card, tmp_path: Path
) -> None:
    assert service.status() is None
    service.start(song, "cnn1")
    assert service.status().state == "waiting"
    seen: list[Separation] = []
    while not seen or seen[-1].active:
        seen.append(until(service, lambda status: not seen or status is not seen[-1]))
    done_s = [status.done_s for status in seen]
    assert done_s == sorted(done_s)
    assert {"waiting", "separating", "done"} == {status.state for status in seen}
    under_way = [s for s in seen if s.state == "separating" and 0 < s.done_s < s.total_s]
    assert under_way
    assert all(s.left_s is not None and s.left_s > 0 for s in under_way)
    end = seen[-1]
    assert (end.done_s, end.chunk, end.done.tolist()) == (end.total_s, CHUNK, [True] * CHUNKS)
    reference = StemCache(tmp_path / "reference")
    with open_audio(song) as source, separated(source, card, cache=reference) as stems:
        assert end.folder is not None
        expected = stems.stored.folder / STEMS_FILE
        assert (end.folder / STEMS_FILE).read_bytes() == expected.read_bytes()
        with StemStore.open(end.folder) as store:
            mine = StemSet(source, store)
            assert null_test(source, [mine.reader(stem) for stem in STEMS]).passed
            assert store.about == {"source": "song.wav", "model": "cnn1"}


def test_chunks_from_the_playhead_on_come_first(service: SeparationService, song: Path) -> None:
    service.start(song, "cnn1", 4 * CHUNK + 5)
    first = until(service, some)
    assert first.done[4:].any()
    service.follow(13 * CHUNK)
    then = until(service, lambda status: status.done[13:].all())
    assert not then.done[4:13].all()
    assert not then.done[:4].any()
    assert until(service).state == "done"


def test_order_follows_the_playhead() -> None:
    place = 2
    order = following(np.array([0, 0, 0, 0, 1, 0, 0], np.bool_), lambda: place)
    assert [next(order), next(order)] == [2, 3]
    place = 6
    assert next(order) == 6
    place = 1
    assert list(order) == [1, 5, 0]


@posix
def test_done_comes_from_the_cache_without_the_process(
    service: SeparationService, short: Path, tmp_path: Path
) -> None:
    service.start(short, "cnn1")
    first = until(service)
    assert first.state == "done", first.error
    service.start(short, "bands")
    other = until(service)
    assert other.folder != first.folder
    with SeparationService(tmp_path / "cache") as another:
        os.kill(another.pid, signal.SIGSTOP)
        another.start(short, "cnn1")
        again = until(another)
    assert (again.state, again.folder, again.done_s) == ("done", first.folder, first.total_s)
    assert again.done.tolist() == [True]


def test_the_content_is_told_and_need_not_be_read_again(
    service: SeparationService, short: Path
) -> None:
    with open_audio(short) as source:
        content = source.content_hash()
    service.start(short, "bands")
    first = until(service)
    assert (first.state, first.content) == ("done", content)
    service.start(short, "bands", content=content)
    again = until(service)
    assert (again.state, again.folder, again.content) == ("done", first.folder, content)
    service.start(short, "bands", content="of another song")
    other = until(service)
    assert other.state == "done"
    assert other.folder != first.folder


def test_cancel_frees_the_entry_and_keeps_what_is_done(
    service: SeparationService, song: Path
) -> None:
    service.start(song, "cnn1")
    until(service, some)
    service.cancel()
    cancelled = service.status()
    assert cancelled.state == "cancelled"
    assert cancelled.folder is not None
    with StemStore.open(cancelled.folder) as store:
        layout, cache = store.layout, StemCache(cancelled.folder.parent)
        with cache.open(cancelled.folder.name, layout, {}) as held:  # waits for the process
            kept = held.done
    assert kept[cancelled.done].all()
    assert not kept.all()
    service.start(song, "cnn1")
    resumed = until(service, lambda status: status.folder)
    assert (resumed.done >= kept).all()
    assert until(service).state == "done"


def test_a_new_start_replaces_the_job_before(
    service: SeparationService, song: Path, short: Path
) -> None:
    service.start(song, "cnn1")
    long = until(service, some)
    service.start(song, "bands")
    service.start(short, "cnn1")
    end = until(service)
    assert (end.state, end.total_s) == ("done", 9_001 / RATE)
    with StemStore.open(long.folder) as store:
        assert not store.complete


@posix
def test_a_killed_process_fails_the_job_and_the_next_resumes(
    service: SeparationService, song: Path
) -> None:
    service.start(song, "cnn1")
    before = until(service, some)
    pid = service.pid
    os.kill(pid, signal.SIGKILL)
    failed = until(service)
    assert failed.state == "failed"
    assert "ended unexpectedly" in failed.error
    assert "\n" not in failed.error
    assert not failed.done.all()
    service.start(song, "cnn1")
    resumed = until(service, lambda status: status.folder)
    assert service.pid not in (pid, None)
    assert (resumed.done >= before.done).all()
    assert until(service).state == "done"


@posix
def test_a_process_killed_while_idle_is_replaced(service: SeparationService, short: Path) -> None:
    service.start(short, "cnn1")
    until(service)
    pid = service.pid
    os.kill(pid, signal.SIGKILL)
    assert gone(pid)
    assert service.status().state == "done"
    service.start(short, "bands")
    assert until(service).state == "done"


@posix
def test_a_process_that_always_dies_fails_the_job(
    service: SeparationService, short: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dying = [sys.executable, "-c", "import sys; sys.exit(3)"]
    monkeypatch.setattr(separation_service, "worker_command", lambda: dying)
    os.kill(service.pid, signal.SIGKILL)
    service.start(short, "cnn1")
    assert "exit code 3" in until(service).error
    monkeypatch.setattr(separation_service, "worker_command", lambda: ["/no/such/program"])
    service.start(short, "cnn1")
    assert "cannot be started" in until(service).error
    monkeypatch.undo()


@posix
def test_a_process_killed_at_its_start_is_replaced(service: SeparationService, short: Path) -> None:
    os.kill(service.pid, signal.SIGKILL)
    service.start(short, "cnn1")
    assert until(service).state == "done"


def test_two_services_share_one_entry(
    service: SeparationService, song: Path, tmp_path: Path
) -> None:
    service.start(song, "cnn1")
    until(service, some)
    with SeparationService(tmp_path / "cache") as second:
        second.start(song, "cnn1")
        seen = until(second, some)  # what the first has done, while the second waits
        assert not seen.active or seen.state == "waiting"
        ends = [until(service), until(second)]
    assert [(end.state, end.done.all()) for end in ends] == [("done", True)] * 2
    assert ends[0].folder == ends[1].folder


def test_the_open_song_s_stems_survive_another_remixer_s_eviction(
    service: SeparationService, song: Path, short: Path, tmp_path: Path
) -> None:
    cache = StemCache(tmp_path / "cache")
    service.start(short, "cnn1")
    folder = until(service).folder
    assert folder
    cache.set_limit(0)
    assert [entry.key for entry in cache.entries()] == [folder.name]
    service.start(song, "cnn1")
    until(service, lambda status: status.folder and status.folder != folder)
    service.cancel()
    assert not folder.exists()  # the next song's needed the room


def test_another_takes_over_from_a_service_that_stops(
    service: SeparationService, song: Path, tmp_path: Path
) -> None:
    service.start(song, "cnn1")
    until(service, some)
    with SeparationService(tmp_path / "cache") as second:
        second.start(song, "cnn1")
        until(second, some)
        service.close()
        end = until(second)
    assert (end.state, end.done.all()) == ("done", True)


def test_close_ends_the_process(tmp_path: Path, song: Path) -> None:
    service = SeparationService(tmp_path / "cache")
    service.start(song, "cnn1")
    pid = service.pid
    service.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    service.close()
    service.start(song, "cnn1")
    service.follow(5)
    service.cancel()
    assert service.pid is None


@posix
def test_a_process_that_hangs_is_killed(tmp_path: Path) -> None:
    service = SeparationService(tmp_path / "cache")
    pid = service.pid
    os.kill(pid, signal.SIGSTOP)
    service.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@posix
def test_the_process_ends_with_the_window(tmp_path: Path, song: Path) -> None:
    code = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from remixer.session.separation_service import SeparationService\n"
        "service = SeparationService(Path(sys.argv[1]))\n"
        "service.start(Path(sys.argv[2]), 'cnn1')\n"
        "while not service.status().done.any(): time.sleep(0.01)\n"
        "print(service.pid, flush=True)\n"
        "time.sleep(1000)\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "cache"), str(song)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as window:
        pid = int(window.stdout.readline())
        window.kill()
    assert gone(pid)


@posix
def test_playing_comes_before_separating(service: SeparationService, short: Path) -> None:
    service.start(short, "cnn1")
    until(service)
    assert os.getpriority(os.PRIO_PROCESS, service.pid) == os.nice(0) + 5


def test_what_goes_wrong_is_one_line(
    service: SeparationService, short: Path, models: Path, tmp_path: Path
) -> None:
    def error(path: Path, model: str) -> str:
        service.start(path, model)
        status = until(service)
        assert status.state == "failed"
        assert "\n" not in status.error
        return status.error

    assert "'nothing' is not installed" in error(short, "nothing")
    assert "does not exist" in error(tmp_path / "vanished.wav", "cnn1")
    text = tmp_path / "text.wav"
    text.write_text("no sound")
    assert "not audio" in error(text, "cnn1")
    service.start(short, "cnn1")
    assert until(service).state == "done"


def test_damaged_weights(
    service: SeparationService,
    short: Path,
    models: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    for name in ("cnn1", "bands"):
        for extension in (".json", ".safetensors"):
            data = (models / (name + extension)).read_bytes()
            (folder / (name + extension)).write_bytes(data)
    (folder / "bands.safetensors").write_bytes(b"")
    monkeypatch.setenv(catalogue.ENVIRONMENT, str(folder))
    with SeparationService(tmp_path / "cache") as damaged:
        damaged.start(short, "bands")
        assert "bands.safetensors" in until(damaged).error
        damaged.start(short, "cnn1")
        assert until(damaged).state == "done"


def test_a_full_cache(song: Path, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "size=256k") as folder, SeparationService(folder) as service:
        service.start(song, "cnn1")
        failed = until(service)
        assert failed.state == "failed"
        assert "free some space" in failed.error


def test_the_demo_song_with_the_shipped_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(catalogue.ENVIRONMENT)
    assert find_model("cnn1").config["hidden"] > 32
    with SeparationService(tmp_path / "cache") as service, open_audio(DEMO) as source:
        service.start(DEMO, "cnn1", source.length // 2)
        end = until(service)
        assert end.state == "done", end.error
        with StemStore.open(end.folder) as store:
            middle = store.read(source.length // 2, RATE)
    assert np.all(np.abs(middle).max(axis=(1, 2)) > 0.001)
