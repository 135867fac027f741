"""Drives that go, files that shrink, clocks that jump, two windows on one session, ten hours of
sound. `docs/quality.md` lists the tests of other faults, which lie with what they test.
"""

import json
import os
import shutil
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from remixer.app.keeper import NEW, Keeper, Origin
from remixer.audio.reader import open_audio
from remixer.errors import InputError, OutputError, RemixerError
from remixer.mixing.strips import MixState
from remixer.separation.cache import StemCache
from remixer.separation.store import Layout
from remixer.session import autosave
from remixer.session.autosave import KEPT_S, OFFERS, Autosaver, recoveries
from remixer.session.document import Document
from remixer.session.export_plan import ExportPlan
from remixer.session.exporting import run_export
from remixer.session.jobs import Watch
from remixer.session.savefile import load_mix, read_mix
from tests.hardening import corpus
from tests.support import music, read_ints, small_disk, tree, write

RATE = 44_100
YEAR_S = 365 * 86_400.0
WATCH = Watch(lambda *_: None, lambda *_: None)
NEVER_S = 1e6


@pytest.fixture
def song(tmp_path: Path) -> Path:
    return write(tmp_path / "song.wav", 0.5 * music(2, RATE, RATE), RATE, "PCM_16")


# Drives that go, files that shrink


