"""remixer train: what it says and writes, how it goes on, what it refuses."""

import json
import os
import pty
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from remixer.dsp.signal import STEMS
from remixer.training.trainer import CHECKPOINT, LOG
from tests.cli.conftest import Remixer

RATE = 8_000
TINY = {
    "plan": {
        "config": {"channels": [2, 2, 2], "hidden": 8},
        "epochs": 2,
        "epoch_batches": 3,
        "patience": 9,
    },
    "recipe": {"excerpts": 2, "frames": 4},
}


@pytest.fixture
def songs(tmp_path: Path) -> Path:
    """Three songs of two seconds of noise, mono."""
    rng = np.random.default_rng(1)
    for number in range(3):
        song = tmp_path / "songs" / f"song{number}"
        song.mkdir(parents=True)
        for stem in STEMS:
            samples = 0.1 * rng.standard_normal(2 * RATE)
            soundfile.write(song / f"{stem}.wav", samples, RATE)
    return tmp_path / "songs"


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.json"
    path.write_text(json.dumps(TINY))
    return path


def logged(run: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (run / LOG).read_text().splitlines()]


def test_a_run_tells_its_size_and_epochs_and_goes_on_by_itself(
    remixer: Remixer, songs: Path, recipe: Path, tmp_path: Path
) -> None:
    command = ("train", "cnn1", "--data", songs, "--recipe", recipe, "--device", "cpu")
    done = remixer(*command, "--epochs", 1)
    assert done.code == 0, done.err
    run = Path("runs/cnn1")
    assert f"packing songs into {run / 'pack'}: 1.1 MB" in done.out
    assert "packed 12 of 12: song2 vocals" in done.out
    assert "training cnn1 on cpu" in done.out
    assert re.search(r"SDR is that of song0 at 0 s; SDR vocals -\d", done.out)
    line = re.search(
        r"epoch 0: loss [\d.]+, validation [\d.]+ \(best\), SDR vocals [-\d.]+ bass [-\d.]+ "
        r"drums [-\d.]+ other [-\d.]+ dB, 24 frames, \d+ frames/s, 0:00:00 left",
        done.out,
    )
    assert line, done.out
    again = remixer(*command)
    assert again.code == 0, again.err
    assert "goes on from epoch 1" in again.err
    assert "packed" not in again.out
    assert [e["number"] for e in logged(run)] == [0, 1]
    finished = remixer(*command)
    assert finished.code == 0
    assert "is finished after 2 epochs (the best: " in finished.err
    assert "raise --epochs" in finished.err
    assert "epoch" not in finished.out


