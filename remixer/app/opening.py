"""Opens sessions: finds their songs, makes sure they are the same, and asks where they are not."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from remixer.app.dialogs.relink import CANCEL, LOCATE, OPEN, ask_changed, ask_missing, choose_song
from remixer.app.keeper import Origin
from remixer.app.workers import IsCancelled, Report, Worker, message_of
from remixer.errors import RemixerError
from remixer.separation.catalogue import find_models
from remixer.session.autosave import Recovery
from remixer.session.document import Document
from remixer.session.locate import fitted, geometry_of, has_stamp, locate
from remixer.session.saved import SavedMix
from remixer.session.savefile import note_song, read_mix
from remixer.session.separation_link import stamp_of

if TYPE_CHECKING:
    from remixer.app.main_window import MainWindow

OTHER_SAMPLES = (
    "It is as long as before, but its samples are others. The moves may not fit it any more."
)


@dataclass(frozen=True)
class Wanted:
    """What the user wants open. saved_as: the session's file, if it has one. recovery: where it
    comes from, when it was not saved. play: at once. located: whether the user has shown where the
    song is.
    """

    saved: SavedMix
    saved_as: Path | None = None
    recovery: Recovery | None = None
    play: bool = False
    located: bool = False

    @property
    def name(self) -> str:
        """For people."""
        return self.saved_as.name if self.saved_as else self.saved.song.name


class Opening(QObject):
    """One session at a time; the song that is open stays until the other one is sure."""

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self._window = window
        self._control = window.controller
        self._worker: Worker | None = None
        self._document: Document | None = None
        """A song that is being checked."""

    def open(self, path: Path, play: bool = False) -> None:
        """A `.remix` file with its song."""
        try:
            saved = read_mix(path)
        except RemixerError as error:
            self._tell(error)
            return
        self._begin(Wanted(saved, path, play=play))

    def restore(self, recovery: Recovery) -> None:
        """What a window that was killed had not saved."""
        work = recovery.work
        self._begin(Wanted(work.saved, work.session, recovery))

    def cancel(self) -> None:
        """Forget what is being checked."""
        document, self._document = self._document, None
        worker, self._worker = self._worker, None
        if document:
            document.close()  # the reading ends with an error that nobody hears
        if worker:
            worker.close()

    close = cancel

    def _tell(self, error: object) -> None:
        self._window.notices.show_notice(message_of(error), "error")

    def _begin(self, wanted: Wanted) -> None:
        self.cancel()
        folder = self._control.settings.songs_folder
        found = locate(wanted.saved, wanted.saved_as, [folder] if folder else [])
        if found is not None:
            self._check(wanted, found.song)
        elif ask_missing(self._window, wanted.name, wanted.saved.song) == LOCATE:
            self._locate(wanted)

    def _locate(self, wanted: Wanted) -> None:
        folder = self._control.settings.songs_folder
        place = choose_song(self._window, wanted.saved.song, folder)
        if place is not None:
            self._control.settings.songs_folder = place.parent
            self._check(replace(wanted, located=True), place)

    def _check(self, wanted: Wanted, place: Path) -> None:
        """Whether the file at a place is the song; its samples are read off this thread, where
        neither its stamp nor its geometry tells.
        """
        saved = wanted.saved
        try:
            document = Document(place, saved.mix)
        except RemixerError as error:
            self._tell(error)
            return
        found = geometry_of(document.source)
        if found != saved.geometry:
            self._ask_changed(wanted, document, f"It has {found}, and had {saved.geometry}.")
        elif not saved.content or has_stamp(saved, place):
            self._take(wanted, document, saved.content)
        else:
            self._compare(wanted, document)

    def _compare(self, wanted: Wanted, document: Document) -> None:
        def work(_report: Report, _cancelled: IsCancelled) -> str:
            return document.source.content_hash()

        def compared(content: object) -> None:
            self._worker = self._document = None
            if content == wanted.saved.content:
                self._take(wanted, document, str(content))
            else:
                self._ask_changed(wanted, document, OTHER_SAMPLES)

        def failed(error: object) -> None:
            self.cancel()
            self._tell(error)

        self._window.notices.show_notice(f"Checking that {document.path.name} is the same song…")
        self._document, self._worker = document, Worker(work, "compare-song")
        self._worker.finished.connect(compared)
        self._worker.failed.connect(failed)
        self._worker.start()

    def _ask_changed(self, wanted: Wanted, document: Document, how: str) -> None:
        place = document.path
        document.close()
        answer = ask_changed(self._window, wanted.name, place, how)
        if answer == LOCATE:
            self._locate(wanted)
        elif answer == OPEN:
            self._open_anyway(wanted, place)
        else:
            assert answer == CANCEL

    def _open_anyway(self, wanted: Wanted, place: Path) -> None:
        """Another song with these moves, which are not saved for it."""
        try:
            with Document(place) as other:
                saved = fitted(wanted.saved, geometry_of(other.source))
            document = Document(place, saved.mix)
        except RemixerError as error:
            self._tell(error)
            return
        self._take(replace(wanted, saved=saved), document, "", unsaved=True)

    def _take(
        self, wanted: Wanted, document: Document, content: str, unsaved: bool = False
    ) -> None:
        """The song is sure: it takes the place of the present one, if the user lets that go."""
        if not self._window.files.may_close():
            document.close()
            return
        saved, recovery = wanted.saved, wanted.recovery
        document.set_loop(saved.loop)
        document.set_regions(saved.regions)
        origin = Origin(wanted.saved_as, unsaved or recovery is not None, content)
        self._control.take(document, origin, saved.model, wanted.play)
        self._window.files.show_view(saved.view)
        self._tell_model(saved)
        if recovery is not None and self._control.keeper.saver.flush():
            self._window.recovering.forget(recovery)
            recovery.discard()
        elif wanted.saved_as and wanted.located and not unsaved:
            self._remember(wanted.saved_as, document.path)

    def _remember(self, session: Path, song: Path) -> None:
        """The song's new place, in the session's file. One that cannot be written asks again."""
        try:
            note_song(session, song, "", stamp_of(song))
        except (RemixerError, OSError) as error:
            self._tell(error)

    def _tell_model(self, saved: SavedMix) -> None:
        card = find_models().get(saved.model)
        if card is None:
            self._window.notices.show_notice(
                f"The model {saved.model} is not installed: {self._control.model} separates "
                "instead, and the moves may sound different",
                "warning",
            )
        elif saved.fingerprint and card.fingerprint != saved.fingerprint:
            self._window.notices.show_notice(
                f"{card.title} is another version than these moves were made with: they may sound "
                "different",
                "warning",
            )
