"""What is painted over the overview's waveform; pixels are counted from its left edge."""

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter

from remixer.app.spectra_peaks import Outline
from remixer.app.theme import current_theme
from remixer.app.widgets.lane import hatching
from remixer.app.widgets.ruler import flag_playhead

STRIP = 12
"""Height of the strip above the waveform in which the visible stretch is a bar."""

Ends = tuple[int, int]
"""Where something begins and ends, in pixels."""


def paint_unread(painter: QPainter, rect: QRect, outline: Outline) -> None:
    """A line where the waveform is not known yet."""
    left = round(outline.known / outline.values.shape[1] * rect.width())
    line = QColor(current_theme().line)
    painter.fillRect(left, rect.center().y(), rect.width() - left, 1, line)


def paint_undone(painter: QPainter, rect: QRect, ends: Ends) -> None:
    """What is not separated is veiled and hatched."""
    theme = current_theme()
    box = QRect(ends[0], rect.top(), ends[1] - ends[0], rect.height())
    painter.fillRect(box, theme.faded(theme.sunken, 0.6))
    painter.setOpacity(0.55)
    painter.fillRect(box, QBrush(hatching("", theme.dim_text)))
    painter.setOpacity(1.0)


def paint_loop(painter: QPainter, rect: QRect, ends: Ends) -> None:
    """A tint between two bars with handles."""
    theme = current_theme()
    accent, (left, right) = QColor(theme.accent), ends
    box = QRect(left, rect.top(), right - left, rect.height())
    painter.fillRect(box, theme.faded(theme.accent, 0.2))
    for bar, handle in ((left, left), (right - 1, right - 5)):
        painter.fillRect(bar, rect.top(), 1, rect.height(), accent)
        for y in (rect.top(), rect.bottom() - 8):
            painter.fillRect(handle, y, 5, 9, accent)


def paint_visible(painter: QPainter, rect: QRect, ends: Ends, held: bool) -> None:
    """A bar in the strip, and a veil over what the lanes do not show."""
    theme, (left, right) = current_theme(), ends
    veil = theme.faded(theme.window, 0.3)
    painter.fillRect(0, rect.top(), left, rect.height(), veil)
    painter.fillRect(right, rect.top(), rect.width() - right, rect.height(), veil)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.accent if held else theme.line))
    painter.drawRoundedRect(QRectF(left + 0.5, 3, max(right - left - 1, 6), STRIP - 6), 3, 3)
    painter.restore()


def paint_playhead(painter: QPainter, rect: QRect, x: int) -> None:
    """A line, set off from the waveform, under a flag."""
    theme = current_theme()
    painter.fillRect(x - 1, rect.top(), 3, rect.height(), theme.faded(theme.sunken, 0.6))
    painter.fillRect(x, rect.top(), 1, rect.height(), QColor(theme.text))
    flag_playhead(painter, x, rect.top() + 4)
