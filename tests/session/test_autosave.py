"""Recovery files: what is kept, what a dead window leaves to whom, and what a bad disk does."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from remixer.mixing.strips import MixState
from remixer.session.autosave import KEPT_S, Autosaver, Recovery, Work, recoveries, recovery_folder
from remixer.session.saved import Geometry, SavedMix
from remixer.session.savefile import save_mix
from tests.audio_server import wait_until
from tests.support import small_disk

NEVER_S = 3600.0
GEOMETRY = Geometry(44_100, 2, 100_000)
WINDOW = """
import sys
from pathlib import Path
from remixer.session.autosave import Autosaver, Work
from remixer.session.savefile import read_mix
saver = Autosaver(Path(sys.argv[1]))
session = Path(sys.argv[3]) if len(sys.argv) > 3 else None
saver.keep(Work(read_mix(Path(sys.argv[2])), session))
assert saver.flush()
print("kept", flush=True)
sys.stdin.read()
"""
"""A window's autosave in a process of its own: folder, the moves, the session's file."""


def moves(gain_db: float) -> SavedMix:
    mix = MixState().with_strip("vocals", gain_db=gain_db)
    return SavedMix(Path("/music/song.wav"), GEOMETRY, mix, None, "cnn1")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state" / "recovery"


@contextmanager
def window(folder: Path, gain_db: float, session: Path | None = None) -> Iterator[Path]:
    """A process that has moves which are not saved, until it is killed at the end."""
    given = folder.parent.parent / f"{gain_db}.remix"
    save_mix(given, moves(gain_db))
    command = [sys.executable, "-c", WINDOW, folder, given, *([session] if session else [])]
    process = subprocess.Popen(
        [str(part) for part in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == b"kept\n"
        yield given
    finally:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def let_go(found: list[Recovery]) -> None:
    for recovery in found:
        recovery.let_go()


def test_a_change_is_on_the_disk_soon(folder: Path) -> None:
    with Autosaver(folder) as saver:
        saver.keep(Work(moves(1.5)))
        wait_until(lambda: saver.file and saver.file.exists())
        assert saver.file is not None
        values = json.loads(saver.file.read_text())
        assert values["unsaved"] is True
        assert values["session"] is None
        assert values["work"]["mix"]["strips"]["vocals"]["gain_db"] == 1.5
        saver.keep(Work(moves(2.5)))
        file = saver.file
        wait_until(lambda: b'"gain_db": 2.5' in file.read_bytes())


def test_a_clean_end_leaves_nothing(folder: Path) -> None:
    with Autosaver(folder) as saver:
        saver.keep(Work(moves(1.5)))
        assert saver.flush()
        assert len(names(folder)) == 2
    assert names(folder) == []


def test_nothing_is_made_before_there_is_something_to_keep(folder: Path) -> None:
    with Autosaver(folder) as saver:
        saver.keep(None)
        assert saver.flush()
    assert not folder.exists()


def test_letting_a_song_go_lets_its_file_go(folder: Path) -> None:
    with Autosaver(folder, NEVER_S) as saver:
        saver.keep(Work(moves(1.5)))
        saver.flush()
        saver.keep(None)
        saver.flush()
        assert not list(folder.glob("*.remix"))
        saver.keep(Work(moves(3.0)))
        saver.flush()
        assert len(list(folder.glob("*.remix"))) == 1


def test_an_end_that_asked_nobody_keeps_the_file(folder: Path) -> None:
    saver = Autosaver(folder, NEVER_S)
    saver.keep(Work(moves(1.5)))
    saver.close(keep=True)
    (found,) = recoveries(folder)
    assert found.work == Work(moves(1.5))
    found.let_go()


def test_what_a_killed_window_leaves(folder: Path, tmp_path: Path) -> None:
    session = tmp_path / "moves.remix"
    with window(folder, 1.5, session):
        assert recoveries(folder) == []
    (found,) = recoveries(folder)
    assert found.work == Work(moves(1.5), session)
    assert abs(found.time_s - time.time()) < 600
    found.discard()
    assert names(folder) == []
    assert recoveries(folder) == []


def test_two_windows_do_not_steal_from_each_other(folder: Path) -> None:
    with window(folder, 1.5):
        with window(folder, 2.5):
            assert recoveries(folder) == []
        (found,) = recoveries(folder)
        assert found.work == Work(moves(2.5))
        found.discard()
        assert recoveries(folder) == []
    (found,) = recoveries(folder)
    assert found.work == Work(moves(1.5))
    found.let_go()


def test_one_process_at_a_time_offers_it(folder: Path) -> None:
    with window(folder, 1.5):
        pass
    found = recoveries(folder)
    code = "import sys, pathlib; from remixer.session.autosave import recoveries; "
    code += "print(len(recoveries(pathlib.Path(sys.argv[1]))))"

    def other() -> int:
        return int(subprocess.check_output([sys.executable, "-c", code, str(folder)]))

    assert len(found) == 1
    assert other() == 0
    let_go(found)
    assert other() == 1


def test_the_newest_comes_first(folder: Path) -> None:
    for gain_db in (1.0, 2.0, 3.0):
        with window(folder, gain_db):
            pass
    found = recoveries(folder)
    assert [r.work.saved.mix.strips[0].gain_db for r in found] == [3.0, 2.0, 1.0]
    let_go(found)


def test_what_is_saved_is_not_offered(folder: Path, tmp_path: Path) -> None:
    """Killed between the session's rename and the note of it."""
    session = tmp_path / "session.remix"
    save_mix(session, moves(1.5))
    with window(folder, 1.5, session):
        pass
    assert recoveries(folder) == []
    assert names(folder) == []
    with window(folder, 2.5, session):
        pass
    (found,) = recoveries(folder)
    assert found.work == Work(moves(2.5), session)
    found.let_go()


