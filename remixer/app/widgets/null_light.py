"""The null light: whether what you hear is the original, bit for bit."""

import math
import time
from dataclasses import dataclass, replace

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QRadialGradient
from PySide6.QtWidgets import QWidget

from remixer.app.theme import Theme, current_theme
from remixer.app.widgets.decibels import MINUS, show_level
from remixer.app.widgets.meter import Clock
from remixer.app.widgets.painting import draw_text, fill_box, painting, sized_font, text_width

_HOLD_S = 0.6
GAPS_S = 5.0
"""How long a gap is told of."""
_NO_SONG = "no song"
_UNMOVED = "nothing moved"
_PLAY = "play to measure"
_GAPS = "sound had gaps"
BLIND = "blind"
UNHEARD = "unheard"


@dataclass(frozen=True)
class NullReading:
    """What the light says. colour: a field of the theme; "dim_text" for what was not measured."""

    colour: str
    solid: bool
    title: str
    detail: str
    explanation: str


def null_reading(
    exact: bool, level_dbfs: float, listening: str, *, gaps: bool = False
) -> NullReading:
    """What to say of an output that is the original's samples, or differs by a level.

    exact: whether it is, by the settings and by what was measured, if anything was. level_dbfs: NaN
    while nothing is played that could be measured. listening: "remix", "original", "change",
    "blind" for what shall not be known, or "unheard" where there is no sound; anything else means
    that no song is open. gaps: whether blocks reached the device too late in the last seconds.
    """
    if listening in ("remix", "original", "change"):
        if math.isnan(level_dbfs):
            return _unmeasured(exact, listening)
        reading = _measured(exact, level_dbfs, listening)
        return _with_gaps(reading) if gaps else reading
    if listening == UNHEARD:
        why = "There is no sound output; exports hold the original, bit for bit."
        if not exact:
            why = "There is no sound output, so nothing is measured; the faders are moved."
        return NullReading("line", False, "no sound", "unmoved" if exact else "moved", why)
    if listening == BLIND:
        why = "A blind test is under way: what you hear is told at its end."
        return NullReading("accent", False, "blind test", "not told", why)
    why = "Green when the output is the original, bit for bit; else how much it differs."
    return NullReading("line", False, _NO_SONG, "", why)


def _unmeasured(exact: bool, listening: str) -> NullReading:
    """Of what would be played: what the settings say, and that nothing was measured."""
    if listening == "change":
        why = "What the remix changes is to be heard; its level is measured while it plays."
        return NullReading("accent", False, "the change", _PLAY, why)
    if listening == "original":
        why = "The original is to be heard; its samples are compared with it while they play."
        if exact:
            return NullReading("dim_text", False, "original", _PLAY, why)
        why = "The original is to be heard, turned to the remix's loudness."
        return NullReading("warn", False, "original", "level-matched", why)
    if exact:
        why = "Nothing is moved; that the output is the original is measured while it plays."
        return NullReading("dim_text", False, _UNMOVED, _PLAY, why)
    why = "The faders are moved; by how much the output differs is measured while it plays."
    return NullReading("warn", False, "moved", _PLAY, why)


def _with_gaps(reading: NullReading) -> NullReading:
    """Samples that were right, but were not there in time."""
    why = "Blocks came too late for the device in the last seconds: the sound had gaps."
    why = f"{reading.explanation} {why} A latency of Safe, in the preferences, helps."
    return replace(reading, colour="warn", solid=False, detail=_GAPS, explanation=why)


def _measured(exact: bool, level_dbfs: float, listening: str) -> NullReading:
    level = f"{show_level(level_dbfs)} dBFS"
    if listening == "change":
        why = "You hear only what the remix changes, remix minus original; this is its level."
        return NullReading("accent", True, "the change", level, why)
    if listening == "original":
        if exact:
            why = "You hear the original: every sample goes out as it is in the file."
            return NullReading("good", True, "bit-exact", "the original", why)
        why = "You hear the original, turned to the remix's loudness; its samples are scaled."
        return NullReading("warn", False, "original", "level-matched", why)
    if exact:
        why = "The output is the original: every sample is the same, bit for bit."
        return NullReading("good", True, "bit-exact", "= original", why)
    if level_dbfs == -math.inf:
        why = "The faders are moved, but nothing that is heard now differs from the original."
        return NullReading("warn", False, "moved", "nothing differs", why)
    why = f"The output is not the original: the highest difference now is {level}."
    return NullReading("warn", False, "differs", level, why)


class GapWatch:
    """Whether blocks were late a short while ago, from their running count."""

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._count, self._until = 0, -math.inf

    def see(self, glitches: int, *, playing: bool) -> bool:
        """Whether there was a gap in the last seconds. A count that falls is another song's."""
        now = self._clock()
        if glitches < self._count:
            self._until = -math.inf
        elif glitches > self._count and playing:
            self._until = now + GAPS_S
        self._count = glitches
        return now < self._until


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

    def set_state(
        self, exact: bool, level_dbfs: float, listening: str, *, gaps: bool = False
    ) -> None:
        """What goes out now; see `null_reading`."""
        level = self._calmed(level_dbfs, changed=self._given != (exact, listening))
        self._given = (exact, listening)
        reading = null_reading(exact, level, listening, gaps=gaps)
        if reading != self.reading:
            self._show(reading)

    def sizeHint(self) -> QSize:
        """Lamp and the widest text."""
        small = text_width(
            sized_font(self, 0.86), f"{MINUS}188.8 dBFS", "nothing differs", _PLAY, _GAPS
        )
        big = text_width(sized_font(self, 1.0, bold=True), "the change", "bit-exact", _UNMOVED)
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
        unknown = math.isnan(level_db) or math.isnan(self._level_db)
        held = level_db < self._level_db and now - self._level_at <= _HOLD_S
        if changed or unknown or not held:
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
        if self.reading.title == _NO_SONG or self.reading.colour == "dim_text":
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
        plain = {"line": theme.dim_text, "dim_text": theme.text}
        ink = plain.get(self.reading.colour) or getattr(theme, self.reading.colour)
        align = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        title = sized_font(self, 1.0, bold=True)
        if not self.reading.detail:
            rect.moveTop(self.height() / 2.0 - line / 2.0)
        draw_text(painter, rect, self.reading.title, title, ink, align)
        rect.translate(0.0, line)
        draw_text(painter, rect, self.reading.detail, sized_font(self, 0.86), theme.text, align)
