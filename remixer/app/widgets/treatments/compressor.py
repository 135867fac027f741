"""The compressor: its curve with what it does now, its numbers, its key."""

import math

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QComboBox, QGridLayout, QHBoxLayout, QSizePolicy, QWidget

from remixer.app.theme import current_theme
from remixer.app.widgets.painting import draw_text, fill_box, painting, sized_font
from remixer.app.widgets.treatments.parameter import Parameter, decibels, milliseconds
from remixer.app.widgets.treatments.section import GAP, Section, small_label
from remixer.dsp.dynamics import reduction_db
from remixer.dsp.signal import STEMS
from remixer.mixing.treatments import Compressor

_AS_IT_COMES = Compressor()
_PARAMETERS = (
    Parameter(
        "threshold_db",
        "Threshold",
        -60.0,
        0.0,
        _AS_IT_COMES.threshold_db,
        0.5,
        decibels,
        brief="Thresh",
    ),
    Parameter("ratio", "Ratio", 1.0, 20.0, 2.0, 0.05, lambda v: f"{v:.3g}:1", ratio=True),
    Parameter("attack_ms", "Attack", 0.1, 500.0, 10.0, 0.1, milliseconds, ratio=True),
    Parameter("release_ms", "Release", 5.0, 5000.0, 120.0, 0.1, milliseconds, ratio=True),
    Parameter("knee_db", "Knee", 0.0, 30.0, 6.0, 0.5, lambda v: f"{v:.1f} dB"),
    Parameter("makeup_db", "Makeup", -24.0, 24.0, 0.0, 0.5, decibels),
)
LOWEST_DB = -60.0
METER_DB = 24.0
_FALL_DB = 0.7
"""A tick of the meter."""


class TransferCurve(QWidget):
    """Output over input level, in dB, and where the threshold is."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = Compressor()
        self._colour = "master"
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Compressor curve")
        self.setToolTip(
            "Level that comes out (up) for the level that goes in (to the right), in dB"
        )

    def show_settings(self, settings: Compressor, colour: str) -> None:
        """Shows a curve."""
        self._settings, self._colour = settings, colour
        self.setAccessibleDescription(
            f"{settings.ratio:.3g}:1 above {settings.threshold_db:.1f} dB"
        )
        self.update()

    def sizeHint(self) -> QSize:
        """Square."""
        return QSize(140, 140)

    def minimumSizeHint(self) -> QSize:
        """Square."""
        return QSize(104, 90)

    def _point(self, before: float, after: float) -> QPointF:
        x, y = (1.0 - level / LOWEST_DB for level in (before, after))
        return QPointF(x * self.width(), (1.0 - y) * self.height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Grid, the line of no change, the threshold, the curve."""
        theme, s = current_theme(), self._settings
        with painting(self) as painter:
            fill_box(painter, QRectF(self.rect()), theme.sunken, theme.line)
            painter.setClipRect(self.rect().adjusted(1, 1, -1, -1))
            if not (self.isEnabled() and s.on):
                painter.setOpacity(0.5)
            painter.setPen(QPen(theme.faded(theme.line, 0.5), 1.0))
            for level in (-48.0, -36.0, -24.0, -12.0):
                painter.drawLine(self._point(level, 0.0), self._point(level, LOWEST_DB))
                painter.drawLine(self._point(LOWEST_DB, level), self._point(0.0, level))
            painter.setPen(QPen(QColor(theme.line), 1.0))
            painter.drawLine(self._point(LOWEST_DB, LOWEST_DB), self._point(0.0, 0.0))
            painter.setPen(QPen(theme.stem(self._colour), 1.0, Qt.PenStyle.DashLine))
            painter.drawLine(self._point(s.threshold_db, 0.0), self._point(s.threshold_db, -60.0))
            self._paint_curve(painter)

    def _paint_curve(self, painter: QPainter) -> None:
        s = self._settings
        levels = np.linspace(LOWEST_DB, 0.0, 121)
        after = levels - reduction_db(levels, s.threshold_db, s.ratio, s.knee_db) + s.makeup_db
        path = QPainterPath(self._point(float(levels[0]), float(after[0])))
        for before, level in zip(levels.tolist(), after.tolist(), strict=True):
            path.lineTo(self._point(before, level))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(current_theme().text), 1.8))
        painter.drawPath(path)


