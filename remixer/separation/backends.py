"""Separators of other packages, found by their entry points and described by their cards; none of
their code is imported here, so that a window may list them. See docs/api.md, "Write a back end".
"""

import hashlib
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from functools import lru_cache
from importlib import util
from pathlib import Path
from typing import TYPE_CHECKING, Any

from remixer.dsp.signal import STEMS
from remixer.errors import ModelError
from remixer.smallfiles import read_json

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "remixer.separators"
VERSION = "backend-1"
ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
RATES = (8_000, 192_000)


@dataclass(frozen=True)
class BackEnd:
    """A separator of another package, as its card says.

    stems: what it gives, in its order. rate: the only one that it takes, in Hz; 0: any. split:
    whether our network shares what it leaves among the stems that it does not give; else that is
    "other". version: changes whenever its estimates would, besides the package's. needs: modules
    without which it cannot run; install: how to get them. measured: SDR tables, for people.

    entry: what makes it, module:attribute. package: who brings it, name and version. splitter:
    fingerprint of our network, where it shares. problem: why it cannot be used; empty when it can,
    as far as its card tells.
    """

    id: str
    title: str = ""
    licence: str = ""
    stems: tuple[str, ...] = ()
    rate: int = 0
    split: bool = True
    version: str = ""
    description: str = ""
    needs: tuple[str, ...] = ()
    install: str = ""
    measured: dict[str, Any] = field(default_factory=dict)
    entry: str = ""
    package: str = ""
    splitter: str = ""
    problem: str = ""

    @property
    def missing(self) -> tuple[str, ...]:
        """Stems that it does not give."""
        return tuple(stem for stem in STEMS if stem not in self.stems)

    @property
    def splits(self) -> bool:
        """Whether our network takes part: what is left of one stem alone is that stem."""
        return self.split and len(self.missing) > 1

    @property
    def fingerprint(self) -> str:
        """Changes with whatever the estimates depend on: see `version`, `package`, `splitter`."""
        used = (self.id, self.entry, self.package, self.version, self.stems, self.rate)
        text = json.dumps([*used, self.splits, self.splitter if self.splits else ""])
        return f"{VERSION}:{hashlib.sha256(text.encode()).hexdigest()}"

    @property
    def sha256(self) -> str:
        """Of the weights, which are the package's own: unknown."""
        return ""


_OURS = ("id", "entry", "package", "splitter", "problem")
_TYPES = {f.name: f.type for f in fields(BackEnd) if f.name not in _OURS}


def find_back_ends() -> dict[str, BackEnd]:
    """Back ends by id; those that cannot be used have a `problem`."""
    found: dict[str, BackEnd] = {}
    for entry in _entries(tuple(sys.path)):
        package = f"{entry.dist.name} {entry.dist.version}" if entry.dist else "an unknown package"
        if entry.name in found:
            other = found[entry.name].package
            problem = f"both {other} and {package} call a back end {entry.name!r}: remove one"
            found[entry.name] = BackEnd(entry.name, package=package, problem=problem)
            continue
        try:
            found[entry.name] = _read(entry, package)
        except ModelError as error:
            problem = f"the back end {entry.name!r} ({package}) {error}"
            found[entry.name] = BackEnd(entry.name, package=package, problem=problem)
    return found


@lru_cache(maxsize=4)
def _entries(_path: tuple[str, ...]) -> "tuple[EntryPoint, ...]":
    """The installed entry points; looked up once for a search path. Those of damaged packages are
    left out.
    """
    return tuple(sorted(_found(), key=lambda entry: (entry.name, entry.value)))


def _found() -> "Iterator[EntryPoint]":
    """Package by package: one with damaged metadata must not hide the others."""
    from importlib import metadata  # slow to import

    seen: set[str] = set()
    for package in metadata.distributions():
        try:
            if GROUP not in (package.read_text("entry_points.txt") or ""):
                continue
            name, entries = str(package.name), list(package.entry_points.select(group=GROUP))
        except Exception:  # whatever may be wrong with it
            continue
        if name not in seen:  # the first on the path is the one that is imported
            seen.add(name)
            yield from entries


def _read(entry: "EntryPoint", package: str) -> BackEnd:
    """The card beside the module of an entry point. Raises ModelError: what is wrong."""
    if not ID.fullmatch(entry.name):
        raise ModelError("has a name that is no id: use a-z, 0-9, '.', '_' and '-'")
    path = _card_path(entry)
    try:
        values = read_json(path)
    except (OSError, ValueError) as error:
        raise ModelError(f"has no readable card {path.name} beside its module: {error}") from error
    card = BackEnd(entry.name, **_checked(values), entry=entry.value, package=package)
    missing = [name for name in card.needs if not _importable(name)]
    if missing:
        remedy = card.install or "install " + ", ".join(missing)
        raise ModelError(f"needs {', '.join(missing)}: {remedy}")
    return card


def _card_path(entry: "EntryPoint") -> Path:
    """NAME.json beside the module, found without importing it: of a package in it."""
    match = entry.pattern.match(entry.value)
    top, *inner = match["module"].split(".") if match else [""]
    try:
        spec = util.find_spec(top)
    except (ImportError, ValueError):
        spec = None
    if spec is None:
        raise ModelError(f"names a module that is not there ({entry.value}): reinstall it")
    places = list(spec.submodule_search_locations or [])
    folders = [Path(place, *inner[:-1]) for place in places] or [Path(spec.origin or "").parent]
    paths = [folder / f"{entry.name}.json" for folder in folders]
    return next((path for path in paths if path.is_file()), paths[0])


def _checked(values: Any) -> dict[str, Any]:
    """A card's values. Raises ModelError naming the one that does not fit."""
    if not isinstance(values, dict):
        raise ModelError("has a card that is no JSON object")
    for name, value in values.items():
        if name not in _TYPES:
            raise ModelError(f"has a card with {name!r}, which this version does not know")
        if not _fits(value, _TYPES[name]):
            raise ModelError(f"has a card whose {name!r} cannot be {value!r}")
    for name in ("title", "licence", "stems"):
        if not values.get(name):
            raise ModelError(f"has a card without {name!r}")
    stems = values["stems"]
    if len(set(stems)) < len(stems) or not set(stems) <= set(STEMS):
        raise ModelError(f"gives the stems {stems}: each is one of {', '.join(STEMS)}, once")
    rate = values.get("rate", 0)
    if rate and not RATES[0] <= rate <= RATES[1]:
        raise ModelError(f"takes {rate} Hz only: use {RATES[0]} to {RATES[1]}, or 0 for any rate")
    return {name: tuple(v) if isinstance(v, list) else v for name, v in values.items()}


def _fits(value: object, kind: object) -> bool:
    if kind == tuple[str, ...]:
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    plain = {str: str, int: int, bool: bool}.get(kind, dict)  # type: ignore[call-overload]
    return type(value) is plain


def _importable(module: str) -> bool:
    """Whether a top-level module is installed; it is not imported."""
    try:
        return util.find_spec(module.partition(".")[0]) is not None
    except (ImportError, ValueError):
        return False
