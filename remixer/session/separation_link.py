"""What the window's process and the separation process tell each other: JSON, one object a line."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

State = Literal["waiting", "separating", "done", "failed", "cancelled"]


@dataclass(frozen=True)
class Start:
    """Separate a file. number: of the job; a higher one replaces a lower one.

    content: the file's content hash while it still has the `stamp` (see `stamp_of`). position: of
    the playhead, in samples.
    """

    number: int
    path: str
    model: str
    cache: str
    content: str
    stamp: list[int]
    position: int


@dataclass(frozen=True)
class Follow:
    """The playhead is elsewhere: chunks from there on come first."""

    position: int


@dataclass(frozen=True)
class Cancel:
    """Stop a job; chunks that are done stay."""

    number: int


Command = Start | Follow | Cancel
_COMMANDS = {command.__name__: command for command in (Start, Follow, Cancel)}


@dataclass(frozen=True)
class Event:
    """How a job stands. done: "1" for each chunk of `chunk` samples that is separated, else "0".
    error: one line, when it failed.
    """

    number: int
    state: State
    folder: str = ""
    rate: int = 0
    length: int = 0
    chunk: int = 0
    done: str = ""
    error: str = ""


READY = Event(0, "waiting")
"""Of no job: the default model is loaded."""


def command_line(command: Command) -> str:
    """A command as a line, with its end."""
    return json.dumps({"do": type(command).__name__, **asdict(command)}) + "\n"


def read_command(line: str) -> Command:
    """The command of a line."""
    values: dict[str, Any] = json.loads(line)
    return _COMMANDS[values.pop("do")](**values)


def event_line(event: Event) -> str:
    """An event as a line, with its end."""
    return json.dumps(asdict(event)) + "\n"


def read_event(line: str) -> Event:
    """The event of a line."""
    return Event(**json.loads(line))


def stamp_of(path: Path) -> list[int]:
    """Size and time of change of a file: other ones, and it may hold something else."""
    status = path.stat()
    return [status.st_size, status.st_mtime_ns]
