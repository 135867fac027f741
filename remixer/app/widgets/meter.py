"""Peak meters: how a peak rises, holds and falls, and the bars that show it."""

import math
import time
from bisect import bisect_left
from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from remixer.app.theme import current_theme
from remixer.app.widgets.decibels import show_level
from remixer.app.widgets.painting import (
    draw_focus,
    draw_text,
    fill_box,
    painting,
    sized_font,
    text_width,
)
from remixer.dsp.gain import gain_to_db

FLOOR_DB = -60.0
TOP_DB = 6.0
HOLD_S = 1.5
RELEASE_DB_PER_S = 20.0

Clock = Callable[[], float]

_LOW = ((FLOOR_DB, 0.0), (-48.0, 0.10), (-36.0, 0.22), (-24.0, 0.39), (-12.0, 0.63))
_SCALE = (*_LOW, (-6.0, 0.77), (0.0, 0.91), (TOP_DB, 1.0))


def meter_position(level_db: float) -> float:
    """Where a level lies on the scale, 0 (-60 dBFS and below) to 1 (+6 dBFS and above)."""
    if level_db <= FLOOR_DB:
        return 0.0
    if level_db >= TOP_DB:
        return 1.0
    index = bisect_left([point[0] for point in _SCALE], level_db)
    (low_db, low), (high_db, high) = _SCALE[index - 1], _SCALE[index]
    return low + (level_db - low_db) * (high - low) / (high_db - low_db)


