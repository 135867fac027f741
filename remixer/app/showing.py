"""Shows in the window what is: the song, its mix, its separation, what plays."""

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from remixer.app.commands import NEEDS_SONG, listening
from remixer.app.demo import SONG, shown_name
from remixer.app.widgets.null_light import BLIND, UNHEARD, GapWatch
from remixer.playback.types import Meters, Snapshot, Sound
from remixer.resources import folder as resource_folder
from remixer.separation.catalogue import DEFAULT, Card, Model, find_models
from remixer.session.separation_service import Separation

if TYPE_CHECKING:
    from remixer.app.main_window import MainWindow


def compared(models: Mapping[str, Model]) -> list[str]:
    """Those that come with the program beside its default: networks to compare it with."""
    ours = resource_folder("models")
    return [
        model
        for model, card in models.items()
        if model != DEFAULT and isinstance(card, Card) and card.folder == ours
    ]


class Showing(QObject):
    """Takes what the controller tells to the widgets."""

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self._window, self._control = window, window.controller
        self._gaps = GapWatch()

    def connect_controller(self) -> None:
        """Follow the controller; once the window has its widgets."""
        control = self._control
        control.song_changed.connect(self.show_song)
        control.mix_changed.connect(self.show_mix)
        control.stems_changed.connect(self._show_stems)
        control.separated.connect(self._show_separation)
        control.ticked.connect(self._show_snapshot)
        control.monitor_changed.connect(self._show_monitor)
        control.quality.changed.connect(self._show_hints)
        notices = self._window.notices
        control.noticed.connect(lambda text, kind: notices.show_notice(text, kind))
        control.sound_noticed.connect(
            lambda text, kind, topic: notices.show_notice(text, kind, topic=topic)
        )

    def show_song(self) -> None:
        """Another song, or none."""
        window, document = self._window, self._control.document
        has_song = document is not None
        window.pages.setCurrentIndex(int(has_song))
        window.actions_.enable(NEEDS_SONG, has_song)
        window.mixer.set_enabled_song(has_song)
        window.dock.setVisible(has_song)
        window.bar.setVisible(has_song)
        window.empty.set_recent(self._control.settings.recent)
        self._show_recent()
        found = find_models()
        models = [(card.id, card.title) for card in found.values()]
        window.transport.set_model(models, self._control.model, compared(found))
        if document is None:
            window.overview.set_song(None)
            window.lanes.set_song(None, None)
            window.readout.clear()
            window.setWindowTitle("Remixer")
            window.mixer.meters_reset.emit()
            return
        window.mixer.set_channels(document.channels)
        window.overview.set_song(document.source)
        window.lanes.set_song(document.source, document.path)
        window.setWindowFilePath(str(document.path))

    def _show_recent(self) -> None:
        menu = self._window.recent_menu
        menu.clear()
        for path in self._control.settings.recent:
            action = menu.addAction(shown_name(path), self._opener(path))
            action.setStatusTip("Comes with Remixer" if path == SONG else str(path))
        menu.setEnabled(not menu.isEmpty())

    def _opener(self, path: Path) -> Callable[[], None]:
        return lambda: self._window.open(path)

    def _show_stems(self) -> None:
        document = self._control.document
        if document is not None:
            self._window.lanes.set_song(self._control.stems or document.source, document.path)

    def _show_separation(self, status: Separation | None) -> None:
        window = self._window
        window.jobs.set_model(self._control.model)
        window.jobs.set_status(status)
        if status is not None and status.folder is not None:
            window.lanes.set_done(status.done, status.chunk)
            window.lanes.set_separating(status.active)
            window.overview.set_done(status.done, status.chunk)

    def show_mix(self) -> None:
        """The mix, its history and the loop, as they stand."""
        window, document = self._window, self._control.document
        if document is None:
            return
        window.mixer.set_state(document.mix)
        window.lanes.set_loop(document.loop)
        window.overview.set_loop(document.loop)
        window.transport.set_loop(document.loop is not None)
        window.actions_["loop"].setChecked(document.loop is not None)
        self._name("undo", "&Undo", document.undo_name)
        self._name("redo", "&Redo", document.redo_name)
        star = " •" if self._control.unsaved else ""
        saved = self._control.saved_as
        moves = f" ({saved.name})" if saved else ""
        window.setWindowTitle(f"{document.path.name}{moves}{star} — Remixer")
        self._show_monitor()
        self._show_hints()

    def _show_hints(self) -> None:
        self._window.mixer.set_hints(self._control.quality.hints)

    def _name(self, action: str, verb: str, what: str | None) -> None:
        self._window.actions_[action].setText(f"{verb} {what or ''}".rstrip())
        self._window.actions_[action].setEnabled(what is not None)

    def _show_monitor(self) -> None:
        control, window = self._control, self._window
        matched, original_db = control.settings.matched, control.original_db
        listen = BLIND if control.is_blind else control.listen.value
        measuring = control.is_measuring_match
        window.transport.set_listen(listen, matched, original_db, measuring=measuring)
        window.actions_["match"].setChecked(matched)
        listening(window.actions_, control.listen)

    def _show_snapshot(self, snapshot: Snapshot) -> None:
        window, document = self._window, self._control.document
        if document is None:
            return
        window.transport.set_snapshot(snapshot, document.rate, document.length)
        blind = self._control.is_blind
        window.mixer.set_meters(Meters() if blind else snapshot.meters)
        window.mixer.set_peak_old(self._control.peak_is_old)
        window.lanes.set_playhead(snapshot.position)
        window.overview.set_playhead(snapshot.position)
        gaps = self._gaps.see(snapshot.glitches, playing=snapshot.playing)
        measured = snapshot.playing and snapshot.sound is Sound.READY and not snapshot.waiting
        level = snapshot.meters.change_dbfs if measured else math.nan
        exact = self._control.is_exact and not level > -math.inf
        heard = snapshot.sound is Sound.READY
        listen = self._control.listen.value if heard else UNHEARD
        listen = BLIND if blind else listen
        window.mixer.set_null(exact, level, listen, gaps=gaps)
