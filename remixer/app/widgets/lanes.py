"""The stems of a song below each other, as pictures over one time axis."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QCloseEvent, QColor, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from remixer.app.spectra import Spectra
from remixer.app.spectra_colours import Inks
from remixer.app.theme import current_theme, theme_notifier
from remixer.app.tiles import MIX, MODES, OWNERS, SCALES, Look
from remixer.app.widgets.gestures import Gestures
from remixer.app.widgets.lane import LOWEST, LaneView
from remixer.app.widgets.lane_header import FOLDED, WIDTH, LaneHeader
from remixer.app.widgets.lane_song import LaneSong
from remixer.app.widgets.painting import painting
from remixer.app.widgets.ruler import TimeRuler, y_frequency
from remixer.app.widgets.timeline import Region, Timeline, View
from remixer.dsp.pyramid import Raster
from remixer.dsp.signal import STEMS, SampleReader
from remixer.errors import SettingError
from remixer.mixing.stems import StemSet

LANES = (MIX, *STEMS, OWNERS)
NARROWEST_DB = 1.0
JUMP_S = 1.0
"""A playhead that moves by more was sent there: the view goes along."""


class StemLanes(QWidget):
    """Spectrograms of a mix and its stems, their masks, or who owns which part of the mix.

    seek_requested: the sample that was clicked. loop_requested: samples (start, stop) that were
    selected, None to drop the loop. view_changed: visible seconds. readout: what is under the
    mouse; empty when it is elsewhere.
    """

    seek_requested = Signal(int)
    loop_requested = Signal(object)
    view_changed = Signal(float, float)
    readout = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.timeline = Timeline(self)
        self._song: LaneSong | None = None
        self._mix: SampleReader | None = None
        self._look = Look()
        self._follow = True
        self._hover: tuple[str, QPointF] | None = None
        self._views = {lane: LaneView(lane, self.timeline) for lane in LANES}
        self._headers = {lane: LaneHeader(lane) for lane in LANES}
        self._gestures = Gestures(self, self.timeline)
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Stem lanes")
        self.setToolTip("")
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(1, 1, 1, 1)
        self._grid.setSpacing(0)
        self._grid.addWidget(TimeRuler(self.timeline), 0, 1)
        self._grid.setColumnMinimumWidth(0, WIDTH)
        for row, lane in enumerate(LANES, start=1):
            self._grid.addWidget(self._headers[lane], row, 0)
            self._grid.addWidget(self._views[lane], row, 1)
            self._views[lane].setAccessibleName(f"{lane.capitalize()} picture")
        self._grid.setRowStretch(len(LANES) + 1, 0)
        self._arrange()

    def _connect(self) -> None:
        for lane in LANES:
            self._headers[lane].folded.connect(self._arrange)
            self._views[lane].hovered.connect(lambda at, lane=lane: self._hovered(lane, at))
            self._views[lane].resized.connect(self._look_at)
            self._gestures.watch(self._views[lane])
        self._gestures.clicked.connect(self.seek_requested)
        self._gestures.selected.connect(self.loop_requested)
        self.timeline.view_changed.connect(self._view_moved)
        theme_notifier.changed.connect(self._take_theme)

    # The song

    def set_song(self, stems: StemSet | SampleReader | None, path: Path | None) -> None:
        """Shows a song; its mix alone until there are stems. None empties the lanes.

        Called again with the same reader of the mix, view and mix stay, and stems are replaced;
        nothing of them is shown until `set_done`. path: names the song for screen readers.
        """
        if stems is None:
            self._empty()
            return
        mix = stems.mix if isinstance(stems, StemSet) else stems
        if self._mix is not mix:
            self._empty()
            self._begin(mix)
        self.setAccessibleDescription(path.name if path else "")
        assert self._song is not None
        read = _stem_reader(stems) if isinstance(stems, StemSet) else None
        self._song.spectra.set_stems(read)
        self._show(LaneSong.of(self._song.spectra))

    def _begin(self, mix: SampleReader) -> None:
        spectra = Spectra(Raster(mix.rate, mix.length), mix.read)
        spectra.changed.connect(self._computed)
        self.destroyed.connect(spectra.stop)
        self._mix = mix
        self._song = LaneSong.of(spectra)
        self.timeline.set_song(mix.rate, mix.length)

    def _empty(self) -> None:
        """Ends the work for the song; what is under way is not waited for."""
        if self._song is not None:
            self._song.spectra.changed.disconnect(self._computed)
            self._song.spectra.stop()
        self._mix = None
        self._show(None)
        self.timeline.set_song(1, 0)

    def _show(self, song: LaneSong | None) -> None:
        self._song = song
        for lane in LANES:
            self._views[lane].set_song(song)
            self._headers[lane].set_axis(self._look.scale, song.raster.rate if song else 0)

    def set_done(self, done: NDArray[np.bool_], chunk: int) -> None:
        """Which chunks of `chunk` samples are separated; what is new is computed and shown."""
        if self._song is not None:
            self._song.set_done(np.asarray(done, np.bool_), chunk)
            self._computed()

    def _computed(self) -> None:
        for view in self._views.values():
            view.update()

    @property
    def settled(self) -> bool:
        """Whether all that can be computed now is, and is painted."""
        if self._song is None:
            return True
        painted = all(view.up_to_date for view in self._shown())
        return painted and self._song.spectra.idle

    def set_separating(self, on: bool) -> None:
        """Whether what is not separated yet will be; it was cancelled or failed where not."""
        if self._song is not None and on != self._song.separating:
            self._song.separating = on
            self._computed()

    def close_song(self, timeout_s: float = 5.0) -> bool:
        """Empties the lanes and waits for the threads. Returns whether they have ended."""
        spectra = self._song.spectra if self._song else None
        self._empty()
        return spectra is None or spectra.close(timeout_s)

    def closeEvent(self, event: QCloseEvent) -> None:
        """No thread is left."""
        self.close_song()
        event.accept()

    # What is marked

    def set_playhead(self, sample: int) -> None:
        """Where it plays; the view follows if it is to, and the user did not scroll away."""
        before = self.timeline.playhead_s
        self.timeline.set_playhead(sample)
        now, view = self.timeline.playhead_s, self.timeline.view
        was_seen = view.start_s <= before <= view.stop_s or abs(now - before) > JUMP_S
        is_seen = view.start_s <= now <= view.stop_s
        if self._follow and was_seen and not is_seen and not self._gestures.busy:
            self._show_playhead()

    def scroll_to_playhead(self, follow: bool) -> None:
        """Whether the view follows the playhead, from now on."""
        self._follow = follow
        view = self.timeline.view
        if follow and not view.start_s <= self.timeline.playhead_s <= view.stop_s:
            self._show_playhead()

    def _show_playhead(self) -> None:
        view = self.timeline.view
        self.timeline.set_view(view.at(self.timeline.playhead_s - 0.05 * view.span_s, view.span_s))

    def set_loop(self, region: Region | None) -> None:
        """The loop, samples [start, stop), or None."""
        self.timeline.set_marks(region, self.timeline.selection)

    # What is shown

    def set_mode(self, mode: str) -> None:
        """ "spectrogram", "masks" or "owners". Raises SettingError for another."""
        if mode not in MODES:
            raise SettingError(f"no view is called {mode!r}: use one of {', '.join(MODES)}")
        self._set_look(replace(self._look, mode=mode))
        self._arrange()

    def set_scale(self, scale: str) -> None:
        """The frequency axis: "log" or "linear". Raises SettingError for another."""
        if scale not in SCALES:
            raise SettingError(f"no scale is called {scale!r}: use one of {', '.join(SCALES)}")
        self._set_look(replace(self._look, scale=scale))

    def set_range_db(self, low: float, high: float) -> None:
        """The levels of the darkest and the brightest colour, at least 1 dB apart."""
        self._set_look(replace(self._look, low_db=low, high_db=max(high, low + NARROWEST_DB)))

    def lane(self, name: str) -> LaneView:
        """The picture of "mix" or of a stem."""
        return self._views[name]

    def set_folded(self, lane: str, on: bool) -> None:
        """Folds or unfolds the lane of "mix" or of a stem."""
        self._headers[lane].set_folded(on)

    @property
    def look(self) -> Look:
        """Mode, scale and range."""
        return self._look

    def _set_look(self, look: Look) -> None:
        self._look = look
        rate = self._song.raster.rate if self._song else 0
        for lane in LANES:
            self._views[lane].set_look(look)
            self._headers[lane].set_axis(look.scale, rate)

    def _arrange(self) -> None:
        """One lane for owners, else one for the mix and for each stem; folded ones are low."""
        combined = self._look.mode == "owners"
        for row, lane in enumerate(LANES, start=1):
            shown = (lane == OWNERS) == combined
            header, view = self._headers[lane], self._views[lane]
            folded = header.is_folded and not combined
            header.setVisible(shown)
            view.setVisible(shown and not folded)
            header.setFixedHeight(FOLDED) if folded else header.setMinimumHeight(LOWEST)
            header.setMaximumHeight(FOLDED if folded else 16_777_215)
            self._grid.setRowStretch(row, int(shown and not folded))
        every_folded = not any(self._grid.rowStretch(r) for r in range(1, len(LANES) + 1))
        self._grid.setRowStretch(len(LANES) + 1, int(every_folded))

    def _take_theme(self) -> None:
        if self._song is not None:
            self._song.tiles.set_inks(Inks.of(current_theme()))
        self.update()

    # What is in view

    def view(self) -> tuple[float, float]:
        """Visible seconds."""
        return self.timeline.view.start_s, self.timeline.view.stop_s

    def set_view(self, start_s: float, stop_s: float) -> None:
        """Shows a stretch, moved into the song."""
        self.timeline.set_view(self.timeline.view.at(start_s, stop_s - start_s))

    def zoom(self, factor: float) -> None:
        """In by a factor (out below 1), about the mouse, else the playhead if seen, else the
        middle.
        """
        view, at_s = self.timeline.view, self.timeline.cursor_s
        if at_s is None:
            head = self.timeline.playhead_s
            seen = view.start_s < head < view.stop_s
            at_s = head if seen else (view.start_s + view.stop_s) / 2
        self.timeline.set_view(view.zoomed(factor, at_s))

    def zoom_fit(self) -> None:
        """The whole song."""
        self.timeline.set_view(View.whole(self.timeline.length_s))

    def zoom_to_loop(self) -> None:
        """The loop with a little around it; nothing without one."""
        if self.timeline.marked:
            start, stop = self.timeline.marked
            margin = 0.03 * (stop - start)
            self.set_view(start - margin, stop + margin)

    def scroll_by(self, part: float) -> None:
        """By a part of what is visible, to the right."""
        self.timeline.set_view(self.timeline.view.moved(part * self.timeline.view.span_s))

    def _view_moved(self) -> None:
        self._look_at()
        self.view_changed.emit(*self.view())
        self._read_out()

    def _look_at(self) -> None:
        """What is seen is computed first."""
        shown = self._shown()
        if self._song is None or not shown:
            return
        level = shown[0].level
        span_s = self._song.raster.span(level) / self.timeline.rate
        start_s, stop_s = self.view()
        self._song.spectra.look_at(level, int(start_s / span_s), int(stop_s / span_s) + 1)

    def _shown(self) -> list[LaneView]:
        return [view for view in self._views.values() if not view.isHidden()]

    # The mouse and the keyboard

    def _hovered(self, lane: str, at: QPointF | None) -> None:
        self._hover = None if at is None else (lane, at)
        view = self._views[lane]
        seconds = None if at is None else self.timeline.seconds(at.x(), view.width())
        self.timeline.set_cursor(seconds if self.timeline.length else None)
        self._read_out()

    def _read_out(self) -> None:
        if self._hover is None or self._song is None:
            self.readout.emit("")
            return
        lane, at = self._hover
        view, rate = self._views[lane], self._song.raster.rate
        seconds = self.timeline.seconds(at.x(), view.width())
        frequency = y_frequency(at.y(), rate, self._look.scale, view.height())
        self.readout.emit(self._song.readout(lane, view.level, seconds, frequency))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """+ and - zoom, the arrows scroll, 0 shows all."""
        keys: dict[int, Callable[[], None]] = {
            Qt.Key.Key_Plus: lambda: self.zoom(1.5),
            Qt.Key.Key_Equal: lambda: self.zoom(1.5),
            Qt.Key.Key_Minus: lambda: self.zoom(1 / 1.5),
            Qt.Key.Key_Left: lambda: self.scroll_by(-0.1),
            Qt.Key.Key_Right: lambda: self.scroll_by(0.1),
            Qt.Key.Key_PageUp: lambda: self.scroll_by(-0.9),
            Qt.Key.Key_PageDown: lambda: self.scroll_by(0.9),
        }
        action = keys.get(event.key())
        if action is None:
            super().keyPressEvent(event)
        else:
            action()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The ground, and the ring of focus."""
        theme = current_theme()
        with painting(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
            painter.fillRect(self.rect(), QColor(theme.panel))
            if self.hasFocus():
                painter.setPen(QColor(theme.accent))
                painter.drawRect(self.rect().adjusted(0, 0, -1, -1))


def _stem_reader(stems: StemSet) -> Callable[[int, int], NDArray[np.float64]]:
    """Reads stems alone, (stems, channels, samples)."""
    return lambda start, count: stems.read(start, count)[1]
