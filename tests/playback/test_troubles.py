"""What goes wrong with sound: devices go, processes die, files end. Never a crash."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from remixer.mixing.strips import MixState
from remixer.playback import player as players
from remixer.playback.jack import remove_abandoned
from remixer.playback.player import Player
from remixer.playback.types import BACK, LOST, Sound
from tests.audio_server import AudioServer, wait_until
from tests.playback.support import RAISED, RATE, Stems, offline, samples_of
from tests.playback.test_player import FADE, PIECE, frames, opened, passed, played
from tests.support import write

Make = Callable[..., Player]


def processes() -> set[int]:
    """Audio processes that run now, whoever started them."""
    found = set()
    for folder in Path("/proc").iterdir():
        try:
            if folder.name.isdigit() and b"remixer.playback.process" in (
                folder / "cmdline"
            ).read_bytes().split(b"\0"):
                found.add(int(folder.name))
        except OSError:
            continue
    return found


def child_of(player: Player) -> int:
    """The player's process. It is found by the file that it shares."""
    (found,) = [
        pid for pid in processes() if str(player.shared) in Path(f"/proc/{pid}/cmdline").read_text()
    ]
    return found


def test_a_lost_device_pauses_and_one_that_is_back_plays_on(
    server: AudioServer, player: Player, path: Path
) -> None:
    opened(player, path)
    player.play()
    passed(player, RATE)
    server.kill()
    wait_until(lambda: not player.snapshot().playing)
    lost = player.snapshot()
    assert lost.sound is Sound.NO_DEVICE
    assert lost.notice.startswith("The output device went away: playing is paused at 0:01")
    assert lost.notice_about == LOST
    assert RATE <= lost.position < 3 * RATE
    player.seek(5 * RATE)
    wait_until(lambda: player.snapshot().position == 5 * RATE)
    player.play()
    wait_until(lambda: "no output device" in player.snapshot().notice)
    assert not player.snapshot().playing
    server.start()
    wait_until(lambda: player.snapshot().device)
    back = player.snapshot()
    assert back.sound is Sound.READY
    assert back.notice.startswith("Sound is back on")
    assert back.notice_about == BACK
    assert back.notice_number > lost.notice_number
    expected = frames(samples_of(path)[:, 5 * RATE + FADE : 6 * RATE])
    with server.capture() as capture:
        player.play()
        assert np.array_equal(played(capture, expected), expected)
    server.kill()
    wait_until(lambda: player.snapshot().notice_about == LOST)
    server.start()
    wait_until(lambda: player.snapshot().notice_about == BACK)  # the second time too


def test_a_killed_process_comes_back_and_plays_on(
    server: AudioServer, player: Player, path: Path, tmp_path: Path
) -> None:
    mix = samples_of(path)
    stems = Stems(tmp_path / "stems", mix)
    stems.put_all()
    stems.store.close()
    opened(player, path)
    player.set_stems(stems.folder)
    player.state = RAISED
    player.play()
    passed(player, RATE)
    with server.capture() as capture:
        first = child_of(player)
        os.kill(first, signal.SIGKILL)
        passed(player, 2 * RATE)
        assert player.snapshot().playing
        assert child_of(player) != first
        expected = frames(offline(mix, [(0, RAISED)], mix.shape[1]))[3 * RATE : 3 * RATE + PIECE]
        played(capture, expected)


def test_a_process_that_is_held_up_tells_of_the_gap(
    server: AudioServer, player: Player, path: Path
) -> None:
    opened(player, path)
    player.play()
    passed(player, RATE)
    before = player.snapshot().glitches
    child = child_of(player)
    os.kill(child, signal.SIGSTOP)
    time.sleep(1.0)
    os.kill(child, signal.SIGCONT)
    wait_until(lambda: player.snapshot().glitches > before)
    assert player.snapshot().playing


