"""What the commands show: results on standard output, progress and errors on standard error."""

import json
import sys
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from remixer.errors import ExistsError
from remixer.session.clock import clock as clock
from remixer.session.jobs import Watch

_UNSHOWN = ("Cc", "Cs", "Zl", "Zp")
"""Unicode's categories of control characters, lone surrogates (undecodable names), line ends."""


@dataclass(frozen=True)
class Show:
    """How a command talks. json: one JSON object on standard output, and nothing else there."""

    json: bool = False

    def line(self, text: str) -> None:
        """A line of a result for people, with rich's markup (see `plain`); nothing with --json."""
        if not self.json:
            _out().print(text, soft_wrap=True, highlight=False)

    def result(self, values: dict[str, Any]) -> None:
        """The result for scripts; nothing without --json."""
        if self.json:
            sys.stdout.write(json.dumps(_finite(values), indent=2) + "\n")

    def error(self, message: str) -> None:
        """One line on standard error."""
        _err().print(f"[bold red]error:[/] {plain(message)}", soft_wrap=True, highlight=False)

    def note(self, message: str) -> None:
        """A remark on standard error that does not stop the work."""
        _err().print(f"[yellow]note:[/] {plain(message)}", soft_wrap=True, highlight=False)


def _out() -> Console:
    return Console(file=sys.stdout, emoji=False)


def _err() -> Console:
    return Console(file=sys.stderr, emoji=False)


def plain(text: str) -> str:
    """A name or a tag as it is, on one line: no markup, control characters written out."""
    return escape("".join(_shown(character) for character in text))


def _shown(character: str) -> str:
    if unicodedata.category(character) in _UNSHOWN:
        return character.encode("unicode_escape").decode()
    return character


def why(error: Exception) -> str:
    """One of our messages, with the option that helps; or what the system said, as one."""
    if isinstance(error, ExistsError):
        return f"{error.name} exists: choose another name, or give --overwrite"
    if isinstance(error, OSError):
        return f"{error.filename or 'the system'}: {error.strerror or error}"
    return str(error)


@contextmanager
def telling_folder(folder: Path, show: Show) -> Iterator[None]:
    """What is done may make a folder that is missing, which is told then."""
    missing = not folder.exists()
    yield
    if missing and folder.exists():
        show.note(f"the folder {folder} was missing and is made")


def _finite(value: Any) -> Any:
    """JSON has no infinities: they become null, as a silent file has no level."""
    if isinstance(value, dict):
        return {k: _finite(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(v) for v in value]
    if isinstance(value, float) and value in (float("inf"), float("-inf")):
        return None
    return value if isinstance(value, str | int | float | bool | None) else str(value)


@contextmanager
def watching(name: str, write: str = "writing") -> Iterator[Watch]:
    """Progress bars with the time left, on standard error when it is a terminal.

    The bars of a job appear when its parts start.
    """
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(
        *columns, console=_err(), transient=True, disable=not sys.stderr.isatty()
    ) as bars:
        yield Watch(_bar(bars, f"{name}: separating"), _bar(bars, f"{name}: {write}"))


def _bar(bars: Progress, description: str) -> Callable[[float, float], None]:
    tasks: list[Any] = []

    def update(done_s: float, total_s: float) -> None:
        if not tasks:
            tasks.append(bars.add_task(plain(description), total=total_s))
        bars.update(tasks[0], completed=done_s)

    return update


def level(decibels: float, unit: str) -> str:
    """A level with its unit; -inf as "silence"."""
    return "silence" if decibels == float("-inf") else f"{decibels:.1f} {unit}"
