"""The pan slider: a balance with a detent in the middle."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from remixer.app.theme import current_theme
from remixer.app.widgets.control import DragControl
from remixer.app.widgets.painting import draw_focus, draw_text, fill_box, painting, sized_font

_HELP = (
    "drag, or turn the wheel\nShift: finer   Left/Right, Page Up/Page Down\n"
    "Double-click or Delete: centre"
)
_MONO = "there is no left and right in a mono recording"


def show_pan(pan: float) -> str:
    """A balance as text: "C", "L 30", "R 100"."""
    if pan == 0.0:
        return "C"
    return f"{'L' if pan < 0.0 else 'R'} {abs(pan) * 100.0:.3g}"


class PanSlider(DragControl):
    """A balance from -1 (left) to 1 (right); cannot be moved for a mono song, and says so."""

    step = 0.01
    fine_step = 0.001
    coarse_step = 0.1

    def __init__(self, name: str, colour: str, parent: QWidget | None = None) -> None:
        """name: for people, like "Vocals". colour: a name in `Theme.stems`."""
        super().__init__(parent)
        self._name, self._colour = name, colour
        self.setOrientation(Qt.Orientation.Horizontal)
        self.setRange(-100, 100)
        self.setAccessibleName(f"{name} pan")
        self.set_stereo(True)

    def set_stereo(self, stereo: bool) -> None:
        """Mono has nothing to pan."""
        self.setEnabled(stereo)
        self.setToolTip(f"{self._name} pan: {_HELP if stereo else _MONO}")
        self.setAccessibleDescription(
            "Balance. Left and Right by 1 %, Delete centres" if stereo else f"Off: {_MONO}"
        )

    def to_position(self, value: float) -> float:
        """Left is 0."""
        return (value + 1.0) / 2.0

    def to_value(self, position: float) -> float:
        """0 is left."""
        return 2.0 * position - 1.0

    def limited(self, value: float) -> float:
        """Within the two sides."""
        return min(1.0, max(-1.0, value))

    def travel(self) -> float:
        """The width inside the border."""
        return max(1.0, self.width() - 4.0)

    def along(self, point: QPointF) -> float:
        """To the right."""
        return point.x()

    def shown(self, value: float) -> str:
        """See `show_pan`."""
        return show_pan(value)

    def sizeHint(self) -> QSize:
        """One line."""
        return QSize(64, self.fontMetrics().height() + 6)

    def minimumSizeHint(self) -> QSize:
        """One line."""
        return QSize(40, self.fontMetrics().height() + 6)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """A bar from the middle, the value as text, and focus."""
        theme = current_theme()
        with painting(self) as painter:
            if not self.isEnabled():
                painter.setOpacity(0.45)
            fill_box(painter, QRectF(self.rect()), theme.sunken, theme.line)
            self._paint_bar(painter)
            font = sized_font(self, 0.86)
            rect = QRectF(self.rect()).adjusted(0.0, -1.0, 0.0, -3.0)
            draw_text(painter, rect, self.shown(self.current), font, theme.text)
            painter.setOpacity(1.0)
            draw_focus(painter, self)

    def _paint_bar(self, painter: QPainter) -> None:
        """From the middle to the value, and a mark at the value, beside the text's line."""
        theme = current_theme()
        middle, height = self.width() / 2.0, float(self.height())
        here = 2.0 + self.to_position(self.current) * self.travel()
        colour = theme.stem(self._colour)
        bar = QRectF(min(middle, here), height - 4.0, abs(here - middle), 3.0)
        painter.fillRect(bar, colour)
        painter.fillRect(QRectF(middle - 0.5, height - 4.0, 1.0, 3.0), QColor(theme.dim_text))
        painter.fillRect(QRectF(here - 1.5, height - 6.0, 3.0, 5.0), colour)
