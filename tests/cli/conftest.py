"""The program with two small models, in this process or in one of its own."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from remixer.launch import run
from tests.support import make_models, music, write

DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")


@dataclass(frozen=True)
class Outcome:
    """What a command did: its exit code, what it said."""

    code: int
    out: str
    err: str

    @property
    def result(self) -> dict[str, Any]:
        """What --json gave."""
        values: dict[str, Any] = json.loads(self.out)
        return values


Remixer = Callable[..., Outcome]


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_models(tmp_path_factory.mktemp("models"))


@pytest.fixture
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, models: Path, cache: Path) -> None:
    """The small models, a cache of the test's own, no display."""
    monkeypatch.setenv("REMIXER_MODELS", str(models))
    monkeypatch.setenv("REMIXER_CACHE", str(cache))
    monkeypatch.setenv("REMIXER_PRESETS", str(cache / "presets.json"))
    for name in DISPLAYS:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def remixer(
    environment: None, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Iterator[Remixer]:
    """The program in this process, in a folder of the test's own."""

    def call(*arguments: object) -> Outcome:
        capsys.readouterr()
        with pytest.raises(SystemExit) as exit:
            run([str(a) for a in arguments])
        captured = capsys.readouterr()
        return Outcome(int(exit.value.code or 0), captured.out, captured.err)

    before, here = signal.getsignal(signal.SIGTERM), Path.cwd()
    os.chdir(tmp_path)
    yield call
    os.chdir(here)
    signal.signal(signal.SIGTERM, before)


@pytest.fixture
def start(environment: None, tmp_path: Path) -> Iterator[Callable[..., "subprocess.Popen[str]"]]:
    """The program as a process that runs while the test goes on."""
    running = []

    def begin(*arguments: object) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-m", "remixer", *(str(a) for a in arguments)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        )
        running.append(process)
        return process

    yield begin
    for process in running:
        process.kill()
        process.communicate()


@pytest.fixture
def song(tmp_path: Path) -> Path:
    """A second and a half of stereo at 44.1 kHz, 16 bit."""
    return write(tmp_path / "song.wav", 0.7 * music(2, 66_001, 44_100), 44_100, "PCM_16")
