"""remixer models and remixer cache: what is installed, what is kept."""

from datetime import datetime
from typing import Annotated

import typer

from remixer.cli.console import Show, clock, plain
from remixer.cli.options import Json
from remixer.dsp.signal import STEMS
from remixer.errors import SettingError
from remixer.separation.backends import BackEnd
from remixer.separation.cache import Entry, StemCache
from remixer.separation.catalogue import (
    DEFAULT,
    Card,
    Model,
    broken_back_ends,
    broken_cards,
    find_models,
)

_UNSTATED = "see the training data"
"""What `remixer train` wrote into cards where no --licence was given."""
_POINTERS = {"training.licences": "what each part allows", "training.notice": "their notice"}
"""Fields that licences point to, and what they hold."""

cache_app = typer.Typer(help="List, limit or clear the cache of separated stems.")


def models(json: Json = False) -> None:
    """List the models, back ends of other packages too, with licence and measured quality."""
    show = Show(json)
    cards, broken, cut = find_models(), broken_back_ends(), broken_cards()
    listed = [_values(card) for card in cards.values()]
    show.result({"default": DEFAULT, "models": listed, "unavailable": broken | cut})
    for card in sorted(cards.values(), key=lambda card: card.id != DEFAULT):
        usual = " [green](default)[/]" if card.id == DEFAULT else ""
        show.line(f"[bold]{card.id}[/]{usual}  {plain(card.title)}")
        show.line(f"  {plain(card.description)}")
        show.line(f"  licence: {plain(licence_of(card))}")
        if isinstance(card, BackEnd):
            show.line(f"  back end: {plain(card.package)}, gives {', '.join(card.stems)}")
        for row, values in card.measured.get("sdr_db", {}).items():
            table = "  ".join(f"{stem} {values[stem]:5.2f}" for stem in STEMS if stem in values)
            show.line(f"  SDR dB, {plain(row):<18} {table}")
    for problem in broken.values():
        show.note(problem)
    for path, problem in cut.items():
        show.note(f"{problem} (left out: {path})")
    if not cards:
        show.note(
            "no model is installed: reinstall Remixer, or set REMIXER_MODELS to a folder of models"
        )


def licence_of(model: Model) -> str:
    """What a card says of its licence, for people: what it points to by a field's name is named."""
    if model.licence == _UNSTATED:
        return "not stated: that of the training data"
    place = model.path.with_name(f"{model.id}.json") if isinstance(model, Card) else None
    card = f"its card, {place}" if place else "its card"
    said = model.licence
    for field, what in _POINTERS.items():
        said = said.replace(f"(see {field})", f"({what} is in {card})")
        card = card if said == model.licence else "its card"  # the place once
    return said


def _values(model: Model) -> dict[str, object]:
    values: dict[str, object] = {
        "id": model.id,
        "title": model.title,
        "stems": list(STEMS),
        "licence": model.licence,
        "measured": model.measured,
    }
    if isinstance(model, Card):
        path = str(model.path)
        values |= {"architecture": model.architecture, "rate": model.rate, "path": path}
    elif isinstance(model, BackEnd):
        values |= {"package": model.package, "gives": list(model.stems), "rate": model.rate}
    return values


@cache_app.callback(invoke_without_command=True)
def cache(context: typer.Context, json: Json = False) -> None:
    """List what is cached, the most recently used last."""
    if context.invoked_subcommand is not None:
        return
    show, store = Show(json), StemCache()
    entries = store.entries()
    size = sum(e.size for e in entries)
    show.result(
        {
            "folder": str(store.folder),
            "limit": store.limit,
            "size": size,
            "entries": [{**vars(e), "about": e.about} for e in entries],
        }
    )
    for entry in entries:
        show.line(_entry(entry))
    show.line(f"{size / 1e6:.0f} MB of {store.limit / 1e9:g} GB in {plain(str(store.folder))}")


def _entry(entry: Entry) -> str:
    share = entry.separated_s / entry.total_s if entry.total_s else 0.0
    used = datetime.fromtimestamp(entry.used).astimezone().strftime("%Y-%m-%d %H:%M")
    name = plain(str(entry.about.get("source", "damaged")))
    model = plain(str(entry.about.get("model", "?")))
    return (
        f"  {entry.key[:8]}  {name}  {clock(entry.total_s)}  {model}  {share:.0%} separated  "
        f"{entry.size / 1e6:.0f} MB  used {used}"
    )


@cache_app.command("clear")
def clear(json: Json = False) -> None:
    """Drop everything that is not in use."""
    show, store = Show(json), StemCache()
    dropped = store.clear()
    show.result({"dropped": dropped})
    show.line(f"{dropped} entries dropped")


@cache_app.command("limit", short_help="Set the most that the cache may take, in GB.")
def limit(gigabytes: Annotated[float, typer.Argument(metavar="GB")], json: Json = False) -> None:
    """Set the most that the cache may take, in GB; the least recently used go first."""
    if not 0 <= gigabytes < 1e6:
        raise SettingError(f"a limit of {gigabytes} GB is out of range: give 0 or more")
    show, store = Show(json), StemCache()
    store.set_limit(round(gigabytes * 1e9))
    show.result({"limit": store.limit})
    show.line(f"the cache may take {gigabytes:g} GB")
