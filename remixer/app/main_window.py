"""The window: what is where, and which part tells which."""

import math
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import (
    QApplication,
    QDockWidget,
    QFileDialog,
    QLabel,
    QMainWindow,
    QSplitter,
    QStackedWidget,
    QToolBar,
    QVBoxLayout,
    QWidget,
)

from remixer.app.commands import MODES, NEEDS_SONG, SCALES, listening, make_actions
from remixer.app.controller import Controller
from remixer.app.demo import demo_song, folder_for
from remixer.app.dialogs.about import AboutDialog
from remixer.app.dialogs.abx import AbxDialog
from remixer.app.dialogs.compare import CompareDialog
from remixer.app.dialogs.export import ExportDialog
from remixer.app.dialogs.preferences import PreferencesDialog
from remixer.app.dialogs.recovery import RecoveryDialog, title
from remixer.app.dialogs.shortcuts import ShortcutsDialog
from remixer.app.dialogs.unsaved import DISCARD, SAVE, ask_unsaved
from remixer.app.menus import build_menus
from remixer.app.opening import Opening
from remixer.app.theme import apply_theme
from remixer.app.treating import Treating
from remixer.app.widgets.empty import EmptyState
from remixer.app.widgets.jobs import JobStrip
from remixer.app.widgets.lane_tools import LaneTools
from remixer.app.widgets.lanes import StemLanes
from remixer.app.widgets.mixer import MixerPanel
from remixer.app.widgets.notice import NoticeBar
from remixer.app.widgets.null_light import BLIND, UNHEARD
from remixer.app.widgets.overview import Overview
from remixer.app.widgets.transport import TransportBar
from remixer.audio.formats import CONTAINERS
from remixer.dsp.signal import STEMS
from remixer.errors import RemixerError
from remixer.playback.types import Listen, Meters, Snapshot, Sound
from remixer.separation.catalogue import find_models
from remixer.session.autosave import Recovery, recoveries
from remixer.session.saved import View
from remixer.session.savefile import SUFFIX
from remixer.session.separation_service import Separation

OVERVIEW_HEIGHT = 96
MIXER_WIDTH = 560


