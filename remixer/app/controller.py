"""Joins the document, the player and the separation; the window only shows and asks."""

import logging
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from remixer.app.keeper import NEW, Keeper, Origin
from remixer.app.matching import Matcher
from remixer.app.quality import QualityWatch
from remixer.app.settings import Settings
from remixer.app.workers import message_of
from remixer.errors import CacheError, RemixerError
from remixer.mixing.stems import StemSet
from remixer.mixing.strips import MixState
from remixer.playback.player import Player
from remixer.playback.types import ABOUT_OUTPUT, BACK, Listen, Monitor, Output, Snapshot
from remixer.separation.catalogue import DEFAULT, find_models
from remixer.separation.store import StemStore
from remixer.session.document import Document
from remixer.session.separation_service import Separation, SeparationService

_log = logging.getLogger(__name__)
TICK_MS = 33
SEPARATION_TICKS = 6
"""The separation is asked about five times a second."""


class Controller(QObject):
    """One song at a time, and what the user does with it. Lives in the window's thread.

    song_changed: another song, or none. mix_changed: mix, loop or history. stems_changed: stems can
    be read now (or no more). separated: a Separation, or None. ticked: a Snapshot, 30 times a
    second. monitor_changed: what is listened to. noticed: (text, kind) for the user, kind one of
    "info", "warning", "error". sound_noticed: the same with what it is about, which it replaces.
    """

    song_changed = Signal()
    mix_changed = Signal()
    stems_changed = Signal()
    separated = Signal(object)
    ticked = Signal(object)
    monitor_changed = Signal()
    noticed = Signal(str, str)
    sound_noticed = Signal(str, str, str)

    def __init__(self, settings: Settings, player: Player, separations: SeparationService) -> None:
        super().__init__()
        self.settings = settings
        self.player = player
        self.separations = separations
        self.document: Document | None = None
        self.stems: StemSet | None = None
        self.separation: Separation | None = None
        self.listen = Listen.REMIX
        self.keeper = Keeper()
        self.model = _installed(settings.model)
        self._store: StemStore | None = None
        self._folder: Path | None = None
        self._notice = 0
        self._ticks = 0
        self._matcher = Matcher(self)
        self._matcher.matched.connect(self._publish_monitor)
        self._blind: Monitor | None = None
        self._metered: MixState | None = None
        """The mix that meters began with."""
        self.quality = QualityWatch(self)
        self._timer = QTimer(self, interval=TICK_MS)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    # The song

    def open(self, path: Path, play: bool = False) -> bool:
        """Open a recording. False, with a notice, where that cannot be; the song that was open then
        stays.
        """
        try:
            document = Document(path)
        except RemixerError as error:
            self.noticed.emit(message_of(error), "error")
            return False
        self.take(document, NEW, self.model, play)
        return True

    def take(self, document: Document, origin: Origin, model: str, play: bool = False) -> None:
        """Show a song that was opened, in place of the one before. model: to separate with; the
        default where it is not installed.
        """
        self.close_song()
        self.model = _installed(model)
        self.document = document
        self.keeper.begin(document, origin, self.model)
        document.on_change.append(self._mix_changed)
        self.settings.add_recent(origin.saved_as or document.path)
        self.player.open(document.path)
        self.player.state = document.mix
        self.reset_meters()
        self.player.set_loop(document.loop)
        self._set_listen(Listen.REMIX)
        self.song_changed.emit()
        self.mix_changed.emit()
        self.separate()
        if play:
            self.player.play()

    def close_song(self) -> None:
        """Let go of the song; what was separated stays in the cache."""
        if self.document is None:
            return
        self.set_blind(None)
        self._matcher.forget()
        self.separations.cancel()
        self.player.close_song()
        self._drop_stems()
        document, self.document = self.document, None
        self.separation = None
        self.keeper.end()
        self.song_changed.emit()
        self.separated.emit(None)
        document.close()

    @property
    def saved_as(self) -> Path | None:
        """The song's `.remix` file, if it has one."""
        return self.keeper.saved_as

    @property
    def unsaved(self) -> bool:
        """Whether there are moves that no `.remix` file holds."""
        return self.keeper.unsaved

    def save(self, target: Path, replace: bool = False) -> bool:
        """Write the moves to a `.remix` file. False, with a notice, where that cannot be. replace:
        see `Keeper.save`.
        """
        if self.document is None:
            return False
        try:
            self.keeper.save(target, replace)
        except RemixerError as error:
            self.noticed.emit(message_of(error), "error")
            return False
        self.settings.add_recent(target)
        self.noticed.emit(f"Saved {target.name}", "info")
        self.mix_changed.emit()
        return True

    # Separation

    def separate(self) -> None:
        """Separate the song with the model chosen, from the playhead on."""
        if self.document:
            position = self.player.snapshot().position
            content = self.keeper.content
            self.separations.start(self.document.path, self.model, position, content)
            self._poll_separation()

    def choose_model(self, model: str) -> None:
        """Separate anew with another model; the mix stays, the old stems sound until then."""
        if model != self.model:
            self.model = model
            self.settings.model = self.keeper.model = model
            self.keeper.keep()
            self.separate()

    def cancel_separation(self) -> None:
        """Stop; what is separated stays live, the rest is the original."""
        self.separations.cancel()

    def _poll_separation(self) -> None:
        status = self.separations.status()
        if status is self.separation or self.document is None:
            return
        before, self.separation = self.separation, status
        if status:
            self.keeper.know(status.content)
        if status and status.folder and status.folder != self._folder:
            self._take_stems(status.folder)
        self.separated.emit(status)
        self._matcher.stems_grew()
        self.quality.follow()
        failed = status is not None and status.state == "failed"
        if failed and status and (before is None or before.state != "failed"):
            self.noticed.emit(f"The separation stopped: {status.error}", "error")

    def _take_stems(self, folder: Path) -> None:
        """Read stems from the store, which is still being written."""
        assert self.document is not None
        try:
            store = StemStore.open(folder)
        except CacheError:
            return  # made a moment later; asked again at the next poll
        before = self._store
        self._store, self._folder = store, folder
        self.stems = StemSet(self.document.source, store)
        self.player.set_stems(folder)
        self._stems_changed()
        if before:
            before.close()

    def _drop_stems(self) -> None:
        store, self._store = self._store, None
        self._folder = None
        self.stems = None
        self._stems_changed()
        if store:
            store.close()

    def _stems_changed(self) -> None:
        """Nobody reads the old ones any more when this returns."""
        self._matcher.forget()
        self.stems_changed.emit()
        self.quality.renew()
        self._matcher.measure()

    @property
    def stems_model(self) -> str:
        """The model that the stems are from, which may not be the one that is chosen now."""
        return str(self._store.about.get("model", "")) if self._store else ""

    # Playing

    def toggle_play(self) -> None:
        """Play or pause. The highest peak of another mix is forgotten."""
        if self.document is None:
            return
        if self.player.snapshot().playing:
            self.player.pause()
            return
        if self.peak_is_old:
            self.reset_meters()
        self.player.play()

    def reset_meters(self) -> None:
        """Measure loudness and peaks anew."""
        self._metered = self.document.mix if self.document else None
        self.player.reset_meters()

    @property
    def peak_is_old(self) -> bool:
        """Whether the highest peak may be of another mix than the present one."""
        return self.document is not None and self.document.mix != self._metered

    def stop(self) -> None:
        """Pause at the loop's start, or the song's."""
        self.player.stop()
        if self.document:
            self.separations.follow(self.document.loop[0] if self.document.loop else 0)

    def seek(self, position: int) -> None:
        """Go to a sample; what is heard there is separated first."""
        if self.document:
            position = min(max(position, 0), self.document.length)
            self.player.seek(position)
            self.separations.follow(position)

    def seek_by(self, seconds: float) -> None:
        """Go on or back."""
        if self.document:
            step = round(seconds * self.document.rate)
            self.seek(self.player.snapshot().position + step)

    def set_loop(self, region: tuple[int, int] | None) -> None:
        """Play a region over and over, or no more."""
        if self.document:
            self.document.set_loop(region)
            self.player.set_loop(self.document.loop)

    # Listening

    def set_listen(self, listen: Listen) -> None:
        """Hear the remix, the original, or what differs."""
        if self.document:
            self._set_listen(listen)

    def toggle_original(self) -> None:
        """A/B."""
        other = Listen.REMIX if self.listen is Listen.ORIGINAL else Listen.ORIGINAL
        self.set_listen(other)

    def set_matched(self, on: bool) -> None:
        """Compare with the original at the remix's loudness."""
        self.settings.matched = on
        self._matcher.measure()
        self._publish_monitor()

    @property
    def original_db(self) -> float:
        """What the original is turned by for a comparison; 0 unless matched."""
        return self._matcher.difference_db if self.settings.matched else 0.0

    @property
    def is_measuring_match(self) -> bool:
        """Whether the gain of a comparison is not known yet."""
        return self._matcher.is_measuring

    @property
    def is_exact(self) -> bool:
        """Whether what would be heard is the original, by the settings alone."""
        document = self.document
        if document is None or self.listen is Listen.CHANGE:
            return False
        original = self.listen is Listen.ORIGINAL
        return self.original_db == 0.0 if original else document.mix.is_neutral

    def _set_listen(self, listen: Listen) -> None:
        self.listen = listen
        self._publish_monitor()

    def audition(self, region: tuple[int, int] | None) -> None:
        """Loop an excerpt for a while, or what the document says again; the document stays."""
        loop = self.document.loop if self.document else None
        self.player.set_loop(region or loop)

    def set_blind(self, monitor: Monitor | None) -> None:
        """Play what nobody is told; None: what is listened to again."""
        if monitor != self._blind:
            self._blind = monitor
            self._publish_monitor()

    @property
    def is_blind(self) -> bool:
        """Whether what plays is a secret: nothing that shows it may be shown."""
        return self._blind is not None

    def _publish_monitor(self) -> None:
        self.player.monitor = self._blind or Monitor(self.listen, self.original_db)
        self.monitor_changed.emit()

    def set_output(self, output: Output) -> None:
        """Another device or latency."""
        self.settings.output = output
        self.player.output = output

    # Following

    def _mix_changed(self) -> None:
        if self.document:
            self.player.state = self.document.mix
            self.keeper.keep()
            self._matcher.measure()
            self.quality.follow()
            self.mix_changed.emit()

    def _tick(self) -> None:
        snapshot = self.player.snapshot()
        self.ticked.emit(snapshot)
        self._tell_notice(snapshot)
        self._matcher.follow(snapshot.position)
        self._ticks = (self._ticks + 1) % SEPARATION_TICKS
        if self._ticks == 0:
            self._poll_separation()
            if trouble := self.keeper.trouble():
                text = f"Your moves would not survive a crash now ({trouble}): save them"
                self.noticed.emit(text, "warning")

    def _tell_notice(self, snapshot: Snapshot) -> None:
        if snapshot.notice_number != self._notice:
            self._notice = snapshot.notice_number
            if snapshot.notice:
                about = snapshot.notice_about
                _log.info("sound: %s", snapshot.notice)
                topic = "output" if about in ABOUT_OUTPUT else about
                kind = "info" if about == BACK else "warning"
                self.sound_noticed.emit(snapshot.notice, kind, topic)

    def close(self, keep: bool = False) -> None:
        """End everything: no thread, process or open file is left. keep: whether moves that are not
        saved are offered at the next start.
        """
        self._timer.stop()
        self.keeper.close(keep)
        self.close_song()
        self._matcher.close()
        self.quality.close()
        self.player.close()
        self.separations.close()
        self.settings.save()


def _installed(model: str) -> str:
    """The model, or the default where it is not installed any more."""
    return model if model in find_models() else DEFAULT
