"""Where exports go: checked before work is done for them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from remixer.errors import ExistsError, OutputError, brief
from remixer.session.region import Original

LONGEST = 255
"""Bytes of a name, where the system does not tell."""


@contextmanager
def folder_for_exports(folder: Path) -> Iterator[None]:
    """A folder, made with its parents if it is missing; what was made goes again when the work in
    it fails. Raises OutputError when it cannot be made.
    """
    made = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"the folder {folder} cannot be made ({error.strerror}): choose one that can be written"
        ) from error
    try:
        yield
    except BaseException:
        with suppress(OSError):  # something else lies there by now
            for path in made:
                path.rmdir()
        raise


def check_target(source: Original, target: Path, overwrite: bool) -> None:
    """Raises OutputError when a target cannot be written, exists and may not be replaced, or is the
    source itself. Its folder may be missing, if it can be made.
    """
    try:
        if target.is_dir():
            raise OutputError(f"{target} is a folder: give a file name in it")
        if target.exists():
            _check_replaceable(source, target, overwrite)
    except OSError as error:
        raise OutputError(
            f"{target} cannot be written ({error.strerror}): choose another name"
        ) from error
    _check_folder(target.resolve().parent)
    _check_names(target.resolve())


def _check_replaceable(source: Original, target: Path, overwrite: bool) -> None:
    if target.samefile(source.path):
        raise OutputError(
            f"{target} is the source itself, which is never overwritten: choose another name"
        )
    if not overwrite:
        raise ExistsError(target)


def _check_folder(folder: Path) -> None:
    """The folder, or what it would be made in, before work is done for it."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    if not there.is_dir():
        raise OutputError(f"{there} is not a folder: give a folder to write in")
    if not os.access(there, os.W_OK | os.X_OK):
        raise OutputError(f"the folder {there} cannot be written to: choose another")


def _check_names(target: Path) -> None:
    """No name that is to be made is longer than the disk takes; in a folder that is missing the
    system would only say so afterwards.
    """
    missing = [path for path in (target, *target.parents) if not path.exists()]
    there = next(path for path in target.parents if path.exists())
    longest = os.pathconf(there, "PC_NAME_MAX") if hasattr(os, "pathconf") else LONGEST
    for path in missing:
        if (size := len(os.fsencode(path.name))) > longest:
            raise OutputError(
                f"the name {brief(path.name)} has {size} bytes, {there} takes {longest}: "
                "use a shorter name"
            )
