"""What widgets that paint themselves have in common: fonts, text and the ring of focus."""

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QWidget

from remixer.app.theme import current_theme

_TABULAR = QFont.Tag("tnum")


def sized_font(widget: QWidget, factor: float = 1.0, *, bold: bool = False) -> QFont:
    """The widget's font, larger or smaller, with digits of one width."""
    font = QFont(widget.font())
    font.setPointSizeF(max(1.0, font.pointSizeF() * factor))
    font.setBold(bold)
    font.setFeature(_TABULAR, 1)
    return font


def text_width(font: QFont, *texts: str) -> int:
    """Pixels that the widest of some texts takes."""
    metrics = QFontMetricsF(font)
    return max(int(metrics.horizontalAdvance(text)) + 1 for text in texts)


@contextmanager
def painting(widget: QWidget) -> Iterator[QPainter]:
    """A smooth painter on a widget, ended even if painting fails."""
    painter = QPainter(widget)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    try:
        yield painter
    finally:
        painter.end()


def fill_box(
    painter: QPainter,
    rect: QRectF,
    fill: QColor | str,
    border: QColor | str | None = None,
    radius: float = 3.0,
) -> None:
    """A rounded box with a border of one pixel inside its edge."""
    painter.setBrush(QColor(fill))
    painter.setPen(Qt.PenStyle.NoPen if border is None else QPen(QColor(border), 1.0))
    inset = 0.0 if border is None else 0.5
    painter.drawRoundedRect(rect.adjusted(inset, inset, -inset, -inset), radius, radius)


def draw_focus(painter: QPainter, widget: QWidget, radius: float = 4.0) -> None:
    """The ring around a widget that has the keyboard."""
    if widget.hasFocus():
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(current_theme().accent), 1.5))
        rect = QRectF(widget.rect()).adjusted(0.75, 0.75, -0.75, -0.75)
        painter.drawRoundedRect(rect, radius, radius)


def draw_text(
    painter: QPainter,
    rect: QRectF,
    text: str,
    font: QFont,
    colour: QColor | str,
    align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignCenter,
) -> None:
    """One line of text, with an ellipsis where it does not fit."""
    painter.setFont(font)
    painter.setPen(QColor(colour))
    mode = Qt.TextElideMode.ElideRight
    elided = QFontMetricsF(font).elidedText(text, mode, rect.width() + 1.0)
    painter.drawText(rect, align, elided)
