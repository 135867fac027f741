"""Training: resumed runs come to the same numbers, early stopping, what may change."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from remixer.errors import InputError, ModelError, SettingError
from remixer.separation.catalogue import read_card
from remixer.separation.model import load_model
from remixer.training import job
from remixer.training.recipes import start_from
from remixer.training.trainer import BEST, CHECKPOINT, LOG, Plan, Trainer

from .conftest import RECIPES

Make = Callable[..., Plan]
Prepared = Callable[[str, Path], Path]


def trainer(plan: Plan, run: Path, **values: Any) -> Trainer:
    recipe = job.TASKS[plan.architecture].recipe(**RECIPES[plan.architecture])
    return job.trainer(plan, run, recipe, **values)


def state(run: Path) -> dict[str, torch.Tensor]:
    saved: dict[str, Any] = torch.load(run / CHECKPOINT, weights_only=True)
    return {**saved["network"], **{f"average.{k}": v for k, v in saved["average"].items()}}


@pytest.mark.parametrize("architecture", ["unet", "dnn", "cnn1", "cnn2"])
def test_a_resumed_run_comes_to_the_same_numbers(
    architecture: str, plan: Make, prepared: Prepared, tmp_path: Path
) -> None:
    whole = prepared(architecture, tmp_path / "whole")
    parts = tmp_path / "parts"
    shutil.copytree(whole, parts)
    at_once = list(trainer(plan(architecture), whole).run())
    first = trainer(plan(architecture), parts).run()
    resumed = [next(first), next(first)]
    first.close()
    resumed += trainer(plan(architecture), parts).run()
    assert resumed == at_once
    assert [e.number for e in at_once] == [0, 1, 2]
    one, other = state(whole), state(parts)
    assert all(torch.equal(one[name], other[name]) for name in one)
    assert (parts / LOG).read_text() == (whole / LOG).read_text()
    assert [json.loads(x)["number"] for x in (whole / LOG).read_text().splitlines()] == [0, 1, 2]


@pytest.mark.parametrize("architecture", ["unet", "dnn", "cnn1", "cnn2"])
def test_training_learns_and_ships_a_model_that_loads(
    architecture: str, plan: Make, prepared: Prepared, songs: Path, tmp_path: Path
) -> None:
    run = prepared(architecture, tmp_path / "run")
    longer = plan(architecture, epochs=4, epoch_batches=15, learning_rate=1e-2, final_rate=1e-3)
    training = trainer(replace(longer, average=0.9), run)
    before = training.validate()
    epochs = list(training.run())
    part = {"cnn2": 0.995}.get(architecture, 0.9)  # log likelihoods fall slowly
    assert epochs[-1].valid_loss < part * before
    recipe = job.TASKS[architecture].recipe(**RECIPES[architecture])
    card = job.ship_run(run, tmp_path / "models", longer, recipe, songs, frozenset(), "GPL")
    shipped = read_card(card)
    assert shipped.training["hours"]["bass"] == pytest.approx(4 * 2.5 / 3600, abs=0.01)
    assert shipped.training["songs"] == len(shipped.training["names"])
    assert shipped.description == (
        f"Network {architecture}, trained on 0.2 minutes of 4 songs ({songs.name})."
    )
    assert shipped.training["best_epoch"] == max(e.number for e in epochs if e.best)
    model = load_model(shipped)
    best = torch.load(run / BEST, weights_only=True)
    assert len(best) > 4
    assert model.card == shipped


def estimates(songs: Path, folder: Path) -> Path:
    """What `remixer separate` writes of a song."""
    folder.mkdir()
    for path in (songs / "song3").iterdir():
        shutil.copy(path, folder / f"hit - {path.name}")
    return folder


def test_songs_that_a_model_told_apart_are_learnt_from_and_in_the_card(
    plan: Make, songs: Path, tmp_path: Path
) -> None:
    run, more = tmp_path / "run", [estimates(songs, tmp_path / "told")]
    list(job.prepare("unet", songs, run, frozenset(), estimated=more))
    recipe = job.TASKS["unet"].recipe(**RECIPES["unet"], coherent=1.0)
    short = plan("unet", epochs=1, epoch_batches=2)
    list(job.trainer(short, run, recipe).run())
    about = (run, tmp_path / "models", short, recipe, songs, frozenset(), "GPL")
    facts = read_card(job.ship_run(*about, estimated=more)).training
    assert facts["estimated"] == {"songs": 1, "hours": 0.0}
    assert facts["hours"]["bass"] == pytest.approx(4 * 2.5 / 3600, abs=0.01)
    assert "trusted" in facts["recipe"]


def test_what_cannot_be_done_with_estimates_is_said(
    plan: Make, songs: Path, tmp_path: Path
) -> None:
    more = [estimates(songs, tmp_path / "told")]
    list(job.prepare("cnn1", songs, tmp_path / "run", frozenset(), estimated=more))
    with pytest.raises(SettingError, match="cnn1 learns from true stems only"):
        trainer(plan("cnn1"), tmp_path / "run")
    list(job.prepare("unet", songs, tmp_path / "run2", frozenset(), estimated=more))
    recipe = job.TASKS["unet"].recipe(**RECIPES["unet"], trusted=("voice",))
    with pytest.raises(SettingError, match="trusts voice: its stems are vocals, bass"):
        job.trainer(plan("unet"), tmp_path / "run2", recipe)


def test_cnn2_ships_with_soft_and_with_binary_masks(
    plan: Make, prepared: Prepared, songs: Path, tmp_path: Path
) -> None:
    run = prepared("cnn2", tmp_path / "run")
    short = plan("cnn2", epochs=1, epoch_batches=1)
    list(trainer(short, run).run())
    recipe = job.TASKS["cnn2"].recipe(**RECIPES["cnn2"])
    soft = read_card(
        job.ship_run(run, tmp_path / "models", short, recipe, songs, frozenset(), "GPL")
    )
    binary = read_card(tmp_path / "models" / "cnn2-binary.json")
    assert binary.path == soft.path
    assert binary.fingerprint != soft.fingerprint
    seen = np.random.default_rng(1).random((1025, 31), dtype=np.float32)
    masks = load_model(soft).masks(seen), load_model(binary).masks(seen)
    assert set(np.unique(masks[1])) == {0.0, 1.0}
    assert np.array_equal(masks[0].argmax(axis=0), masks[1].argmax(axis=0))


def test_patience_ends_a_run_that_no_longer_learns(
    plan: Make, prepared: Prepared, tmp_path: Path
) -> None:
    run = prepared("unet", tmp_path / "run")
    still = plan("unet", epochs=50, patience=2, learning_rate=0.0, final_rate=0.0)
    epochs = list(trainer(still, run).run())
    assert [e.best for e in epochs] == [True, False, False]
    assert trainer(still, run).finished


def test_the_best_weights_are_those_of_the_best_epoch(
    plan: Make, prepared: Prepared, tmp_path: Path
) -> None:
    run = prepared("unet", tmp_path / "run")
    training = trainer(plan("unet", learning_rate=3.0, final_rate=3.0, average=0.0), run)
    kept: dict[str, torch.Tensor] = {}
    for epoch in training.run():
        if epoch.best:
            kept = {k: v.clone() for k, v in training.average.state_dict().items()}
    best = torch.load(run / BEST, weights_only=True)
    assert all(torch.equal(best[name], kept[name]) for name in kept)


def test_frozen_weights_keep_their_first_values(
    plan: Make, prepared: Prepared, tmp_path: Path
) -> None:
    run = prepared("unet", tmp_path / "run")
    training = trainer(plan("unet", frozen=("towers.0.",)), run)
    first = {k: v.clone() for k, v in training.network.state_dict().items()}
    list(training.run())
    for name, value in training.network.state_dict().items():
        assert torch.equal(value, first[name]) == name.startswith("towers.0."), name


def test_gentle_weights_learn_at_a_part_of_the_rate(
    plan: Make, prepared: Prepared, tmp_path: Path
) -> None:
    run = prepared("unet", tmp_path / "run")
    training = trainer(plan("unet", gentle={"towers.0.": 0.1}), run)
    first = {k: v.detach().clone() for k, v in training.network.named_parameters()}
    training._step(0, training.batches.batch(0))
    rate = training.plan.learning_rate
    for name, value in training.network.named_parameters():
        moved = float((value.detach() - first[name]).abs().max())
        part = 0.1 if name.startswith("towers.0.") else 1.0
        assert moved == pytest.approx(part * rate, rel=0.1), name  # Adam's first step is its rate


def test_a_plan_that_freezes_all_is_refused(plan: Make, prepared: Prepared, tmp_path: Path) -> None:
    run = prepared("unet", tmp_path / "run")
    with pytest.raises(SettingError, match=r"\('towers.',\) freezes every weight"):
        trainer(plan("unet", frozen=("towers.",)), run)


def test_a_new_run_starts_from_the_weights_of_another(
    plan: Make, prepared: Prepared, tmp_path: Path
) -> None:
    one = prepared("unet", tmp_path / "one")
    list(trainer(plan("unet"), one).run())
    other = prepared("unet", tmp_path / "other")
    training = trainer(plan("unet", seed=2), other, start=start_from(one / BEST))
    best = torch.load(one / BEST, weights_only=True)
    now = training.network.state_dict()
    assert all(torch.equal(now[name], best[name]) for name in best)
    # A run that has begun goes on from its own.
    list(training.run())
    again = trainer(plan("unet", seed=2), other, start=start_from(one / BEST))
    assert not all(torch.equal(again.network.state_dict()[n], best[n]) for n in best)
    with pytest.raises(ModelError, match="does not fit the network"):
        trainer(
            plan("unet", config={}), prepared("unet", tmp_path / "x"), start=start_from(one / BEST)
        )


def test_another_plan_is_refused_but_how_long_and_how_fast_may_change(
    plan: Make, prepared: Prepared, tmp_path: Path
) -> None:
    run = prepared("unet", tmp_path / "run")
    list(trainer(plan("unet", epochs=1), run).run())
    with pytest.raises(ModelError, match=r"another plan \(seed 1, not 2\)"):
        trainer(plan("unet", seed=2), run)
    slower = plan("unet", epochs=2, learning_rate=1e-5, patience=1, frozen=("towers.0.",))
    assert len(list(trainer(slower, run).run())) == 1


def test_a_loss_that_is_no_number_ends_the_run_and_keeps_the_checkpoint(
    plan: Make, prepared: Prepared, tmp_path: Path
) -> None:
    run = prepared("unet", tmp_path / "run")
    training = trainer(plan("unet"), run)
    steps = training.run()
    next(steps)
    with torch.no_grad():
        next(training.network.parameters()).fill_(float("nan"))
    with pytest.raises(ModelError, match="the loss became nan at batch 2: lower the learning rate"):
        next(steps)
    assert len(trainer(plan("unet"), run).history) == 1


def test_other_songs_in_a_run_are_refused(songs: Path, prepared: Prepared, tmp_path: Path) -> None:
    run = prepared("unet", tmp_path / "run")
    with pytest.raises(InputError, match="holds other songs or another split"):
        list(job.prepare("unet", songs, run, frozenset({"song2"})))
    with pytest.raises(InputError, match="holds other songs or another split"):
        list(job.prepare("unet", songs, run, frozenset(), [songs]))
    assert list(job.prepare("unet", songs, run, frozenset())) == []


def test_a_stem_that_nobody_sings_is_missed(tmp_path: Path, songs: Path, plan: Make) -> None:
    folder = tmp_path / "songs"
    for number in (0, 1):
        shutil.copytree(songs / "song1", folder / f"song{number}")
    list(job.prepare("unet", folder, tmp_path / "run", frozenset({"song0"})))
    with pytest.raises(InputError, match="the train split holds no vocals"):
        trainer(plan("unet"), tmp_path / "run")
