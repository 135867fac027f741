"""The models that are there: JSON cards beside their weights, in the folders that may hold them;
and back ends of other packages.
"""

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

import platformdirs

from remixer.dsp.signal import STEMS
from remixer.errors import ModelError, brief
from remixer.resources import folder as resource_folder
from remixer.separation.backends import ID, BackEnd, find_back_ends
from remixer.smallfiles import read_json

DEFAULT = "unet"
VERSION = "masks-1"
ENVIRONMENT = "REMIXER_MODELS"
_LONGEST = 200
_LARGEST = 1 << 20
_MOST_LAYERS = 32


@dataclass(frozen=True)
class Card:
    """What a model is: enough to build it, to trust it and to cite it.

    stems: the order of the network's outputs. rate, window, hop: the lattice its masks live on, in
    Hz and samples. training and measured are for people: data, hours, licences; SDR tables.
    """

    id: str
    title: str
    architecture: str
    config: dict[str, Any]
    stems: tuple[str, ...]
    rate: int
    window: int
    hop: int
    weights: str
    sha256: str
    licence: str
    description: str = ""
    training: dict[str, Any] = field(default_factory=dict)
    measured: dict[str, Any] = field(default_factory=dict)
    folder: Path = Path()

    @property
    def path(self) -> Path:
        """Where the weights are."""
        return self.folder / self.weights

    @property
    def fingerprint(self) -> str:
        """Changes whenever estimates would: the separation's version, and all of the card that is
        not for people.
        """
        used = (self.sha256, self.architecture, self.config, self.stems)
        text = json.dumps([*used, self.rate, self.window, self.hop], sort_keys=True)
        return f"{VERSION}:{hashlib.sha256(text.encode()).hexdigest()}"


class Model(Protocol):
    """What the program knows of any model: a Card, or a BackEnd."""

    @property
    def id(self) -> str:
        """What the user calls it."""
        ...

    @property
    def title(self) -> str:
        """For people."""
        ...

    @property
    def licence(self) -> str:
        """Of its weights."""
        ...

    @property
    def description(self) -> str:
        """For people."""
        ...

    @property
    def measured(self) -> dict[str, Any]:
        """For people: SDR tables."""
        ...

    @property
    def sha256(self) -> str:
        """Of its weights; empty where they are another package's."""
        ...

    @property
    def fingerprint(self) -> str:
        """Changes whenever its estimates would."""
        ...


def model_folders() -> list[Path]:
    """Where models are looked for, the user's own first.

    The folders of the environment variable REMIXER_MODELS, the user's data folder, and the one
    that comes with the program.
    """
    named = [Path(p) for p in os.environ.get(ENVIRONMENT, "").split(os.pathsep) if p]
    users = platformdirs.user_data_path("remixer") / "models"
    return [*named, users, resource_folder("models")]


def find_models(folders: Sequence[Path] | None = None) -> dict[str, Model]:
    """Models by id, ours first, then back ends that can be used; of two with one id the first
    folder's counts, and any of ours before a back end. Cards that cannot be read are left out: see
    `broken_cards`, `broken_back_ends`.

    folders: those to look in, where back ends do not count; else all.
    """
    models: dict[str, Model] = {}
    for _path, card in _cards(folders):
        if isinstance(card, Card):
            models.setdefault(card.id, card)
    if folders is None:
        for back_end in find_back_ends().values():
            with suppress(ModelError):
                models.setdefault(back_end.id, _usable(back_end))
    return models


def find_model(model: str, folders: Sequence[Path] | None = None) -> Model:
    """The model of an id. Raises ModelError that lists what there is, or says what is wrong with
    it.
    """
    for folder in model_folders() if folders is None else folders:
        path = folder / f"{model}.json"
        if ID.fullmatch(model) and path.is_file():
            return read_card(path)
    if folders is None and (back_end := find_back_ends().get(model)):
        return _usable(back_end)
    known = ", ".join(sorted(find_models(folders))) or "none: reinstall Remixer"
    raise ModelError(f"model {model!r} is not installed; there is {known}")


def broken_cards(folders: Sequence[Path] | None = None) -> dict[str, str]:
    """Why cards in the folders of models are left out, by their paths."""
    found = _cards(folders)
    return {str(path): str(card) for path, card in found if isinstance(card, ModelError)}


