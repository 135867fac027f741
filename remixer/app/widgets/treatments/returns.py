"""Sends of a strip, and the two returns that all strips share."""

from dataclasses import replace

from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QWidget

from remixer.app.widgets.buttons import Segments
from remixer.app.widgets.treatments.parameter import (
    Parameter,
    decibels,
    hertz,
    milliseconds,
    percent,
)
from remixer.app.widgets.treatments.section import GAP, Section
from remixer.mixing.returns import BEATS, LONGEST_S, MS, Delay, Reverb
from remixer.mixing.treatments import OFF, Sends

_LEVEL = Parameter("level_db", "Level", -60.0, 12.0, 0.0, 0.5, decibels, off=True)
_SENDS = (
    Parameter("reverb_db", "To reverb", -60.0, 12.0, OFF, 0.5, decibels, off=True),
    Parameter("delay_db", "To delay", -60.0, 12.0, OFF, 0.5, decibels, off=True),
)
_REVERB = (
    Parameter("size", "Size", 0.0, 1.0, 0.5, 0.02, percent, scale=0.01),
    Parameter("decay_s", "Decay", 0.1, 20.0, 1.8, 0.05, lambda v: f"{v:.2f} s", ratio=True),
    Parameter("damping", "Damping", 0.0, 1.0, 0.4, 0.02, percent, scale=0.01),
    Parameter("predelay_ms", "Predelay", 0.0, 250.0, 15.0, 1.0, milliseconds),
    _LEVEL,
)
_MS = Parameter("time", "Time", 5.0, 1000.0 * LONGEST_S, 350.0, 0.05, milliseconds, ratio=True)
_BEATS = Parameter("time", "Time", 0.0625, 16.0, 0.5, 0.05, lambda v: f"{v:.4g} beats", ratio=True)
_DELAY = (
    Parameter("bpm", "BPM", 20.0, 400.0, 120.0, 0.5, lambda v: f"{v:.4g}"),
    Parameter("feedback", "Feedback", 0.0, 0.95, 0.35, 0.02, percent, scale=0.01),
    Parameter("tone_hz", "Tone", 200.0, 20_000.0, 6000.0, 0.05, hertz, ratio=True),
    _LEVEL,
)


class SendsSection(Section):
    """How much of a strip goes to reverb and delay."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Sends", Sends(), parent)
        for slider in self.add(_SENDS):
            self.column.addWidget(slider)
        self.column.addStretch(1)


class ReverbSection(Section):
    """The room."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Reverb", Reverb(), parent)
        for slider in self.add(_REVERB):
            self.column.addWidget(slider)
        self.column.addStretch(1)


class DelaySection(Section):
    """The echoes, in milliseconds or in beats."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Delay", Delay(), parent)
        self.unit = Segments(
            [(MS, "ms", "In milliseconds"), (BEATS, "Beats", "By the tempo")], "Unit"
        )
        self.unit.chosen.connect(self._change_unit)
        self.ms, self.beats = self.add((_MS, _BEATS))
        tempo, *others = self.add(_DELAY)
        self.tempo = tempo
        grid = QGridLayout()
        grid.setSpacing(GAP)
        grid.addWidget(self.ms, 0, 0)
        grid.addWidget(self.beats, 0, 0)
        self.column.addLayout(grid)
        row = QHBoxLayout()
        row.setSpacing(GAP)
        row.addWidget(self.unit)
        row.addWidget(tempo, 1)
        self.column.addLayout(row)
        for slider in others:
            self.column.addWidget(slider)
        self.column.addStretch(1)
        self.show_value(self.value)

    def show_value(self, value: Delay) -> None:
        """Shows settings; no signal follows."""
        super().show_value(value)
        in_beats = value.unit == BEATS
        self.unit.choose(value.unit)
        self.ms.setVisible(not in_beats)
        self.beats.setVisible(in_beats)
        self.tempo.setEnabled(in_beats)

    def set(self, final: bool, **changes: object) -> None:
        """Change fields; what would be longer than 5 s is as long as can be."""
        values = {name: getattr(self.value, name) for name in ("time", "unit", "bpm")} | changes
        if values["unit"] == BEATS:
            changes["time"] = min(float(values["time"]), LONGEST_S * float(values["bpm"]) / 60.0)
        super().set(final, **changes)

    def _change_unit(self, unit: str) -> None:
        """The same time in the other unit, to a sixteenth beat."""
        seconds = self.value.seconds
        beats = max(round(seconds * self.value.bpm / 60.0 * 16.0) / 16.0, 0.0625)
        time = min(beats, 16.0) if unit == BEATS else min(max(1000.0 * seconds, 5.0), 5000.0)
        if unit != self.value.unit:
            longest = LONGEST_S * self.value.bpm / 60.0
            self.put(
                replace(self.value, unit=unit, time=min(time, longest) if unit == BEATS else time),
                True,
            )
