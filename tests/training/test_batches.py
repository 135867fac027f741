"""Batches: shares of processes, the same whoever draws them, and what is wrong with one."""

import dataclasses
import json
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch

from remixer.errors import InputError, SettingError
from remixer.training import job
from remixer.training.batches import Arrays, Batches, Source
from remixer.training.devices import CPU, Place
from remixer.training.pack import INDEX
from remixer.training.trainer import Plan

from .conftest import RECIPES

Make = Callable[..., Plan]
Prepared = Callable[[str, Path], Path]
CPU_DEVICE = torch.device("cpu")


class Whole:
    """A source without portions: numbers in order."""

    frames = 5

    def draw(self, rng: np.random.Generator) -> Arrays:
        return (np.arange(5, dtype=np.float32), rng.random(5))


def source(architecture: str, plan: Make, run: Path, **changes: int) -> Source:
    recipe = job.TASKS[architecture].recipe(**{**RECIPES[architecture], **changes})
    return job.trainer(plan(architecture), run, recipe).source


@pytest.mark.parametrize("architecture", ["unet", "cnn1"])
@pytest.mark.parametrize("size", [2, 3])
def test_processes_share_a_batch_whole_and_once(
    architecture: str, size: int, plan: Make, prepared: Prepared, tmp_path: Path
) -> None:
    changes = {"unet": {"batch": 4}, "cnn1": {"excerpts": 4}}[architecture]
    drawn = source(architecture, plan, prepared(architecture, tmp_path), **changes)
    whole = Batches(drawn, 3).batch(7)
    shares = [Batches(drawn, 3, Place(CPU_DEVICE, rank, size)).batch(7) for rank in range(size)]
    assert sum(share.weight for share in shares) == pytest.approx(size)
    assert {share.examples for share in shares} == {whole.examples} == {len(whole.tensors[0])}
    portions = 4
    for number, tensor in enumerate(whole.tensors):
        parts = tensor.chunk(portions)
        for rank, share in enumerate(shares):
            assert torch.equal(share.tensors[number], torch.cat(parts[rank::size]))


def test_a_source_without_portions_is_shared_too() -> None:
    shares = [Batches(Whole(), 1, Place(CPU_DEVICE, rank, 2)).batch(0) for rank in range(2)]
    assert [share.tensors[0].tolist() for share in shares] == [[0, 2, 4], [1, 3]]
    assert [share.weight for share in shares] == [pytest.approx(6 / 5), pytest.approx(4 / 5)]
    whole = Batches(Whole(), 1).batch(0).tensors[1]
    assert torch.equal(torch.cat([share.tensors[1] for share in shares]).sort()[0], whole.sort()[0])


def test_more_processes_than_examples_are_refused() -> None:
    with pytest.raises(SettingError, match="a batch has 5 parts to share among 6 processes"):
        Batches(Whole(), 1, Place(CPU_DEVICE, 0, 6)).batch(0)


def test_batches_follow_from_any_step() -> None:
    drawn = Batches(Whole(), 1)
    steps = [batch.tensors[1] for batch in islice(drawn.follow(0), 4)]
    assert torch.equal(next(drawn.follow(3)).tensors[1], steps[3])
    assert not torch.equal(steps[2], steps[3])
    assert drawn.waited_s > 0


def test_smaller_batches_are_suggested_while_there_are_any() -> None:
    assert Batches(Whole(), 1).batch(0).smaller == 2
    assert Batches(Whole(), 1, Place(CPU_DEVICE, 0, 3)).batch(0).smaller == 0


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # NumPy's, of the overflow that is made here
@pytest.mark.parametrize("architecture", ["unet", "cnn1"])
def test_a_batch_that_holds_no_numbers_names_its_songs(
    architecture: str, plan: Make, prepared: Prepared, tmp_path: Path
) -> None:
    run = prepared(architecture, tmp_path)
    index = json.loads((run / job.PACK / INDEX).read_text())
    for clip in index["clips"]:
        if clip["song"] == "song2":
            clip["level"] = 1e-300
    (run / job.PACK / INDEX).write_text(json.dumps(index))
    changes = {"unet": {"batch": 4}, "cnn1": {"excerpts": 8}}[architecture]
    drawn = Batches(source(architecture, plan, run, **changes), 1, CPU)
    with pytest.raises(InputError, match=r"batch \d+ holds .* no numbers, drawn from .*song2"):
        for _ in islice(drawn.follow(0), 20):
            pass


def test_recipes_keep_their_values_when_only_the_batch_changes() -> None:
    from remixer.training.recipes import with_batch

    for architecture, examples in (("unet", 6), ("cnn1", 40)):
        recipe = job.TASKS[architecture].recipe()
        other = with_batch(recipe, examples)
        assert other.batch == examples
        differs = {f.name for f in dataclasses.fields(recipe)} - {"batch", "excerpts"}
        assert all(getattr(recipe, name) == getattr(other, name) for name in differs)
    with pytest.raises(SettingError, match=r"a batch of 50 .* use 40 or 60"):
        with_batch(job.TASKS["cnn1"].recipe(), 50)
