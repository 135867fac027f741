"""A training run as a whole: songs become a pack, examples, a trainer and a model with its card."""

from collections.abc import Iterator
from pathlib import Path

from remixer.dsp.stft import Stft
from remixer.errors import InputError
from remixer.separation.networks.registry import DEFAULTS
from remixer.training import corpus, ship
from remixer.training.pack import INDEX, Clip, Pack, build_pack
from remixer.training.remix import Recipe, Remixer, fixed_examples
from remixer.training.trainer import Plan, Trainer

RATE, STFT = 22050, Stft(2048, 256)
ORDER = ("vocals", "drums", "bass", "other")
"""The paper's order of the network's outputs."""
PACK = "pack"
VALID_S = 0.5
"""Seconds between validation examples."""


def prepare(data: Path, run: Path, valid: frozenset[str]) -> Iterator[tuple[int, int, Clip]]:
    """Pack the songs of a folder unless the run has done so: (number, of how many, clip).

    Raises InputError when a file cannot be read, or the run holds other songs or another split.
    """
    sources = corpus.find_sources(data, valid)
    packed = run / PACK
    if not (packed / INDEX).exists():
        for number, clip in enumerate(build_pack(sources, packed, RATE), 1):
            yield number, len(sources), clip
    elif not Pack(packed).holds(sources):
        raise InputError(
            f"{packed} holds other songs or another split than {data}: train in another run "
            "folder, or delete that one"
        )


def trainer(plan: Plan, run: Path, recipe: Recipe) -> Trainer:
    """The trainer of a run that is prepared. Raises InputError when a stem or validation songs are
    missing, ModelError when the run has another plan.
    """
    pack = Pack(run / PACK)
    config = {**DEFAULTS[plan.architecture], **plan.config}
    remixer = Remixer(pack, "train", STFT, ORDER, config["context"], recipe)
    valid = fixed_examples(pack, "valid", STFT, ORDER, config["context"], VALID_S)
    return Trainer(plan, run, remixer, valid)


def ship_run(
    run: Path,
    folder: Path,
    plan: Plan,
    recipe: Recipe,
    data: Path,
    valid: frozenset[str],
    licence: str,
) -> Path:
    """Write the best weights of a run and their card, which says what they were made from. Returns
    the card's path.
    """
    name = data.resolve().name
    table = corpus.licence_table(data, valid)
    about = {
        "title": f"{plan.architecture}, trained on {name}",
        "stems": ORDER,
        "rate": RATE,
        "window": STFT.window,
        "hop": STFT.hop,
        "licence": licence,
        "training": ship.training_facts(run, Pack(run / PACK), recipe, name, table),
    }
    return ship.ship(run, folder, plan.architecture, about)
