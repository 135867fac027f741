"""The panel under the lanes: all that is done to the selected strip besides its level."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from remixer.app.theme import current_theme
from remixer.app.widgets.buttons import PaintedButton
from remixer.app.widgets.painting import painting
from remixer.app.widgets.strip import StripHeader
from remixer.app.widgets.treatments.compressor import CompressorSection
from remixer.app.widgets.treatments.equaliser import EqualiserSection
from remixer.app.widgets.treatments.parameter import Parameter, ParameterSlider, percent
from remixer.app.widgets.treatments.returns import DelaySection, ReverbSection, SendsSection
from remixer.app.widgets.treatments.section import Section
from remixer.dsp.signal import STEMS
from remixer.mixing.returns import Returns
from remixer.mixing.strips import MixState
from remixer.mixing.treatments import MasterTreatment, Treatment

_WIDTH = Parameter("width", "Width", 0.0, 2.0, 1.0, 0.02, percent, scale=0.01)
HEIGHT, LOWEST = 236, 204


class PlaceSection(Section):
    """Whose panel it is, and its polarity and width. All of a stem's treatment is reset here."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Treatment", Treatment(), parent)
        self.light.hide()
        self.header = StripHeader("", "master")
        self.column.insertWidget(0, self.header)
        (self.width_slider,) = self.add((_WIDTH,))
        self.column.addWidget(self.width_slider)
        self.invert = PaintedButton("Invert polarity", "warn")
        self.invert.setAccessibleName("Invert the polarity")
        self.invert.setToolTip("What goes up goes down: for stems that cancel each other")
        self.invert.clicked.connect(lambda: self.set(True, invert=not self.value.invert))
        self.column.addWidget(self.invert)
        self.column.addStretch(1)

    def show_value(self, value: Treatment | MasterTreatment) -> None:
        """Shows a treatment; the master has neither width nor polarity."""
        is_stem = isinstance(value, Treatment)
        self.neutral = Treatment() if is_stem else MasterTreatment()
        self.value = value
        self.width_slider.setVisible(is_stem)
        self.invert.setVisible(is_stem)
        if isinstance(value, Treatment):
            self.width_slider.set_value(value.width)
            self.invert.setChecked(value.invert)
        self.way_back.setEnabled(value != self.neutral)

    def name(self, name: str) -> None:
        """Of a stem, or "master"."""
        self.header.set_name(name.capitalize(), name)


class TreatmentPanel(QWidget):
    """Shows the treatment of one strip, and the returns; tells what the user does.

    treated(stem or "master", treatment, final); returns_changed(returns, final). closed: by the
    button.
    """

    treated = Signal(str, object, bool)
    returns_changed = Signal(object, bool)
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = STEMS[0]
        self._state = MixState()
        self.place, self.equaliser = PlaceSection(), EqualiserSection()
        self.compressor, self.sends = CompressorSection(), SendsSection()
        self.reverb, self.delay = ReverbSection(), DelaySection()
        self.setAccessibleName("Treatments")
        self._lay_out()
        self.place.changed.connect(lambda value, final: self.treated.emit(self.name, value, final))
        for field in ("equaliser", "compressor", "sends"):
            section: Section = getattr(self, field)
            section.changed.connect(lambda value, final, f=field: self._treat(f, value, final))
        for field in ("reverb", "delay"):
            section = getattr(self, field)
            section.changed.connect(lambda value, final, f=field: self._return(f, value, final))
        for timed in (self.reverb, self.delay):
            timed.tempo_changed.connect(self._set_tempo)
        self.show_strip(self.name)

    def _lay_out(self) -> None:
        inner = QWidget()
        row = QHBoxLayout(inner)
        row.setContentsMargins(5, 5, 5, 5)
        row.setSpacing(3)
        left = QVBoxLayout()
        left.setSpacing(3)
        left.addWidget(self.place, 1)
        left.addWidget(self.sends)
        row.addLayout(left, 4)
        sections = {self.equaliser: 12, self.compressor: 10, self.reverb: 4, self.delay: 5}
        for section, share in sections.items():
            row.addWidget(section, share)
        scroll = QScrollArea()
        scroll.setWidget(inner)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(scroll)
        self.setMinimumHeight(LOWEST)

    def sizeHint(self) -> QSize:
        """Wide and low."""
        return QSize(1200, HEIGHT)

    @property
    def sliders(self) -> list[ParameterSlider]:
        """All sliders."""
        return self.findChildren(ParameterSlider)

    # Showing

    def set_state(self, state: MixState) -> None:
        """Shows a mix; no signal follows."""
        self._state = state
        self._show()

    def show_strip(self, name: str) -> None:
        """Shows a stem's strip, or the "master"."""
        self.name = name
        self.equaliser.curve.set_spectrum(None)
        self.place.name(name)
        for section in (self.place, self.equaliser, self.compressor, self.sends):
            section.set_colour(name)
        self._show()

    def set_channels(self, channels: int) -> None:
        """Of the song: mono has no width."""
        self.place.width_slider.setEnabled(channels > 1)

    def set_rate(self, rate: int) -> None:
        """Of the song."""
        self.equaliser.curve.set_rate(rate)

    def set_spectrum(
        self, spectrum: tuple[NDArray[np.float64], NDArray[np.float64]] | None
    ) -> None:
        """Of what is heard of the strip, before its treatment."""
        self.equaliser.curve.set_spectrum(spectrum)

    def set_reductions(self, reductions: tuple[float, ...]) -> None:
        """In dB, of the four strips and the master."""
        index = STEMS.index(self.name) if self.name in STEMS else len(STEMS)
        self.compressor.set_reduction(reductions[index])

    @property
    def treatment(self) -> Treatment | MasterTreatment:
        """Of the strip that is shown."""
        if self.name not in STEMS:
            return self._state.master
        return self._state.strip(self.name).treatment

    def _show(self) -> None:
        treatment = self.treatment
        self.place.show_value(treatment)
        self.equaliser.show_value(treatment.equaliser)
        self.compressor.show_value(treatment.compressor)
        self.sends.setVisible(isinstance(treatment, Treatment))
        if isinstance(treatment, Treatment):
            self.sends.show_value(treatment.sends)
        self.reverb.show_value(self._state.returns.reverb)
        self.delay.show_value(self._state.returns.delay)

    # Telling

    def _treat(self, field: str, value: object, final: bool) -> None:
        self.treated.emit(self.name, replace(self.treatment, **{field: value}), final)  # type: ignore[arg-type]

    def _return(self, field: str, value: object, final: bool) -> None:
        returns: Returns = replace(self._state.returns, **{field: value})  # type: ignore[arg-type]
        self.returns_changed.emit(returns, final)

    def _set_tempo(self, bpm: float, final: bool) -> None:
        """Both returns go by one tempo."""
        returns = self._state.returns.at(bpm)
        self.reverb.show_value(returns.reverb)
        self.delay.show_value(returns.delay)
        self.returns_changed.emit(returns, final)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The window's ground."""
        with painting(self) as painter:
            painter.fillRect(QRectF(self.rect()), QColor(current_theme().window))
