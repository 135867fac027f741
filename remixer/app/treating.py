"""Joins the panel of treatments with the window: which strip, what plays, what is changed."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QDockWidget, QWidget

from remixer.app.live_spectrum import LiveSpectrum
from remixer.app.widgets.treatments.automation import AutomationLine
from remixer.app.widgets.treatments.panel import TreatmentPanel
from remixer.dsp.signal import STEMS, Samples
from remixer.errors import SettingError
from remixer.mixing.automation import RAMP_S, raised
from remixer.playback.types import Snapshot

if TYPE_CHECKING:
    from remixer.app.main_window import MainWindow


class Treating(QObject):
    """The panel under the lanes, open or not."""

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self._window = window
        self._spectrum: LiveSpectrum | None = None
        self._source: object = None
        self.panel = TreatmentPanel()
        self.dock = QDockWidget("Treatments", window)
        self.dock.setObjectName("treatments")
        self.dock.setWidget(self.panel)
        self.dock.setFeatures(QDockWidget.DockWidgetFeature.NoDockWidgetFeatures)
        self.dock.setTitleBarWidget(QWidget())
        self.dock.hide()
        self.is_open = False
        self.lines: dict[str, AutomationLine] = {}

    def connect_all(self) -> None:
        """Place the panel and follow everything; once the window has its parts."""
        window, control = self._window, self._window.controller
        window.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, self.dock)
        for stem in STEMS:
            self.lines[stem] = AutomationLine(stem, window.lanes.timeline, window.lanes.lane(stem))
            self.lines[stem].changed.connect(self._automator(stem))
        self.panel.treated.connect(self._treat)
        self.panel.returns_changed.connect(self._set_returns)
        window.mixer.selected.connect(self.show_strip)
        window.mixer.treatments_clicked.connect(self._clicked)
        control.song_changed.connect(self._drop_spectrum)
        control.song_changed.connect(self._show_song)
        control.mix_changed.connect(self._show_mix)
        control.stems_changed.connect(self._drop_spectrum)
        control.ticked.connect(self._tick)

    def take_layout(self) -> None:
        """Whether it is open, as the window's saved layout says."""
        self.is_open = not self.dock.isHidden()
        self._show_song()

    def set_open(self, on: bool) -> None:
        """Show the panel, or give its room to the lanes."""
        self.is_open = on
        self._show_song()

    def show_strip(self, name: str) -> None:
        """Of a stem, or "master"."""
        if name != self.panel.name:
            self._drop_spectrum()
            self.panel.show_strip(name)

    def close(self) -> None:
        """No thread is left."""
        self._drop_spectrum()

    # Showing

    def _clicked(self, name: str) -> None:
        """An FX light: opens the panel on its strip; closes it where it shows that already."""
        shown = self.is_open and self.panel.name == name
        self._window.mixing.select(name)
        self.set_open(not shown)

    def _show_song(self) -> None:
        document = self._window.controller.document
        if document is not None:
            self.panel.set_channels(document.channels)
            self.panel.set_rate(document.rate)
        self.dock.setVisible(self.is_open and document is not None)
        self._window.actions_["treatments"].setChecked(self.is_open)

    def _show_mix(self) -> None:
        document = self._window.controller.document
        if document is not None:
            self.panel.set_state(document.mix)
            for stem, line in self.lines.items():
                line.show_points(document.mix.strip(stem).treatment.automation)

    def _tick(self, snapshot: Snapshot) -> None:
        control = self._window.controller
        if not self.dock.isVisible() or control.document is None:
            return
        if not control.is_blind:
            self.panel.set_reductions(snapshot.meters.reduction_db)
        if self._spectrum is None:
            self._spectrum = self._new_spectrum()
        if self._spectrum:
            self._spectrum.look_at(snapshot.position)
            self.panel.set_spectrum(self._spectrum.latest)

    def _new_spectrum(self) -> LiveSpectrum | None:
        control, name = self._window.controller, self.panel.name
        document, stems = control.document, control.stems
        if document is None or (stems is None and name in STEMS):
            return None
        source = document.source

        def read(start: int, count: int) -> Samples:
            if stems is None or name not in STEMS:
                return source.read(start, count)
            stem: Samples = stems.read(start, count)[1][STEMS.index(name)]
            return stem

        return LiveSpectrum(read, document.rate, document.length)

    def _drop_spectrum(self) -> None:
        spectrum, self._spectrum = self._spectrum, None
        self.panel.set_spectrum(None)
        if spectrum:
            spectrum.close()

    # Doing

    def show_automation(self, on: bool) -> None:
        """Draw the levels over time on the lanes."""
        for line in self.lines.values():
            line.setVisible(on)
        self._window.actions_["automation"].setChecked(on)

    def raise_loop(self, by_db: float) -> None:
        """The selected stem, louder or softer in the loop."""
        document, stem = self._window.controller.document, self.panel.name
        if document is None or stem not in STEMS:
            return
        if document.loop is None:
            text = "Loop the part whose level is to change: Shift-drag over the lanes"
            self._window.notices.show_notice(text, "info")
            return
        treatment, ramp = document.mix.strip(stem).treatment, round(RAMP_S * document.rate)
        try:
            points = raised(treatment.automation, *document.loop, by_db, ramp)
        except SettingError as error:
            self._window.notices.show_notice(str(error), "warning")
            return
        self._treat(stem, replace(treatment, automation=points), True)
        self.show_automation(True)

    def _automator(self, stem: str) -> Callable[[object, bool], None]:
        def automate(points: object, final: bool) -> None:
            document = self._window.controller.document
            if document is not None:
                treatment = document.mix.strip(stem).treatment
                self._treat(stem, replace(treatment, automation=points), final)  # type: ignore[arg-type]

        return automate

    def _treat(self, name: str, treatment: object, final: bool) -> None:
        if name in STEMS:
            self._window.mixing.edit("set_treatment", name, treatment, final=final)
        else:
            self._window.mixing.edit("set_master_treatment", treatment, final=final)

    def _set_returns(self, returns: object, final: bool) -> None:
        self._window.mixing.edit("set_returns", returns, final=final)
