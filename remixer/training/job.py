"""A training run as a whole: songs become a pack, examples, a trainer and a model with its card."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from remixer.dsp.stft import Stft
from remixer.errors import InputError, SettingError
from remixer.separation.networks.cnn2 import nll_loss
from remixer.separation.networks.dnn import Dnn
from remixer.separation.networks.registry import DEFAULTS
from remixer.separation.spleeter import NOTICE
from remixer.training import corpus, ship
from remixer.training.devices import CPU, Place
from remixer.training.losses import Loss, SpectralLoss, mask_loss
from remixer.training.mixed import MixedFrames, in_batches
from remixer.training.pack import INDEX, Clip, Pack, build_pack, pack_size
from remixer.training.remix import Recipe, Remixer, by_song, fixed_examples
from remixer.training.scores import Excerpts
from remixer.training.sources import OnError, Told, untold
from remixer.training.spleeter import WHEEL
from remixer.training.stretches import SongStretches, Stretches, StretchRecipe
from remixer.training.trainer import Arrays, Plan, Trainer
from remixer.training.trainer import Source as Batches

PACK = "pack"
WINDOW_S = 0.5
STRETCH_S = 15.0
"""Seconds between validation examples."""
MEASURED = 16
"""Batches that the mean and deviation of a dnn's inputs are taken from."""

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
    parts: Callable[["Task", Pack, Plan, Any], Parts]


def _texture_parts(task: Task, pack: Pack, plan: Plan, recipe: Recipe) -> Parts:
    if any(clip.estimated for clip in pack.clips):
        raise SettingError(f"{plan.architecture} learns from true stems only: leave estimates out")
    context = config_of(plan)["context"]
    loss = nll_loss if plan.architecture == "cnn2" else mask_loss
    if plan.faithful:
        frames = MixedFrames(pack, task.stft, task.stems, context, recipe.batch, plan.seed)
        return frames, frames.valid(), loss
    source = Remixer(pack, "train", task.stft, task.stems, context, recipe)
    valid = fixed_examples(pack, "valid", task.stft, task.stems, context, WINDOW_S)
    return source, in_batches(valid), loss


def _stretch_parts(task: Task, pack: Pack, plan: Plan, recipe: StretchRecipe) -> Parts:
    if plan.faithful:
        raise SettingError(
            f"faithful is for the paper's networks, not for {plan.architecture}: leave it out"
        )
    bins = config_of(plan)["bins"]
    if unknown := set(recipe.trusted) - set(task.stems):
        raise SettingError(
            f"the recipe trusts {', '.join(sorted(unknown))}: its stems are {', '.join(task.stems)}"
        )
    source = Stretches(pack, task.stft, task.stems, bins, recipe)
    valid = SongStretches(pack, task.stft, task.stems, bins, recipe.frames, STRETCH_S)
    return source, valid, SpectralLoss()


def _paper(excerpts: int) -> Task:
    """A network of the paper: its rate, window and order of stems; its batches by default."""
    recipe = partial(Recipe, excerpts=excerpts)
    stems = ("vocals", "drums", "bass", "other")
    return Task(22050, 1, Stft(2048, 256), stems, recipe, _texture_parts)


TASKS: dict[str, Task] = {
    "dnn": _paper(25),
    "cnn1": _paper(25),
    "cnn2": _paper(10),
    "unet": Task(
        44100,
        2,
        Stft(4096, 1024),
        ("vocals", "bass", "drums", "other"),
        StretchRecipe,
        _stretch_parts,
    ),
}


def config_of(plan: Plan) -> dict[str, Any]:
    """All values of a plan's network."""
    return {**DEFAULTS[plan.architecture], **plan.config}


def size(
    architecture: str,
    data: Path,
    run: Path,
    valid: frozenset[str],
    more: Sequence[Path] = (),
    estimated: Sequence[Path] = (),
    on_error: OnError = "stop",
) -> int:
    """Bytes that `prepare` will write; 0 when the run's songs are packed.

    Raises InputError for songs that cannot be used, see `build_pack`.
    """
    if (run / PACK / INDEX).exists():
        return 0
    task = TASKS[architecture]
    found = corpus.gather(data, valid, more, estimated)
    return pack_size(found, task.rate, task.channels, on_error)


