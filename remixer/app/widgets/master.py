"""The master strip: what leaves for the loudspeakers, and whether it is the original."""

import time

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from remixer.app.widgets.buttons import PaintedButton
from remixer.app.widgets.meter import Clock
from remixer.app.widgets.null_light import NullLight
from remixer.app.widgets.readout import Readout
from remixer.app.widgets.strip import (
    MARGIN,
    SPACING,
    GainColumn,
    StripFrame,
    StripHeader,
    treatment_button,
)
from remixer.playback.types import Meters

_LUFS = (
    "Momentary loudness of the output in LUFS: its last 400 ms (BS.1770)\n"
    "–: not so much was played yet\nClick: reset meters"
)
_SHORT = (
    "Short-term loudness of the output in LUFS: its last 3 s (EBU R 128)\n"
    "–: not so much was played yet\nClick: reset meters"
)
_PEAK = "Highest true peak of the output in dBTP since the last reset\nClick: reset meters"
_SOLO = "Lit while any stem is soloed\nClick: clear all solos (0)"


class MasterStrip(StripFrame):
    """Fader, meter, loudness, true peak, solo light and null light of the sum."""

    gain_changed = Signal(float, bool)
    solo_cleared = Signal()
    meters_reset = Signal()

    def __init__(self, *, clock: Clock = time.monotonic, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.header = StripHeader("Master", "master")
        self.gain = GainColumn("Master", "master", clock=clock)
        self.null = NullLight(clock=clock)
        self.loudness = Readout("Momentary loudness", "LUFS\u2009M", _LUFS, clock=clock)
        self.short_term = Readout("Short-term loudness", "LUFS\u2009S", _SHORT, clock=clock)
        self.true_peak = Readout(
            "True peak", "dBTP max", _PEAK, warn_db=-1.0, bad_db=0.0, clock=clock
        )
        self.fx = treatment_button("master")
        self.solo = PaintedButton("SOLO", "solo")
        self.solo.setAccessibleName("Clear all solos")
        self.solo.setAccessibleDescription(_SOLO)
        self.solo.setToolTip(_SOLO)
        self.setAccessibleName("Master strip")
        self.watch(self.gain.fader, self.gain.field, self.loudness, self.true_peak, self.solo)
        self.watch(self.short_term, self.fx)
        self._lay_out()
        self._connect()
        self.set_any_solo(False)

    def set_meters(self, meters: Meters) -> None:
        """Levels of the output."""
        self.gain.meter.set_peaks(meters.master)
        self.loudness.set_level(meters.momentary_lufs)
        self.short_term.set_level(meters.short_term_lufs)
        self.true_peak.set_level(meters.true_peak_dbtp)

    def set_any_solo(self, lit: bool) -> None:
        """Whether some stem is soloed."""
        self.solo.setChecked(lit)
        self.solo.setEnabled(lit)

    def _connect(self) -> None:
        self.gain.gain_changed.connect(self.gain_changed)
        self.solo.clicked.connect(self.solo_cleared)
        self.gain.meter.cleared.connect(self.meters_reset)
        for readout in (self.loudness, self.short_term, self.true_peak):
            readout.clicked.connect(self.gain.meter.clear)
            readout.clicked.connect(self.meters_reset)

    def _lay_out(self) -> None:
        side = QVBoxLayout()
        side.setSpacing(SPACING - 2)
        side.addWidget(self.loudness)
        side.addWidget(self.short_term)
        side.addWidget(self.true_peak)
        side.addStretch(1)
        side.addWidget(self.fx)
        side.addWidget(self.solo)
        for widget in (self.null, self.loudness, self.short_term, self.true_peak, self.solo):
            widget.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.solo.setFixedHeight(self.gain.field.sizeHint().height())
        row = QHBoxLayout()
        row.setSpacing(MARGIN)
        row.addWidget(self.gain, 3)
        row.addLayout(side, 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        column.setSpacing(SPACING)
        column.addWidget(self.header)
        column.addWidget(self.null)
        column.addLayout(row, 1)
