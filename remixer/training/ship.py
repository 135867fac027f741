"""From a training run to a model that can be installed: int8 weights and a card."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from remixer.errors import ModelError, SettingError
from remixer.separation import weights
from remixer.separation.backends import ID
from remixer.separation.catalogue import read_card
from remixer.separation.networks.registry import DEFAULTS
from remixer.training.corpus import Licences
from remixer.training.facts import description, song_facts
from remixer.training.pack import Pack
from remixer.training.remix import Recipe
from remixer.training.stretches import StretchRecipe
from remixer.training.trainer import BEST, CHECKPOINT, Plan


def ship(run: Path, folder: Path, model: str, about: dict[str, Any], whole: bool = False) -> Path:
    """Write FOLDER/MODEL.safetensors and its card from a run's best weights. Returns the card's
    path.

    about: the card's title, stems, rate, window, hop, licence, training (see `training_facts`), and
    a description in place of a plain one. whole: keep float32 weights, to measure what rounding
    costs. Raises ModelError when the run has no
    checkpoint, or the catalogue would refuse the card.
    """
    saved = _checkpoint(run)
    folder.mkdir(parents=True, exist_ok=True)
    state = torch.load(run / BEST, weights_only=True)
    path = folder / f"{model}.safetensors"
    state = {name: value.contiguous() for name, value in state.items()}
    weights.save(state if whole else weights.quantise(state), path)
    plan = Plan(**saved["plan"])
    config = {**DEFAULTS[plan.architecture], **plan.config}
    card = {
        "id": model,
        "description": description(plan.architecture, about["training"]),
        "architecture": plan.architecture,
        "config": config,
        "weights": path.name,
        "sha256": weights.file_sha256(path),
        **about,
    }
    shipped = write_card(folder / f"{model}.json", card)
    read_card(shipped)
    return shipped


def variant(card: Path, suffix: str, config: dict[str, Any], says: str) -> Path:
    """Write a second card for the weights of a first, with another config. Returns its path.

    says: what is different, for the title. The model's id is the first's with -suffix.
    """
    values = json.loads(card.read_text(encoding="utf-8"))
    values["id"] = f"{values['id']}-{suffix}"
    values["title"] = f"{values['title']}; {says}"
    values["config"] = {**values["config"], **config}
    other = write_card(card.with_name(f"{values['id']}.json"), values)
    read_card(other)
    return other


def check_name(model: str) -> None:
    """Raises SettingError when a model cannot be called so."""
    if not ID.fullmatch(model):
        raise SettingError(
            f"a model cannot be called {model!r}: use up to 64 small letters, digits, dots, dashes "
            "and underscores, a letter or digit first"
        )


def write_card(path: Path, card: dict[str, Any]) -> Path:
    """Write a card beside, then rename."""
    beside = path.with_suffix(".part")
    beside.write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    beside.replace(path)
    return path


def training_facts(
    run: Path,
    pack: Pack,
    recipe: Recipe | StretchRecipe,
    data: str,
    licences: Licences | None = None,
) -> dict[str, Any]:
    """What a card says about training: data, songs, hours, licences where they are known, plan,
    recipe, frames seen, validation loss.

    licences: see `corpus.licence_table`; minutes are rounded to tenths. Raises ModelError when the
    run has no checkpoint.
    """
    saved = _checkpoint(run)
    history = saved["history"]
    best = min(history, key=lambda e: e["valid_loss"])
    return {
        "data": data,
        **song_facts(pack),
        "hours": {s: round(v / 3600, 2) for s, v in pack.seconds("train").items()},
        **({"licences": _rounded(licences)} if licences else {}),
        "frames": history[-1]["frames"],
        "epochs": len(history),
        "best_epoch": best["number"],
        "valid_loss": best["valid_loss"],
        "plan": saved["plan"],
        "recipe": asdict(recipe),
    }


def _checkpoint(run: Path) -> dict[str, Any]:
    if not all((run / name).exists() for name in (BEST, CHECKPOINT)):
        raise ModelError(f"{run} holds no finished epoch: train longer, then ship")
    saved: dict[str, Any] = torch.load(run / CHECKPOINT, weights_only=True, mmap=True)
    return saved


def _rounded(licences: Licences) -> Licences:
    return {
        stem: {
            licence: {"files": entry["files"], "minutes": round(entry["minutes"], 1)}
            for licence, entry in sorted(kinds.items())
        }
        for stem, kinds in licences.items()
    }
