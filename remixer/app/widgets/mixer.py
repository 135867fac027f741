"""The mixer: a strip for each stem, and the master."""

import math
import time
from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from remixer.app.widgets.master import MasterStrip
from remixer.app.widgets.meter import Clock
from remixer.app.widgets.strip import StemStrip
from remixer.dsp.signal import STEMS
from remixer.mixing.strips import MixState
from remixer.playback.types import Meters
from remixer.session.quality import Artefacts


class MixerPanel(QWidget):
    """Shows a `MixState` and tells what the user does to it; it keeps no state of its own.

    gain_changed(stem or "master", dB, final), pan_changed(stem, pan, final): many with final False
    in a gesture, one with True at its end. mute_toggled(stem, mute). solo_toggled(stem, solo,
    exclusive). solo_cleared: the solo light. meters_reset: a readout or the master's lamp.
    selected(stem or "master"): the user turned to a strip. treatments_clicked(stem or "master"):
    its FX light.
    """

    gain_changed = Signal(str, float, bool)
    pan_changed = Signal(str, float, bool)
    mute_toggled = Signal(str, bool)
    solo_toggled = Signal(str, bool, bool)
    solo_cleared = Signal()
    meters_reset = Signal()
    selected = Signal(str)
    treatments_clicked = Signal(str)

    def __init__(self, parent: QWidget | None = None, *, clock: Clock = time.monotonic) -> None:
        """clock: seconds, for meters to fall by."""
        super().__init__(parent)
        self._state = MixState()
        self.strips = {stem: StemStrip(stem, clock=clock) for stem in STEMS}
        self.master = MasterStrip(clock=clock)
        row = QHBoxLayout(self)
        row.setContentsMargins(5, 5, 5, 5)
        row.setSpacing(4)
        for strip in self.strips.values():
            row.addWidget(strip, 5)
            self._connect(strip)
        row.addWidget(self.master, 8)
        self.master.gain_changed.connect(
            lambda gain_db, final: self.gain_changed.emit("master", gain_db, final)
        )
        self.master.solo_cleared.connect(self.solo_cleared)
        self.master.meters_reset.connect(self._reset_meters)
        self.master.fx.clicked.connect(lambda: self.treatments_clicked.emit("master"))
        self.master.touched.connect(lambda: self._touch("master"))
        self.setAccessibleName("Mixer")
        self.set_enabled_song(False)

    def set_state(self, state: MixState) -> None:
        """Shows a mix; no signal follows."""
        self._state = state
        any_solo = any(strip.solo for strip in state.strips)
        for stem, widget in self.strips.items():
            strip = state.strip(stem)
            widget.set_strip(strip, sounds=strip.solo if any_solo else not strip.mute)
        self.master.gain.set_gain(state.master_db)
        self.master.set_any_solo(any_solo)
        self.master.fx.setChecked(not state.master.is_neutral)

    def set_hints(self, hints: Mapping[str, Artefacts]) -> None:
        """Remarks on moves, by stem: what they cost."""
        for stem, strip in self.strips.items():
            hint = hints.get(stem)
            strip.set_hint(hint.words if hint else "", notable=bool(hint and hint.is_notable))

    def set_channels(self, channels: int) -> None:
        """Of the song: mono cannot be panned."""
        for strip in self.strips.values():
            strip.pan.set_stereo(channels != 1)

    def set_meters(self, meters: Meters) -> None:
        """Levels since the last call."""
        for strip, peaks in zip(self.strips.values(), meters.stems, strict=True):
            strip.gain.meter.set_peaks(peaks)
        self.master.set_meters(meters)

    def set_peak_old(self, old: bool) -> None:
        """Whether the highest peak is of another mix than the present one."""
        self.master.true_peak.set_old(old)

    def set_null(
        self, exact: bool, level_dbfs: float, listening: str, *, gaps: bool = False
    ) -> None:
        """Whether what goes out is the original; see `null_reading`."""
        self.master.null.set_state(exact, level_dbfs, listening, gaps=gaps)

    def set_enabled_song(self, enabled: bool) -> None:
        """Without a song there is nothing to mix."""
        for strip in self.strips.values():
            strip.setEnabled(enabled)
        self.master.setEnabled(enabled)
        if not enabled:
            self.set_null(False, -math.inf, "")

    def select(self, name: str) -> None:
        """Marks the strip of a stem, or "master", and gives its fader the keyboard."""
        self._mark(name)
        self._frames()[name].gain.fader.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _frames(self) -> dict[str, StemStrip | MasterStrip]:
        return {**self.strips, "master": self.master}

    def _mark(self, name: str) -> None:
        for other, frame in self._frames().items():
            frame.set_selected(other == name)

    def _touch(self, name: str) -> None:
        if not self._frames()[name].selected:
            self._mark(name)
            self.selected.emit(name)

    def _connect(self, strip: StemStrip) -> None:
        stem = strip.stem
        strip.fx.clicked.connect(lambda: self.treatments_clicked.emit(stem))
        strip.touched.connect(lambda: self._touch(stem))
        strip.gain_changed.connect(lambda db, final: self.gain_changed.emit(stem, db, final))
        strip.pan_changed.connect(lambda pan, final: self.pan_changed.emit(stem, pan, final))
        strip.mute_clicked.connect(
            lambda: self.mute_toggled.emit(stem, not self._state.strip(stem).mute)
        )
        strip.solo_clicked.connect(lambda exclusive: self._solo(stem, exclusive))

    def _solo(self, stem: str, exclusive: bool) -> None:
        """Adds to the solos or takes away; exclusively, unless it is alone already."""
        solo = self._state.strip(stem).solo
        alone = solo and sum(strip.solo for strip in self._state.strips) == 1
        wanted = not alone if exclusive else not solo
        self.solo_toggled.emit(stem, wanted, exclusive)

    def _reset_meters(self) -> None:
        for strip in self.strips.values():
            strip.gain.meter.clear()
        self.meters_reset.emit()