def _cards(folders: Sequence[Path] | None) -> Iterator[tuple[Path, Card | ModelError]]:
    """Each file of a card, in the order of the folders, and what it holds or what is wrong."""
    for folder in model_folders() if folders is None else folders:
        for path in sorted(folder.glob("*.json")):
            try:
                card: Card | ModelError = read_card(path)
            except ModelError as error:
                card = error
            yield path, card


def broken_back_ends() -> dict[str, str]:
    """Why back ends that are installed cannot be used, by id."""
    broken = {}
    for back_end in find_back_ends().values():
        try:
            _usable(back_end)
        except ModelError as error:
            broken[back_end.id] = str(error)
    return broken


def our_card(model: str = DEFAULT) -> Card:
    """The card of a model of ours: with the default, what shares the rest of back ends. Raises
    ModelError.
    """
    card = find_model(model)
    if not isinstance(card, Card):
        raise ModelError(f"model {model!r} is a back end: use one with weights of Remixer's kind")
    return card


def _usable(back_end: BackEnd) -> BackEnd:
    """A back end with the network that shares what it leaves. Raises ModelError."""
    if back_end.problem:
        raise ModelError(back_end.problem)
    if not back_end.splits:
        return back_end
    return replace(back_end, splitter=our_card().fingerprint)


def read_card(path: Path) -> Card:
    """A card from its JSON file. Raises ModelError when it is not one, or names files outside its
    folder.
    """
    try:
        values = read_json(path)
        card = Card(**{**values, "stems": tuple(values["stems"]), "folder": path.parent})
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ModelError(f"{path.name} is not a model card: {brief(error, 200)}") from error
    _check(card, path)
    _check_place(card, path)
    _check_config(card, path)
    return card


def _check(card: Card, path: Path) -> None:
    texts = (card.id, card.title, card.architecture, *card.stems, card.weights, card.sha256)
    tables = (card.config, card.training, card.measured)
    if not all(isinstance(text, str) for text in (*texts, card.licence, card.description)) or not (
        all(isinstance(table, dict) for table in tables)
    ):
        raise ModelError(f"{path.name} is not a model card: a text or a table is something else")
    if not ID.fullmatch(card.id):
        raise ModelError(
            f"{path.name} has the id {brief(repr(card.id))}: use up to 64 small letters, digits, "
            "dots, dashes and underscores, a letter or digit first"
        )
    if card.id != path.stem:
        raise ModelError(
            f"{path.name} has the id {card.id!r}, which is the file's name without .json: rename "
            f"it to {card.id}.json, or change the id"
        )
    if sorted(card.stems) != sorted(STEMS):
        raise ModelError(
            f"{path.name} gives the stems {brief(card.stems)}: Remixer needs {', '.join(STEMS)}"
        )
    numbers = (card.rate, card.window, card.hop)
    if not all(type(n) is int and 0 < n <= 1 << 20 for n in numbers) or (
        card.window not in [card.hop << overlap for overlap in range(2, 8)]
    ):
        raise ModelError(
            f"{path.name} has an impossible lattice {brief(numbers)}: rate in Hz, window and hop "
            "in samples, the window 4, 8, 16, 32, 64 or 128 hops"
        )


def _check_place(card: Card, path: Path) -> None:
    """Weights lie beside their card, by name and by links: what a card says chooses no other file.
    A card that is a link itself may have its weights beside what it links to.
    """
    name = card.weights
    plain = Path(name).name == name and name not in ("", "..") and len(name) <= _LONGEST
    if not plain or "\0" in name:
        raise ModelError(
            f"{path.name} points to {brief(repr(name))}: weights must lie beside their card"
        )
    try:
        homes = (path.parent.resolve(), path.resolve().parent)
        beside = card.path.resolve().parent in homes
    except (OSError, RuntimeError) as error:  # RuntimeError: links in a circle
        raise ModelError(f"{name} cannot be followed to a file: {brief(error)}") from error
    if not beside:
        raise ModelError(f"{name} is a link out of {path.parent}: copy the weights there")


def _check_config(card: Card, path: Path) -> None:
    """Nothing in a config is so large that a network of it is: a list is a few layers."""
    for name, value in card.config.items():
        values = value if isinstance(value, list) else [value]
        if len(values) > _MOST_LAYERS or not all(_is_size(item) for item in values):
            raise ModelError(
                f"{path.name} gives {brief(name)} as {brief(value)}: a config holds numbers of "
                f"magnitude up to {_LARGEST}, short texts, and lists of at most {_MOST_LAYERS}"
            )


def _is_size(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) <= _LONGEST
    return isinstance(value, int | float) and abs(value) <= _LARGEST  # not true of NaN
