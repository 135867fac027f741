"""remixer receipt verify: are the files still those of the receipt?"""

from pathlib import Path
from typing import Annotated

import typer

from remixer.cli.console import Show, plain
from remixer.cli.options import Json
from remixer.session.receipt_check import SAME, SOUNDS_SAME, check_receipt

receipt_app = typer.Typer(help="Receipts of exports.", no_args_is_help=True, rich_markup_mode=None)

File = Annotated[Path, typer.Argument(help="A .receipt.json.", metavar="RECEIPT")]
_COLOURS = {SAME: "green", SOUNDS_SAME: "green"}


@receipt_app.callback()
def receipts() -> None:
    """Receipts of exports."""


@receipt_app.command("verify")
def verify(file: File, json: Json = False) -> None:
    """Exit 0 only if song and exports still hold what the receipt says of them."""
    show = Show(json)
    checked = check_receipt(file)
    for each in checked:
        colour = _COLOURS.get(each.state, "red")
        what = " (the song)" if each.source else ""
        show.line(f"[{colour}]{each.state:10}[/] {plain(str(each.path))}{what}")
    passed = all(each.holds for each in checked)
    show.result(
        {
            "passed": passed,
            "files": [
                {"file": str(each.path), "state": each.state, "source": each.source}
                for each in checked
            ],
        }
    )
    if not passed:
        raise typer.Exit(1)
