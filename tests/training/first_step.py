"""A training's first step as one of several processes: what torchrun runs in test_distributed.

first_step.py PLANS OUT, where PLANS is {name: {"run": folder, "plan": values, "recipe": values}}.
"""

import json
import sys
from pathlib import Path
from typing import Any

import torch

from remixer.training import job
from remixer.training.devices import Place
from remixer.training.distributed import joined
from remixer.training.trainer import Plan, Trainer


def first_step(case: dict[str, Any], place: Place) -> dict[str, Any]:
    """Gradients, running statistics, weights and average after a step, and the mean loss."""
    plan = Plan(**case["plan"])
    recipe = job.TASKS[plan.architecture].recipe(**case["recipe"])
    training: Trainer = job.trainer(plan, Path(case["run"]), recipe, place=place)
    training.network.train()
    loss = training._step(0, training.batches.batch(0))
    return {
        "loss": loss,
        "valid_loss": training.validate(),
        "gradients": {n: p.grad.clone() for n, p in training.network.named_parameters()},
        "state": training.network.state_dict(),
        "average": training.average.state_dict(),
    }


if __name__ == "__main__":
    torch.set_num_threads(1)
    cases, out = json.loads(Path(sys.argv[1]).read_text()), Path(sys.argv[2])
    with joined("cpu") as here:
        for name, case in cases.items():
            torch.save(first_step(case, here), out / f"{name}-{here.rank}.pt")
