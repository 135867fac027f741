"""The whole way: a player, its process, a real audio server, and what arrived there."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import soundfile

from remixer.dsp.signal import Samples
from remixer.mixing.strips import MixState
from remixer.playback.device import BLOCKS
from remixer.playback.player import Player
from remixer.playback.renderer import FADE
from remixer.playback.types import Latency, Listen, Monitor, Output
from tests.audio_server import AudioServer, Capture, Frames, find_run, wait_until
from tests.playback.support import RAISED, RATE, Stems, offline, roughest, samples_of, song
from tests.support import write

PIECE = 4096
DEMO = Path(__file__).parents[2] / "resources" / "demo" / "demo.flac"


@pytest.fixture(scope="module")
def mix(path: Path) -> Samples:
    return samples_of(path)


@pytest.fixture
def stems(tmp_path: Path, mix: Samples) -> Iterator[Stems]:
    stems = Stems(tmp_path / "stems", mix)
    yield stems
    stems.store.close()


def opened(player: Player, path: Path, position: int = 0) -> Player:
    """A player with a song and a device."""
    player.open(path, position)
    wait_until(lambda: player.snapshot().device)
    return player


def frames(samples: Samples) -> Frames:
    """As the device gets them, (samples, channels)."""
    return np.ascontiguousarray(samples.T, dtype=np.float32)


def passed(player: Player, position: int) -> None:
    wait_until(lambda: player.snapshot().position >= position)


def played(capture: Capture, expected: Frames) -> Frames:
    """What was captured from the first sample on, as long as expected; waits for it."""
    wait_until(lambda: find_run(capture.frames, expected) >= 0)
    start = find_run(capture.frames, expected)
    wait_until(lambda: len(capture.frames) >= start + len(expected))
    return capture.frames[start : start + len(expected)]


def test_ten_seconds_are_the_file_while_a_separation_runs(
    server: AudioServer, player: Player, path: Path, mix: Samples, tmp_path: Path
) -> None:
    """Of three tries one at least: the machine is shared, and may be taken away for a while."""
    expected = frames(mix[:, : 11 * RATE])
    opened(player, path)
    long = tmp_path / "long.wav"
    soundfile.write(long, np.tile(soundfile.read(DEMO)[0], (20, 1)), RATE, "PCM_16")
    command = [sys.executable, "-m", "remixer", "separate", str(long), "-o", str(tmp_path / "out")]
    environment = {**os.environ, "REMIXER_CACHE": str(tmp_path / "cache")}
    job = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_until(lambda: list((tmp_path / "cache").glob("*/done.raw")))
        assert any(is_exact(server, player, expected, job) for _ in range(3))
    finally:
        job.kill()
        job.wait()


def is_exact(
    server: AudioServer, player: Player, expected: Frames, job: "subprocess.Popen[bytes]"
) -> bool:
    """Whether the song was heard from its first sample on, bit for bit, beside a job."""
    with server.capture() as capture:
        player.play()
        exact = np.array_equal(played(capture, expected), expected)
    assert job.poll() is None, "the separation ended before the playing did"
    player.stop()
    wait_until(lambda: not player.snapshot().playing and player.snapshot().position == 0)
    return exact


def test_a_fader_move_is_heard_soon_with_its_gain_and_no_click(
    server: AudioServer, player: Player, path: Path, mix: Samples, stems: Stems
) -> None:
    stems.put_all()
    opened(player, path)
    player.set_stems(stems.folder)
    with server.capture() as capture:
        player.play()
        passed(player, RATE)
        before = len(capture.frames)
        player.state = RAISED
        capture.wait_frames(RATE)
        got = capture.frames
    start = find_run(got, frames(mix[:, :PIECE]))
    count = len(got) - start
    neutral = frames(mix[:, :count])
    changed = int(np.flatnonzero(np.any(got[start:] != neutral, axis=1))[0])
    begun = changed // BLOCKS[Latency.SAFE] * BLOCKS[Latency.SAFE]
    assert start + changed - before < RATE
    expected = frames(offline(mix, [(0, MixState()), (begun, RAISED)], count))
    assert np.array_equal(got[start:], expected)


def test_low_latency_plays_too(
    server: AudioServer, player: Player, path: Path, mix: Samples
) -> None:
    opened(player, path)
    player.play()
    passed(player, RATE // 4)
    player.output = Output(None, Latency.LOW)
    wait_until(lambda: 0 < player.snapshot().latency_s < Latency.SAFE.value / 2)
    with server.capture() as capture:
        passed(player, 2 * RATE)
        got = capture.frames
    places = [find_run(got, frames(mix[:, at : at + 64])) for at in range(RATE, 2 * RATE, 4096)]
    assert max(places) >= 0


def test_a_seek_leaves_no_gap(
    server: AudioServer, player: Player, path: Path, mix: Samples
) -> None:
    target = 400_000
    opened(player, path)
    with server.capture() as capture:
        player.play()
        passed(player, RATE)
        player.seek(target)
        assert player.snapshot().position == target
        passed(player, target + RATE // 2)
        got = capture.frames
    start = find_run(got, frames(mix[:, :PIECE]))
    after = find_run(got, frames(mix[:, target + FADE : target + FADE + PIECE]))
    left = after - FADE - start
    assert np.array_equal(got[start : after - FADE], frames(mix[:, :left]))
    fall = 1 - (np.arange(FADE) + 1) / FADE
    rise = np.arange(FADE) / FADE
    cross = mix[:, left : left + FADE] * fall + mix[:, target : target + FADE] * rise
    assert np.array_equal(got[after - FADE : after], frames(cross))


def test_a_loop_wraps_without_a_gap(
    server: AudioServer, player: Player, path: Path, mix: Samples
) -> None:
    start, stop = 10_000, 33_333
    opened(player, path)
    player.set_loop((start, stop))
    turns = np.concatenate([mix[:, :stop], *[mix[:, start:stop]] * 3], axis=1)
    with server.capture() as capture:
        player.play()
        assert np.array_equal(played(capture, frames(turns)), frames(turns))
    player.stop()
    wait_until(lambda: not player.snapshot().playing)
    assert player.snapshot().position == start


def test_stems_become_live_while_it_plays(
    server: AudioServer, player: Player, path: Path, mix: Samples, stems: Stems
) -> None:
    opened(player, path)
    player.state = RAISED
    player.set_stems(stems.folder)
    with server.capture() as capture:
        player.play()
        for number in range(6):
            passed(player, number * (1 << 15) // 2)
            stems.put(2 * number, 2 * number + 1)
        passed(player, 5 * RATE)
        got = capture.frames
    raised = frames(offline(mix, [(0, RAISED)], mix.shape[1]))
    begin = find_run(got, frames(mix[:, :64]))
    late = find_run(got, raised[4 * RATE : 4 * RATE + PIECE])
    assert late - begin == 4 * RATE
    assert roughest(got[begin:late].T) <= 1.2 * roughest(raised.T)


def test_the_original_and_the_change(
    server: AudioServer, player: Player, path: Path, mix: Samples, stems: Stems
) -> None:
    stems.put_all()
    opened(player, path)
    player.set_stems(stems.folder)
    player.state = RAISED
    remix = offline(mix, [(0, RAISED)], mix.shape[1])
    with server.capture() as capture:
        player.play()
        passed(player, RATE // 2)
        player.monitor = Monitor(Listen.ORIGINAL)
        passed(player, RATE)
        player.monitor = Monitor(Listen.CHANGE)
        passed(player, 3 * RATE // 2)
        player.monitor = Monitor(Listen.REMIX)
        passed(player, 2 * RATE)
        capture.wait_frames(RATE)
        got = capture.frames
    for heard in (remix, mix, remix - mix, remix):
        wanted = frames(heard)
        places = [find_run(got, wanted[at : at + 512]) for at in range(8192, 3 * RATE, 4096)]
        assert max(places) >= 0
    assert roughest(got[find_run(got, frames(remix[:, 8192:9000])) :].T) <= 1.2 * roughest(remix)


@pytest.mark.parametrize(("rate", "subtype"), [(48000, "PCM_24"), (96000, "FLOAT")])
def test_other_rates_and_depths(
    make_player: Callable[..., Player], tmp_path: Path, rate: int, subtype: str, server: AudioServer
) -> None:
    path = tmp_path / "song.wav"
    rng = np.random.default_rng(0)
    soundfile.write(path, rng.uniform(-0.9, 0.9, (2 * rate, 2)), rate, subtype)
    expected = frames(samples_of(path)[:, : 3 * rate // 2])
    with AudioServer(rate) as other, pytest.MonkeyPatch.context() as patch:
        for name, value in other.environment.items():
            patch.setenv(name, value)
        player = opened(make_player(), path)
        with other.capture() as capture:
            player.play()
            assert np.array_equal(played(capture, expected), expected)
        snapshot = player.snapshot()
        assert not snapshot.converting
        assert snapshot.device_rate == rate
        player.close()


def test_another_rate_of_the_device_is_converted_and_said(
    server: AudioServer, player: Player, tmp_path: Path
) -> None:
    rate = 48000
    time = np.arange(2 * rate) / rate
    tone = 0.5 * np.sin(2 * np.pi * 1000 * time)
    path = tmp_path / "song.wav"
    soundfile.write(path, np.stack([tone, tone], axis=1), rate, "PCM_24")
    with server.capture() as capture:  # while it is recorded the sink cannot change its rate
        snapshot = opened(player, path).snapshot()
        assert snapshot.converting
        assert snapshot.device_rate == server.rate
        assert "44100" in snapshot.notice
        player.play()
        passed(player, rate)
        got = capture.frames
    loud = np.flatnonzero(np.abs(got[:, 0]) > 0.1)
    steady = got[loud[0] + 4000 : loud[0] + 4000 + 22050, 0].astype(np.float64)
    spectrum = np.abs(np.fft.rfft(steady * np.hanning(len(steady))))
    spectrum /= spectrum.max()
    peak = int(np.argmax(spectrum))
    assert peak == round(1000 * len(steady) / server.rate)
    rest = np.delete(spectrum, range(peak - 4, peak + 5))
    assert 20 * np.log10(rest.max()) < -90


def test_mono_is_heard_on_both_sides(server: AudioServer, player: Player, tmp_path: Path) -> None:
    path = song(tmp_path, 2.0, channels=1)
    mix = samples_of(path)
    expected = frames(np.concatenate((mix, mix)))[:RATE]
    opened(player, path)
    player.state = MixState().with_strip("vocals", pan=0.5)
    with server.capture() as capture:
        player.play()
        assert np.array_equal(played(capture, expected), expected)


@pytest.mark.parametrize("format", ["FLAC", "MP3", "OGG"])
def test_compressed_files(
    server: AudioServer, player: Player, path: Path, tmp_path: Path, format: str
) -> None:
    compressed = tmp_path / f"song.{format.lower()}"
    soundfile.write(compressed, soundfile.read(path)[0][: 4 * RATE], RATE, format=format)
    mix = samples_of(compressed)
    first = int(np.flatnonzero(mix[0] > 0.01)[0])
    expected = frames(mix[:, first : 2 * RATE])
    opened(player, compressed)
    with server.capture() as capture:
        player.play()
        assert np.array_equal(played(capture, expected), expected)
        player.seek(3 * RATE)
        after = frames(mix[:, 3 * RATE + FADE : 3 * RATE + FADE + PIECE])
        assert np.array_equal(played(capture, after), after)


def test_pause_holds_and_play_goes_on(
    server: AudioServer, player: Player, path: Path, mix: Samples
) -> None:
    opened(player, path)
    with server.capture() as capture:
        player.play()
        assert player.snapshot().playing
        passed(player, RATE)
        player.pause()
        assert not player.snapshot().playing
        capture.wait_frames(RATE // 2)
        held = player.snapshot().position
        capture.wait_frames(RATE // 4)
        assert player.snapshot().position == held
        player.play()
        after = frames(mix[:, held + FADE : held + FADE + PIECE])
        assert np.array_equal(played(capture, after), after)


def test_meters_show_what_is_played(
    server: AudioServer, player: Player, path: Path, mix: Samples, stems: Stems
) -> None:
    stems.put_all()
    opened(player, path)
    player.set_stems(stems.folder)
    player.play()
    passed(player, RATE)
    polled = []
    while (snapshot := player.snapshot()).position < 2 * RATE:
        polled.append(snapshot.meters)
    meters = snapshot.meters
    master = np.max([m.master for m in polled], axis=0)
    heard = np.abs(mix[:, RATE // 2 : 3 * RATE])
    assert np.isnan(polled[0].short_term_lufs)  # a second is no 3 s
    assert meters.change_dbfs == -np.inf
    assert np.all(master <= heard.max(axis=1))
    assert np.all(master >= np.abs(mix[:, 3 * RATE // 2 : 2 * RATE]).max(axis=1))
    vocals = np.max([m.stems[0] for m in polled], axis=0)
    np.testing.assert_allclose(vocals, master * 0.5, atol=1e-3)
    assert -30 < meters.momentary_lufs < 0
    assert np.isnan(meters.short_term_lufs)
    wait_until(lambda: not np.isnan(player.snapshot().meters.short_term_lufs), 5.0)
    meters = player.snapshot().meters
    assert meters.momentary_lufs - 6 < meters.short_term_lufs < 0
    assert 20 * np.log10(heard.max()) - 1 < meters.true_peak_dbtp < 1
    player.state = RAISED
    wait_until(lambda: player.snapshot().meters.change_dbfs > -20)
    slight = MixState().with_strip("vocals", gain_db=1.5)
    player.state = slight
    change = 20 * np.log10(np.abs(offline(mix, [(0, slight)], mix.shape[1]) - mix).max())
    wait_until(lambda: player.snapshot().meters.change_dbfs <= change + 0.01)
    player.monitor = Monitor(Listen.CHANGE)
    levels = []
    for _ in range(20):  # while the remix becomes the change, and after
        levels.append(player.snapshot().meters.change_dbfs)
        time.sleep(0.02)
    assert max(levels) <= change + 0.01
    assert min(levels) > change - 12
    assert max(player.snapshot().meters.master) <= 10 ** ((change + 0.01) / 20)
    player.pause()
    wait_until(lambda: np.isnan(player.snapshot().meters.change_dbfs))


def test_a_song_of_one_sample_is_never_before_its_beginning(
    server: AudioServer, player: Player, tmp_path: Path
) -> None:
    opened(player, write(tmp_path / "one.wav", np.full((1, 2), 0.25), RATE, "PCM_16"))
    positions = []
    for _ in range(3):
        player.play()
        for _ in range(30):
            positions.append(player.snapshot().position)
            time.sleep(0.005)
    assert set(positions) <= {0, 1}


def test_another_song_replaces_the_one_that_plays(
    server: AudioServer, player: Player, path: Path, tmp_path: Path
) -> None:
    opened(player, path)
    player.play()
    passed(player, RATE // 2)
    other = tmp_path / "other"
    other.mkdir()
    second = song(other, 3.0, rate=RATE, channels=1)
    player.open(second, 1000)
    snapshot = player.snapshot()
    assert (snapshot.position, snapshot.playing) == (1000, False)
    expected = frames(samples_of(second)[:, 1000 + FADE : RATE])
    with server.capture() as capture:
        player.play()
        got = played(capture, np.repeat(expected, 2, axis=1))
        assert np.array_equal(got[:, :1], expected)


def holders(path: Path) -> list[str]:
    """Processes that have a file open, by /proc; this one is left out."""
    found = []
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        with suppress(OSError):
            if link.readlink() == path and link.parts[2] != str(os.getpid()):
                found.append(link.parts[2])
    return found


def test_a_closed_song_is_let_go(player: Player, path: Path) -> None:
    opened(player, path).play()
    passed(player, 10_000)
    assert holders(path)
    player.close_song()
    wait_until(lambda: not holders(path))
    assert not player.snapshot().playing
    opened(player, path).play()
    passed(player, 10_000)


def test_what_lies_beside_the_songs_is_never_run(
    server: AudioServer,
    make_player: Callable[..., Player],
    path: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "numpy.py").write_text("raise SystemExit('run from the folder of songs')")
    monkeypatch.chdir(tmp_path)
    player = make_player()
    opened(player, path).play()
    passed(player, 10_000)
