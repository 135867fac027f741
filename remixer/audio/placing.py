"""Names given to files that are whole: never over somebody else's, taken back when work fails."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

from remixer.audio.temporaries import claim, release
from remixer.errors import ExistsError


@dataclass(frozen=True)
class Identity:
    """What of a file stays when it is renamed, and changes when it is written to.

    An inode alone is not enough: file systems give that of a deleted file to the next one.
    """

    device: int
    inode: int
    bytes: int
    mtime_ns: int


@dataclass(frozen=True)
class _Placed:
    target: Path
    identity: Identity


_GROUP: ContextVar[list[_Placed] | None] = ContextVar("group", default=None)
"""What `all_or_none` is to take back, of the work around this call."""


def identity(path: Path) -> Identity | None:
    """Of the file that has a name; None where there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return Identity(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


def place(temporary: Path, target: Path, *, overwrite: bool, name: object = None) -> None:
    """Give a whole file, beside its target, the target's name.

    Without `overwrite` a file that has the name is never replaced, even if it came this very
    moment. name: of the target as the user gave it. Raises ExistsError, OSError; then the target is
    as it was.
    """
    known, group = identity(temporary), _GROUP.get()
    if known and group is not None and not (overwrite and os.path.lexists(target)):
        group.append(_Placed(target, known))  # first: an interrupt may come behind the rename
    if overwrite:
        temporary.replace(target)
        return
    try:
        _rename_new(temporary, target)
    except FileExistsError as error:
        raise ExistsError(target if name is None else name) from error


@contextmanager
def whole(target: Path, *, overwrite: bool, name: object = None) -> Iterator[Path]:
    """A new file beside the target, to be written; it gets the target's name when that went well,
    else it goes. See `place`.

    Raises ExistsError, OSError, OutputError where the folder cannot be written to.
    """
    beside = claim(target)
    try:
        yield beside
        place(beside, target, overwrite=overwrite, name=name)
    finally:
        release(beside)


def write(target: Path, content: bytes, *, overwrite: bool, name: object = None) -> None:
    """A small file, on the disk before it gets its name. Raises what `whole` does."""
    with whole(target, overwrite=overwrite, name=name) as beside, beside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def write_text(target: Path, text: str, *, overwrite: bool) -> None:
    """The same with text in UTF-8; where the target is a link, what it leads to is written."""
    write(target.resolve(), text.encode("utf-8"), overwrite=overwrite, name=target)


@contextmanager
def all_or_none() -> Iterator[None]:
    """What gets a new name within goes again when the work fails, unless somebody else has the
    name by then. Files that were replaced stay so: they are whole.
    """
    outer, group = _GROUP.get(), list[_Placed]()
    token = _GROUP.set(group)
    try:
        yield
    except BaseException:
        for placed in group:
            if identity(placed.target) == placed.identity:
                with suppress(OSError):
                    placed.target.unlink()
        raise
    finally:
        _GROUP.reset(token)
    if outer is not None:
        outer += group


def _rename_new(temporary: Path, target: Path) -> None:
    """Raises FileExistsError where there is a target."""
    if sys.platform == "win32":
        temporary.rename(target)  # there it replaces nothing
        return
    try:
        os.link(temporary, target)
    except FileExistsError:
        raise
    except OSError:  # a file system without links, such as FAT
        _rename_to_claimed(temporary, target)
        return
    release(temporary)


def _rename_to_claimed(temporary: Path, target: Path) -> None:
    """An empty file takes the name, if it is free, and is replaced at once."""
    target.open("xb").close()
    claimed = identity(target)
    try:
        temporary.replace(target)
    except BaseException:
        if identity(target) == claimed:
            target.unlink(missing_ok=True)
        raise
