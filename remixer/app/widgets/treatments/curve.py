"""The equaliser's curve over the spectrum of what goes into it; its bands are dragged."""

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from remixer.app.theme import current_theme
from remixer.app.widgets.painting import draw_focus, draw_text, fill_box, painting, sized_font
from remixer.app.widgets.plot_axes import frequency_ticks
from remixer.dsp.biquad import CUTS, response_db, section
from remixer.mixing.treatments import Band, Equaliser

Values = NDArray[np.float64]

LOW_HZ, HIGH_HZ = 20.0, 20_000.0
RANGE_DB = 18.0
"""Of the curve, either way."""
SPECTRUM_DB = (-96.0, -12.0)
_REACH = 14.0
"""Pixels from a handle at which it is grabbed."""
_PAUSE_MS = 400
_FINER = 0.2
_SEMITONE = 2.0 ** (1.0 / 12.0)
_HELP = (
    "Equaliser curve: drag a band; the wheel sets its Q, a double-click flattens it\n"
    "Arrows move it, Shift finer, Page Up/Page Down choose the band, Delete flattens it"
)


class EqualiserCurve(QWidget):
    """Shows an equaliser. band_changed(number, band, final): by the user. chosen(number)."""

    band_changed = Signal(int, object, bool)
    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.band = 0
        self._equaliser = Equaliser()
        self._colour, self._rate = "master", 48_000
        self._spectrum: tuple[Values, Values] | None = None
        self._grab: tuple[QPointF, Band] | None = None
        self._moved = False
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._pause.timeout.connect(self._end)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setToolTip(_HELP)
        self._tell()

    def show_equaliser(self, equaliser: Equaliser) -> None:
        """Shows settings."""
        self._equaliser = equaliser
        self._tell()
        self.update()

    def choose(self, band: int) -> None:
        """Marks a band as the one that keys move."""
        self.band = band
        self._tell()
        self.update()

    def set_colour(self, colour: str) -> None:
        """The stem's."""
        self._colour = colour
        self.update()

    def set_rate(self, rate: int) -> None:
        """Of the song, in Hz: filters end at half of it."""
        self._rate = rate
        self.update()

    def set_spectrum(self, spectrum: tuple[Values, Values] | None) -> None:
        """(frequencies, dB) of what goes into the equaliser now; None for nothing."""
        self._spectrum = spectrum
        self.update()

    # Where things are

    def x_of(self, freq_hz: float) -> float:
        """Pixels from the left."""
        share = math.log(freq_hz / LOW_HZ) / math.log(HIGH_HZ / LOW_HZ)
        return 1.0 + share * (self.width() - 2.0)

    def y_of(self, gain_db: float) -> float:
        """Pixels from the top."""
        return self.height() / 2.0 * (1.0 - gain_db / RANGE_DB)

    def place_of(self, band: Band) -> QPointF:
        """The middle of a band's handle."""
        gain_db = 0.0 if band.kind in CUTS else band.gain_db
        y = self.y_of(min(max(gain_db, -RANGE_DB), RANGE_DB))
        return QPointF(self.x_of(band.freq_hz), min(max(y, 8.0), self.height() - 8.0))

    def _at(self, point: QPointF) -> int | None:
        """The band whose handle is there; the chosen one first."""
        order = sorted(range(len(self._equaliser.bands)), key=lambda n: n != self.band)
        distances = {
            n: (self.place_of(self._equaliser.bands[n]) - point).manhattanLength() for n in order
        }
        nearest = min(order, key=lambda n: distances[n])
        return nearest if distances[nearest] <= _REACH else None

    # The mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Grabs a band."""
        if event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
            return
        self._end()
        found = self._at(event.position())
        if found is not None:
            self._choose(found)
            self._grab = (event.position(), self._equaliser.bands[found])

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """The band goes along: frequency sideways, gain (of cuts, Q) up and down."""
        if self._grab is None:
            return
        start, band = self._grab
        way = event.position() - start
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            way *= _FINER
        x = self.x_of(band.freq_hz) + way.x()
        freq_hz = LOW_HZ * (HIGH_HZ / LOW_HZ) ** ((x - 1.0) / max(self.width() - 2.0, 1.0))
        decibels = -way.y() / max(self.height(), 1) * 2.0 * RANGE_DB
        self._put(_moved(band, freq_hz, decibels))

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        """One change."""
        self._grab = None
        self._end()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Flat."""
        if self._at(event.position()) is not None:
            self._grab = None
            self.flatten()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The chosen band's Q."""
        notches = (event.angleDelta().y() or event.angleDelta().x()) / 120.0
        self._sharpen(1.12**notches)
        event.accept()

    # Keys

    def flatten(self) -> None:
        """The chosen band at 0 dB; a cut bypassed."""
        band = self._equaliser.bands[self.band]
        self._put(replace(band, on=False) if band.kind in CUTS else replace(band, gain_db=0.0))
        self._end()

    def event(self, event: QEvent) -> bool:
        """Our keys come before shortcuts of the window."""
        ours = event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent)
        if ours and isinstance(event, QKeyEvent) and self._key(event) is not None:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Moves the chosen band, or chooses another."""
        key = self._key(event)
        if key is None:
            super().keyPressEvent(event)
            return
        what, amount = key
        band = self._equaliser.bands[self.band]
        if what == "band":
            self._end()
            self._choose((self.band + int(amount)) % len(self._equaliser.bands))
        elif what == "flat":
            self.flatten()
        else:
            steps = (band.freq_hz * _SEMITONE**amount, 0.0)
            self._put(_moved(band, *(steps if what == "freq" else (band.freq_hz, amount))))
            self._pause.start()

    def _key(self, event: QKeyEvent) -> tuple[str, float] | None:
        shift = Qt.KeyboardModifier.ShiftModifier
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if modifiers not in (Qt.KeyboardModifier.NoModifier, shift):
            return None
        pace = _FINER if modifiers & shift else 1.0
        return {
            Qt.Key.Key_Left: ("freq", -pace),
            Qt.Key.Key_Right: ("freq", pace),
            Qt.Key.Key_Up: ("gain", 0.5 * pace),
            Qt.Key.Key_Down: ("gain", -0.5 * pace),
            Qt.Key.Key_PageUp: ("band", -1.0),
            Qt.Key.Key_PageDown: ("band", 1.0),
            Qt.Key.Key_Delete: ("flat", 0.0),
            Qt.Key.Key_Backspace: ("flat", 0.0),
        }.get(Qt.Key(event.key()))

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Ends a gesture of keys."""
        self._end()
        super().focusOutEvent(event)

    # Telling

    def _choose(self, band: int) -> None:
        self.choose(band)
        self.chosen.emit(band)

    def _sharpen(self, factor: float) -> None:
        band = self._equaliser.bands[self.band]
        q = min(max(round(band.q * factor, 3), 0.1), 18.0)
        self._put(replace(band, q=q))
        self._pause.start()

    def _put(self, band: Band) -> None:
        if band != self._equaliser.bands[self.band]:
            self._moved = True
            self.band_changed.emit(self.band, band, False)

    def _end(self) -> None:
        self._pause.stop()
        if self._moved:
            self._moved = False
            self.band_changed.emit(self.band, self._equaliser.bands[self.band], True)

    def _tell(self) -> None:
        band = self._equaliser.bands[self.band]
        gain = "" if band.kind in CUTS else f", {band.gain_db:+.1f} dB"
        self.setAccessibleName("Equaliser curve")
        self.setAccessibleDescription(
            f"Band {self.band + 1}: {band.kind} at {band.freq_hz:.0f} Hz{gain}, Q {band.q:.2f}"
        )

    # Looks

    def sizeHint(self) -> QSize:
        """Wide."""
        return QSize(420, 150)

    def minimumSizeHint(self) -> QSize:
        """Enough to drag in."""
        return QSize(260, 90)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Grid, spectrum, curve, handles."""
        theme = current_theme()
        with painting(self) as painter:
            fill_box(painter, QRectF(self.rect()), theme.sunken, theme.line)
            painter.setClipRect(self.rect().adjusted(1, 1, -1, -1))
            if not (self.isEnabled() and self._equaliser.on):
                painter.setOpacity(0.5)
            self._paint_grid(painter)
            self._paint_spectrum(painter)
            self._paint_curve(painter)
            for number, band in enumerate(self._equaliser.bands):
                self._paint_handle(painter, number, band)
            painter.setOpacity(1.0)
            painter.setClipping(False)
            draw_focus(painter, self)

    def _paint_grid(self, painter: QPainter) -> None:
        theme, font = current_theme(), sized_font(self, 0.78)
        for hz, text in frequency_ticks(LOW_HZ, HIGH_HZ):
            x = self.x_of(hz)
            painter.fillRect(QRectF(x, 0.0, 1.0, self.height()), theme.faded(theme.line, 0.35))
            if text and LOW_HZ < hz < HIGH_HZ:
                room = QRectF(x - 20.0, self.height() - 15.0, 40.0, 14.0)
                draw_text(painter, room, text, font, theme.dim_text)
        for gain_db in (-12.0, -6.0, 0.0, 6.0, 12.0):
            strength = 0.9 if gain_db == 0.0 else 0.35
            line = QRectF(0.0, self.y_of(gain_db), self.width(), 1.0)
            painter.fillRect(line, theme.faded(theme.line, strength))
            room = QRectF(self.width() - 30.0, self.y_of(gain_db) - 7.0, 26.0, 14.0)
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            draw_text(
                painter,
                room,
                f"{gain_db:+.0f}".replace("-", "−").replace("+0", "0"),
                font,
                theme.dim_text,
                right,
            )

    def _paint_spectrum(self, painter: QPainter) -> None:
        if self._spectrum is None:
            return
        frequencies, levels = self._spectrum
        low, high = SPECTRUM_DB
        shares = np.clip((levels - low) / (high - low), 0.0, 1.0)
        path = QPainterPath(QPointF(self.x_of(float(frequencies[0])), self.height()))
        for hz, share in zip(frequencies.tolist(), shares.tolist(), strict=True):
            path.lineTo(self.x_of(hz), self.height() * (1.0 - share))
        path.lineTo(self.x_of(float(frequencies[-1])), self.height())
        painter.fillPath(path, current_theme().faded(current_theme().stems[self._colour], 0.28))

    def _paint_curve(self, painter: QPainter) -> None:
        theme = current_theme()
        columns = np.arange(0.0, max(self.width(), 2), 2.0)
        frequencies = LOW_HZ * (HIGH_HZ / LOW_HZ) ** (columns / max(self.width() - 2.0, 1.0))
        frequencies = np.minimum(frequencies, 0.499 * self._rate)
        rows = [
            section(b.kind, b.freq_hz, b.gain_db, b.q, self._rate)
            for b in self._equaliser.bands
            if not b.is_neutral
        ]
        levels = response_db(np.stack(rows), frequencies, self._rate) if rows else 0.0 * columns
        path = QPainterPath()
        for index, (x, level) in enumerate(zip(columns.tolist(), levels.tolist(), strict=True)):
            point = QPointF(x, min(max(self.y_of(level), -9.0), self.height() + 9.0))
            path.lineTo(point) if index else path.moveTo(point)
        filled = QPainterPath(path)
        filled.lineTo(float(columns[-1]), self.y_of(0.0))
        filled.lineTo(0.0, self.y_of(0.0))
        painter.fillPath(filled, theme.faded(theme.text, 0.08))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(theme.text), 1.8))
        painter.drawPath(path)

    def _paint_handle(self, painter: QPainter, number: int, band: Band) -> None:
        theme, place = current_theme(), self.place_of(band)
        chosen = number == self.band
        colour = theme.stem(self._colour) if not band.is_neutral else QColor(theme.raised)
        painter.setBrush(colour)
        painter.setPen(
            QPen(QColor(theme.text if chosen else theme.dim_text), 2.0 if chosen else 1.0)
        )
        radius = 8.5 if chosen else 7.0
        painter.drawEllipse(place, radius, radius)
        ink = theme.on_accent if not band.is_neutral else theme.text
        room = QRectF(place.x() - 9.0, place.y() - 9.0, 18.0, 18.0)
        draw_text(painter, room, str(number + 1), sized_font(self, 0.78, bold=True), ink)


def _moved(band: Band, freq_hz: float, decibels: float) -> Band:
    """A band at another frequency and higher by some dB; a cut's Q goes up instead."""
    freq_hz = min(max(float(f"{freq_hz:.3g}"), LOW_HZ), HIGH_HZ)
    if band.kind in CUTS:
        q = min(max(round(band.q * 10.0 ** (decibels / 20.0), 3), 0.1), 18.0)
        return replace(band, freq_hz=freq_hz, q=q)
    gain_db = min(max(round(band.gain_db + decibels, 1) + 0.0, -24.0), 24.0)
    return replace(band, freq_hz=freq_hz, gain_db=gain_db)
