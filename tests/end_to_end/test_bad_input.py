"""Everything that can be wrong with a file or a disk: one line, exit 1, nothing left."""

import os
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.end_to_end.conftest import Remixer
from tests.support import music, read_ints, small_disk, stems_of, tree, write

RATE = 44_100


def missing(path: Path) -> None:
    """No file."""


def empty(path: Path) -> None:
    path.touch()


def no_samples(path: Path) -> None:
    soundfile.write(path, np.zeros((0, 2)), RATE, "PCM_16")


def truncated(path: Path) -> None:
    write(path, music(2, 20_000, RATE), RATE, "PCM_16")
    path.write_bytes(path.read_bytes()[:-1001])


def truncated_flac(path: Path) -> None:
    write(path, music(2, 60_000, RATE), RATE, "PCM_16", "FLAC")
    path.write_bytes(path.read_bytes()[:-5001])


def only_a_header(path: Path) -> None:
    write(path, music(2, 20_000, RATE), RATE, "PCM_16")
    path.write_bytes(path.read_bytes()[:44])


def not_a_number(path: Path) -> None:
    samples = music(2, 20_000, RATE)
    samples[12_345, 1] = np.nan
    write(path, samples, RATE, "FLOAT")


def infinite(path: Path) -> None:
    samples = music(1, 20_000, RATE)
    samples[-1] = -np.inf
    write(path, samples, RATE, "DOUBLE")


def eight_channels(path: Path) -> None:
    soundfile.write(path, np.zeros((1000, 8)), RATE, "PCM_16")


def no_audio(path: Path) -> None:
    path.write_bytes(np.random.default_rng(2).bytes(5_000))


def text(path: Path) -> None:
    path.write_text("Dear Sir or Madam,\n")


def too_slow(path: Path) -> None:
    soundfile.write(path, np.zeros((1000, 2)), 4_000, "PCM_16")


def too_fast(path: Path) -> None:
    soundfile.write(path, np.zeros((1000, 2)), 384_000, "PCM_16")


def past_4_gib(path: Path) -> None:
    """Sparse: it takes no room."""
    write(path, music(2, 1_000, RATE), RATE, "PCM_16")
    os.truncate(path, 2**32 + 2**20)


def a_folder(path: Path) -> None:
    (path / "not audio.txt").mkdir(parents=True)


BAD: list[tuple[Callable[[Path], None], str]] = [
    (missing, "song.wav does not exist"),
    (empty, "song.wav is empty (0 bytes)"),
    (no_samples, "song.wav is empty (0 samples)"),
    (truncated, "song.wav is truncated: its header promises 80000 bytes"),
    (truncated_flac, "song.wav is truncated or damaged after"),
    (only_a_header, "song.wav is truncated"),
    (not_a_number, "song.wav holds nan at 0.279932 s (sample 12345), right channel"),
    (infinite, "song.wav holds -inf at 0.453492 s (sample 19999)"),
    (eight_channels, "song.wav is 7.1 (8 channels); Remixer reads mono and stereo"),
    (no_audio, "song.wav is not audio that Remixer knows"),
    (text, "song.wav is not audio that Remixer knows"),
    (too_slow, "song.wav is at 4000 Hz; Remixer reads 8000 to 192000 Hz"),
    (too_fast, "song.wav is at 384000 Hz"),
    (past_4_gib, "more than the 4 GiB a WAV header can count"),
    (a_folder, "song.wav holds no audio files"),
]
COMMANDS = [
    ("info", "song.wav"),
    ("separate", "song.wav", "-o", "out"),
    ("remix", "song.wav", "-o", "new.wav"),
    ("remix", "song.wav", "-o", "new.wav", "--gain", "vocals=+1.5"),
]


