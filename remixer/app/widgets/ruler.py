"""Scales of time and frequency: where ticks lie and what they are called; the ruler of time."""

import math
from collections.abc import Iterator

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from remixer.app.theme import current_theme, theme_notifier
from remixer.app.widgets.painting import draw_text, painting, sized_font
from remixer.app.widgets.timeline import Timeline, View
from remixer.dsp.spectrogram import LOWEST_HZ

HEIGHT = 20
LABEL_GAP = 84  # pixels between labels, at least

_STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)
_MINOR = {15: 3, 30: 3, 60: 4, 120: 4, 1800: 6, 3600: 6}
_SERIES = {(1, 2, 5): 2.0, (1, 3): 3.0, (1,): 10.0}  # of a decade, and its smallest ratio


def clock(seconds: float, step: float = 0.001) -> str:
    """Seconds as m:ss or h:mm:ss, with the decimals that a step needs."""
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    ticks = round(seconds * 10**decimals)
    whole, part = divmod(ticks, 10**decimals)
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    text = f"{hours}:{minute:02d}:{second:02d}" if hours else f"{minute}:{second:02d}"
    return f"{text}.{part:0{decimals}d}" if decimals else text


def time_step(view: View, width: int) -> float:
    """Seconds between labels."""
    least = view.span_s * LABEL_GAP / max(width, 1)
    return next((step for step in _STEPS if step >= least), math.ceil(least / 3600) * 3600.0)


def time_ticks(view: View, width: int) -> Iterator[tuple[float, bool]]:
    """(seconds, whether it has a label) of all ticks in view."""
    step = time_step(view, width)
    parts = _MINOR.get(int(step), 5)
    tick = step / parts
    for k in range(math.ceil(view.start_s / tick), math.floor(view.stop_s / tick) + 1):
        yield k * tick, k % parts == 0


def hertz(frequency: float) -> str:
    """A frequency for people: "440 Hz", "1.25 kHz"."""
    if frequency < 999.5:
        return f"{frequency:.0f} Hz"
    return f"{frequency / 1000:.3g} kHz" if frequency < 99_950 else f"{frequency / 1000:.0f} kHz"


def frequency_ticks(rate: int, scale: str, height: int, gap: int) -> list[tuple[int, str]]:
    """(Hz, short label) of a frequency axis, labels `gap` pixels apart or more."""
    if scale == "log":
        candidates = _decades(rate, height, gap)
    else:
        least = rate / 2 * gap / max(height, 1)
        step = next((s for s in (500, 1000, 2000, 5000, 10_000, 20_000) if s >= least), 50_000)
        candidates = list(range(step, rate // 2, step))
    places = [(f, frequency_y(f, rate, scale, height)) for f in candidates]
    shown = [f for f, y in places if gap / 2 <= y <= height - gap / 2]
    return [(f, f"{f // 1000}k" if f >= 1000 else str(f)) for f in shown]


def _decades(rate: int, height: int, gap: int) -> list[int]:
    """Frequencies of a series that repeats in every decade, as dense as the gap allows."""
    octave = height / math.log2(rate / 2 / LOWEST_HZ)
    fitting = (series for series, closest in _SERIES.items() if math.log2(closest) * octave >= gap)
    series = next(fitting, None)
    if series is None:
        return [1000]
    decades = [digit * 10**power for power in range(1, 6) for digit in series]
    return [f for f in decades if LOWEST_HZ <= f < rate / 2]


def frequency_y(frequency: float, rate: int, scale: str, height: int) -> float:
    """Pixels from the top, where half the rate lies."""
    if scale == "log":
        part = math.log(max(frequency, 1e-9) / LOWEST_HZ) / math.log(rate / 2 / LOWEST_HZ)
    else:
        part = frequency / (rate / 2)
    return (1 - part) * height


def y_frequency(y: float, rate: int, scale: str, height: int) -> float:
    """The frequency at a pixel, within the axis; the inverse of `frequency_y`."""
    part = min(max(1 - y / max(height, 1), 0.0), 1.0)
    if scale == "log":
        return float(LOWEST_HZ * (rate / 2 / LOWEST_HZ) ** part)
    return part * rate / 2


def paint_time(
    painter: QPainter, widget: QWidget, rect: QRect, view: View, ticks_up: bool = True
) -> None:
    """Ticks and labels of a view, across a rectangle; ticks rise from its lower edge or hang."""
    theme = current_theme()
    step = time_step(view, rect.width())
    font = sized_font(widget, 0.85)
    for seconds, labelled in time_ticks(view, rect.width()):
        x = rect.left() + round((seconds - view.start_s) / view.span_s * rect.width())
        length = 6 if labelled else 3
        top = rect.bottom() + 1 - length if ticks_up else rect.top()
        painter.fillRect(x, top, 1, length, QColor(theme.dim_text if labelled else theme.line))
        if labelled:
            room = QRectF(x + 4, rect.top(), LABEL_GAP - 6, rect.height())
            align = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
            if room.right() <= rect.right() + 1:
                draw_text(painter, room, clock(seconds, step), font, theme.dim_text, align)


class TimeRuler(QWidget):
    """The time axis above the lanes."""

    def __init__(self, timeline: Timeline, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._timeline = timeline
        self.setAccessibleName("Time ruler")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        for signal in (timeline.view_changed, timeline.marks_changed, timeline.playhead_moved):
            signal.connect(self._repaint)
        theme_notifier.changed.connect(self._repaint)

    def _repaint(self) -> None:
        self.update()

    def sizeHint(self) -> QSize:
        """One line of small text."""
        return QSize(200, HEIGHT)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Ticks, the loop's extent and the playhead's flag."""
        theme, timeline = current_theme(), self._timeline
        with painting(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
            painter.fillRect(self.rect(), QColor(theme.panel))
            if not timeline.length:
                return
            if timeline.marked:
                left, right = (round(timeline.x(s, self.width())) for s in timeline.marked)
                painter.fillRect(left, 0, max(right - left, 1), 4, QColor(theme.accent))
            paint_time(painter, self, self.rect(), timeline.view)
            x = timeline.x(timeline.playhead_s, self.width())
            flag_playhead(painter, x, self.height())


def flag_playhead(painter: QPainter, x: float, bottom: int) -> None:
    """The playhead's flag: a small triangle that points at the lanes."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(current_theme().text))
    centre = round(x) + 0.5
    triangle = [(-5.0, bottom - 7.0), (5.0, bottom - 7.0), (0.0, float(bottom))]
    painter.drawPolygon([QPointF(centre + dx, y) for dx, y in triangle])
    painter.restore()
