"""Sends of a strip, and the two returns that all strips share."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QWidget

from remixer.app.widgets.buttons import Segments
from remixer.app.widgets.treatments.parameter import (
    Parameter,
    ParameterSlider,
    decibels,
    hertz,
    milliseconds,
    percent,
)
from remixer.app.widgets.treatments.section import GAP, Section
from remixer.mixing.returns import BEATS, LONGEST_S, MS, Delay, Reverb, in_beats
from remixer.mixing.treatments import OFF, Sends

_LEVEL = Parameter("level_db", "Level", -60.0, 12.0, 0.0, 0.5, decibels, off=True)
_SENDS = (
    Parameter("reverb_db", "To reverb", -60.0, 12.0, OFF, 0.5, decibels, off=True),
    Parameter("delay_db", "To delay", -60.0, 12.0, OFF, 0.5, decibels, off=True),
)
_BPM = Parameter("bpm", "BPM", 20.0, 400.0, 120.0, 0.5, lambda v: f"{v:.4g}")


def _beats(value: float) -> str:
    return f"{value:.4g} beat" + ("" if value == 1.0 else "s")


_ROOM = (
    Parameter("size", "Size", 0.0, 1.0, 0.5, 0.02, percent, scale=0.01),
    Parameter("damping", "Damping", 0.0, 1.0, 0.4, 0.02, percent, scale=0.01),
)
_IN_MS = (
    Parameter("decay_s", "Decay", 0.1, 20.0, 1.8, 0.05, lambda v: f"{v:.2f} s", ratio=True),
    Parameter("predelay_ms", "Predelay", 0.0, 250.0, 15.0, 1.0, milliseconds),
)
_IN_BEATS = (
    Parameter("decay_beats", "Decay", 0.25, 64.0, 4.0, 0.05, _beats, ratio=True),
    Parameter("predelay_beats", "Predelay", 0.0, 1.0, 1 / 32, 1 / 64, _beats),
)
_MS = Parameter("time", "Time", 5.0, 1000.0 * LONGEST_S, 350.0, 0.05, milliseconds, ratio=True)
_BEATS = Parameter("time", "Time", 0.0625, 16.0, 0.5, 0.05, _beats, ratio=True)
_DELAY = (
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


class TimedSection(Section):
    """A return whose times are in milliseconds or in beats.

    Both returns have one tempo: `tempo_changed(bpm, final)` asks for it.
    """

    tempo_changed = Signal(float, bool)

    def __init__(self, title: str, neutral: Reverb | Delay, parent: QWidget | None = None) -> None:
        super().__init__(title, neutral, parent, whose="shared by all sends")
        self.unit = Segments(
            [(MS, "ms", "In milliseconds"), (BEATS, "Beats", "By the tempo")], f"{title} unit"
        )
        self.unit.chosen.connect(self._change_unit)
        (self.tempo,) = self.add((_BPM,))
        self.ms: list[ParameterSlider] = []
        self.beats: list[ParameterSlider] = []

    def add_times(self, in_ms: Sequence[Parameter], in_beats: Sequence[Parameter]) -> None:
        """Sliders that take each other's place, and the choice of unit below."""
        self.ms, self.beats = self.add(in_ms), self.add(in_beats)
        grid = QGridLayout()
        grid.setSpacing(GAP)
        for row, (ms, beats) in enumerate(zip(self.ms, self.beats, strict=True)):
            grid.addWidget(ms, row, 0)
            grid.addWidget(beats, row, 0)
        self.column.addLayout(grid)
        self.column.addLayout(_row(self.unit, self.tempo))

    def show_value(self, value: Reverb | Delay) -> None:
        """Shows settings; no signal follows."""
        super().show_value(value)
        in_beats = value.unit == BEATS
        self.unit.choose(value.unit)
        for sliders, shown in ((self.ms, not in_beats), (self.beats, in_beats)):
            for slider in sliders:
                slider.setVisible(shown)
        self.tempo.setEnabled(in_beats)

    def set(self, final: bool, **changes: object) -> None:
        """Change fields; times stay within what is possible."""
        if "bpm" in changes:
            self.tempo_changed.emit(float(str(changes["bpm"])), final)
        else:
            self.put(self.limited({**_values(self.value), **changes}), final)

    def limited(self, values: dict[str, Any]) -> Reverb | Delay:
        """Settings of these values, or as near as can be."""
        raise NotImplementedError

    def _change_unit(self, unit: str) -> None:
        """The same times in the other unit, to a part of a beat."""
        raise NotImplementedError


class ReverbSection(TimedSection):
    """The room."""

    value: Reverb

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Reverb", Reverb(), parent)
        self.column.addLayout(_row(*self.add(_ROOM)))
        self.add_times(_IN_MS, _IN_BEATS)
        (level,) = self.add((_LEVEL,))
        self.column.addWidget(level)
        self.column.addStretch(1)
        self.show_value(self.value)

    def limited(self, values: dict[str, Any]) -> Reverb:
        """Decay and predelay as far as the tempo lets them."""
        room = Reverb(**{**values, "unit": MS})
        return in_beats(room) if values["unit"] == BEATS else room

    def _change_unit(self, unit: str) -> None:
        value = self.value
        beat_s = 60.0 / value.bpm
        if unit == value.unit:
            return
        if unit == MS:
            changes = {"decay_s": value.decay, "predelay_ms": 1000.0 * value.predelay}
        else:
            changes = {
                "decay_beats": min(max(round(4.0 * value.decay / beat_s) / 4.0, 0.25), 64.0),
                "predelay_beats": min(round(64.0 * value.predelay / beat_s) / 64.0, 1.0),
            }
        self.set(True, unit=unit, **changes)


class DelaySection(TimedSection):
    """The echoes."""

    value: Delay

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Delay", Delay(), parent)
        self.add_times((_MS,), (_BEATS,))
        for slider in self.add(_DELAY):
            self.column.addWidget(slider)
        self.column.addStretch(1)
        self.show_value(self.value)

    def limited(self, values: dict[str, Any]) -> Delay:
        """What would be longer than 5 s is as long as can be."""
        if values["unit"] == BEATS:
            values["time"] = min(float(values["time"]), LONGEST_S * float(values["bpm"]) / 60.0)
        return Delay(**values)

    def _change_unit(self, unit: str) -> None:
        seconds = self.value.seconds
        beats = max(round(seconds * self.value.bpm / 60.0 * 16.0) / 16.0, 0.0625)
        time = min(beats, 16.0) if unit == BEATS else min(max(1000.0 * seconds, 5.0), 5000.0)
        if unit != self.value.unit:
            self.set(True, unit=unit, time=time)


def _row(*widgets: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(GAP)
    for widget in widgets:
        row.addWidget(widget, 1 if isinstance(widget, ParameterSlider) else 0)
    return row


def _values(value: Reverb | Delay) -> dict[str, Any]:
    return {field.name: getattr(value, field.name) for field in fields(value)}
