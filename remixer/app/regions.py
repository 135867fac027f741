"""Named regions of the song: a menu to keep the loop as one, to come back to it, to forget it."""

from typing import TYPE_CHECKING

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QInputDialog, QMenu

from remixer.app.widgets.basics import clock, one_line
from remixer.session.saved import NamedRegion

if TYPE_CHECKING:
    from remixer.app.main_window import MainWindow


class RegionMenu(QMenu):
    """The song's regions, the earliest first. Choosing one loops it."""

    def __init__(self, window: "MainWindow") -> None:
        super().__init__("&Regions", window)
        self._window = window
        self._shown: tuple[object, ...] = ()
        # The window's: `clear` deletes what belongs to the menu.
        self._keep = QAction("&Keep the loop…", window)
        self._keep.setStatusTip("Give the loop a name, to come back to it")
        self._keep.triggered.connect(lambda: self.keep())
        self._forget = QAction("&Forget the loop's region", window)
        self._forget.triggered.connect(lambda: self.forget())
        window.controller.song_changed.connect(self.refresh)
        window.controller.mix_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """As the document has them."""
        document = self._window.controller.document
        now = (document, document.loop, document.regions) if document else ()
        if now == self._shown and self.actions():
            return
        self._shown = now
        self.clear()
        self.addActions([self._keep, self._forget])
        self._keep.setEnabled(document is not None and document.loop is not None)
        self._forget.setEnabled(self._current() is not None)
        self.addSeparator()
        for region in document.regions if document else ():
            self._offer(region)

    def _offer(self, region: NamedRegion) -> None:
        document = self._window.controller.document
        assert document is not None
        start, stop = (clock(sample / document.rate) for sample in (region.start, region.stop))
        name = one_line(region.name).replace("&", "&&")
        action = self.addAction(f"{name}\t{start} – {stop}")
        action.setCheckable(True)
        action.setChecked(document.loop == (region.start, region.stop))
        action.triggered.connect(lambda: self._choose(region))

    def _choose(self, region: NamedRegion) -> None:
        self._window.controller.set_loop((region.start, region.stop))
        self._shown = ()  # a second click has unchecked it
        self.refresh()

    def _current(self) -> NamedRegion | None:
        """The region that is looped."""
        document = self._window.controller.document
        if document is None:
            return None
        return next((r for r in document.regions if (r.start, r.stop) == document.loop), None)

    def keep(self) -> None:
        """Ask for the loop's name, and keep it."""
        document = self._window.controller.document
        if document is None or document.loop is None:
            return
        current = self._current()
        name, given = QInputDialog.getText(
            self._window,
            "Keep the loop",
            "Name of the region:",
            text=current.name if current else f"Region {len(document.regions) + 1}",
        )
        if given and name.strip():
            region = NamedRegion(name.strip(), *document.loop)
            document.set_regions([*(r for r in document.regions if r != current), region])

    def forget(self) -> None:
        """The looped region loses its name."""
        document, current = self._window.controller.document, self._current()
        if document is not None and current is not None:
            document.set_regions([r for r in document.regions if r != current])
