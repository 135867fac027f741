"""What the app remembers between runs: typed values over an ini file."""

import json
import os
from dataclasses import dataclass, fields, replace
from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

from remixer.playback.types import Latency, Output
from remixer.separation.catalogue import DEFAULT

ENVIRONMENT = "REMIXER_SETTINGS"
THEMES = ("system", "dark", "light")
RECENT = 10


@dataclass(frozen=True)
class ExportChoices:
    """What the export dialog was last asked for; whether it fits a song is the dialog's to see."""

    what: str = "remix"
    without: str = "vocals"
    format: str = "source"
    subtype: str = "source"
    naming: str = "{name} - {part}"
    dither: str = "auto"
    ceiling: str = ""
    """dBTP; none when empty."""
    receipt: str = ""
    """Whether one is written: "yes" or empty."""


class Settings:
    """Reads always give a valid value: what is missing, damaged or out of range is the default.

    path: the ini file; by default the one that the environment variable REMIXER_SETTINGS names,
    else the user's. One object for a run of the app.
    """

    def __init__(self, path: Path | None = None) -> None:
        named = path or os.environ.get(ENVIRONMENT)
        ini = QSettings.Format.IniFormat
        if named:
            self._store = QSettings(str(named), ini)
        else:
            self._store = QSettings(ini, QSettings.Scope.UserScope, "Remixer", "remixer")
        self._store.setFallbacksEnabled(False)
        self.export_folder: Path | None = None
        """The folder of the last export of this run; not kept."""

    @property
    def path(self) -> Path:
        """The ini file."""
        return Path(self._store.fileName())

    def save(self) -> None:
        """Write now what would be written soon. A file that cannot be written is no error: the
        settings hold for this run.
        """
        self._store.sync()

    @property
    def theme(self) -> str:
        """One of THEMES."""
        return self._choice("theme", THEMES, "dark")

    @theme.setter
    def theme(self, name: str) -> None:
        self._store.setValue("theme", name)

    @property
    def output(self) -> Output:
        """Device and latency."""
        latency = self._choice("latency", tuple(Latency.__members__), Latency.SAFE.name)
        return Output(self._text("device") or None, Latency[latency])

    @output.setter
    def output(self, output: Output) -> None:
        self._store.setValue("device", json.dumps(output.device or ""))
        self._store.setValue("latency", output.latency.name)

    @property
    def model(self) -> str:
        """The id of the model to separate with; it may not be installed any more."""
        return self._text("model") or DEFAULT

    @model.setter
    def model(self, model: str) -> None:
        self._store.setValue("model", json.dumps(model))

    @property
    def follow(self) -> bool:
        """Whether the view follows the playhead."""
        return self._flag("follow", True)

    @follow.setter
    def follow(self, on: bool) -> None:
        self._store.setValue("follow", on)

    @property
    def matched(self) -> bool:
        """Whether the original is compared at the remix's loudness."""
        return self._flag("matched", False)

    @matched.setter
    def matched(self, on: bool) -> None:
        self._store.setValue("matched", on)

    @property
    def recent(self) -> tuple[Path, ...]:
        """The last files, the newest first, at most RECENT; some may be gone."""
        found = self._json("recent")
        names = found if isinstance(found, list) else []
        paths = [Path(name) for name in names if isinstance(name, str) and _is_path(name)]
        return tuple(dict.fromkeys(paths))[:RECENT]

    def add_recent(self, path: Path) -> None:
        """Put a file first."""
        first = Path(os.path.abspath(path))  # noqa: PTH100 - `resolve` would follow links
        self._set_recent([first, *self.recent])

    def clear_recent(self) -> None:
        """Forget the files."""
        self._set_recent([])

    def _set_recent(self, paths: list[Path]) -> None:
        # As ASCII: undecodable names keep their surrogates, which ini files cannot.
        names = [str(path) for path in dict.fromkeys(paths)][:RECENT]
        self._store.setValue("recent", json.dumps(names))

    @property
    def songs_folder(self) -> Path | None:
        """Where the user found a song that had moved; None at first."""
        name = self._text("songs_folder")
        return Path(name) if _is_path(name) else None

    @songs_folder.setter
    def songs_folder(self, folder: Path) -> None:
        self._store.setValue("songs_folder", json.dumps(str(folder)))

    @property
    def geometry(self) -> QByteArray:
        """As `QWidget.saveGeometry` gave it; empty at first."""
        return self._bytes("geometry")

    @geometry.setter
    def geometry(self, value: QByteArray) -> None:
        self._store.setValue("geometry", value)

    @property
    def window_state(self) -> QByteArray:
        """As `QMainWindow.saveState` gave it; empty at first."""
        return self._bytes("window_state")

    @window_state.setter
    def window_state(self, value: QByteArray) -> None:
        self._store.setValue("window_state", value)

    def splitter(self, name: str) -> QByteArray:
        """As `QSplitter.saveState` gave it; empty at first."""
        return self._bytes(f"splitter/{name}")

    def set_splitter(self, name: str, value: QByteArray) -> None:
        """Remember a splitter's sizes."""
        self._store.setValue(f"splitter/{name}", value)

    @property
    def export(self) -> ExportChoices:
        """The last choices of the export dialog."""
        found = {f.name: self._text(f"export/{f.name}") for f in fields(ExportChoices)}
        return replace(ExportChoices(), **{name: text for name, text in found.items() if text})

    @export.setter
    def export(self, choices: ExportChoices) -> None:
        for field in fields(ExportChoices):
            value = json.dumps(getattr(choices, field.name))
            self._store.setValue(f"export/{field.name}", value)

    def _choice(self, key: str, among: tuple[str, ...], default: str) -> str:
        value = self._store.value(key)
        return value if isinstance(value, str) and value in among else default

    def _flag(self, key: str, default: bool) -> bool:
        value = self._store.value(key)
        return {True: True, False: False, "true": True, "false": False}.get(
            value if isinstance(value, bool | str) else "", default
        )

    def _bytes(self, key: str) -> QByteArray:
        value = self._store.value(key)
        return value if isinstance(value, QByteArray) else QByteArray()

    def _text(self, key: str) -> str:
        value = self._json(key)
        return value if isinstance(value, str) else ""

    def _json(self, key: str) -> object:
        value = self._store.value(key)
        try:
            found: object = json.loads(value) if isinstance(value, str) else None
        except (ValueError, RecursionError):
            return None
        return found


def _is_path(name: str) -> bool:
    return "\0" not in name and Path(name).is_absolute()