class MainWindow(QMainWindow):
    """One song with its lanes, mixer and transport; a welcome while there is none."""

    def __init__(self, controller: Controller) -> None:
        super().__init__()
        self.controller = controller
        self.setAcceptDrops(True)
        self.setDockNestingEnabled(False)
        self.transport = TransportBar()
        self.notices = NoticeBar()
        self.overview = Overview()
        self.lanes = StemLanes()
        self.mixer = MixerPanel()
        self.empty = EmptyState()
        self.jobs = JobStrip()
        self.readout = QLabel()
        self._selected = STEMS[0]
        self._compare: CompareDialog | None = None
        self._last_loop: tuple[int, int] | None = None
        self.discard = False
        """Whether to close without asking; moves that are not saved are then kept for the next
        start.
        """
        self.opening = Opening(self)
        self.recoveries: list[Recovery] = []
        """What windows that were killed had not saved."""
        controller.keeper.look = self._view
        self.treating = Treating(self)
        self.actions_ = make_actions(self)
        self._lay_out()
        self.recent_menu = build_menus(self, self.actions_)
        self._connect_widgets()
        self._connect_controller()
        self.treating.connect_all()
        self._restore()
        self._show_recoveries()
        self._show_song()

    # What is where

    def _lay_out(self) -> None:
        a = self.actions_
        tools = LaneTools(
            [a[name] for name in MODES],
            [a[name] for name in SCALES],
            [a[name] for name in ("zoom-out", "zoom-in", "zoom-fit", "zoom-loop")],
        )
        tools.range_changed.connect(self.lanes.set_range_db)
        self.lanes.set_range_db(*tools.range_db)
        lower = _stacked(tools, self.lanes)
        self.splitter = QSplitter(Qt.Orientation.Vertical)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(self.overview)
        self.splitter.addWidget(lower)
        self.splitter.setStretchFactor(1, 1)
        self.splitter.setSizes([OVERVIEW_HEIGHT, 10 * OVERVIEW_HEIGHT])
        self.pages = QStackedWidget()
        self.pages.addWidget(self.empty)
        self.pages.addWidget(self.splitter)
        page = _stacked(self.pages)
        self.setCentralWidget(page)
        self.notices.float_over(page)
        self.bar = QToolBar("Transport")
        self.bar.setObjectName("transport")
        self.bar.setMovable(False)
        self.bar.addWidget(self.transport)
        self.addToolBar(self.bar)
        self.dock = QDockWidget("Mixer")
        self.dock.setObjectName("mixer")
        self.dock.setWidget(self.mixer)
        self.dock.setFeatures(
            QDockWidget.DockWidgetFeature.DockWidgetMovable
            | QDockWidget.DockWidgetFeature.DockWidgetFloatable
        )
        self.dock.setTitleBarWidget(QWidget())
        self.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self.dock)
        self.resizeDocks([self.dock], [MIXER_WIDTH], Qt.Orientation.Horizontal)
        status = self.statusBar()
        status.addWidget(self.jobs, 1)
        status.addPermanentWidget(self.readout)

    def _connect_widgets(self) -> None:
        control, transport, mixer = self.controller, self.transport, self.mixer
        transport.play_clicked.connect(control.toggle_play)
        transport.stop_clicked.connect(control.stop)
        transport.home_clicked.connect(lambda: control.seek(0))
        transport.loop_toggled.connect(self.set_looping)
        transport.listen_changed.connect(lambda name: control.set_listen(Listen(name)))
        transport.match_toggled.connect(control.set_matched)
        transport.output_clicked.connect(self.show_preferences)
        transport.model_chosen.connect(control.choose_model)
        mixer.gain_changed.connect(self._gain_changed)
        mixer.pan_changed.connect(self._pan_changed)
        mixer.mute_toggled.connect(lambda stem, on: self.edit("set_mute", stem, on))
        mixer.solo_toggled.connect(self._solo_toggled)
        mixer.solo_cleared.connect(self.clear_solo)
        mixer.meters_reset.connect(control.reset_meters)
        mixer.selected.connect(self._selected_strip)
        for view in (self.lanes, self.overview):
            view.seek_requested.connect(control.seek)
            view.loop_requested.connect(self._loop_requested)
        self.lanes.view_changed.connect(self.overview.set_view)
        self.overview.view_requested.connect(self.lanes.set_view)
        self.lanes.readout.connect(self.readout.setText)
        self.empty.open_clicked.connect(self.ask_open)
        self.empty.demo_clicked.connect(self.open_demo)
        self.empty.recent_clicked.connect(lambda path: self.open(Path(path)))
        self.jobs.cancel_clicked.connect(control.cancel_separation)
        self.jobs.retry_clicked.connect(control.separate)

    def _connect_controller(self) -> None:
        control = self.controller
        control.song_changed.connect(self._show_song)
        control.mix_changed.connect(self._show_mix)
        control.stems_changed.connect(self._show_stems)
        control.separated.connect(self._show_separation)
        control.ticked.connect(self._show_snapshot)
        control.monitor_changed.connect(self._show_monitor)
        control.quality.changed.connect(self._show_hints)
        control.noticed.connect(lambda text, kind: self.notices.show_notice(text, kind))

    def _restore(self) -> None:
        settings, actions = self.controller.settings, self.actions_
        self.resize(1440, 900)
        self._default_state = self.saveState()
        if not settings.geometry.isEmpty():
            self.restoreGeometry(settings.geometry)
        if not settings.window_state.isEmpty():
            self.restoreState(settings.window_state)
        if not (sizes := settings.splitter("lanes")).isEmpty():
            self.splitter.restoreState(sizes)
        for name in ("spectrogram", "log", f"theme-{settings.theme}"):
            actions[name].setChecked(True)
        actions["follow"].setChecked(settings.follow)
        actions["match"].setChecked(settings.matched)
        self.lanes.scroll_to_playhead(settings.follow)
        self.treating.take_layout()

    # Showing what is

    def _show_song(self) -> None:
        document = self.controller.document
        has_song = document is not None
        self._last_loop = None
        self.pages.setCurrentIndex(int(has_song))
        self.actions_.enable(NEEDS_SONG, has_song)
        self.mixer.set_enabled_song(has_song)
        self.dock.setVisible(has_song)
        self.bar.setVisible(has_song)
        self.empty.set_recent(self.controller.settings.recent)
        self._show_recent()
        models = [(card.id, card.title) for card in find_models().values()]
        self.transport.set_model(models, self.controller.model)
        if document is None:
            self.overview.set_song(None)
            self.lanes.set_song(None, None)
            self.readout.clear()
            self.setWindowTitle("Remixer")
            self.mixer.meters_reset.emit()
            return
        self.mixer.set_channels(document.channels)
        self.overview.set_song(document.source)
        self.lanes.set_song(document.source, document.path)
        self.setWindowFilePath(str(document.path))

    def _show_recent(self) -> None:
        self.recent_menu.clear()
        for path in self.controller.settings.recent:
            action = self.recent_menu.addAction(path.name, self._opener(path))
            action.setStatusTip(str(path))
        self.recent_menu.setEnabled(not self.recent_menu.isEmpty())

    def _opener(self, path: Path) -> Callable[[], None]:
        return lambda: self.open(path)

    def _show_stems(self) -> None:
        document = self.controller.document
        if document is not None:
            self.lanes.set_song(self.controller.stems or document.source, document.path)

    def _show_separation(self, status: Separation | None) -> None:
        self.jobs.set_model(self.controller.model)
        self.jobs.set_status(status)
        if status is not None and status.folder is not None:
            self.lanes.set_done(status.done, status.chunk)
            self.lanes.set_separating(status.active)
            self.overview.set_done(status.done, status.chunk)

    def _show_mix(self) -> None:
        document = self.controller.document
        if document is None:
            return
        self.mixer.set_state(document.mix)
        self.lanes.set_loop(document.loop)
        self.overview.set_loop(document.loop)
        self.transport.set_loop(document.loop is not None)
        self.actions_["loop"].setChecked(document.loop is not None)
        self._name("undo", "&Undo", document.undo_name)
        self._name("redo", "&Redo", document.redo_name)
        star = " •" if self.controller.unsaved else ""
        saved = self.controller.saved_as
        moves = f" ({saved.name})" if saved else ""
        self.setWindowTitle(f"{document.path.name}{moves}{star} – Remixer")
        self._show_monitor()
        self._show_hints()

    def _show_hints(self) -> None:
        self.mixer.set_hints(self.controller.quality.hints)

    def _name(self, action: str, verb: str, what: str | None) -> None:
        self.actions_[action].setText(f"{verb} {what or ''}".rstrip())
        self.actions_[action].setEnabled(what is not None)

    def _show_monitor(self) -> None:
        control = self.controller
        matched, original_db = control.settings.matched, control.original_db
        listen = BLIND if control.is_blind else control.listen.value
        self.transport.set_listen(listen, matched, original_db)
        self.actions_["match"].setChecked(matched)
        listening(self.actions_, control.listen)

    def _show_snapshot(self, snapshot: Snapshot) -> None:
        document = self.controller.document
        if document is None:
            return
        self.transport.set_snapshot(snapshot, document.rate, document.length)
        blind = self.controller.is_blind
        self.mixer.set_meters(Meters() if blind else snapshot.meters)
        self.mixer.set_peak_old(self.controller.peak_is_old)
        self.lanes.set_playhead(snapshot.position)
        self.overview.set_playhead(snapshot.position)
        level = snapshot.meters.change_dbfs
        measured = snapshot.playing and snapshot.sound is Sound.READY and not snapshot.waiting
        exact = self.controller.is_exact and (not measured or level == -math.inf)
        heard = snapshot.sound is Sound.READY
        listen = self.controller.listen.value if heard else UNHEARD
        listen = BLIND if blind else listen
        self.mixer.set_null(exact, level if measured else math.nan, listen)

    # What the user asks for: files

    def open(self, path: Path, play: bool = False) -> None:
        """Open a recording or a `.remix` file, if the user lets the present one go."""
        self.opening.cancel()
        if path.suffix.lower() == SUFFIX:
            self.opening.open(path, play)
        elif self.may_close() and self.controller.open(path, play):
            self.lanes.zoom_fit()

    def show_view(self, view: View | None) -> None:
        """What a session showed; the whole song where it does not say."""
        self.lanes.zoom_fit()
        if view is not None:
            for name in (view.mode, view.scale):
                if name in MODES or name in SCALES:
                    self.actions_[name].trigger()
            self.lanes.set_view(view.start_s, view.stop_s)

    def _view(self) -> View | None:
        start_s, stop_s = self.lanes.view()
        look = self.lanes.look
        return View(start_s, stop_s, look.mode, look.scale) if start_s < stop_s else None

    def ask_open(self) -> None:
        """Let the user choose a file."""
        suffixes = {suffix for c in CONTAINERS.values() for suffix in c.extensions}
        names = " ".join(f"*{suffix}" for suffix in (*sorted(suffixes), SUFFIX))
        recent = self.controller.settings.recent
        folder = str(recent[0].parent) if recent else ""
        filters = f"Recordings and saved moves ({names});;All files (*)"
        name, _ = QFileDialog.getOpenFileName(self, "Open a recording", folder, filters)
        if name:
            self.open(Path(name))

    def open_demo(self) -> None:
        """Open the song that comes with Remixer."""
        try:
            self.open(demo_song())
        except RemixerError as error:
            self.notices.show_notice(str(error), "error")

    def close_song(self) -> None:
        """Back to the welcome."""
        if self.may_close():
            self.controller.close_song()

    def save(self) -> bool:
        """Save the moves where they were saved before, else ask where."""
        target = self.controller.saved_as
        return self.controller.save(target) if target else self.save_as()

    def save_as(self) -> bool:
        """Ask for a name, and save the moves there."""
        document = self.controller.document
        if document is None:
            return False
        beside = folder_for(document.path) / (document.path.stem + SUFFIX)
        proposed = self.controller.saved_as or beside
        name, _ = QFileDialog.getSaveFileName(
            self, "Save the moves", str(proposed), f"Remixer moves (*{SUFFIX})"
        )
        target = Path(name)
        if target.suffix.lower() != SUFFIX:
            target = target.with_name(target.name + SUFFIX) if name else target
        return bool(name) and self.controller.save(target)

    def export(self) -> None:
        """Show the export dialog."""
        control = self.controller
        if control.document is None:
            return
        dialog = ExportDialog(
            control.document.source,
            control.document.mix,
            control.document.loop,
            lambda: control.stems,
            lambda: control.separation,
            self,
            control.settings,
            control.model,
            control.document.regions,
        )
        dialog.exec()
        dialog.deleteLater()

    # What was not saved when a window was killed

    def offer_recovery(self) -> None:
        """Say what there is to restore, if anything."""
        self.recoveries = recoveries()
        self._show_recoveries()
        if len(self.recoveries) == 1:
            (found,) = self.recoveries
            text = f"Remixer ended before your moves were saved: {title(found)}"
            self.notices.show_notice(text, "warning", "Restore", lambda: self._restore_first(found))
        elif self.recoveries:
            text = f"Remixer ended before your moves on {len(self.recoveries)} songs were saved"
            self.notices.show_notice(text, "warning", "Show…", self.show_recoveries)

    def _restore_first(self, found: Recovery) -> None:
        if found in self.recoveries:  # not yet by the menu
            self.opening.restore(found)

    def show_recoveries(self) -> None:
        """A list to restore from."""
        dialog = RecoveryDialog(self.recoveries, self)
        dialog.restored.connect(self.opening.restore)
        dialog.discarded.connect(self._discard_recovery)
        dialog.exec()
        dialog.deleteLater()

    def _discard_recovery(self, recovery: Recovery) -> None:
        self.forget(recovery)
        recovery.discard()

    def forget(self, recovery: Recovery) -> None:
        """It is not offered any more."""
        self.recoveries.remove(recovery)
        self._show_recoveries()

    def _show_recoveries(self) -> None:
        self.actions_["recover"].setEnabled(bool(self.recoveries))

    def may_close(self) -> bool:
        """Whether the present song may go: asks when moves are not saved."""
        if self.discard or not self.controller.unsaved:
            return True
        document = self.controller.document
        name = document.path.name if document else "the song"
        answer = ask_unsaved(self, name)
        return answer == DISCARD or (answer == SAVE and self.save())

    # What the user asks for: the mix

    def edit(self, verb: str, *values: object, **named: object) -> None:
        """One of the document's moves; what it refuses becomes a notice."""
        if self.controller.document is None:
            return
        try:
            getattr(self.controller.document, verb)(*values, **named)
        except RemixerError as error:
            self.notices.show_notice(str(error), "warning")
            self._show_mix()

    def _gain_changed(self, stem: str, gain_db: float, final: bool) -> None:
        if stem == "master":
            self.edit("set_master_db", gain_db, final=final)
        else:
            self.edit("set_gain_db", stem, gain_db, final=final)

    def _pan_changed(self, stem: str, pan: float, final: bool) -> None:
        self.edit("set_pan", stem, pan, final=final)

    def _solo_toggled(self, stem: str, on: bool, exclusive: bool) -> None:
        self.edit("set_solo", stem, on, exclusive=exclusive)

    def undo(self) -> None:
        """Take back the last move."""
        self.edit("undo")

    def redo(self) -> None:
        """Do it again."""
        self.edit("redo")

    def reset_mix(self) -> None:
        """Every fader at unity."""
        self.edit("reset_mix")

    def clear_solo(self) -> None:
        """No stem is soloed."""
        self.edit("clear_solo")

    def select(self, name: str) -> None:
        """The strip that M and S are for; it takes the keyboard."""
        self._selected = name
        self.mixer.select(name)
        self.treating.show_strip(name)

    def _selected_strip(self, name: str) -> None:
        self._selected = name

    def mute(self) -> None:
        """Mute the selected stem, or let it sound again."""
        document = self.controller.document
        if document and self._selected in STEMS:
            mute = document.mix.strip(self._selected).mute
            self.edit("set_mute", self._selected, not mute)

    def solo(self) -> None:
        """Solo the selected stem, or no more."""
        self._solo(exclusive=False)

    def solo_only(self) -> None:
        """Solo the selected stem and no other."""
        self._solo(exclusive=True)

    def _solo(self, exclusive: bool) -> None:
        document = self.controller.document
        if document and self._selected in STEMS:
            solo = document.mix.strip(self._selected).solo
            self.edit("set_solo", self._selected, not solo, exclusive=exclusive)

    # What the user asks for: playing and looking

    def set_looping(self, on: bool) -> None:
        """Play on, or loop again: the region that was looped last, else what is in view."""
        document = self.controller.document
        if document is None:
            return
        if not on:
            self._last_loop = document.loop
            self.controller.set_loop(None)
        elif self._last_loop is not None:
            self._loop_requested(self._last_loop)
        elif document.loop is None:
            self.loop_view()

    def loop_view(self) -> None:
        """Loop what the lanes show."""
        document = self.controller.document
        if document:
            start_s, stop_s = self.lanes.view()
            self._loop_requested((round(start_s * document.rate), round(stop_s * document.rate)))

    def _loop_requested(self, region: tuple[int, int] | None) -> None:
        try:
            self.controller.set_loop(region)
        except RemixerError as error:
            self.notices.show_notice(str(error), "warning")

    def listen_to_change(self, on: bool) -> None:
        """Hear what differs, or the remix."""
        self.controller.set_listen(Listen.CHANGE if on else Listen.REMIX)

    def set_follow(self, on: bool) -> None:
        """Whether the lanes follow the playhead."""
        self.controller.settings.follow = on
        self.actions_["follow"].setChecked(on)
        self.lanes.scroll_to_playhead(on)

    def set_theme(self, name: str) -> None:
        """Another look, at once."""
        self.controller.settings.theme = name
        self.actions_[f"theme-{name}"].setChecked(True)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        apply_theme(application, name)

    def set_full(self, on: bool) -> None:
        """The whole screen, or a window."""
        self.setWindowState(Qt.WindowState.WindowFullScreen if on else Qt.WindowState.WindowNoState)

    def reset_layout(self) -> None:
        """As at first."""
        self.restoreState(self._default_state)
        self.treating.take_layout()
        self.resizeDocks([self.dock], [MIXER_WIDTH], Qt.Orientation.Horizontal)
        self.splitter.setSizes([OVERVIEW_HEIGHT, 10 * OVERVIEW_HEIGHT])

    # Dialogs

    def show_compare(self) -> None:
        """Original and remix side by side, beside the window."""
        if self.controller.document is None:
            return
        if self._compare is None:
            self._compare = CompareDialog(self.controller, self)
            self._compare.blind_clicked.connect(self.show_abx)
            self._compare.finished.connect(self._compared)
        self._compare.show()
        self._compare.raise_()
        self._compare.activateWindow()

    def _compared(self) -> None:
        dialog, self._compare = self._compare, None
        if dialog is not None:
            dialog.deleteLater()

    def show_abx(self) -> None:
        """Whether the remix can be told from the original, blind."""
        if self.controller.document is None:
            return
        dialog = AbxDialog(self.controller, self)
        dialog.exec()
        dialog.deleteLater()

    def show_preferences(self) -> None:
        """Sound, theme, cache."""
        control = self.controller
        dialog = PreferencesDialog(control.settings, control.player, self)
        dialog.output_changed.connect(control.set_output)
        dialog.theme_changed.connect(self.set_theme)
        dialog.follow_changed.connect(self.set_follow)
        dialog.exec()
        dialog.deleteLater()

    def show_shortcuts(self) -> None:
        """Every command with its keys."""
        dialog = ShortcutsDialog(self.actions_.groups, self)
        dialog.exec()
        dialog.deleteLater()

    def show_about(self) -> None:
        """What this is, and whose."""
        dialog = AboutDialog(self)
        dialog.exec()
        dialog.deleteLater()

    # Qt's

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """A file may be dropped anywhere."""
        if _dropped(event):
            self.empty.set_dropping(True)
            event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Taken elsewhere."""
        self.empty.set_dropping(False)
        event.accept()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open the file that was dropped."""
        self.empty.set_dropping(False)
        if path := _dropped(event):
            event.acceptProposedAction()
            self.open(path)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Remember the layout and end everything, unless the user would rather stay."""
        if not self.may_close():
            event.ignore()
            return
        settings = self.controller.settings
        settings.geometry = self.saveGeometry()
        settings.window_state = self.saveState()
        settings.set_splitter("lanes", QByteArray(self.splitter.saveState()))
        self.opening.close()
        self.controller.close(keep=self.discard)
        for recovery in self.recoveries:
            recovery.let_go()
        self.lanes.close()
        self.overview.close()
        self.treating.close()
        event.accept()


def _dropped(event: QDropEvent) -> Path | None:
    """The one local file that is dragged."""
    urls = event.mimeData().urls()
    if len(urls) == 1 and urls[0].isLocalFile():
        return Path(urls[0].toLocalFile())
    return None


def _stacked(*widgets: QWidget) -> QWidget:
    """Widgets one below the other, the last one taking the room."""
    page = QWidget()
    column = QVBoxLayout(page)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    for widget in widgets:
        column.addWidget(widget)
    column.setStretchFactor(widgets[-1], 1)
    return page
