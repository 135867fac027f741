"""Where the sound goes, and whether all is well with it."""

from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from remixer.app.icons import paint_icon
from remixer.app.theme import current_theme
from remixer.app.widgets.buttons import PaintedButton
from remixer.app.widgets.painting import draw_focus, draw_text, fill_box, painting, sized_font
from remixer.playback.types import Snapshot, Sound


@dataclass(frozen=True)
class OutputReading:
    """What the button says: two lines, whether they warn, and more in the tooltip."""

    title: str
    detail: str
    warns: bool
    explanation: str


def output_reading(snapshot: Snapshot, rate: int) -> OutputReading:
    """What to say of the sound output of a song at `rate` Hz."""
    if snapshot.sound is Sound.STARTING:
        return OutputReading("Starting sound…", "", False, "The sound output is being opened.")
    if snapshot.sound is Sound.NO_LIBRARY:
        why = "PortAudio is not installed, so nothing can be played. Mixing and exporting work."
        return OutputReading("No sound", "PortAudio is missing", True, why)
    if snapshot.sound is Sound.NO_DEVICE:
        why = "There is no sound output. Connect one: it is found by itself. Mixing and "
        return OutputReading(
            "No output device", "connect one to play", True, why + "exporting work."
        )
    return _ready(snapshot, rate)


def show_rate(rate: int) -> str:
    """Hz as "44.1 kHz"."""
    return f"{rate / 1000:g} kHz"


def _ready(snapshot: Snapshot, rate: int) -> OutputReading:
    latency = f"{snapshot.latency_s * 1000:.0f} ms"
    glitches = f"Late blocks since the song was opened: {snapshot.glitches}."
    if snapshot.converting:
        detail = f"{show_rate(rate)} \u2192 {show_rate(snapshot.device_rate)} · {latency}"
        why = f"The device does not play {show_rate(rate)}: the sound is converted to "
        why += f"{show_rate(snapshot.device_rate)} on its way there. Exports are not touched."
        return OutputReading(snapshot.device, detail, True, f"{why}\n{glitches}")
    detail = f"{show_rate(snapshot.device_rate)} · {latency}"
    why = f"{snapshot.device}: {show_rate(snapshot.device_rate)}, {latency} of latency."
    return OutputReading(snapshot.device, detail, False, f"{why}\n{glitches}")


class OutputButton(PaintedButton):
    """Device, rate and latency; a click opens the preferences."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", "accent", parent)
        self.setCheckable(False)
        self.setAccessibleName("Sound output")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._show(output_reading(Snapshot(), 0))

    def set_snapshot(self, snapshot: Snapshot, rate: int) -> None:
        """What the player says, for a song at `rate` Hz."""
        reading = output_reading(snapshot, rate)
        if reading != self.reading:
            self._show(reading)

    def sizeHint(self) -> QSize:
        """A long name of a device."""
        return QSize(round(13 * self.fontMetrics().height()), self._height())

    def minimumSizeHint(self) -> QSize:
        """Rates, or the beginning of a name."""
        return QSize(round(11 * self.fontMetrics().height()), self._height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """An icon, the device, and beneath it what it does."""
        theme, rect, reading = current_theme(), QRectF(self.rect()), self.reading
        line = self.fontMetrics().height()
        side = round(line * 1.4)
        ink = theme.warn if reading.warns else theme.text
        border = theme.warn if reading.warns else theme.line
        left = side + 14.0
        text = QRectF(left, rect.height() / 2.0 - line, rect.width() - left - 6.0, line)
        align = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        with painting(self) as painter:
            ground = theme.line if self.isDown() else theme.raised
            fill_box(painter, rect, ground, theme.dim_text if self.underMouse() else border, 4.0)
            place = QRectF(8.0, (rect.height() - side) / 2.0, side, side)
            paint_icon(painter, "warning" if reading.warns else "headphones", place, ink)
            if not reading.detail:
                text.translate(0.0, line / 2.0)
            draw_text(painter, text, reading.title, sized_font(self), theme.text, align)
            text.translate(0.0, line)
            small = sized_font(self, 0.86)
            colour = theme.warn if reading.warns else theme.dim_text
            draw_text(painter, text, reading.detail, small, colour, align)
            draw_focus(painter, self)

    def _height(self) -> int:
        return round(self.fontMetrics().height() * 2.2) + 6

    def _show(self, reading: OutputReading) -> None:
        self.reading = reading
        self.setAccessibleDescription(f"{reading.title}, {reading.detail}. {reading.explanation}")
        self.setToolTip(f"{reading.explanation}\nClick: choose the output")
        self.update()
