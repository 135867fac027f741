"""A thread that opens a song and keeps the pages about the playhead in memory."""

import threading
import time
from pathlib import Path

from remixer.audio.reader import AudioReader, open_audio
from remixer.dsp.signal import Samples
from remixer.errors import CacheError, RemixerError
from remixer.playback.live import LiveStems
from remixer.playback.memory import PAGE, Page, View

AHEAD_S = 8.0
BEHIND_S = 2.0
START_S = 1.0
"""Kept of where a loop, or the song, begins: playing goes there without a wait."""
_IDLE_S = 0.02
_POLL_S = 0.1


class Prefetch:
    """Pages of a song, read by a thread of its own; what the callback touches never waits.

    `position`, `target` (of a seek to come, or None) and `loop` are set by the renderer.
    """

    def __init__(self, path: Path, position: int = 0) -> None:
        self._path = path
        self.position = position
        self.target: int | None = None
        self.loop: tuple[int, int] | None = None
        self.view = View()
        self.reader: AudioReader | None = None
        self.opened = threading.Event()
        self.error = ""
        """Why the song cannot be opened, for the user."""
        self.failures: dict[int, str] = {}
        """Pages that could not be read, and why."""
        self.stem_error = ""
        self._folder: Path | None = None
        self._followed: Path | None = None
        self._stems: LiveStems | None = None
        self._polled = 0.0
        self._closing = False
        self._wake = threading.Event()
        self.thread = threading.Thread(target=self._work, name="prefetch", daemon=True)
        self.thread.start()

    def set_stems(self, folder: Path | None) -> None:
        """Read the stems of this folder from now on."""
        self._folder = folder
        self._wake.set()

    def hurry(self) -> None:
        """Look at once at what is wanted now."""
        self._wake.set()

    def retry(self) -> None:
        """Try failed pages again."""
        self.failures = {}

    def close(self) -> None:
        """End the thread, which closes the files; does not wait for it."""
        self._closing = True
        self._wake.set()

    def _work(self) -> None:
        try:
            self.reader = open_audio(self._path)
        except RemixerError as error:
            self.error = str(error)
        self.opened.set()
        while self.reader and not self._closing:
            if not self._refresh(self.reader) and not self._load(self.reader):
                self._wake.wait(_IDLE_S)
                self._wake.clear()
        for files in (self.reader, self._stems):
            if files:
                files.close()

    def _refresh(self, reader: AudioReader) -> bool:
        """Take stems that have changed into the pages that are there; whether any have."""
        changed = self._follow(reader)
        if self._stems and not changed and time.monotonic() >= self._polled + _POLL_S:
            self._polled = time.monotonic()
            changed = self._poll(self._stems)
        stale = {n for n in self.view.pages if any(_overlaps(n, area) for area in changed)}
        if not stale:
            return False
        pages = {
            number: Page(page.mix, self._read_stems(number, page)) if number in stale else page
            for number, page in self.view.pages.items()
        }
        self.view = View(pages, self.view.revision + 1)
        return True

    def _follow(self, reader: AudioReader) -> list[tuple[int, int]]:
        """Open the stems of the folder last set; what has changed by that."""
        folder = self._folder
        if folder == self._followed:
            return []
        if self._stems:
            self._stems.close()
        self._stems, self._followed, self.stem_error = None, folder, ""
        if folder:
            try:
                self._stems = LiveStems(folder, reader.rate, reader.channels, reader.length)
                self._stems.poll()
            except (CacheError, OSError) as error:
                self.stem_error = str(error)
        return [(0, reader.length)]

    def _poll(self, stems: LiveStems) -> list[tuple[int, int]]:
        try:
            return stems.poll()
        except (OSError, ValueError) as error:
            self.stem_error = _unreadable(error)
            return []

    def _load(self, reader: AudioReader) -> bool:
        """Read the most wanted page that is not there, and drop what nobody wants."""
        wanted = self._wanted(reader.rate, reader.length)
        pages = self.view.pages
        for number in wanted:
            if number not in pages and number not in self.failures:
                break
        else:
            return False
        keep = set(wanted)
        pages = {n: page for n, page in pages.items() if n in keep}
        start = number * PAGE
        try:
            page = Page(reader.read(start, min(PAGE, reader.length - start)))
        except (RemixerError, OSError) as error:
            self.failures = {**self.failures, number: str(error)}
            return True
        pages[number] = Page(page.mix, self._read_stems(number, page))
        self.view = View(pages, self.view.revision)
        return True

    def _read_stems(self, number: int, page: Page) -> Samples | None:
        if not self._stems:
            return None
        try:
            return self._stems.read(number * PAGE, page.mix.shape[1])
        except (OSError, ValueError) as error:
            self.stem_error = _unreadable(error)
            return None

    def _wanted(self, rate: int, length: int) -> list[int]:
        """Pages, the most urgent first."""
        position, target, loop = self.position, self.target, self.loop
        start = loop[0] if loop else 0
        home = [(start, start + int(START_S * rate))]
        soon = [(target, target + int(START_S * rate))] if target is not None else []
        ahead = _ahead(position, int(AHEAD_S * rate), loop)
        behind = [(position - int(BEHIND_S * rate), position)]
        first, rest = ahead[0], ahead[1:]
        halfway = min(first[0] + int(START_S * rate), first[1])
        order = [*soon, (first[0], halfway), *home, (halfway, first[1]), *rest, *behind]
        numbers: dict[int, None] = {}
        for low, high in order:
            if (low := max(low, 0)) < (high := min(high, length)):
                numbers |= dict.fromkeys(range(low // PAGE, (high - 1) // PAGE + 1))
        return list(numbers)


def _ahead(position: int, count: int, loop: tuple[int, int] | None) -> list[tuple[int, int]]:
    """What is played in the next `count` samples: one stretch, or two where a loop wraps."""
    if loop and position < loop[1] < position + count:
        left = position + count - loop[1]
        return [(position, loop[1]), (loop[0], min(loop[0] + left, loop[1]))]
    return [(position, position + count)]


def _overlaps(page: int, area: tuple[int, int]) -> bool:
    return page * PAGE < area[1] and area[0] < (page + 1) * PAGE


def _unreadable(error: Exception) -> str:
    return f"the stems cannot be read ({error}): separate the song again"