@pytest.mark.parametrize(
    ("format", "subtype"),
    [("WAV", "PCM_16"), ("AIFF", "PCM_24"), ("W64", "FLOAT"), ("FLAC", "PCM_16")],
)
def test_a_file_that_is_cut_while_it_is_open(tmp_path: Path, format: str, subtype: str) -> None:
    path = write(tmp_path / "a", 0.5 * music(2, 300_000, RATE), RATE, subtype, format)
    with open_audio(path) as reader:
        before = reader.read(0, 1_000)
        os.truncate(path, path.stat().st_size // 3)
        with pytest.raises(InputError, match=r"a is truncated or damaged after \d") as caught:
            reader.read(250_000, 1_000)
        assert "\n" not in str(caught.value)
        np.testing.assert_array_equal(reader.read(0, 1_000), before)


@pytest.mark.parametrize("format", ["WAV", "FLAC"])
def test_a_file_that_is_removed_while_it_is_open(tmp_path: Path, format: str) -> None:
    """Unix keeps it until it is closed: it plays on. A decoder that must begin anew says so."""
    path = write(tmp_path / "a", 0.5 * music(2, 100_000, RATE), RATE, "PCM_16", format)
    expected = read_ints(path).T / 2**31
    with open_audio(path) as reader:
        path.unlink()
        np.testing.assert_array_equal(reader.read(50_000, 1_000), expected[:, 50_000:51_000])


def test_a_drive_that_goes_under_an_open_song(tmp_path: Path) -> None:
    """Pulled out: the song is not where it was. Its session says so, an export leaves nothing."""
    with small_disk(tmp_path / "disk", "size=4m") as disk:
        song = write(disk / "song.wav", 0.5 * music(2, RATE, RATE), RATE, "PCM_16")
        keeper = Keeper(Autosaver(tmp_path / "recovery", NEVER_S))
        with Document(song) as document:
            keeper.begin(document, NEW, "cnn1")
            document.on_change.append(keeper.keep)
            keeper.save(disk / "song.remix")
            document.set_gain_db("vocals", 1.5)
            subprocess.run(["umount", "--lazy", str(disk)], check=True)
            try:
                disk.rmdir()
                with pytest.raises(OutputError, match=r"song\.remix|does not exist"):
                    keeper.save(disk / "song.remix")
                assert keeper.unsaved
                assert keeper.rescue() == ""
                with pytest.raises(RemixerError) as caught:
                    run_export(
                        ExportPlan("remix", tmp_path / "out"),
                        document.source,
                        None,
                        MixState(),
                        WATCH,
                    )
                assert "song.wav" in str(caught.value)
                assert not (tmp_path / "out").exists()
                with pytest.raises(InputError, match="does not exist"):
                    Document(song)
            finally:
                keeper.saver.close()
                disk.mkdir(exist_ok=True)
                subprocess.run(["mount", "-t", "tmpfs", "tmpfs", str(disk)], check=True)


def test_a_session_whose_drive_is_gone_names_it(tmp_path: Path, song: Path) -> None:
    keeper = Keeper(Autosaver(tmp_path / "recovery", NEVER_S))
    with Document(song) as document:
        keeper.begin(document, NEW, "cnn1")
        keeper.save(tmp_path / "song.remix")
        keeper.saver.close()
    song.unlink()
    with pytest.raises(InputError, match=r"the song of song\.remix is not at .*song\.wav any more"):
        load_mix(tmp_path / "song.remix")


def test_a_cache_whose_drive_is_gone(tmp_path: Path) -> None:
    """While it is being filled: what is asked for then is refused, nothing hangs, and a new one is
    made in its place.
    """
    cache, layout = StemCache(tmp_path / "cache"), Layout(RATE, 2, 1_000, 16)
    with cache.open("a" * 32, layout, {}):
        shutil.rmtree(tmp_path / "cache")
        assert cache.entries() == []
        with cache.open("b" * 32, layout, {}) as other:
            assert not other.complete
    assert [entry.key[0] for entry in cache.entries()] == ["b"]
    assert cache.finished("a" * 32, layout) is None


# Clocks that jump


@pytest.fixture
def left_over(tmp_path: Path, song: Path) -> Iterator[Path]:
    """What a window that was killed has left, in its folder."""
    folder = tmp_path / "recovery"
    saver = Autosaver(folder, NEVER_S)
    keeper = Keeper(saver)
    with Document(song) as document:
        keeper.begin(document, NEW, "cnn1")
        document.on_change.append(keeper.keep)
        document.set_gain_db("vocals", 1.5)
        saver.flush()
        saver.close(keep=True)
    yield folder
    for found in recoveries(folder):
        found.discard()


def set_clock(monkeypatch: pytest.MonkeyPatch, ahead_s: float) -> None:
    now = time.time
    monkeypatch.setattr(autosave.time, "time", lambda: now() + ahead_s)


def offered(folder: Path) -> int:
    found = recoveries(folder)
    for one in found:
        one.let_go()
    return len(found)


@pytest.mark.parametrize("ahead_s", [10 * YEAR_S, -10 * YEAR_S, 0.0])
def test_a_clock_that_jumps_takes_no_moves_away(
    left_over: Path, monkeypatch: pytest.MonkeyPatch, ahead_s: float
) -> None:
    """A flat battery says 2015, the network then says today: nothing is a month old by that."""
    set_clock(monkeypatch, ahead_s)
    assert offered(left_over) == 1
    assert offered(left_over) == 1


def test_what_nobody_wanted_for_a_month_and_several_starts_goes(
    left_over: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(OFFERS + 2):
        assert offered(left_over) == 1
    set_clock(monkeypatch, KEPT_S + 1)
    assert offered(left_over) == 0
    assert list(left_over.iterdir()) == []


def test_a_lock_that_is_held_outlives_any_clock(
    tmp_path: Path, song: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A window may be open for more than a month, too."""
    folder = tmp_path / "recovery"
    with Document(song) as document, Autosaver(folder, NEVER_S) as saver:
        keeper = Keeper(saver)
        keeper.begin(document, NEW, "cnn1")
        document.set_gain_db("vocals", 1.5)
        keeper.keep()
        saver.flush()
        set_clock(monkeypatch, YEAR_S)
        assert recoveries(folder) == []
        assert len(list(folder.glob("*.lock"))) == 1
        assert recoveries(folder) == []


def test_a_clock_that_jumps_empties_no_cache(tmp_path: Path) -> None:
    """Entries of the future and of 1970 are entries: some go first, none is damaged."""
    cache = StemCache(tmp_path / "cache")
    for number, used in enumerate((0.0, time.time() + 50 * YEAR_S, time.time())):
        with cache.open(f"{number}" * 32, Layout(8_000, 1, 10_000, 16), {}):
            pass
        os.utime(cache.folder / (f"{number}" * 32) / "store.json", (used, used))
    assert [entry.key[0] for entry in cache.entries()] == ["0", "2", "1"]
    assert cache.evict(0) == 0
    total = sum(entry.size for entry in cache.entries())
    cache.set_limit(total - 1)
    assert [entry.key[0] for entry in cache.entries()] == ["2", "1"]


# Two windows on one session


@pytest.fixture
def two(tmp_path: Path, song: Path) -> Iterator[tuple[Keeper, Document, Keeper, Document]]:
    """Two windows that have the same session open."""
    session = tmp_path / "song.remix"
    first = Keeper(Autosaver(tmp_path / "recovery", NEVER_S))
    with Document(song) as one, Document(song) as other:
        first.begin(one, NEW, "cnn1")
        first.save(session)
        second = Keeper(Autosaver(tmp_path / "recovery", NEVER_S))
        second.begin(other, Origin(session), "cnn1")
        yield first, one, second, other
        first.saver.close()
        second.saver.close()


def test_the_second_to_save_is_told(
    tmp_path: Path, two: tuple[Keeper, Document, Keeper, Document]
) -> None:
    first, one, second, other = two
    one.set_gain_db("vocals", 1.5)
    first.save(tmp_path / "song.remix")
    other.set_gain_db("bass", -2.0)
    with pytest.raises(OutputError, match="holds other moves by now, saved by another window"):
        second.save(tmp_path / "song.remix")
    assert read_mix(tmp_path / "song.remix").mix == one.mix
    assert second.unsaved
    second.save(tmp_path / "other.remix")
    assert read_mix(tmp_path / "other.remix").mix == other.mix
    first.save(tmp_path / "song.remix")


def test_whoever_says_so_replaces(
    tmp_path: Path, two: tuple[Keeper, Document, Keeper, Document]
) -> None:
    first, one, second, other = two
    one.set_gain_db("vocals", 1.5)
    first.save(tmp_path / "song.remix")
    second.save(tmp_path / "song.remix", replace=True)
    assert read_mix(tmp_path / "song.remix").mix == other.mix
    second.save(tmp_path / "song.remix")


def test_what_is_no_move_of_another_is_no_conflict(
    tmp_path: Path, two: tuple[Keeper, Document, Keeper, Document]
) -> None:
    """The content that the first notes, the same moves saved twice, a file that has gone."""
    first, one, second, other = two
    first.know("c0ffee")
    other.set_gain_db("bass", -2.0)
    second.save(tmp_path / "song.remix")
    one.set_gain_db("bass", -2.0)
    (tmp_path / "song.remix").unlink()
    first.save(tmp_path / "song.remix")
    assert read_mix(tmp_path / "song.remix").mix == one.mix


# Odd paths


@pytest.mark.parametrize(
    "name",
    [b"odd\xff\xfe name.wav", "söng 日本 👩\u200d🎤.wav".encode(), b"a" * 240 + b".wav", b" .wav"],
)
def test_odd_names_are_opened_saved_and_exported(tmp_path: Path, name: bytes) -> None:
    """Names that are no text, too; and a folder 3000 bytes deep."""
    folder = Path(tmp_path, *["d" * 200] * 15)
    folder.mkdir(parents=True)
    plain = write(tmp_path / "plain.wav", 0.5 * music(2, 5_000, RATE), RATE, "PCM_16")
    song = folder / os.fsdecode(name)
    shutil.copy(plain, song)
    keeper = Keeper(Autosaver(tmp_path / "recovery", NEVER_S))
    with Document(song) as document:
        keeper.begin(document, NEW, "cnn1")
        keeper.save(folder / "moves.remix")
        assert keeper.rescue() == ""
        plan = ExportPlan("remix", folder, naming="{part}")
        report = run_export(plan, document.source, None, MixState(), WATCH)
        keeper.saver.close()
    assert load_mix(folder / "moves.remix").song == song
    got = Path(shutil.copy(report.files[0], tmp_path / "got.wav"))
    np.testing.assert_array_equal(read_ints(got), read_ints(plain))


# Ten hours

HOURS = 10
LONG = """
import resource, sys
from pathlib import Path
import numpy as np
from remixer.audio.reader import open_audio
from remixer.mixing.strips import MixState
from remixer.session.exporting import run_export
from remixer.session.export_plan import ExportPlan
from remixer.session.jobs import Watch
song, out = Path(sys.argv[1]), Path(sys.argv[2])
resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
with open_audio(song) as reader:
    assert reader.length == 10 * 3600 * reader.rate
    for place in (0, reader.length // 2, reader.length - 1000):
        assert reader.read(place, 1000).shape == (2, 1000)
    end = reader.length - 1000
    assert reader.read(end, 1000)[0, -1] == 0.25
    plan = ExportPlan("remix", out, region=(end - 44_100, end + 1000))
    report = run_export(plan, reader, None, MixState(), Watch(lambda *_: 0, lambda *_: 0))
    print(report.files[0])
print(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])
"""


def ten_hours(path: Path) -> Path:
    """RF64, 24 bit, sparse: 9.5 GB of nothing, with a sample at its end."""
    soundfile.write(path, np.zeros((1, 2)), RATE, "PCM_24", format="RF64")
    head = bytearray(path.read_bytes())
    at = head.index(b"data")
    size = HOURS * 3600 * RATE * 6
    struct.pack_into("<I", head, 4, 0xFFFFFFFF)
    struct.pack_into("<I", head, at + 4, 0xFFFFFFFF)
    wide = head.index(b"ds64") + 8
    struct.pack_into("<QQQ", head, wide, at + size, size, HOURS * 3600 * RATE)
    with path.open("wb") as file:
        file.write(head[: at + 8])
        file.truncate(at + 8 + size)
        file.seek(at + 8 + size - 6)
        file.write(int(0.25 * 2**23).to_bytes(3, "little") * 2)
    return path


def test_ten_hours_open_seek_and_export_in_little_memory(tmp_path: Path) -> None:
    song = ten_hours(tmp_path / "long.wav")
    if song.stat().st_blocks * 512 > 1 << 30:
        pytest.skip("the disk knows no holes")
    done = subprocess.run(
        [sys.executable, "-c", LONG, str(song), str(tmp_path / "out")],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert done.returncode == 0, done.stderr
    file, peak = done.stdout.split("\n")[:2]
    assert int(peak) < 400_000  # kilobytes, the interpreter and its libraries with it
    assert len(read_ints(Path(file))) == 45_100
    assert read_ints(Path(file))[-1, 0] == int(0.25 * 2**31)


def test_ten_hours_have_an_outline_of_a_few_kilobytes(tmp_path: Path) -> None:
    from remixer.app.spectra_peaks import BUCKETS, Outline

    with open_audio(ten_hours(tmp_path / "long.wav")) as reader:
        outline = Outline(reader)
        assert outline.values.nbytes <= 12 * BUCKETS
        assert outline.close()


def test_hours_that_a_header_only_promises(tmp_path: Path) -> None:
    """A FLAC of 2^36 samples by its header: opens, has an outline, and ends where it ends."""
    from remixer.app.spectra_peaks import Outline

    data = bytearray(corpus.sounds()["FLAC"][0])
    data[21] |= 0x0F
    data[22:26] = b"\xff" * 4
    (tmp_path / "a.flac").write_bytes(data)
    with open_audio(tmp_path / "a.flac") as reader:
        assert reader.length == 2**36 - 1
        outline = Outline(reader)
        outline._thread.join(60)
        assert "truncated or damaged" in outline.error
        with pytest.raises(InputError, match="truncated or damaged"):
            reader.read(2**35, 1_000)


def test_nothing_private_is_in_a_session_but_the_song(tmp_path: Path, song: Path) -> None:
    """A `.remix` file is given away with its song: it names that, and nothing else of the disk."""
    keeper = Keeper(Autosaver(tmp_path / "recovery", NEVER_S))
    with Document(song) as document:
        keeper.begin(document, NEW, "cnn1")
        keeper.save(tmp_path / "song.remix")
        keeper.saver.close()
    values = json.loads((tmp_path / "song.remix").read_text())
    assert values["song"]["path"] == str(song)
    assert values["song"]["beside"] == "song.wav"
    text = json.dumps({key: value for key, value in values.items() if key != "song"})
    assert str(tmp_path) not in text
    assert set(tree(tmp_path)) >= {"song.remix", "song.wav"}
