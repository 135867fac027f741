"""remixer receipt verify: are the files still those of the receipts?"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from remixer.cli.console import Show, plain
from remixer.cli.options import Json
from remixer.errors import InputError
from remixer.session.receipt_check import SAME, SOUNDS_SAME, Checked, check_receipt

receipt_app = typer.Typer(help="Receipts of exports.", no_args_is_help=True, rich_markup_mode=None)

Files = Annotated[
    list[Path], typer.Argument(help="A .receipt.json, or several.", metavar="RECEIPT...")
]
_COLOURS = {SAME: "green", SOUNDS_SAME: "green"}


@receipt_app.callback()
def receipts() -> None:
    """Receipts of exports."""


@receipt_app.command("verify", short_help="Exit 0 only if the files hold what receipts say.")
def verify(files: Files, json: Json = False) -> None:
    """Exit 0 only if song and exports still hold what each receipt says of them.

    Of one receipt each file is listed; of several, a line says how each receipt is.
    """
    show = Show(json)
    if len(files) == 1:
        checked = check_receipt(files[0])
        _list(checked, show)
        result = _values(checked)
    else:
        told = [_one_of_several(file, show) for file in files]
        result = {"passed": all(each["passed"] for each in told), "receipts": told}
    show.result(result)
    if not result["passed"]:
        raise typer.Exit(1)


def _list(checked: Sequence[Checked], show: Show) -> None:
    for each in checked:
        colour = _COLOURS.get(each.state, "red")
        what = " (the song)" if each.source else ""
        show.line(f"[{colour}]{each.state:10}[/] {plain(str(each.path))}{what}")


def _one_of_several(file: Path, show: Show) -> dict[str, Any]:
    """A line on a receipt, whatever is wrong with it; returns it for scripts."""
    try:
        checked = check_receipt(file)
    except InputError as error:
        show.line(f"[red]{'unreadable':10}[/] {plain(f'{file}: {error}')}")
        return {"receipt": str(file), "passed": False, "error": str(error)}
    bad = [each for each in checked if not each.holds]
    which = ", ".join(f"{each.path.name} {each.state}" for each in bad)
    state = "[red]fails     [/]" if bad else "[green]holds     [/]"
    show.line(f"{state} {plain(f'{file}: {which}' if bad else str(file))}")
    return {"receipt": str(file), **_values(checked)}


def _values(checked: Sequence[Checked]) -> dict[str, Any]:
    return {
        "passed": all(each.holds for each in checked),
        "files": [
            {"file": str(each.path), "state": each.state, "source": each.source} for each in checked
        ],
    }
