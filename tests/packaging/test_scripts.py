"""The other scripts of packaging: the frozen program's first words, the judge of what was heard."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from remixer import version
from tests.packaging.conftest import PACKAGING, script

PROGRAM = PACKAGING / "frozen" / "program.py"
heard = script("heard", PACKAGING / "check")


def run(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, PROGRAM, *words],
        input="",
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_a_frozen_program_is_remixer() -> None:
    done = run("--version")
    assert (done.returncode, done.stdout) == (0, f"remixer {version.full()}\n")


def test_a_frozen_program_runs_the_processes_that_remixer_starts() -> None:
    """This one ends when its input does."""
    done = run("-P", "-m", "remixer.session.separation_worker")
    assert done.returncode == 0, done.stderr


def test_a_frozen_program_runs_nothing_else() -> None:
    assert run("-P", "-m", "timeit").returncode == 2


def sound(frames: int, seed: int) -> bytes:
    noise = np.random.default_rng(seed).uniform(-0.5, 0.5, (frames, 2))
    return noise.astype(np.float32).tobytes()


@pytest.mark.parametrize("at", [None, 3_000, 12_345, 19_999])
def test_what_was_heard_is_counted_to_the_first_difference(at: int | None) -> None:
    song = sound(20_000, 1)
    capture = bytearray(sound(777, 2) + song)
    if at is not None:
        capture[(777 + at) * heard.FRAME] ^= 1
    wanted = (20_000 if at is None else at) - heard.SKIPPED
    expected = wanted if wanted >= heard.PROBE or at is None else 0
    assert heard.longest(bytes(capture), song) == expected


def test_of_several_tries_the_best_counts() -> None:
    song = sound(20_000, 1)
    broken = bytearray(song)
    broken[15_000 * heard.FRAME] ^= 1
    assert heard.longest(bytes(broken) + sound(100, 3) + song, song) == 20_000 - heard.SKIPPED


@pytest.mark.parametrize(("seed", "code"), [(1, 0), (2, 1)])
def test_a_song_is_heard_or_not(tmp_path: Path, seed: int, code: int) -> None:
    (tmp_path / "capture").write_bytes(sound(20_000, 1))
    played = np.frombuffer(sound(20_000, seed), np.float32).reshape(-1, 2)
    soundfile.write(tmp_path / "song.wav", played, heard.RATE, "FLOAT")
    judge = [sys.executable, PACKAGING / "check" / "heard.py"]
    done = subprocess.run(
        [*judge, tmp_path / "capture", tmp_path / "song.wav", "0.1"],
        capture_output=True,
        check=False,
    )
    assert done.returncode == code
