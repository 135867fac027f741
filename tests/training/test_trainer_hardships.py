"""Training when something is wrong or different: memory, disks, damaged checkpoints, precision."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from remixer.errors import ModelError, OutputError
from remixer.training import job
from remixer.training.batches import Arrays
from remixer.training.trainer import BEST, CHECKPOINT, LOG, Plan, Trainer
from tests.support import small_disk

from .conftest import RECIPES
from .test_trainer import state, trainer

Make = Callable[..., Plan]
Prepared = Callable[[str, Path], Path]
TOO_MUCH = 1 << 46
"""Bytes that no machine has."""


class Greedy:
    """A source whose batches fit into no memory."""

    frames = 250

    def draw(self, rng: np.random.Generator) -> Arrays:
        return (np.zeros(TOO_MUCH // 4, np.float32),)


def greedy_loss(network: nn.Module, batch: tuple[Tensor, ...]) -> Tensor:
    return torch.empty(TOO_MUCH // 4).mean() + network(batch[0]).mean()


def refused(training: Trainer, run: Path) -> str:
    """What a run ends with, its first epoch kept."""
    with pytest.raises(ModelError) as error:
        list(training.run())
    assert len((run / LOG).read_text().splitlines()) == 1
    return str(error.value)


def test_memory_that_runs_out_in_the_network_names_the_batch_and_a_smaller_one(
    plan: Make, prepared: Prepared, tmp_path: Path
) -> None:
    run = prepared("cnn1", tmp_path)
    list(trainer(plan("cnn1", epochs=1), run).run())
    training = trainer(plan("cnn1"), run)
    training.loss = greedy_loss
    said = refused(training, run)
    assert "memory ran out on cpu at batch 2, with batches of 8 examples, 8 frames" in said
    assert "for example --batch 4" in said


def test_memory_that_runs_out_while_drawing_is_told(
    plan: Make, prepared: Prepared, tmp_path: Path
) -> None:
    run = prepared("cnn1", tmp_path)
    list(trainer(plan("cnn1", epochs=1), run).run())
    training = trainer(plan("cnn1"), run)
    training.source = training.batches.source = Greedy()
    said = refused(training, run)
    assert "memory ran out on cpu at batch 2, with batches of 250 frames" in said
    assert "--batch" in said


def test_other_errors_stay_what_they_are(plan: Make, prepared: Prepared, tmp_path: Path) -> None:
    training = trainer(plan("cnn1"), prepared("cnn1", tmp_path))
    training.loss = lambda _network, _batch: torch.ones(2) @ torch.ones(3)
    with pytest.raises(RuntimeError, match="size"):
        list(training.run())


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", "size=8m") as folder:
        yield folder


def test_a_full_disk_keeps_the_last_epoch_and_the_run_goes_on_when_there_is_room(
    plan: Make, prepared: Prepared, disk: Path, tmp_path: Path
) -> None:
    at_once = list(trainer(plan("cnn1"), prepared("cnn1", tmp_path / "whole")).run())
    run = prepared("cnn1", disk / "run")
    epochs = trainer(plan("cnn1"), run).run()
    next(epochs)
    with pytest.raises(OSError, match="No space"):
        (disk / "filler").write_bytes(bytes(8 << 20))
    with pytest.raises(OutputError, match=r"cannot be written .*make room and train again"):
        next(epochs)
    assert [p.name for p in run.iterdir() if p.suffix == ".part"] == []
    assert len(torch.load(run / CHECKPOINT, weights_only=True)["history"]) == 1
    (disk / "filler").unlink()
    training = trainer(plan("cnn1"), run)
    assert training.history == at_once[:1]
    assert list(training.run()) == at_once[1:]


def test_a_damaged_checkpoint_is_told(plan: Make, prepared: Prepared, tmp_path: Path) -> None:
    run = prepared("cnn1", tmp_path)
    list(trainer(plan("cnn1", epochs=1), run).run())
    whole = (run / CHECKPOINT).read_bytes()
    for damaged in (b"", b"no archive", whole[: len(whole) // 2]):
        (run / CHECKPOINT).write_bytes(damaged)
        with pytest.raises(ModelError, match=r"checkpoint.pt is damaged .* delete it"):
            trainer(plan("cnn1"), run)


@pytest.mark.parametrize("changes", [{"amp": True}, {"average": 0.0}])
def test_runs_resume_to_the_same_numbers_with_amp_and_without_an_average(
    changes: dict[str, Any], plan: Make, prepared: Prepared, tmp_path: Path
) -> None:
    whole, parts = (prepared("cnn1", tmp_path / name) for name in ("whole", "parts"))
    at_once = list(trainer(plan("cnn1", **changes), whole).run())
    first = trainer(plan("cnn1", **changes), parts).run()
    resumed = [next(first)]
    first.close()
    resumed += trainer(plan("cnn1", **changes), parts).run()
    assert resumed == at_once
    one, other = state(whole), state(parts)
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_amp_learns_what_float32_does(plan: Make, prepared: Prepared, tmp_path: Path) -> None:
    losses = []
    for amp in (False, True):
        run = prepared("cnn1", tmp_path / str(amp))
        longer = plan("cnn1", epochs=1, epoch_batches=8, amp=amp, learning_rate=1e-2)
        training = trainer(longer, run)
        assert training.precision.reduced is (torch.bfloat16 if amp else None)
        losses.append(next(training.run()).loss)
    assert losses[1] == pytest.approx(losses[0], rel=0.05)
    assert losses[1] != losses[0]


def test_without_an_average_the_best_weights_are_the_network_s(
    plan: Make, prepared: Prepared, tmp_path: Path
) -> None:
    run = prepared("unet", tmp_path)
    training = trainer(plan("unet", epochs=1, average=0.0), run)
    list(training.run())
    best = torch.load(run / BEST, weights_only=True)
    assert all(
        torch.equal(best[name], value) for name, value in training.network.state_dict().items()
    )


def test_epochs_keep_sdr_in_history_and_log(plan: Make, prepared: Prepared, tmp_path: Path) -> None:
    run = prepared("unet", tmp_path)
    training = trainer(plan("unet", epochs=2), run)
    epochs = list(training.run())
    logged = [json.loads(line) for line in (run / LOG).read_text().splitlines()]
    assert [e.sdr for e in epochs] == [line["sdr"] for line in logged]
    assert training.excerpts is not None
    assert epochs[-1].sdr == training.excerpts.sdr(training.average)
    assert set(epochs[-1].sdr) == {"vocals", "bass", "drums", "other"}


def test_a_checkpoint_of_before_there_was_sdr_goes_on(
    plan: Make, prepared: Prepared, tmp_path: Path
) -> None:
    run = prepared("cnn1", tmp_path)
    list(trainer(plan("cnn1", epochs=1), run).run())
    saved = torch.load(run / CHECKPOINT, weights_only=True)
    del saved["scaler"], saved["history"][0]["sdr"], saved["plan"]["faithful"]
    torch.save(saved, run / CHECKPOINT)
    training = trainer(plan("cnn1", epochs=2), run)
    assert training.history[0].sdr == {}
    assert [e.number for e in training.run()] == [1]


def test_tensors_of_a_checkpoint_are_the_cpu_s(
    plan: Make, prepared: Prepared, tmp_path: Path
) -> None:
    run = prepared("cnn1", tmp_path)
    recipe = job.TASKS["cnn1"].recipe(**RECIPES["cnn1"])
    list(job.trainer(plan("cnn1", epochs=1), run, recipe).run())
    for name in (CHECKPOINT, BEST):
        saved = torch.load(run / name, weights_only=True)
        assert {t.device.type for t in tensors(saved)} == {"cpu"}


def tensors(value: Any) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, dict | list | tuple):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from tensors(inner)
