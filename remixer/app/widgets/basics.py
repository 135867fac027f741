"""Small parts that panels and dialogs share, in colours that follow the theme by themselves."""

import math
import unicodedata

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPalette, QPixmap
from PySide6.QtWidgets import QLabel, QProgressBar, QPushButton, QSizePolicy, QWidget

from remixer.app.icons import icon

_UNSHOWN = ("Cc", "Cs", "Zl", "Zp")
"""Unicode's control characters, lone surrogates (undecodable names), line ends."""

_PRIMARY = """
QPushButton { color: palette(highlighted-text); background: palette(highlight);
    border: 1px solid palette(highlight); padding: 6px 16px; font-weight: 600; }
QPushButton:hover { border-color: palette(text); }
QPushButton:focus { border: 2px solid palette(text); padding: 5px 15px; }
QPushButton:pressed { background: palette(mid); }
QPushButton:disabled { color: palette(placeholder-text); background: palette(button);
    border-color: palette(mid); }
"""
_SLIM = """
QProgressBar { border: none; border-radius: 3px; background: palette(mid); }
QProgressBar::chunk { border-radius: 3px; background: palette(highlight); }
"""


def one_line(text: str) -> str:
    """A name as it is, on one line: control characters written out."""
    return "".join(_shown(character) for character in text)


def _shown(character: str) -> str:
    if unicodedata.category(character) in _UNSHOWN:
        return character.encode("unicode_escape").decode()
    return character


def clock(seconds: float) -> str:
    """Seconds as m:ss or h:mm:ss, rounded up: what is left is never 0:00."""
    minutes, rest = divmod(math.ceil(max(seconds, 0.0)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def time_left(seconds: float | None) -> str:
    """ "about 0:12 left"; nothing while nobody knows."""
    if seconds is None or not math.isfinite(seconds):
        return ""
    return f"about {clock(seconds)} left"


def scaled(font: QFont, factor: float, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """A font in another size and weight, whichever unit it is given in."""
    font = QFont(font)
    if font.pointSizeF() > 0:
        font.setPointSizeF(font.pointSizeF() * factor)
    else:
        font.setPixelSize(round(font.pixelSize() * factor))
    font.setWeight(weight)
    return font


def label(text: str = "", *, dim: bool = False, wrap: bool = False) -> QLabel:
    """A line, or a paragraph, of plain text."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(wrap)
    if dim:
        made.setForegroundRole(QPalette.ColorRole.PlaceholderText)
    return made


def heading(text: str, factor: float = 1.0) -> QLabel:
    """A title in bold."""
    made = label(text)
    made.setFont(scaled(made.font(), factor, QFont.Weight.DemiBold))
    return made


def button(text: str, *, primary: bool = False, name: str = "") -> QPushButton:
    """A push button; the primary one of a panel is filled. name: for screen readers."""
    made = QPushButton(text)
    made.setAccessibleName(name or text.replace("&", ""))
    made.setAutoDefault(False)
    if primary:
        made.setStyleSheet(_PRIMARY)
    return made


class SlimProgress(QProgressBar):
    """A progress bar of six pixels without text. name: for screen readers."""

    STEPS = 1000

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setTextVisible(False)
        self.setFixedHeight(6)
        self.setStyleSheet(_SLIM)
        self.set_share(0.0)

    def set_share(self, share: float | None) -> None:
        """0 to 1; None while nobody knows."""
        self.setRange(0, 0 if share is None else self.STEPS)
        if share is not None:
            self.setValue(round(min(max(share, 0.0), 1.0) * self.STEPS))


class ElidedLabel(QLabel):
    """One line of plain text that gives way: cut in the middle or at the end where room is short,
    whole in the tool tip.
    """

    def __init__(
        self,
        text: str = "",
        mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
        *,
        dim: bool = False,
    ) -> None:
        super().__init__()
        self._mode = mode
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        if dim:
            self.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self.setText(text)

    def setText(self, text: str) -> None:
        """A new text, on one line."""
        super().setText(one_line(text))
        self.setToolTip(self.text())

    def minimumSizeHint(self) -> QSize:
        """As narrow as the layout wants."""
        return QSize(0, super().minimumSizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The text as far as there is room."""
        shown = self.fontMetrics().elidedText(self.text(), self._mode, self.width())
        painter = QPainter(self)
        self.style().drawItemText(
            painter,
            self.rect(),
            int(self.alignment() | Qt.AlignmentFlag.AlignVCenter),
            self.palette(),
            self.isEnabled(),
            shown,
            self.foregroundRole(),
        )


def tinted(name: str, colour: str, size: int = 16) -> QPixmap:
    """One of our icons in a colour that means something."""
    pixmap = icon(name).pixmap(QSize(size, size))
    painter = QPainter(pixmap)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
    painter.fillRect(pixmap.rect(), QColor(colour))
    painter.end()
    return pixmap
