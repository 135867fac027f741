"""Where the playhead is: large, in minutes or in samples."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from remixer.app.theme import current_theme
from remixer.app.widgets.buttons import PaintedButton
from remixer.app.widgets.painting import (
    draw_focus,
    draw_text,
    fill_box,
    painting,
    sized_font,
    text_width,
)

_TIP = "Position and length of the song\nClick: minutes or samples"
_THIN_SPACE = "\u2009"


def show_time(samples: int, rate: int) -> str:
    """Samples as "m:ss.mmm", with hours if there are any; what is begun counts, nothing is rounded
    up.
    """
    milliseconds = samples * 1000 // rate if rate > 0 else 0
    seconds, rest = divmod(milliseconds, 1000)
    minutes, second = divmod(seconds, 60)
    if minutes < 60:
        return f"{minutes}:{second:02}.{rest:03}"
    return f"{minutes // 60}:{minutes % 60:02}:{second:02}.{rest:03}"


def show_samples(samples: int) -> str:
    """Samples with thin spaces between thousands."""
    return f"{samples:,}".replace(",", _THIN_SPACE)


class TimeDisplay(PaintedButton):
    """The position over the length; a click changes between minutes and samples."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", "accent", parent)
        self.setCheckable(False)
        self._position, self._length, self._rate = 0, 0, 0
        self._in_samples = self._waiting = False
        self._shown: tuple[str, str] = ("", "")
        self.setAccessibleName("Position")
        self.setToolTip(_TIP)
        self.clicked.connect(self._change_unit)
        self._refresh()

    @property
    def shown(self) -> tuple[str, str]:
        """Position and length as texts."""
        return self._shown

    def set_time(self, position: int, length: int, rate: int, *, waiting: bool = False) -> None:
        """In samples. waiting: samples are not there yet, playing goes on when they are."""
        self._position, self._length, self._rate = position, length, rate
        self._waiting = waiting
        self._refresh()

    def sizeHint(self) -> QSize:
        """Room for ten hours, or as many samples at 44.1 kHz as are in one."""
        big, small = self._fonts()
        width = text_width(big, "0:00:00.000", show_samples(158_760_000))
        line = self.fontMetrics().height()
        return QSize(max(width, text_width(small, "/ 0:00:00.000")) + 24, round(line * 2.7) + 4)

    def minimumSizeHint(self) -> QSize:
        """The same."""
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The position, and beneath it the length or that it waits."""
        theme, rect = current_theme(), QRectF(self.rect())
        border = theme.dim_text if self.underMouse() else theme.line
        with painting(self) as painter:
            fill_box(painter, rect, theme.sunken, border, 4.0)
            if not self.isEnabled():
                painter.setOpacity(0.45)
            self._paint_texts(painter, rect)
            painter.setOpacity(1.0)
            draw_focus(painter, self)

    def _paint_texts(self, painter: QPainter, rect: QRectF) -> None:
        theme = current_theme()
        big, small = self._fonts()
        line = self.fontMetrics().height()
        align = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        upper = QRectF(6.0, 3.0, rect.width() - 18.0, line * 1.65)
        draw_text(painter, upper, self._shown[0], big, theme.text, align)
        lower = QRectF(6.0, upper.bottom() - 1.0, rect.width() - 18.0, line)
        ink = theme.warn if self._waiting else theme.dim_text
        draw_text(painter, lower, self._shown[1], small, ink, align)

    def _fonts(self) -> tuple[QFont, QFont]:
        return sized_font(self, 1.55, bold=True), sized_font(self, 0.9)

    def _change_unit(self) -> None:
        self._in_samples = not self._in_samples
        self._refresh()

    def _refresh(self) -> None:
        if self._in_samples:
            texts = show_samples(self._position), f"/ {show_samples(self._length)} samples"
        else:
            rate = self._rate
            texts = show_time(self._position, rate), f"/ {show_time(self._length, rate)}"
        shown = (texts[0], "waiting for sound…" if self._waiting else texts[1])
        if shown != self._shown:
            self._shown = shown
            self.setAccessibleDescription(" ".join(shown) + ". Enter changes the unit")
            self.update()
