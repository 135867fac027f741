"""Several processes on one network: gradients, losses and weights of one, errors that end all."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import torch

from remixer.training import job
from remixer.training.devices import CPU, Place
from remixer.training.distributed import in_turns, joined, spread, summed, told
from remixer.training.trainer import LOG, Plan

from .conftest import CONFIGS, RECIPES
from .first_step import first_step

Make = Callable[..., Plan]
Prepared = Callable[[str, Path], Path]
ROOT = Path(__file__).parents[2]
SIZE = 2
Tensors = dict[str, torch.Tensor]


def torchrun(*arguments: object) -> "subprocess.CompletedProcess[str]":
    """A program in two processes of this machine."""
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    command += ["--nproc-per-node", str(SIZE), *(str(a) for a in arguments)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=1_200, check=False
    )


def cases(prepared: Prepared, folder: Path) -> dict[str, dict[str, Any]]:
    """Every architecture, with batches of two and of three portions."""
    found = {}
    for architecture, recipe in RECIPES.items():
        run = prepared(architecture, folder / architecture)
        for portions in (2, 3):
            size = {"batch": portions} if architecture == "unet" else {"excerpts": portions}
            plan = {"architecture": architecture, "config": CONFIGS[architecture]}
            plan |= {"epoch_batches": 2, "epochs": 3}
            found[f"{architecture}{portions}"] = {
                "run": str(run),
                "plan": plan,
                "recipe": {**recipe, **size},
            }
    return found


def exact_step(case: dict[str, Any]) -> tuple[Tensors, Tensors]:
    """One process's first gradients and running statistics, in float64.

    In float32 one process is no yardstick for cnn1: PyTorch's batch norm on CPUs loses digits of
    variances that are small beside the square of the mean, as they are here.
    """
    plan = Plan(**case["plan"])
    recipe = job.TASKS[plan.architecture].recipe(**case["recipe"])
    training = job.trainer(plan, Path(case["run"]), recipe)
    tensors = training.batches.batch(0).tensors
    network = training.network.train().double()
    training.loss(
        network, tuple(t.double() if t.is_floating_point() else t for t in tensors)
    ).backward()
    gradients = {n: p.grad for n, p in network.named_parameters() if p.grad is not None}
    return gradients, {k: v for k, v in network.state_dict().items() if "running" in k}


def differing(values: Tensors, others: Tensors, part: float) -> list[str]:
    """Names of tensors that differ by more than a part of their peak and of the highest of all:
    some gradients are zero but for rounding, and rounding moves a cell across a ReLU's corner.
    """
    peaks = {name: float(value.abs().max()) for name, value in values.items()}
    allowed = {name: part * (peak + max(peaks.values())) for name, peak in peaks.items()}
    distances = {n: float((v.double() - others[n].double()).abs().max()) for n, v in values.items()}
    return [name for name, distance in distances.items() if distance > allowed[name]]


def test_two_processes_take_the_first_step_of_one(prepared: Prepared, tmp_path: Path) -> None:
    runs = cases(prepared, tmp_path)
    (tmp_path / "cases.json").write_text(json.dumps(runs))
    done = torchrun(Path(__file__).parent / "first_step.py", tmp_path / "cases.json", tmp_path)
    assert done.returncode == 0, done.stderr
    for name, case in runs.items():
        alone, (gradients, statistics) = first_step(case, CPU), exact_step(case)
        ranks = [torch.load(tmp_path / f"{name}-{r}.pt", weights_only=True) for r in range(SIZE)]
        assert sum(r["loss"] for r in ranks) / SIZE == pytest.approx(alone["loss"], rel=1e-5), name
        for rank in ranks:
            assert rank["valid_loss"] == pytest.approx(alone["valid_loss"], rel=1e-4), name
            assert differing(gradients, rank["gradients"], 1e-3) == [], name
            assert differing(statistics, rank["state"], 1e-4) == [], name
            if name[:-1] in ("dnn", "unet"):  # no batch norm: the same to the last digits
                assert differing(alone["gradients"], rank["gradients"], 5e-6) == [], name
        for kind in ("state", "average"):  # nothing drifts apart
            assert all(torch.equal(ranks[0][kind][k], ranks[1][kind][k]) for k in ranks[0][kind])


def command(songs: Path, run: Path, values: dict[str, Any], *more: object) -> list[object]:
    recipe = run.with_suffix(".json")
    recipe.write_text(json.dumps(values))
    return ["train", "cnn1", "--data", songs, "--run", run, "--recipe", recipe, *more]


def values(**plan: Any) -> dict[str, Any]:
    whole = {"config": CONFIGS["cnn1"], "epochs": 2, "epoch_batches": 3, "patience": 9, **plan}
    return {"plan": whole, "recipe": {"excerpts": 4, "frames": 4}}


def history(run: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (run / LOG).read_text().splitlines()]


def test_a_run_of_two_processes_ends_where_one_does(songs: Path, tmp_path: Path) -> None:
    shared, whole = tmp_path / "shared", tmp_path / "whole"
    short = command(songs, shared, values(epochs=1), "--ship", tmp_path / "models")
    first = torchrun("-m", "--", "remixer", *short)
    assert first.returncode == 0, first.stderr
    done = torchrun("-m", "--", "remixer", *command(songs, shared, values()), "--resume")
    assert done.returncode == 0, done.stderr
    told = first.stdout + done.stdout
    assert first.stdout.count("packed 1 of 19") == told.count("epoch 0:") == 1
    assert first.stdout.count("cnn1.json") == told.count("epoch 1:") == 1
    assert "2 processes" in told
    assert "goes on from epoch 1" in done.stderr
    plan = Plan("cnn1", **values()["plan"])
    list(job.prepare("cnn1", songs, whole, frozenset()))
    recipe = job.TASKS["cnn1"].recipe(**values()["recipe"])
    # The shared run's first epoch thought it was the last: constant rates make no difference.
    alone = [asdict(epoch) for epoch in job.trainer(plan, whole, recipe).run()]
    for one, other in zip(alone, history(shared), strict=True):
        assert one["frames"] == other["frames"]
        for name in ("loss", "valid_loss"):
            assert other[name] == pytest.approx(one[name], rel=1e-4)
        assert other["sdr"] == pytest.approx(one["sdr"], abs=5e-3)


def test_an_error_of_one_process_ends_all_without_a_trace(songs: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    wild = values(learning_rate=1e30, final_rate=1e30, epochs=50)
    done = torchrun("-m", "--", "remixer", *command(songs, run, wild))
    assert done.returncode == 1
    ours = done.stderr[: done.stderr.find("torch.distributed.elastic")]
    assert "the loss became" in ours
    assert "--rate" in ours
    assert "remixer/training" not in done.stderr  # no line of a trace names our files


def test_one_process_needs_no_others() -> None:
    with joined("cpu") as place:
        assert place == Place(torch.device("cpu"), 0, 1)
        assert list(in_turns(place)) == [True]
        assert told(place, "it") == "it"
        assert summed(place, [1.5, 2.0]) == [1.5, 2.0]
        network = torch.nn.Linear(2, 2)
        assert spread(network, place) is network
