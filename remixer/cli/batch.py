"""Several files through one command: go on past failures, sum up, and fail if any failed."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import typer

from remixer.audio.formats import CONTAINERS
from remixer.cli.console import Show, why
from remixer.dsp.signal import STEMS
from remixer.errors import Cancelled, InputError, OutputError, RemixerError

EXTENSIONS = {e for container in CONTAINERS.values() for e in container.extensions}


def expand(paths: Sequence[Path]) -> list[Path]:
    """Files as they are; folders as the audio files directly in them, in order of name; each file
    once.

    Hidden files are left out of folders, and so is what was made from a song beside it ("song -
    vocals.wav", "song - remix.wav"). Raises InputError for a folder without audio.
    """
    files: list[Path] = []
    for path in paths:
        if not path.is_dir():
            files.append(path)
            continue
        found = _songs(path)
        if not found:
            raise InputError(f"{path} holds no audio files ({', '.join(sorted(EXTENSIONS))})")
        files += found
    once: dict[Path, Path] = {}
    for file in files:
        once.setdefault(file.resolve(), file)
    return list(once.values())


def _songs(folder: Path) -> list[Path]:
    audio = [
        path
        for path in folder.iterdir()
        if path.suffix.lower() in EXTENSIONS and path.is_file() and not path.name.startswith(".")
    ]
    made = {f"{path.stem} - {product}" for path in audio for product in (*STEMS, "remix")}
    return sorted(path for path in audio if path.stem not in made)


class Claims:
    """The files that a batch may not write, overwriting or not: its sources and its own results."""

    def __init__(self, sources: Iterable[Path]) -> None:
        self._by = {source.resolve(): source for source in sources}

    def take(self, source: Path, targets: Iterable[Path]) -> None:
        """Claim a source's targets. Raises OutputError for one that belongs to another source."""
        names = {target.resolve(): target for target in targets}
        for name, target in names.items():
            owner = self._by.get(name)
            if owner is not None and owner != source:
                raise OutputError(
                    f"{source} would be written over {target}, which this run reads or has made "
                    f"from {owner}: write it to a folder of its own"
                )
        self._by |= dict.fromkeys(names, source)


def run_batch(files: Sequence[Path], show: Show, work: Callable[[Path], dict[str, Any]]) -> None:
    """Do the work on each file; `work` gives the result for scripts. Exits with 1 if any failed."""
    results: list[dict[str, Any]] = []
    failed = 0
    for file in files:
        try:
            results.append({"file": str(file), "ok": True, **work(file)})
        except Cancelled:
            raise
        except (RemixerError, OSError) as error:
            failed += 1
            message = why(error)
            if len(files) > 1 and file.name not in message:
                message = f"{file.name}: {message}"
            show.error(message)
            results.append({"file": str(file), "ok": False, "error": message})
    show.result({"files": results, "done": len(files) - failed, "failed": failed})
    if len(files) > 1:
        show.line(f"{len(files) - failed} of {len(files)} files done, {failed} failed")
    if failed:
        raise typer.Exit(1)