class ReductionMeter(QWidget):
    """The gain reduction, from the top down, falling back slowly."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._reduction_db = 0.0
        self._colour = "master"
        self.setFixedWidth(34)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Gain reduction")
        self.setToolTip("Gain reduction in dB, as it plays")

    @property
    def reduction_db(self) -> float:
        """What it shows."""
        return self._reduction_db

    def set_reduction(self, reduction: float, colour: str) -> None:
        """The highest since the last call."""
        shown = max(reduction, self._reduction_db - _FALL_DB, 0.0)
        if shown != self._reduction_db or colour != self._colour:
            self._reduction_db, self._colour = shown, colour
            self.setAccessibleDescription(f"{shown:.1f} dB")
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """A bar that hangs, and its number."""
        theme = current_theme()
        font = sized_font(self, 0.78)
        line = self.fontMetrics().height()
        well = QRectF(0.0, 0.0, self.width(), self.height() - line)
        share = math.sqrt(min(self._reduction_db / METER_DB, 1.0))
        with painting(self) as painter:
            fill_box(painter, well, theme.sunken, theme.line)
            bar = QRectF(3.0, 2.0, 9.0, share * (well.height() - 4.0))
            painter.fillRect(bar, QColor(theme.warn))
            for mark in (1.0, 3.0, 6.0, 12.0):
                y = 2.0 + math.sqrt(mark / METER_DB) * (well.height() - 4.0)
                painter.fillRect(QRectF(13.0, y, 4.0, 1.0), QColor(theme.dim_text))
                room = QRectF(17.0, y - 7.0, 16.0, 14.0)
                draw_text(painter, room, f"{mark:.0f}", font, theme.dim_text)
            text = f"−{self._reduction_db:.1f}" if self._reduction_db >= 0.05 else "0"
            room = QRectF(0.0, self.height() - line, self.width(), line)
            draw_text(painter, room, text, font, theme.text)


class CompressorSection(Section):
    """Curve, meter, key, numbers."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Compressor", Compressor(), parent)
        self.curve, self.meter = TransferCurve(), ReductionMeter()
        self.key = QComboBox()
        self.key.setAccessibleName("Compressor key")
        self.key.setToolTip("Whose level steers the gain: a stem as it was separated, or itself")
        self.key.addItem("itself", None)
        for stem in STEMS:
            self.key.addItem(stem.capitalize(), stem)
        self.key.activated.connect(self._key_chosen)
        numbers = QGridLayout()
        numbers.setSpacing(GAP)
        for index, slider in enumerate(self.add(_PARAMETERS)):
            numbers.addWidget(slider, index // 2, index % 2)
        keyed = QHBoxLayout()
        keyed.addWidget(small_label("Key"))
        keyed.addWidget(self.key, 1)
        numbers.addLayout(keyed, 3, 0, 1, 2)
        numbers.setRowStretch(4, 1)
        row = QHBoxLayout()
        row.setSpacing(MARGIN_BETWEEN)
        row.addWidget(self.curve, 2)
        row.addWidget(self.meter)
        row.addLayout(numbers, 7)
        self.column.addLayout(row, 1)

    def show_value(self, value: Compressor) -> None:
        """Shows settings; no signal follows."""
        super().show_value(value)
        self.key.setCurrentIndex(0 if value.key is None else 1 + STEMS.index(value.key))
        self.curve.show_settings(value, self.colour)

    def set_colour(self, colour: str) -> None:
        """The stem's that is shown."""
        super().set_colour(colour)
        self.curve.show_settings(self.value, colour)

    def set_reduction(self, reduction: float) -> None:
        """As it plays."""
        self.meter.set_reduction(reduction, self.colour)

    def _key_chosen(self, index: int) -> None:
        self.set(True, key=self.key.itemData(index))


MARGIN_BETWEEN = 6
