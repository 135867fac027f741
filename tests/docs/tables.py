"""The tables of docs/guide.md that the program itself knows: its shortcuts, formats and places.

`python -m tests.docs.tables` writes them again; a test fails while they are others.
"""

import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from remixer.audio import formats
from remixer.audio.formats import BITS, CONTAINERS, FLOATS, Container
from tests.docs.reading import GUIDE

_MARK = "<!-- table: {} -->"
_END = "<!-- end -->"


def shortcuts() -> list[str]:
    """Every command of the window that has keys, as its own list (F1) shows it; a menu a row."""
    rows = ["| | |", "|---|---|"]
    for group, commands in _window_commands().items():
        listed = " · ".join(f"{words} {keys}" for words, keys in commands)
        rows.append(f"| **{group}** | {listed} |")
    return rows


def _window_commands() -> dict[str, list[tuple[str, str]]]:
    """The real window's actions; no song is open and nothing is played."""
    with tempfile.TemporaryDirectory() as scratch:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        os.environ.update(REMIXER_SETTINGS=f"{scratch}/ini", REMIXER_STATE=f"{scratch}/state")
        from PySide6.QtWidgets import QApplication

        from remixer.app.controller import Controller
        from remixer.app.main_window import MainWindow
        from remixer.app.settings import Settings
        from remixer.playback.player import Player
        from remixer.session.separation_service import SeparationService

        _application = QApplication.instance() or QApplication(["remixer"])
        settings = Settings()
        window = MainWindow(Controller(settings, Player(settings.output), SeparationService()))
        try:
            return dict(_listed(window.actions_.groups))
        finally:
            window.close()
            window.deleteLater()


def _listed(groups: "dict[str, list[object]]") -> Iterator[tuple[str, list[tuple[str, str]]]]:
    from PySide6.QtGui import QKeySequence

    from remixer.app.dialogs.shortcuts import words

    portable = QKeySequence.SequenceFormat.PortableText
    for group, actions in groups.items():
        commands = []
        for action in actions:
            keys = " or ".join(f"`{keys.toString(portable)}`" for keys in action.shortcuts())
            if keys:
                commands.append((words(action), keys))
        if commands:
            yield group, commands


def formats_table() -> list[str]:
    """What `audio/formats.py` says of each container."""
    rows = ["| | extensions | holds | rates |", "|---|---|---|---|"]
    for container in CONTAINERS.values():
        extensions = " ".join(container.extensions)
        rows.append(
            f"| {container.name} | {extensions} | {_held(container)} | {_rates(container)} |"
        )
    return rows


_LOSSY = {"VORBIS": "Vorbis", "OPUS": "Opus", "MPEG_LAYER_III": "MP3", "AAC": "AAC"}


def _held(container: Container) -> str:
    subtypes = container.subtypes
    bits = sorted({BITS[s] for s in subtypes if s.startswith("PCM")})
    alac = sorted(BITS[s] for s in subtypes if s.startswith("ALAC"))
    parts = [f"{', '.join(map(str, bits))} bit"] if bits else []
    parts += [f"ALAC of {', '.join(map(str, alac))} bit"] if alac else []
    parts += ["float, double"] if set(FLOATS) <= set(subtypes) else []
    parts += [f"{_LOSSY[s]} (lossy)" for s in subtypes if s in _LOSSY]
    return "; ".join(parts) + ("; up to 4 GiB" if container.small else "")


def _rates(container: Container) -> str:
    kinds = [_LOSSY.get(subtype, "ALAC") for subtype in container.subtypes]
    told = {kind: _range(s) for kind, s in zip(kinds, container.subtypes, strict=True)}
    if len(set(told.values())) == 1:
        return next(iter(told.values()))
    return "; ".join(f"{kind} {rates}" for kind, rates in told.items())


def _range(subtype: str) -> str:
    """The rates of a subtype, in kHz."""
    rates = formats._RATES.get(subtype)
    if rates is None:
        return f"{formats.MIN_RATE / 1000:g} to {formats.MAX_RATE / 1000:g} kHz"
    return ", ".join(f"{rate / 1000:g}" for rate in rates) + " kHz"


TABLES: dict[str, Callable[[], list[str]]] = {"shortcuts": shortcuts, "formats": formats_table}


def written(page: Path, name: str) -> list[str]:
    """A table as the page has it."""
    return _place(page.read_text(encoding="utf-8"), name)[1].strip("\n").splitlines()


def _place(text: str, name: str) -> re.Match[str]:
    found = re.search(
        rf"(?<={re.escape(_MARK.format(name))}\n)(.*?)(?={re.escape(_END)})", text, re.DOTALL
    )
    assert found, f"the page has no place for the table {name}"
    return found


def main(page: Path = GUIDE) -> None:
    """Write all of them into the guide."""
    text = page.read_text(encoding="utf-8")
    for name, table in TABLES.items():
        place = _place(text, name)
        text = text[: place.start()] + "\n" + "\n".join(table()) + "\n\n" + text[place.end() :]
    page.write_text(text, encoding="utf-8")
    sys.stdout.write(f"{page}\n")


if __name__ == "__main__":
    main()
