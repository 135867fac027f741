"""The stretch of time that is in view, and what is marked in it; shared by all that shows it."""

from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

SHORTEST_S = 0.25
"""The narrowest view: some frames of the spectrum."""

Region = tuple[int, int]
"""Samples [start, stop)."""


@dataclass(frozen=True)
class View:
    """Visible seconds of a song of `length_s`; always within it."""

    start_s: float
    stop_s: float
    length_s: float

    @classmethod
    def whole(cls, length_s: float) -> "View":
        """All of a song."""
        return cls(0.0, length_s, length_s)

    @property
    def span_s(self) -> float:
        """Seconds that are visible."""
        return self.stop_s - self.start_s

    def at(self, start_s: float, span_s: float) -> "View":
        """Another stretch: no shorter than SHORTEST_S, no longer than the song, moved into it."""
        span_s = min(max(span_s, SHORTEST_S), self.length_s)
        start_s = min(max(start_s, 0.0), self.length_s - span_s)
        return View(start_s, min(start_s + span_s, self.length_s), self.length_s)

    def zoomed(self, factor: float, at_s: float) -> "View":
        """`factor` times larger, with the second `at_s` where it is."""
        span = min(max(self.span_s / factor, SHORTEST_S), self.length_s)
        part = (at_s - self.start_s) / self.span_s if self.span_s else 0.0
        return self.at(at_s - part * span, span)

    def moved(self, by_s: float) -> "View":
        """Moved, as far as the song goes."""
        return self.at(self.start_s + by_s, self.span_s)


class Timeline(QObject):
    """What is in view and marked. Signals tell that it changed; each widget repaints its part."""

    view_changed = Signal()
    marks_changed = Signal()
    """The loop, or the selection that is being drawn."""
    playhead_moved = Signal(float, float)
    """Seconds before and after."""
    cursor_moved = Signal(object, object)
    """Seconds before and after, None outside."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rate = 1
        self.length = 0
        self.view = View.whole(0.0)
        self.playhead_s = 0.0
        self.cursor_s: float | None = None
        self.loop: Region | None = None
        self.selection: Region | None = None

    @property
    def length_s(self) -> float:
        """Seconds of the song."""
        return self.length / self.rate

    def set_song(self, rate: int, length: int) -> None:
        """Another song, wholly in view, with nothing marked."""
        self.rate, self.length = rate, length
        self.playhead_s, self.loop, self.selection = 0.0, None, None
        self.set_cursor(None)
        self.view = View.whole(self.length_s)
        self.view_changed.emit()

    def set_view(self, view: View) -> None:
        """Shows another stretch."""
        if view != self.view:
            self.view = view
            self.view_changed.emit()

    def set_playhead(self, sample: int) -> None:
        """Where it plays."""
        before, self.playhead_s = self.playhead_s, sample / self.rate
        if before != self.playhead_s:
            self.playhead_moved.emit(before, self.playhead_s)

    def set_cursor(self, seconds: float | None) -> None:
        """Where the mouse is."""
        before, self.cursor_s = self.cursor_s, seconds
        if before != seconds:
            self.cursor_moved.emit(before, seconds)

    def set_marks(self, loop: Region | None, selection: Region | None) -> None:
        """The loop, and the selection while it is drawn."""
        if (loop, selection) != (self.loop, self.selection):
            self.loop, self.selection = loop, selection
            self.marks_changed.emit()

    @property
    def marked(self) -> tuple[float, float] | None:
        """Seconds of what is being selected, else of the loop."""
        region = self.selection or self.loop
        return (region[0] / self.rate, region[1] / self.rate) if region else None

    def x(self, seconds: float, width: int) -> float:
        """Pixels from the left edge of a widget of a width."""
        span = self.view.span_s
        return (seconds - self.view.start_s) / span * width if span else 0.0

    def seconds(self, x: float, width: int) -> float:
        """Seconds at a pixel, within the song."""
        seconds = self.view.start_s + x / max(width, 1) * self.view.span_s
        return min(max(seconds, 0.0), self.length_s)

    def sample(self, x: float, width: int) -> int:
        """The sample at a pixel, within the song."""
        return min(round(self.seconds(x, width) * self.rate), self.length)