@pytest.mark.parametrize(("make", "message"), BAD, ids=[make.__name__ for make, _ in BAD])
def test_one_line_exit_1_and_nothing_left(
    shipped: Remixer,
    tmp_path: Path,
    cache: Path,
    make: Callable[[Path], None],
    message: str,
) -> None:
    make(tmp_path / "song.wav")
    before = sorted(path for path in tmp_path.rglob("*"))
    for command in COMMANDS:
        outcome = shipped(*command)
        assert outcome.code == 1, command
        assert message in outcome.err
        assert outcome.err.startswith("error: ")
        assert len(outcome.err.splitlines()) == 1
        assert outcome.out == ""
        assert sorted(path for path in tmp_path.rglob("*")) == before
        assert not any(path.is_dir() for path in cache.iterdir())


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize(("length", "level"), [(30_000, 0.0), (1, 0.5)])
def test_silence_and_one_sample_are_songs(
    shipped: Remixer, tmp_path: Path, channels: int, length: int, level: float
) -> None:
    source = write(tmp_path / "song.wav", level * np.ones((length, channels)), RATE, "PCM_24")
    assert shipped("info", source).code == 0
    assert shipped("separate", source, "-o", "out").code == 0
    stems = [read_ints(path) for path in stems_of(source, tmp_path / "out")]
    np.testing.assert_array_equal(sum(stems), read_ints(source))
    assert shipped("remix", source, "-o", "new.wav", "--gain", "vocals=+1.5").code == 0
    assert len(read_ints(tmp_path / "new.wav")) == length
    if level == 0:
        assert not np.any(read_ints(tmp_path / "new.wav"))


@pytest.mark.parametrize(
    "command", [("separate", "-o"), ("remix", "--gain", "vocals=+1.5", "-o"), ("remix", "-o")]
)
@pytest.mark.parametrize("options", ["size=256k", "ro"])
def test_a_full_or_read_only_disk(
    remixer: Remixer, song: Path, tmp_path: Path, command: tuple[str, ...], options: str
) -> None:
    with small_disk(tmp_path / "disk", options) as disk:
        target = disk / "new.wav" if command[0] == "remix" else disk / "stems"
        outcome = remixer(*command, target, song)
        assert outcome.code == 1
        assert str(disk) in outcome.err
        assert len(outcome.err.splitlines()) == 1
        assert tree(disk) == {}
    assert sorted(tree(tmp_path)) == ["disk", "song.wav"]


def test_a_full_disk_keeps_what_was_there(remixer: Remixer, song: Path, tmp_path: Path) -> None:
    """Overwriting needs room beside the old file, and leaves it where there is none."""
    with small_disk(tmp_path / "disk", "size=400k") as disk:
        before = write(disk / "new.wav", music(2, 40_000, RATE), RATE, "PCM_16").read_bytes()
        outcome = remixer("remix", song, "-o", disk / "new.wav", "--overwrite")
        assert outcome.code == 1
        assert "new.wav could not be written (the disk is full; 0.0 MB free)" in outcome.err
        assert tree(disk) == {"new.wav": before}


@pytest.mark.parametrize("options", ["size=256k", "ro"])
def test_a_cache_without_room(
    remixer: Remixer, song: Path, tmp_path: Path, options: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with small_disk(tmp_path / "disk", options) as disk:
        monkeypatch.setenv("REMIXER_CACHE", str(disk / "cache"))
        outcome = remixer("separate", song, "-o", "out")
        assert outcome.code == 1
        assert "REMIXER_CACHE" in outcome.err
        assert len(outcome.err.splitlines()) == 1
    assert sorted(tree(tmp_path)) == ["disk", "song.wav"]


def test_a_song_too_long_for_the_disk_is_found_out_at_once(
    remixer: Remixer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half an hour, sparse."""
    source = write(tmp_path / "song.wav", np.zeros((1, 2)), RATE, "PCM_16")
    data = bytearray(source.read_bytes())
    size = 30 * 60 * RATE * 4
    struct.pack_into("<I", data, 4, 36 + size)
    struct.pack_into("<I", data, 40, size)
    source.write_bytes(data)
    os.truncate(source, 44 + size)
    with small_disk(tmp_path / "disk", "size=100m") as disk:
        monkeypatch.setenv("REMIXER_CACHE", str(disk / "cache"))
        outcome = remixer("separate", source, "-o", "out")
        assert outcome.code == 1
        assert "the separated stems need 982 MB" in outcome.err
        assert not [path for path in (disk / "cache").iterdir() if path.is_dir()]
    assert not (tmp_path / "out").exists()


def test_a_read_only_source_is_read(remixer: Remixer, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "size=10m") as disk:
        source = write(disk / "song.wav", 0.5 * music(1, 9_000, RATE), RATE, "PCM_16")
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        assert remixer("separate", source, "-o", "out").code == 0
        stems = [read_ints(path) for path in stems_of(source, tmp_path / "out")]
        np.testing.assert_array_equal(sum(stems), read_ints(source))
        outcome = remixer("separate", source, "-o", disk)
        assert outcome.code == 1
        assert list(tree(disk)) == ["song.wav"]
