"""The equaliser: a curve that is dragged over the stem's live spectrum, and its bands' numbers."""

from dataclasses import replace
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget

from remixer.app.widgets.buttons import PaintedButton, Segments
from remixer.app.widgets.treatments.curve import EqualiserCurve
from remixer.app.widgets.treatments.parameter import (
    Parameter,
    ParameterSlider,
    decibels,
    hertz,
)
from remixer.app.widgets.treatments.section import GAP, Section
from remixer.dsp.biquad import CUTS, KINDS
from remixer.mixing.treatments import Band, Equaliser

_PARAMETERS = (
    Parameter(
        "freq_hz", "Frequency", 20.0, 20_000.0, 1000.0, 0.03, hertz, ratio=True, brief="Freq"
    ),
    Parameter("gain_db", "Gain", -24.0, 24.0, 0.0, 0.5, decibels),
    Parameter("q", "Q", 0.1, 18.0, 1.0, 0.05, lambda v: f"{v:.2f}", ratio=True),
)


class BandRow(QWidget):
    """The numbers of one band. changed(band, final)."""

    changed = Signal(object, bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._band = Band()
        self.kind = QComboBox()
        self.kind.addItems([kind.capitalize() for kind in KINDS])
        self.kind.setAccessibleName("Kind of the band")
        self.kind.setMinimumWidth(96)
        self.kind.activated.connect(lambda index: self._set(True, kind=KINDS[index]))
        self.light = PaintedButton("On", "good")
        self.light.setAccessibleName("Band on")
        self.light.setToolTip("Lit while the band works")
        self.light.clicked.connect(lambda: self._set(True, on=not self._band.on))
        self.light.setText("Off")
        self.light.setFixedWidth(self.light.sizeHint().width())
        self.sliders = [ParameterSlider(p, "Band", "master") for p in _PARAMETERS]
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP)
        row.addWidget(self.kind)
        for slider in self.sliders:
            field = slider.parameter.field
            slider.changed.connect(lambda value, final, f=field: self._set(final, **{f: value}))
            row.addWidget(slider, 1)
        row.addWidget(self.light)

    def show_band(self, band: Band) -> None:
        """Shows a band; no signal follows."""
        self._band = band
        self.kind.setCurrentIndex(KINDS.index(band.kind))
        self.light.setChecked(band.on)
        self.light.setText("On" if band.on else "Off")
        for slider in self.sliders:
            slider.set_value(getattr(band, slider.parameter.field))
        self.sliders[1].setEnabled(band.kind not in CUTS)

    def _set(self, final: bool, **changes: Any) -> None:
        self.show_band(replace(self._band, **changes))
        self.changed.emit(self._band, final)


class EqualiserSection(Section):
    """Curve, choice of the band, its numbers."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Equaliser", Equaliser(), parent)
        self.curve = EqualiserCurve()
        self.bands = Segments(
            [(str(n), str(n + 1), f"Band {n + 1}") for n in range(len(Equaliser().bands))], "Band"
        )
        self.row = BandRow()
        self.head.insertWidget(1, self.bands)
        self.column.addWidget(self.curve, 1)
        self.column.addWidget(self.row)
        self.curve.band_changed.connect(self._put_band)
        self.curve.chosen.connect(self._choose)
        self.bands.chosen.connect(lambda key: self._choose(int(key)))
        self.row.changed.connect(lambda band, final: self._put_band(self.curve.band, band, final))
        self._choose(0)

    def set_colour(self, colour: str) -> None:
        """The stem's that is shown."""
        super().set_colour(colour)
        self.curve.set_colour(colour)
        for slider in self.row.sliders:
            slider.set_colour(colour)

    def show_value(self, value: Equaliser) -> None:
        """Shows an equaliser; no signal follows."""
        super().show_value(value)
        self.curve.show_equaliser(value)
        self.row.show_band(value.bands[self.curve.band])

    def _choose(self, band: int) -> None:
        self.curve.choose(band)
        self.bands.choose(str(band))
        self.row.show_band(self.value.bands[band])

    def _put_band(self, number: int, band: Band, final: bool) -> None:
        bands = list(self.value.bands)
        bands[number] = band
        self.set(final, bands=tuple(bands))
