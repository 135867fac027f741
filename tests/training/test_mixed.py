"""Frames as the authors' experiment drew them, and the other quirks of a faithful run."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from remixer.dsp.stft import Stft
from remixer.errors import InputError, SettingError
from remixer.training import job
from remixer.training.mixed import HELD, VALID, MixedFrames
from remixer.training.pack import Pack
from remixer.training.remix import as_mixed, by_song, windows_and_masks
from remixer.training.trainer import Plan, Trainer

from .conftest import RECIPES

STFT = Stft(2048, 256)
ORDER = ("vocals", "drums", "bass", "other")


@pytest.fixture(scope="module")
def pack(songs: Path, tmp_path_factory: pytest.TempPathFactory) -> Pack:
    run = tmp_path_factory.mktemp("run")
    list(job.prepare("cnn1", songs, run, frozenset()))
    return Pack(run / job.PACK)


@pytest.fixture
def frames(pack: Pack) -> MixedFrames:
    return MixedFrames(pack, STFT, ORDER, 11, 32, 1)


def every_window(pack: Pack) -> dict[bytes, str]:
    """Each texture window of each song as it was mixed, and its song."""
    length = 10 * STFT.hop + STFT.window
    found = {}
    for song in by_song(pack.clips):
        longest = max(c.length for c in song.values())
        for start in range(0, longest - length + 1, STFT.hop):
            audio = as_mixed(pack, song, ORDER, start, length)
            window, _ = windows_and_masks(audio, STFT, 11, 1, 1)
            found[window.tobytes()] = next(iter(song.values())).song
    return found


def test_one_frame_in_five_validates_and_is_never_drawn(pack: Pack, frames: MixedFrames) -> None:
    known = every_window(pack)
    held = [w.tobytes() for batch in frames.valid() for w in batch[0]]
    assert len(held) == len(set(held)) == len(known) // VALID
    assert len({known[w] for w in held}) == 5  # songs are on both sides: the quirk
    drawn = {w.tobytes() for n in range(40) for w in frames.draw(np.random.default_rng(n))[0]}
    assert drawn <= known.keys() - set(held)
    assert len({known[w] for w in drawn}) == 5


def test_batches_follow_from_the_generator_and_have_the_asked_size(frames: MixedFrames) -> None:
    one, other = (frames.draw(np.random.default_rng(7)) for _ in range(2))
    assert one[0].shape == (32, 11, 1025)
    assert one[1].shape == (32, 4, 1025)
    assert all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))
    assert all(len(batch[0]) <= HELD for batch in frames.valid())


def test_songs_without_frames_are_refused(pack: Pack) -> None:
    with pytest.raises(InputError, match="the songs have 0 frames, 5 are needed"):
        MixedFrames(pack, Stft(1 << 16, 1 << 14), ORDER, 11, 32, 1)


def faithful(run: Path, architecture: str, plan: Callable[..., Plan]) -> Trainer:
    recipe = job.TASKS[architecture].recipe(**RECIPES[architecture])
    return job.trainer(plan(architecture, faithful=True, average=0.0), run, recipe)


def test_batch_norm_stays_in_training_mode(
    plan: Callable[..., Plan], prepared: Callable[[str, Path], Path], tmp_path: Path
) -> None:
    training = faithful(prepared("cnn1", tmp_path / "run"), "cnn1", plan)
    modes: list[bool] = []
    norm = next(m for m in training.average.modules() if isinstance(m, nn.BatchNorm2d))
    norm.register_forward_hook(lambda module, _in, _out: modes.append(module.training))
    training.validate()
    assert modes
    assert all(modes)


def test_a_faithful_run_trains(
    plan: Callable[..., Plan], prepared: Callable[[str, Path], Path], tmp_path: Path
) -> None:
    epochs = list(faithful(prepared("cnn2", tmp_path / "run"), "cnn2", plan).run())
    assert len(epochs) == 3
    assert all(np.isfinite([e.loss, e.valid_loss]).all() for e in epochs)


def test_faithful_is_for_the_papers_networks(
    plan: Callable[..., Plan], prepared: Callable[[str, Path], Path], tmp_path: Path
) -> None:
    with pytest.raises(SettingError, match="faithful is for the paper's networks, not for unet"):
        faithful(prepared("unet", tmp_path / "run"), "unet", plan)


def test_an_epoch_is_as_long_as_the_songs(
    plan: Callable[..., Plan], prepared: Callable[[str, Path], Path], tmp_path: Path
) -> None:
    run = prepared("cnn1", tmp_path / "run")
    values: dict[str, Any] = {"epoch_batches": 0}
    recipe = job.TASKS["cnn1"].recipe(**RECIPES["cnn1"])
    training = job.trainer(plan("cnn1", **values), run, recipe)
    songs = by_song([c for c in Pack(run / job.PACK).clips if c.split == "train"])
    frames = len(songs) * int(2.5 * 22050 / 256)
    assert training.plan.epoch_batches == frames // 8


def test_dnn_starts_from_the_statistics_of_its_inputs(
    plan: Callable[..., Plan], prepared: Callable[[str, Path], Path], tmp_path: Path
) -> None:
    run = prepared("dnn", tmp_path / "run")
    training = job.trainer(plan("dnn"), run, job.TASKS["dnn"].recipe(**RECIPES["dnn"]))
    windows = [training.source.draw(np.random.default_rng([1, n]))[0] for n in range(job.MEASURED)]
    mean = torch.from_numpy(np.concatenate(windows)).mean(dim=(0, 1))
    for network in (training.network, training.average):
        torch.testing.assert_close(network.get_buffer("mean"), mean)