def test_resume_demands_a_run(remixer: Remixer, songs: Path, recipe: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    command = ("train", "cnn1", "--data", songs, "--recipe", recipe, "--run", run)
    done = remixer(*command, "--resume")
    assert done.code == 1
    assert f"--resume: {run} holds no run that has finished an epoch" in done.err
    assert not run.exists()
    assert remixer(*command, "--epochs", 1).code == 0
    assert remixer(*command, "--resume").code == 0
    assert len(logged(run)) == 2
    other = remixer(*command, "--seed", 4)
    assert other.code == 1
    assert "holds a run with another plan (seed 1, not 4)" in other.err


def curves(run: Path) -> EventAccumulator:
    found = EventAccumulator(str(run / "tensorboard"))
    found.Reload()
    return found


def test_curves_for_tensorboard(
    remixer: Remixer, songs: Path, recipe: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    command = ("train", "cnn1", "--data", songs, "--recipe", recipe, "--run", run)
    assert remixer(*command, "--epochs", 1, "--rate", 0.01).code == 0
    assert remixer(*command, "--rate", 0.002).code == 0
    found = curves(run)
    assert [e.step for e in found.Scalars("batch/loss")] == list(range(6))
    assert [e.value for e in found.Scalars("batch/rate")] == pytest.approx(3 * [0.01] + 3 * [0.002])
    epochs = logged(run)
    for tag, name in (("epoch/loss", "loss"), ("epoch/valid_loss", "valid_loss")):
        assert [e.value for e in found.Scalars(tag)] == pytest.approx([e[name] for e in epochs])
        assert [e.step for e in found.Scalars(tag)] == [2, 5]
    for stem in STEMS:
        values = [e.value for e in found.Scalars(f"sdr/{stem}")]
        assert values == pytest.approx([e["sdr"][stem] for e in epochs])
    assert all(e.value > 0 for e in found.Scalars("epoch/frames_s"))


def test_without_tensorboard_training_goes_on_with_a_note(
    songs: Path, recipe: Path, tmp_path: Path
) -> None:
    """Also bars on a terminal, as this is the one that is watched from one."""
    (tmp_path / "tensorboard.py").write_text("raise ImportError('not installed')\n")
    run = tmp_path / "run"
    command = ("train", "cnn1", "--data", songs, "--recipe", recipe, "--run", run)
    code, said = watched(command, tmp_path)
    assert code == 0, said
    assert 'TensorBoard is not installed: pip install "remixer[train]"' in said
    assert re.search(r"epoch \d .*loss 0\.\d+ .*frames/s, 0:00:0\d left", said)
    assert "validating" in said
    assert len(logged(run)) == 2


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (("--batch", 7), 2, "a batch of 7 is no multiple of the 4 frames"),
        (("--rate", 1e30), 1, r"the loss became \w+ (at|after) .*: lower the learning rate"),
        (("--name", "../mine"), 2, "a model cannot be called '../mine'"),
        (("--device", "tpu"), 2, "'auto', 'cpu', 'cuda', 'mps'"),
    ],
)
def test_what_cannot_be_is_one_line(
    options: tuple[object, ...],
    code: int,
    message: str,
    remixer: Remixer,
    songs: Path,
    recipe: Path,
) -> None:
    done = remixer("train", "cnn1", "--data", songs, "--recipe", recipe, *options)
    assert done.code == code
    assert re.search(message, done.err), done.err
    assert "Traceback" not in done.err


def test_options_reach_the_plan(
    remixer: Remixer, songs: Path, recipe: Path, tmp_path: Path
) -> None:
    import torch

    command = ("train", "cnn1", "--data", songs, "--recipe", recipe, "--epochs", 1, "--batch", 12)
    assert remixer(*command, "--run", "a", "--no-ema", "--amp").code == 0
    assert remixer(*command, "--run", "b", "--average", 0.9).code == 0
    plans = [torch.load(Path(run) / CHECKPOINT, weights_only=True) for run in ("a", "b")]
    assert [(p["plan"]["average"], p["plan"]["amp"]) for p in plans] == [(0, True), (0.9, False)]
    assert logged(Path("a"))[0]["frames"] == 3 * 12


def test_songs_that_cannot_be_used_stop_the_run_or_are_left_out(
    remixer: Remixer, songs: Path, recipe: Path
) -> None:
    (songs / "song1" / "bass.wav").write_bytes(b"no sound")
    command = ("train", "cnn1", "--data", songs, "--recipe", recipe, "--epochs", 1)
    refused = remixer(*command)
    assert refused.code == 1
    assert "song1" in refused.err
    done = remixer(*command, "--on-error", "skip")
    assert done.code == 0, done.err
    assert "left out: song1:" in done.err
    assert "song1" not in done.out


def watched(command: tuple[object, ...], folder: Path) -> tuple[int, str]:
    """A run whose standard error is a terminal: its exit code, and what was seen there."""
    ours, theirs = pty.openpty()
    path = os.pathsep.join([str(folder), str(Path(__file__).parents[2])])
    process = subprocess.Popen(
        [sys.executable, "-m", "remixer", *(str(a) for a in command)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path, "COLUMNS": "160", "TERM": "xterm"},
    )
    os.close(theirs)
    seen = b""
    with suppress(OSError):  # how Linux says that the other side has gone
        while more := os.read(ours, 4096):
            seen += more
    os.close(ours)
    return process.wait(timeout=1_200), seen.decode()