def prepare(
    architecture: str,
    data: Path,
    run: Path,
    valid: frozenset[str],
    more: Sequence[Path] = (),
    estimated: Sequence[Path] = (),
    on_error: OnError = "stop",
    told: Told = untold,
) -> Iterator[tuple[int, int, Clip]]:
    """Pack the songs of folders unless the run has done so: (number, of how many, clip). more,
    estimated: see `corpus.gather`; on_error, told: what becomes of songs that cannot be used, see
    `build_pack`.

    Raises InputError when a file cannot be read, or the run holds other songs or another split.
    """
    task, found = TASKS[architecture], corpus.gather(data, valid, more, estimated, told)
    packed = run / PACK
    if not (packed / INDEX).exists():
        packing = build_pack(found, packed, task.rate, task.channels, on_error, told)
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
    start: Callable[[nn.Module], None] | None = None,
    place: Place = CPU,
) -> Trainer:
    """The trainer of a run that is prepared. start: gives a new run's network its first weights; a
    dnn that has none takes the statistics of its inputs from the first batches. place: where to
    train, see `distributed.joined`.

    Raises InputError when a stem or validation songs are missing, ModelError when the run has
    another plan, SettingError when the plan asks for what its network has not.
    """
    task, pack = TASKS[plan.architecture], Pack(run / PACK)
    source, valid, loss = task.parts(task, pack, plan, recipe)
    if not plan.epoch_batches:
        plan = replace(plan, epoch_batches=max(1, _frames(task, pack) // source.frames))
    start = start or partial(_measure, source, plan.seed)
    excerpts = Excerpts(pack, plan.architecture, config_of(plan), task.stems, task.stft)
    return Trainer(plan, run, source, valid, loss, start, place=place, excerpts=excerpts)


def _frames(task: Task, pack: Pack) -> int:
    """Frames of the songs that a network is trained on, each song as long as its longest stem."""
    songs = by_song([c for c in pack.clips if c.split == "train"])
    return sum(max(c.length for c in song.values()) // task.stft.hop for song in songs)


def _measure(source: Batches, seed: int, network: nn.Module) -> None:
    if isinstance(network, Dnn):
        batches = (source.draw(np.random.default_rng([seed, n])) for n in range(MEASURED))
        network.measure(torch.from_numpy(np.concatenate([batch[0] for batch in batches])))


def _estimated(pack: Pack, data: Path) -> dict[str, Any]:
    """What a card says of songs whose stems a model told apart, which are named as their mixes in
    the data's manifest are.
    """
    clips = {c.song.partition(":")[2]: c.length for c in pack.clips if c.estimated}
    table = corpus.mix_licences(data, clips)
    hours = round(sum(clips.values()) / pack.rate / 3600, 2)
    return {"songs": len(clips), "hours": hours, **({"licences": table} if table else {})}


def ship_run(
    run: Path,
    folder: Path,
    plan: Plan,
    recipe: Recipes,
    data: Path,
    valid: frozenset[str],
    licence: str,
    more: Sequence[Path] = (),
    estimated: Sequence[Path] = (),
    start: Path | None = None,
    called: str | None = None,
) -> Path:
    """Write the best weights of a run and their card, which says what they were made from; for cnn2
    a second card, whose masks are binary. called: the model's id, else its network's name. Returns
    the card's path.
    """
    task, name, pack = TASKS[plan.architecture], data.resolve().name, Pack(run / PACK)
    table = corpus.licence_table(data, valid, pack.skipped)
    facts = ship.training_facts(run, pack, recipe, name, table)
    if more:
        facts["more"] = [folder.resolve().name for folder in more]
    if estimated:
        facts["estimated"] = _estimated(pack, data)
    if start is not None:
        facts["start"] = start.name
        if start.suffix == WHEEL:
            facts["notice"] = NOTICE
    about = {
        "title": f"{called or plan.architecture}, trained on {name}",
        "stems": task.stems,
        "rate": task.rate,
        "window": task.stft.window,
        "hop": task.stft.hop,
        "licence": licence,
        "training": facts,
    }
    card = ship.ship(run, folder, called or plan.architecture, about)
    if plan.architecture == "cnn2":
        ship.variant(card, "binary", {"binary": True}, "the likeliest stem takes the whole bin")
    return card