def test_a_hung_process_is_replaced_and_stays_paused(
    server: AudioServer, player: Player, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(players, "HANG_S", 1.0)
    monkeypatch.setattr(players, "PATIENCE_S", 0.1)
    opened(player, path)
    player.play()
    passed(player, RATE)
    first = child_of(player)
    os.kill(first, signal.SIGSTOP)
    for number in range(3000):
        player.seek(number)  # returns at once, whatever the process does
    player.seek(RATE)
    wait_until(lambda: first not in processes())
    wait_until(lambda: player.snapshot().device and not player.snapshot().playing)
    assert player.snapshot().position == RATE
    assert "hung" in player.snapshot().notice
    player.play()
    passed(player, 2 * RATE)


def test_a_process_that_cannot_start_is_given_up_with_a_notice(
    path: Path, make_player: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(players, "process_command", lambda _: [sys.executable, "-c", ""])
    monkeypatch.setattr(players, "PAUSES_S", (0.0, 0.0, 0.1))
    player = make_player()
    player.open(path)
    wait_until(lambda: player.snapshot().sound is Sound.NO_DEVICE)
    assert "no sound" in player.snapshot().notice
    player.seek(1234)
    assert player.snapshot().position == 1234
    monkeypatch.undo()


def test_without_portaudio_everything_but_playing_works(
    path: Path, tmp_path: Path, make_player: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "raise OSError('PortAudio library not found')\n"  # what sounddevice raises then
    (tmp_path / "sounddevice.py").write_text(text)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    player = make_player()
    player.open(path)
    wait_until(lambda: player.snapshot().sound is Sound.NO_LIBRARY)
    wait_until(lambda: "PortAudio is not installed" in player.snapshot().notice)
    player.play()
    wait_until(lambda: not player.snapshot().playing)
    player.seek(4321)
    player.state = MixState(master_db=-1.0)
    wait_until(lambda: player.snapshot().position == 4321)
    assert player.devices() == []


def test_without_a_device_there_is_a_notice(
    path: Path, tmp_path: Path, make_player: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULSE_SERVER", f"unix:{tmp_path}/nothing")
    player = make_player()
    player.open(path)
    wait_until(lambda: player.snapshot().sound is Sound.NO_DEVICE)
    wait_until(lambda: "no output device" in player.snapshot().notice)
    player.play()
    wait_until(lambda: not player.snapshot().playing)


def test_a_file_that_is_no_song_is_a_notice(
    server: AudioServer, player: Player, path: Path, tmp_path: Path
) -> None:
    player.open(tmp_path / "missing.wav")
    wait_until(lambda: "does not exist" in player.snapshot().notice)
    assert opened(player, path).snapshot().sound is Sound.READY


def test_a_file_with_nan_and_one_that_is_cut_off_are_notices(
    server: AudioServer, player: Player, tmp_path: Path
) -> None:
    samples = np.full((30 * RATE, 1), 0.25)
    samples[RATE] = np.nan
    opened(player, write(tmp_path / "nan.wav", samples, RATE, "FLOAT"))
    player.play()
    wait_until(lambda: "nan" in player.snapshot().notice)
    wait_until(lambda: not player.snapshot().playing)
    path = write(tmp_path / "cut.wav", np.full((30 * RATE, 2), 0.25), RATE, "PCM_24")
    opened(player, path)
    player.play()
    passed(player, RATE // 2)
    os.truncate(path, 100_000)
    path.unlink()
    player.seek(20 * RATE)
    wait_until(lambda: "cut.wav" in player.snapshot().notice)
    wait_until(lambda: not player.snapshot().playing)


def test_stems_of_another_song_are_a_notice_and_the_song_plays(
    server: AudioServer, player: Player, path: Path, tmp_path: Path
) -> None:
    mix = samples_of(path)
    stems = Stems(tmp_path / "stems", mix[:, : 2 * RATE])
    stems.store.close()
    opened(player, path)
    player.set_stems(stems.folder)
    wait_until(lambda: "another song" in player.snapshot().notice)
    player.state = RAISED
    with server.capture() as capture:
        player.play()
        assert np.array_equal(played(capture, frames(mix[:, :RATE])), frames(mix[:, :RATE]))


def test_close_leaves_no_process_and_no_file(server: AudioServer, make_player: Make) -> None:
    player = make_player()
    wait_until(lambda: player.snapshot().sound is Sound.READY)
    child, shared = child_of(player), player.shared
    assert shared.exists()
    player.close()
    player.close()
    assert child not in processes()
    assert not shared.exists()
    assert not player.snapshot().playing
    player.play()
    player.seek(5)


def test_a_player_that_is_closed_at_once_leaves_nothing(make_player: Make) -> None:
    before = processes()
    player = make_player()
    player.close()
    assert processes() <= before
    assert not player.shared.exists()


def test_the_process_ends_with_its_parent(server: AudioServer) -> None:
    code = (
        "import time; from remixer.playback.player import Player; p = Player();"
        "print(p.shared, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout
    shared = Path(parent.stdout.readline().strip())

    def running() -> list[int]:
        return [
            pid for pid in processes() if str(shared) in Path(f"/proc/{pid}/cmdline").read_text()
        ]

    wait_until(running)
    time.sleep(0.5)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    wait_until(lambda: not running())
    assert not shared.exists()


def test_an_abandoned_database_of_jack_is_removed_and_one_in_use_is_not(tmp_path: Path) -> None:
    folder = tmp_path / "jack_db-0"
    assert not remove_abandoned(folder)
    folder.mkdir()
    with (folder / "__db.001").open("w"):
        assert not remove_abandoned(folder)
    assert remove_abandoned(folder)
    assert not folder.exists()