class Ballistics:
    """One channel's peak in dBFS: up at once, held for 1.5 s as a mark, falling by 20 dB a second.

    level_db, held_db: what is shown; -inf in silence. clipped: above full scale since `clear`.
    """

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forgets everything."""
        self.level_db = self.held_db = self.highest_db = -math.inf
        self._now = self._held_at = 0.0

    @property
    def clipped(self) -> bool:
        """Whether full scale was passed."""
        return self.highest_db > 0.0

    def feed(self, peak: float, now: float) -> None:
        """A linear peak since the last one, at a time in seconds that only grows."""
        peak_db = gain_to_db(peak)
        fall = RELEASE_DB_PER_S * max(0.0, now - self._now)
        self._now = now
        self.highest_db = max(self.highest_db, peak_db)
        self.level_db = max(peak_db, _fallen(self.level_db, fall))
        if now - self._held_at > HOLD_S:
            self.held_db = _fallen(self.held_db, fall)
        if self.level_db >= self.held_db:
            self.held_db, self._held_at = self.level_db, now


def _fallen(level_db: float, fall_db: float) -> float:
    return level_db - fall_db if level_db - fall_db > FLOOR_DB else -math.inf


class Meter(QWidget):
    """Bars for one or two channels with marks held, a scale, and a clip lamp above.

    The lamp stays lit until it is clicked, or Enter pressed on it; `cleared` tells.
    """

    cleared = Signal()
    LABELS = (0, -6, -12, -24, -36, -48)

    def __init__(
        self,
        name: str,
        colour: str,
        *,
        labelled: bool = False,
        clock: Clock = time.monotonic,
        parent: QWidget | None = None,
    ) -> None:
        """name: for people, like "Vocals". colour: a name in `Theme.stems`. labelled: with room
        for the scale's numbers at any size; else they show where there is room.
        """
        super().__init__(parent)
        self._name, self._colour, self._clock = name, colour, clock
        self._labelled = labelled
        self._channels = [Ballistics(), Ballistics()]
        self._shown: tuple[object, ...] = ()
        self.setAccessibleName(f"{name} level meter")
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Expanding)
        self._describe()

    @property
    def channels(self) -> tuple[Ballistics, ...]:
        """What is shown, one for each channel."""
        return tuple(self._channels)

    @property
    def clipped(self) -> bool:
        """Whether the lamp is lit."""
        return any(channel.clipped for channel in self._channels)

    def set_peaks(self, peaks: Sequence[float]) -> None:
        """Linear peaks since the last call, one for each channel."""
        if len(peaks) != len(self._channels):
            self._channels = [Ballistics() for _ in peaks]
        was_clipped, now = self.clipped, self._clock()
        for channel, peak in zip(self._channels, peaks, strict=True):
            channel.feed(peak, now)
        if self.clipped != was_clipped:
            self._describe()
        self._repaint_if_seen()

    def clear(self) -> None:
        """Puts the lamp out and forgets the peaks."""
        for channel in self._channels:
            channel.clear()
        self._describe()
        self._repaint_if_seen()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click clears."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._user_clears()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """So does Enter."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._user_clears()
        else:
            event.ignore()

    def event(self, event: QEvent) -> bool:
        """Its tip tells the levels as they are."""
        if event.type() == QEvent.Type.ToolTip:
            self._describe()
        return super().event(event)

    def sizeHint(self) -> QSize:
        """Bars and scale."""
        return QSize(round(26 * self._em()) + self._scale_width(), 200)

    def minimumSizeHint(self) -> QSize:
        """Short and narrow."""
        scale = self._scale_width() if self._labelled else 4
        return QSize(round(16 * self._em()) + scale, 80)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Lamp, bars, scale and focus."""
        with painting(self) as painter:
            if not self.isEnabled():
                painter.setOpacity(0.45)
            theme = current_theme()
            lit = self.clipped
            fill_box(painter, self._lamp(), theme.bad if lit else theme.sunken, theme.line, 2.0)
            bars = self._bars()
            painter.fillRect(bars.adjusted(-1.0, -1.0, 1.0, 1.0), QColor(theme.line))
            painter.fillRect(bars, QColor(theme.sunken))
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            for index, channel in enumerate(self._channels):
                self._paint_channel(painter, self._bar(index), channel)
            self._paint_scale(painter)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            draw_focus(painter, self, 2.0)

    def _user_clears(self) -> None:
        self.clear()
        self.cleared.emit()

    def _describe(self) -> None:
        """Only a lamp that is lit can be put out, so only then the keyboard stops here."""
        highest = max((channel.highest_db for channel in self._channels), default=-math.inf)
        held = max((channel.held_db for channel in self._channels), default=-math.inf)
        tip = f"{self._name}: peak level in dBFS, held for {HOLD_S:g} s"
        if highest > -math.inf:
            tip += f"\nNow {show_level(held)}, at most {show_level(highest)} since it was cleared"
        if self.clipped:
            tip += f"\nClipped: above full scale, up to +{show_level(highest)} dBFS"
            tip += "\nClick, or Enter: clear"
        policy = Qt.FocusPolicy.TabFocus if self.clipped else Qt.FocusPolicy.NoFocus
        self.setFocusPolicy(policy)
        self.setToolTip(tip)
        self.setAccessibleDescription(tip)

    def _repaint_if_seen(self) -> None:
        """At 30 Hz it pays to paint only what has moved by a pixel."""
        height = self._bars().height() * self.devicePixelRatioF()
        shown = tuple(
            (round(meter_position(c.level_db) * height), round(meter_position(c.held_db) * height))
            for c in self._channels
        )
        if (*shown, self.clipped) != self._shown:
            self._shown = (*shown, self.clipped)
            self.update()

    # Geometry

    def _em(self) -> float:
        return self.fontMetrics().height() / 14.0

    def _bars_width(self) -> int:
        least, most = round(16 * self._em()), round(26 * self._em())
        room = self.width() - (self._scale_width() if self._has_labels() else 4)
        return max(least, min(most, room))

    def _has_labels(self) -> bool:
        return self.width() >= round(16 * self._em()) + self._scale_width()

    def _scale_width(self) -> int:
        return text_width(sized_font(self, 0.78), "48") + round(7 * self._em())

    def _lamp(self) -> QRectF:
        return QRectF(0.0, 0.0, self._bars_width(), round(7 * self._em()))

    def _bars(self) -> QRectF:
        top = self._lamp().bottom() + 3.0
        return QRectF(1.0, top, self._bars_width() - 2.0, max(1.0, self.height() - top - 1.0))

    def _bar(self, index: int) -> QRectF:
        bars, count = self._bars(), len(self._channels)
        width = (bars.width() - (count - 1)) / count
        return QRectF(bars.left() + index * (width + 1.0), bars.top(), width, bars.height())

    # Paint

    def _paint_channel(self, painter: QPainter, bar: QRectF, channel: Ballistics) -> None:
        theme = current_theme()
        zero = meter_position(0.0)
        level, held = meter_position(channel.level_db), meter_position(channel.held_db)
        self._paint_span(painter, bar, 0.0, min(level, zero), theme.stem(self._colour))
        self._paint_span(painter, bar, zero, level, QColor(theme.bad))
        if held > 0.0:
            mark = QColor(theme.bad if channel.held_db > 0.0 else theme.text)
            y = bar.bottom() - held * bar.height()
            painter.fillRect(QRectF(bar.left(), y, bar.width(), 1.5), mark)

    def _paint_span(
        self, painter: QPainter, bar: QRectF, low: float, high: float, colour: QColor
    ) -> None:
        if high > low:
            top = bar.bottom() - high * bar.height()
            span = QRectF(bar.left(), top, bar.width(), (high - low) * bar.height())
            painter.fillRect(span, colour)

    def _paint_scale(self, painter: QPainter) -> None:
        theme, bars = current_theme(), self._bars()
        font, height = sized_font(self, 0.78), self.fontMetrics().height()
        left = bars.right() + 2.0
        last = -math.inf
        for level_db in self.LABELS:
            y = round(bars.bottom() - meter_position(level_db) * bars.height())
            if y - last < height * 0.8:
                continue
            last = y
            colour = theme.text if level_db == 0 else theme.dim_text
            mark = QPointF(bars.left(), y), QPointF(bars.right(), y)
            painter.setPen(QPen(theme.faded(theme.panel, 0.55), 1.0))
            painter.drawLine(*mark)
            if not self._has_labels():
                continue
            painter.setPen(QPen(QColor(theme.dim_text), 1.0))
            painter.drawLine(QPointF(left, y), QPointF(left + 2.0, y))
            rect = QRectF(left + 4.0, y - height / 2.0, self.width() - left - 3.0, height)
            align = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
            text = str(abs(level_db))
            draw_text(painter, rect, text, font, colour, align)
