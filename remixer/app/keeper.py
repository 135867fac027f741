"""Where the window's song is kept: its `.remix` file, and the recovery file for the rest."""

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from remixer.errors import OutputError, RemixerError
from remixer.separation.catalogue import find_models
from remixer.session.autosave import Autosaver, Work, save_session
from remixer.session.document import Document
from remixer.session.locate import geometry_of
from remixer.session.saved import SavedMix, View
from remixer.session.savefile import note_song, read_mix
from remixer.session.separation_link import stamp_of

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Origin:
    """Where an open song comes from. saved_as: its `.remix` file, if it has one. unsaved: whether
    there is something that no file holds. content: of the song, "" where it is not known.
    """

    saved_as: Path | None = None
    unsaved: bool = False
    content: str = ""


NEW = Origin()


class Keeper:
    """Knows what is saved of the song that is open, and keeps the rest in the recovery file.

    look: gives what the window shows of the song.
    """

    def __init__(self, saver: Autosaver | None = None) -> None:
        self.saver = saver or Autosaver()
        self.saved_as: Path | None = None
        self.look: Callable[[], View | None] = lambda: None
        self.content = ""
        self.model = ""
        self._document: Document | None = None
        self._held: object = None
        """What the `.remix` file holds of the document; None when it holds something else."""
        self._there: object = None
        """The moves in it when this window has last looked."""
        self._stamp: tuple[int, ...] = ()
        self._incomplete = False
        """Whether the file was saved before the content was known."""
        self._fingerprints: dict[str, str] = {}
        self._told = ""

    def begin(self, document: Document, origin: Origin, model: str) -> None:
        """Another song is open."""
        self._document, self.saved_as, self.content = document, origin.saved_as, origin.content
        self._held = None if origin.unsaved else _edited(document)
        self._there = _moves_in(origin.saved_as) if origin.saved_as else None
        self._stamp, self._incomplete = _stamp(document.path), False
        self.model = model
        self.keep()

    def end(self) -> None:
        """No song is open; nothing of it is missed."""
        self._document = self.saved_as = None
        self.saver.keep(None)

    @property
    def unsaved(self) -> bool:
        """Whether there is something that no `.remix` file holds."""
        return self._document is not None and _edited(self._document) != self._held

    def keep(self) -> None:
        """What is open has changed: it is in the recovery file soon."""
        if self._document is not None:
            self.saver.keep(Work(self._saved(self._document), self.saved_as, self.unsaved))

    def save(self, target: Path, replace: bool = False) -> None:
        """Write the `.remix` file. replace: whatever is there. Otherwise the song's own file must
        hold what it did when it was opened or saved last: another window may have saved other moves
        to it since.

        Raises OutputError; then nothing has changed.
        """
        document = self._document
        if document is None:
            return
        if target == self.saved_as and not replace:
            self._check_other(target)
        try:
            save_session(self.saver, target, self._saved(document))
        except RemixerError:
            self.keep()
            raise
        self.saved_as, self._held = target, _edited(document)
        self._there = _moves_in(target)
        self._incomplete = not self.content

    def _check_other(self, target: Path) -> None:
        there = _moves_in(target)
        if None not in (there, self._there) and there != self._there:
            raise OutputError(
                f"{target.name} holds other moves by now, saved by another window: save yours "
                "under another name (File, Save as), or open it again"
            )

    def know(self, content: str) -> None:
        """The song's content hash; a file that was saved without it is completed."""
        if self._document is None or not content or content == self.content:
            return
        self.content = content
        if self._incomplete and self.saved_as:
            self._incomplete = False
            try:
                note_song(self.saved_as, self._document.path, content, self._stamp)
            except RemixerError:
                _log.warning("the session was not completed", exc_info=True)
        self.keep()

    def trouble(self) -> str:
        """Why the recovery file cannot be written, once for each time that it begins to fail."""
        text, before = self.saver.trouble, self._told
        self._told = text
        return text if text and not before else ""

    def rescue(self) -> str:
        """Something went wrong: what is not saved is on the disk before anything else is done.
        Returns why it is not; "" when it is.
        """
        self.keep()
        return "" if self.saver.flush() else self.saver.trouble

    def close(self, keep: bool = False) -> None:
        """End. keep: whether what is not saved is offered at the next start."""
        with suppress(RemixerError):
            self.keep()
        self.saver.close(keep)

    def _saved(self, document: Document) -> SavedMix:
        return SavedMix(
            document.path,
            geometry_of(document.source),
            document.mix,
            document.loop,
            self.model,
            self.content,
            self._stamp,
            self._fingerprint(),
            document.regions,
            view=self.look(),
        )

    def _fingerprint(self) -> str:
        """The model's; read once."""
        if self.model not in self._fingerprints:
            card = find_models().get(self.model)
            self._fingerprints[self.model] = card.fingerprint if card else ""
        return self._fingerprints[self.model]


def _edited(document: Document) -> object:
    """What of a document is the user's work: where it plays is not."""
    return document.mix, document.regions


def _moves_in(session: Path) -> object:
    """The user's work that a `.remix` file holds; None where it is gone or damaged."""
    try:
        saved = read_mix(session)
    except RemixerError:
        return None
    return saved.mix, saved.regions


def _stamp(path: Path) -> tuple[int, ...]:
    try:
        return tuple(stamp_of(path))
    except OSError:
        return ()
