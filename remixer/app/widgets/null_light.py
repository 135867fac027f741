"""The null light: whether what you hear is the original, bit for bit."""

import math
import time
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QRadialGradient
from PySide6.QtWidgets import QWidget

from remixer.app.theme import Theme, current_theme
from remixer.app.widgets.decibels import MINUS, show_level
from remixer.app.widgets.meter import Clock
from remixer.app.widgets.painting import draw_text, fill_box, painting, sized_font, text_width

_HOLD_S = 0.6
_NO_SONG = "no song"
BLIND = "blind"
UNHEARD = "unheard"


@dataclass(frozen=True)
class NullReading:
    """What the light says. colour: a field of the theme."""

    colour: str
    solid: bool
    title: str
    detail: str
    explanation: str


def null_reading(exact: bool, level_dbfs: float, listening: str) -> NullReading:
    """What to say of an output that is the original's samples, or differs by a level.

    level_dbfs: NaN while nothing is played that could be measured. listening: "remix", "original",
    "change", "blind" for what shall not be known, or "unheard" where there is no sound; anything
    else means that no song is open.
    """
    if listening == UNHEARD:
        why = "There is no sound output; exports hold the original, bit for bit."
        if not exact:
            why = "There is no sound output, so nothing is measured; the faders are moved."
        return NullReading("line", False, "no sound", "unmoved" if exact else "moved", why)
    if listening == BLIND:
        why = "A blind test is under way: what you hear is told at its end."
        return NullReading("accent", False, "blind test", "not told", why)
    silent = math.isnan(level_dbfs)
    level = f"{show_level(-math.inf if silent else level_dbfs)} dBFS"
    if listening == "change":
        why = "You hear only what the remix changes: remix minus original."
        return NullReading("accent", True, "the change", level, why)
    if listening == "original":
        if exact:
            why = "You hear the original: every sample goes out as it is in the file."
            return NullReading("good", True, "bit-exact", "the original", why)
        why = "You hear the original, turned to the remix's loudness; its samples are scaled."
        return NullReading("warn", False, "original", "level-matched", why)
    if listening != "remix":
        why = "Green when the output is the original, bit for bit; else how much it differs."
        return NullReading("line", False, _NO_SONG, "", why)
    if exact:
        why = "The output is the original: every sample is the same, bit for bit."
        return NullReading("good", True, "bit-exact", "= original", why)
    if silent:
        why = "The faders are moved; by how much the output differs is measured while it plays."
        return NullReading("warn", False, "moved", "play to measure", why)
    if level_dbfs == -math.inf:
        why = "The faders are moved, but nothing that is heard now differs from the original."
        return NullReading("warn", False, "moved", "nothing differs", why)
    why = f"The output is not the original: the highest difference now is {level}."
    return NullReading("warn", False, "differs", level, why)


class NullLight(QWidget):
    """A lamp with two lines of text. The level shown is the highest of the last half second."""

    def __init__(self, *, clock: Clock = time.monotonic, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._clock = clock
        self._level_db, self._level_at = -math.inf, -math.inf
        self._given: tuple[bool, str] = (False, "")
        self.reading = null_reading(False, -math.inf, "")
        self.setAccessibleName("Null light")
        self._show(self.reading)

    def set_state(self, exact: bool, level_dbfs: float, listening: str) -> None:
        """What goes out now; see `null_reading`."""
        level = self._calmed(level_dbfs, changed=self._given != (exact, listening))
        self._given = (exact, listening)
        reading = null_reading(exact, level, listening)
        if reading != self.reading:
            self._show(reading)

    def sizeHint(self) -> QSize:
        """Lamp and the widest text."""
        small = text_width(
            sized_font(self, 0.86), f"{MINUS}188.8 dBFS", "nothing differs", "play to measure"
        )
        big = text_width(sized_font(self, 1.0, bold=True), "the change", "bit-exact")
        return QSize(max(small, big) + self._lamp_width() + 8, self._height())

    def minimumSizeHint(self) -> QSize:
        """The same."""
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """A tinted box with lamp, title and detail."""
        theme, reading = current_theme(), self.reading
        colour = getattr(theme, reading.colour)
        rect = QRectF(self.rect())
        with painting(self) as painter:
            fill_box(painter, rect, theme.sunken, theme.line)
            if reading.solid:
                fill_box(painter, rect, theme.faded(colour, 0.16), colour)
            self._paint_lamp(painter, QColor(colour), theme)
            self._paint_text(painter, theme)

    def _calmed(self, level_db: float, *, changed: bool) -> float:
        now = self._clock()
        if changed or level_db >= self._level_db or now - self._level_at > _HOLD_S:
            self._level_db, self._level_at = level_db, now
        return self._level_db

    def _show(self, reading: NullReading) -> None:
        self.reading = reading
        self.setToolTip(f"Null light. {reading.explanation}")
        self.setAccessibleDescription(
            f"{reading.title} {reading.detail}".strip() + ". " + reading.explanation
        )
        self.update()

    def _height(self) -> int:
        """That of a pan slider and a button, with a strip's gap between."""
        return 2 * (self.fontMetrics().height() + 6) + 5

    def _lamp_width(self) -> int:
        return round(self.fontMetrics().height() * 1.3)

    def _paint_lamp(self, painter: QPainter, colour: QColor, theme: Theme) -> None:
        middle = QPointF(self._lamp_width() / 2.0 + 2.0, self.height() / 2.0)
        radius = self.fontMetrics().height() * 0.30
        if self.reading.title == _NO_SONG:
            painter.setPen(QPen(QColor(theme.dim_text), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(middle, radius, radius)
            return
        painter.setPen(Qt.PenStyle.NoPen)
        glow = QRadialGradient(middle, radius * 2.0)
        glow.setColorAt(0.5, theme.faded(colour.name(), 0.45 if self.reading.solid else 0.25))
        glow.setColorAt(1.0, theme.faded(colour.name(), 0.0))
        painter.setBrush(glow)
        painter.drawEllipse(middle, radius * 2.0, radius * 2.0)
        painter.setBrush(colour)
        painter.drawEllipse(middle, radius, radius)

    def _paint_text(self, painter: QPainter, theme: Theme) -> None:
        left = self._lamp_width() + 3.0
        line = self.fontMetrics().height()
        rect = QRectF(left, self.height() / 2.0 - line, self.width() - left - 3.0, line)
        lit = self.reading.colour != "line"
        ink = getattr(theme, self.reading.colour) if lit else theme.dim_text
        align = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        title = sized_font(self, 1.0, bold=True)
        if not self.reading.detail:
            rect.moveTop(self.height() / 2.0 - line / 2.0)
        draw_text(painter, rect, self.reading.title, title, ink, align)
        rect.translate(0.0, line)
        draw_text(painter, rect, self.reading.detail, sized_font(self, 0.86), theme.text, align)
