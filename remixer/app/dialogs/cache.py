"""The separation cache in the preferences: how much it takes, how much it may, and clearing it."""

from collections.abc import Callable
from contextlib import suppress

from remixer.app.dialogs.parts import Choice, Form
from remixer.app.widgets.basics import ElidedLabel, button, label
from remixer.app.workers import IsCancelled, Report, Worker, message_of
from remixer.errors import CacheError
from remixer.separation.cache import StemCache

GIGABYTE = 10**9
LIMITS = (1, 2, 5, 10, 20, 50, 100, 200, 500)
"""Gigabytes to choose from."""


class CacheRows:
    """Rows of a form. The disk is asked off the window's thread, one thing at a time."""

    def __init__(self, form: Form, cache: StemCache) -> None:
        self._cache = cache
        self._worker: Worker | None = None
        self._next: Callable[[], object] | None = None
        self.limit = Choice("Most that the cache may take")
        self.clear = button("Clear", name="Clear the cache")
        self.used = label(dim=True)
        self.message = label(wrap=True)
        self._build(form)
        self._do(lambda: None)

    def _build(self, form: Form) -> None:
        self.limit.offer(limit_options(self._cache.limit), str(self._cache.limit))
        self.limit.currentIndexChanged.connect(self._limit_changed)
        self.clear.clicked.connect(lambda: self._do(self._cache.clear))
        self.message.hide()
        form.add("Limit", self.limit, self.clear, self.used, stretch=2)
        what = label("Separated songs are kept, the least recently used go first.", dim=True)
        folder = ElidedLabel(str(self._cache.folder), dim=True)
        form.explain(what, folder, self.message)

    def _limit_changed(self) -> None:
        limit = int(self.limit.value)
        self._do(lambda: self._cache.set_limit(limit))

    def _do(self, change: Callable[[], object]) -> None:
        """Change the cache, then measure it. What comes meanwhile waits; of several the last."""
        if self._worker is not None:
            self._next = change
            return

        def work(_report: Report, _cancelled: IsCancelled) -> int:
            change()
            return sum(entry.size for entry in self._cache.entries())

        self.used.setText("…")
        self._worker = Worker(work, "cache")
        self._worker.finished.connect(self._measured)
        self._worker.failed.connect(self._failed)
        self._worker.start()

    def _measured(self, size: object) -> None:
        assert isinstance(size, int)
        self.used.setText(f"{size_of(size)} used")
        self.clear.setEnabled(size > 0)
        self.message.hide()
        self._go_on()

    def _failed(self, error: object) -> None:
        self.used.setText("")
        self.message.setText(message_of(error))
        self.message.show()
        self._go_on()

    def _go_on(self) -> None:
        self._worker = None
        if (change := self._next) is not None:
            self._next = None
            self._do(change)

    def close(self) -> None:
        """Finish what was begun, and do what still waits."""
        if self._worker is not None:
            self._worker.close()
        if self._next is not None:
            with suppress(CacheError):  # nobody is there any more to read it
                self._next()


def size_of(size: int) -> str:
    """Bytes as people read them."""
    return f"{size / GIGABYTE:.1f} GB" if size >= GIGABYTE else f"{size / 1e6:.0f} MB"


def limit_options(limit: int) -> list[tuple[str, str, str]]:
    """The limits to choose from, in bytes, with the present one among them."""
    sizes = sorted({limit, *(size * GIGABYTE for size in LIMITS)})
    return [(str(size), f"{size / GIGABYTE:g} GB", "") for size in sizes]
