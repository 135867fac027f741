"""What the user loops: what was marked, what is in view, what was looped last."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from remixer.errors import RemixerError

if TYPE_CHECKING:
    from remixer.app.main_window import MainWindow


class Looping(QObject):
    """Sets the loop; one that is switched off comes back."""

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self._window, self._control = window, window.controller
        self._last: tuple[int, int] | None = None
        self._control.song_changed.connect(self._forget)

    def _forget(self) -> None:
        self._last = None

    def switch(self, on: bool) -> None:
        """Play on, or loop again: the region that was looped last, else what is in view."""
        document = self._control.document
        if document is None:
            return
        if not on:
            self._last = document.loop
            self._control.set_loop(None)
        elif self._last is not None:
            self.request(self._last)
        elif document.loop is None:
            self.loop_view()

    def loop_view(self) -> None:
        """Loop what the lanes show."""
        document = self._control.document
        if document:
            start_s, stop_s = self._window.lanes.view()
            self.request((round(start_s * document.rate), round(stop_s * document.rate)))

    def request(self, region: tuple[int, int] | None) -> None:
        """Loop a region, or none; what is refused becomes a notice."""
        try:
            self._control.set_loop(region)
        except RemixerError as error:
            self._window.notices.show_notice(str(error), "warning")
