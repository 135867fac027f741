"""A training run as a whole: songs become a pack, examples, a trainer and a model with its card."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from remixer.dsp.stft import Stft
from remixer.errors import InputError
from remixer.separation.networks.registry import DEFAULTS
from remixer.separation.spleeter import NOTICE
from remixer.training import corpus, ship
from remixer.training.losses import Loss, SpectralLoss, mask_loss
from remixer.training.pack import INDEX, Clip, Pack, Source, build_pack
from remixer.training.remix import Recipe, Remixer, fixed_examples
from remixer.training.spleeter import WHEEL
from remixer.training.stretches import SongStretches, Stretches, StretchRecipe
from remixer.training.trainer import Arrays, Plan, Trainer
from remixer.training.trainer import Source as Batches

PACK = "pack"
VALID_S = {"cnn1": 0.5, "unet": 15.0}
"""Seconds between validation examples."""

Recipes = Recipe | StretchRecipe
Parts = tuple[Batches, Iterable[Arrays], Loss]


@dataclass(frozen=True)
class Task:
    """What an architecture is trained on: rate, channels and STFT of its examples, its stems in the
    order of its outputs, how they are drawn, and what makes a run of a pack.
    """

    rate: int
    channels: int
    stft: Stft
    stems: tuple[str, ...]
    recipe: Callable[..., Recipes]
    parts: Callable[["Task", Pack, Mapping[str, Any], Any], Parts]


def _texture_parts(task: Task, pack: Pack, config: Mapping[str, Any], recipe: Recipe) -> Parts:
    source = Remixer(pack, "train", task.stft, task.stems, config["context"], recipe)
    windows, masks = fixed_examples(
        pack, "valid", task.stft, task.stems, config["context"], VALID_S["cnn1"]
    )
    cuts = range(128, len(windows), 128)
    valid = list(zip(np.split(windows, cuts), np.split(masks, cuts), strict=True))
    return source, valid, mask_loss


def _stretch_parts(
    task: Task, pack: Pack, config: Mapping[str, Any], recipe: StretchRecipe
) -> Parts:
    source = Stretches(pack, task.stft, task.stems, config["bins"], recipe)
    valid = SongStretches(
        pack, task.stft, task.stems, config["bins"], recipe.frames, VALID_S["unet"]
    )
    places = task.stems.index("bass"), task.stems.index("other")
    return source, valid, SpectralLoss(*places)


TASKS: dict[str, Task] = {
    "cnn1": Task(
        22050, 1, Stft(2048, 256), ("vocals", "drums", "bass", "other"), Recipe, _texture_parts
    ),
    "unet": Task(
        44100,
        2,
        Stft(4096, 1024),
        ("vocals", "bass", "drums", "other"),
        StretchRecipe,
        _stretch_parts,
    ),
}
"""cnn1: the paper's rate, window and order."""


def sources(data: Path, valid: frozenset[str], more: Sequence[Path] = ()) -> list[Source]:
    """The stems of a folder, and of more folders for training only. See `corpus`."""
    found = corpus.find_sources(data, valid)
    return [*found, *(s for folder in more for s in corpus.more_sources(folder))]


def prepare(
    architecture: str, data: Path, run: Path, valid: frozenset[str], more: Sequence[Path] = ()
) -> Iterator[tuple[int, int, Clip]]:
    """Pack the songs of folders unless the run has done so: (number, of how many, clip).

    Raises InputError when a file cannot be read, or the run holds other songs or another split.
    """
    task, found = TASKS[architecture], sources(data, valid, more)
    packed = run / PACK
    if not (packed / INDEX).exists():
        packing = build_pack(found, packed, task.rate, task.channels)
        for number, clip in enumerate(packing, 1):
            yield number, len(found), clip
    elif not Pack(packed).holds(found):
        raise InputError(
            f"{packed} holds other songs or another split than {data}: train in another run "
            "folder, or delete that one"
        )


def trainer(
    plan: Plan,
    run: Path,
    recipe: Recipes,
    start: Callable[[nn.Module], None] = lambda _network: None,
) -> Trainer:
    """The trainer of a run that is prepared. start: gives a new run's network its first weights.

    Raises InputError when a stem or validation songs are missing, ModelError when the run has
    another plan.
    """
    task = TASKS[plan.architecture]
    config = {**DEFAULTS[plan.architecture], **plan.config}
    source, valid, loss = task.parts(task, Pack(run / PACK), config, recipe)
    return Trainer(plan, run, source, valid, loss, start)


def ship_run(
    run: Path,
    folder: Path,
    plan: Plan,
    recipe: Recipes,
    data: Path,
    valid: frozenset[str],
    licence: str,
    more: Sequence[Path] = (),
    start: Path | None = None,
) -> Path:
    """Write the best weights of a run and their card, which says what they were made from. Returns
    the card's path.
    """
    task, name = TASKS[plan.architecture], data.resolve().name
    table = corpus.licence_table(data, valid)
    facts = ship.training_facts(run, Pack(run / PACK), recipe, name, table)
    if more:
        facts["more"] = [folder.resolve().name for folder in more]
    if start is not None:
        facts["start"] = start.name
        if start.suffix == WHEEL:
            facts["notice"] = NOTICE
    about = {
        "title": f"{plan.architecture}, trained on {name}",
        "stems": task.stems,
        "rate": task.rate,
        "window": task.stft.window,
        "hop": task.stft.hop,
        "licence": licence,
        "training": facts,
    }
    return ship.ship(run, folder, plan.architecture, about)