def test_nothing_unsaved_is_nothing_to_offer(folder: Path) -> None:
    saver = Autosaver(folder, NEVER_S)
    saver.keep(Work(moves(1.5), unsaved=False))
    saver.close(keep=True)
    assert recoveries(folder) == []
    assert names(folder) == []


def test_what_a_killed_write_left_goes(folder: Path) -> None:
    with window(folder, 1.5):
        pass
    (found,) = recoveries(folder)
    found.let_go()
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    code = f"import os; os.getpid = lambda: {dead.pid}; import sys, pathlib; "
    code += "from remixer.audio.temporaries import claim; claim(pathlib.Path(sys.argv[1]))"
    (file,) = folder.glob("*.remix")
    subprocess.run([sys.executable, "-c", code, str(file)], check=True)
    assert len([n for n in names(folder) if n.startswith(".")]) == 1
    (found,) = recoveries(folder)
    assert not [n for n in names(folder) if n.startswith(".")]
    found.let_go()


@pytest.mark.parametrize("text", ["", "{", "{}", '{"recovery": 99}', '{"recovery": 1}'])
def test_what_cannot_be_read_is_left_for_a_month(folder: Path, text: str) -> None:
    folder.mkdir(parents=True)
    file = folder / "x.remix"
    file.write_text(text)
    assert recoveries(folder) == []
    assert file.exists()
    old = time.time() - KEPT_S - 1000
    os.utime(file, (old, old))
    assert recoveries(folder) == []
    assert names(folder) == []


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file")
    with Autosaver(tmp_path / "state" / "recovery", NEVER_S) as saver:
        saver.keep(Work(moves(1.5)))
        assert not saver.flush()
        assert "Not a directory" in saver.trouble or "exists" in saver.trouble
    assert recoveries(tmp_path / "state" / "recovery") == []


def test_a_full_disk_is_told_and_the_last_good_file_stays(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "size=64k") as disk:
        folder = disk / "recovery"
        saver = Autosaver(folder, 0.05)
        saver.keep(Work(moves(1.5)))
        assert saver.flush()
        filler = disk / "filler"
        try:
            with filler.open("wb", 0) as file:
                while True:
                    file.write(bytes(4096))
        except OSError:
            pass
        saver.keep(Work(moves(2.5)))
        wait_until(lambda: "No space left" in saver.trouble)
        assert saver.file is not None
        assert b'"gain_db": 1.5' in saver.file.read_bytes()
        filler.unlink()
        wait_until(lambda: saver.trouble == "")
        saver.close(keep=True)
        (found,) = recoveries(folder)
        assert found.work == Work(moves(2.5))
        found.discard()


def test_the_folder_can_be_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("REMIXER_STATE", str(tmp_path))
    assert recovery_folder() == tmp_path / "recovery"
    monkeypatch.delenv("REMIXER_STATE")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "xdg"))
    assert tmp_path / "xdg" in recovery_folder().parents


def test_moves_of_a_drag_are_kept_while_it_lasts(folder: Path) -> None:
    """Writes go on while changes do: the last one waits for no pause."""
    with Autosaver(folder, 0.2) as saver:
        seen: set[bytes] = set()
        for step in range(1, 400):
            saver.keep(Work(replace(moves(step / 100), model=f"m{step}")))
            time.sleep(0.005)
            if saver.file and saver.file.exists():
                seen.add(saver.file.read_bytes())
        assert 2 < len(seen) < 200
