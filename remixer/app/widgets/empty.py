"""What a newcomer sees: what this program is for, and the ways to begin."""

import math
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QLinearGradient, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QHBoxLayout,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from remixer.app.demo import SONG, shown_name
from remixer.app.theme import current_theme, theme_notifier
from remixer.app.widgets.basics import button, heading, label, one_line
from remixer.dsp.signal import STEMS

SENTENCE = "Open a finished recording,\nmove its vocals, bass, drums and other."
PROMISE = "With every fader at 0 dB you hear and export the original, bit for bit."
FORMATS = "WAV, AIFF, FLAC, W64, MP3, M4A, Ogg and Opus, mono or stereo, 8 to 192 kHz"
WIDTH = 600
SHOWN = 5
"""Recent files that are listed; the menu has them all."""


class EmptyState(QWidget):
    """The window without a song. Files are dropped on the window; `set_dropping` shows where."""

    open_clicked = Signal()
    demo_clicked = Signal()
    recent_clicked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._dropping = False
        self._open = button("Open a recording…", primary=True)
        self._demo = button("Open the demo song")
        self._recent = QVBoxLayout()
        self._recent_title = label("Recent", dim=True)
        self._recent_title.setIndent(RecentRow.INSET)
        self._column = QWidget()
        self._build()
        self.set_recent(())
        theme_notifier.changed.connect(self.update)

    def _build(self) -> None:
        self._open.clicked.connect(self.open_clicked)
        self._demo.clicked.connect(self.demo_clicked)
        self._open.setDefault(True)
        self._column.setMaximumWidth(WIDTH)
        self._column.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        column = QVBoxLayout(self._column)
        column.setContentsMargins(28, 24, 28, 24)
        column.setSpacing(0)
        column.addWidget(Fan())
        column.addSpacing(18)
        for line in (heading(SENTENCE, 1.3), label(PROMISE, dim=True)):
            line.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            line.setWordWrap(True)
            column.addWidget(line)
            column.addSpacing(8)
        column.addSpacing(16)
        column.addLayout(self._buttons())
        column.addSpacing(24)
        column.addWidget(self._recent_title)
        column.addSpacing(4)
        self._recent.setSpacing(0)
        column.addLayout(self._recent)
        column.addSpacing(20)
        for line in (label("or drop a file here"), label(FORMATS, dim=True)):
            line.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            line.setWordWrap(True)
            column.addWidget(line)
            column.addSpacing(4)
        self._centre()

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addStretch()
        for widget in (self._open, self._demo):
            widget.setMinimumSize(170, 34)
            row.addWidget(widget)
        row.addStretch()
        return row

    def _centre(self) -> None:
        across = QHBoxLayout()
        across.addStretch(1)
        across.addWidget(self._column, 8)
        across.addStretch(1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(24, 24, 24, 24)
        outer.addStretch(2)
        outer.addLayout(across)
        outer.addStretch(3)

    def set_recent(self, paths: Sequence[Path]) -> None:
        """The files opened last, the newest first. Those that are gone cannot be chosen."""
        while (item := self._recent.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        for path in paths[:SHOWN]:
            row = RecentRow(path)
            row.clicked.connect(lambda _=False, path=path: self.recent_clicked.emit(str(path)))
            self._recent.addWidget(row)
        self._recent_title.setVisible(bool(paths))

    def set_dropping(self, on: bool) -> None:
        """Whether a file that could be opened is held over the window."""
        self._dropping = on
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """A place to drop a file on."""
        theme, painter = current_theme(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(theme.window))
        area = QRectF(self._column.geometry()).adjusted(0.5, 0.5, -0.5, -0.5)
        colour = theme.accent if self._dropping else theme.line
        painter.setPen(QPen(QColor(colour), 1.5 if self._dropping else 1, Qt.PenStyle.DashLine))
        ground = theme.faded(theme.accent, 0.08) if self._dropping else QColor(theme.panel)
        painter.setBrush(ground)
        painter.drawRoundedRect(area, 10, 10)


class Fan(QWidget):
    """One recording that becomes four stems, as lines."""

    HEIGHT = 96

    def __init__(self) -> None:
        super().__init__()
        self.setMinimumHeight(40)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        theme_notifier.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """Lower where the window is."""
        return QSize(WIDTH, self.HEIGHT)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The stems' lines, one in the other at the left, apart at the right."""
        theme, painter = current_theme(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for index, stem in enumerate(STEMS):
            painter.setPen(QPen(self._fading(theme.stem(stem)), 2))
            painter.drawPath(self._line(index, len(STEMS)))

    def _fading(self, colour: QColor) -> QLinearGradient:
        """From the recording's plain colour, where the lines are one, to a stem's."""
        gradient = QLinearGradient(0, 0, self.width(), 0)
        gradient.setColorAt(0.4, QColor(current_theme().text))
        gradient.setColorAt(0.6, colour)
        return gradient

    def _line(self, index: int, count: int) -> QPainterPath:
        width, middle = self.width(), self.height() / 2
        apart = (index - (count - 1) / 2) * (self.height() - 16) / count
        path = QPainterPath()
        for step in range(0, width + 1, 2):
            share = step / max(width, 1)
            fan = _ease((share - 0.35) / 0.45)
            swing = _swing(share, index, fan) * self.height() / self.HEIGHT
            point = QPointF(step, middle + apart * fan + swing)
            path.lineTo(point) if step else path.moveTo(point)
        return path


def _ease(share: float) -> float:
    """From 0 to 1, level at both ends."""
    share = min(max(share, 0.0), 1.0)
    return share * share * (3 - 2 * share)


def _swing(share: float, index: int, fan: float) -> float:
    """What a line does about its place: all together first, each its own way when they are apart;
    quiet at both ends.
    """
    together = 26 * math.sin(34 * share) * math.sin(9 * share + 0.6)
    own = 8 * math.sin((22 + 17 * index) * share + index)
    return (together * (1 - fan) + own * fan) * math.sqrt(max(math.sin(math.pi * share), 0.0))


class RecentRow(QAbstractButton):
    """A file's name, its folder dimmed; disabled when it is gone."""

    INSET = 8

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._name = one_line(shown_name(path))
        self._folder = "" if path == SONG else one_line(_short(path.parent))
        there = _exists(path)
        self.setEnabled(there)
        place = "Comes with Remixer" if path == SONG else one_line(str(path))
        self.setToolTip(place if there else f"{one_line(str(path))} is not there")
        self.setAccessibleName(f"Open {self._name}" if there else f"{self._name}, missing")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        if there:
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def sizeHint(self) -> QSize:
        """A line with air about it."""
        return QSize(200, self.fontMetrics().height() + 10)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Name and folder on a line, lit under the mouse, outlined with the focus."""
        theme, painter = current_theme(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        if self.isEnabled() and (self.underMouse() or self.hasFocus()):
            focus = QPen(QColor(theme.accent)) if self.hasFocus() else Qt.PenStyle.NoPen
            painter.setPen(focus)
            painter.setBrush(QColor(theme.raised))
            painter.drawRoundedRect(area, 4, 4)
        self._write(painter)

    def _write(self, painter: QPainter) -> None:
        theme, metrics = current_theme(), self.fontMetrics()
        room = self.rect().adjusted(self.INSET, 0, -self.INSET, 0)
        middle, right = Qt.AlignmentFlag.AlignVCenter, Qt.AlignmentFlag.AlignRight
        name = metrics.elidedText(self._name, Qt.TextElideMode.ElideMiddle, room.width() * 2 // 3)
        faint = theme.faded(theme.dim_text, 0.6)
        painter.setPen(QColor(theme.text) if self.isEnabled() else faint)
        painter.drawText(room, middle, name)
        rest = room.adjusted(metrics.horizontalAdvance(name) + 16, 0, 0, 0)
        painter.setPen(QColor(theme.dim_text) if self.isEnabled() else faint)
        note = self._folder if self.isEnabled() else "missing"
        if not self.isEnabled():
            painter.setFont(_italic(self.font()))
        painter.drawText(
            rest,
            middle | right,
            metrics.elidedText(note, Qt.TextElideMode.ElideMiddle, rest.width()),
        )


def _italic(font: QFont) -> QFont:
    font = QFont(font)
    font.setItalic(True)
    return font


def _exists(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a folder that may not be looked into
        return False


def _short(folder: Path) -> str:
    """A folder with the user's home as ~."""
    try:
        return str(Path("~") / folder.relative_to(Path.home()))
    except (ValueError, RuntimeError):
        return str(folder)
