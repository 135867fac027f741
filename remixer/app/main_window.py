"""The window: what is where, and which part tells which.

What it shows is `Showing`'s to say; what the user asks for is done by `Files`, `MixVerbs`,
`Looping`, `Dialogs`, `Treating`, `Opening` and `Recovering`.
"""

from pathlib import Path

from PySide6.QtCore import QByteArray, QSize, Qt
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import (
    QApplication,
    QDockWidget,
    QLabel,
    QMainWindow,
    QSplitter,
    QStackedWidget,
    QToolBar,
    QVBoxLayout,
    QWidget,
)

from remixer.app.commands import MODES, SCALES, make_actions
from remixer.app.controller import Controller
from remixer.app.files import Files
from remixer.app.looping import Looping
from remixer.app.menus import build_menus
from remixer.app.mix_verbs import MixVerbs
from remixer.app.opened_dialogs import Dialogs
from remixer.app.opening import Opening
from remixer.app.recovering import Recovering
from remixer.app.showing import Showing
from remixer.app.theme import apply_theme
from remixer.app.treating import Treating
from remixer.app.widgets.empty import EmptyState
from remixer.app.widgets.jobs import JobStrip
from remixer.app.widgets.lane_tools import LaneTools
from remixer.app.widgets.lanes import StemLanes
from remixer.app.widgets.mixer import MixerPanel
from remixer.app.widgets.notice import NoticeBar
from remixer.app.widgets.overview import Overview
from remixer.app.widgets.transport import TransportBar
from remixer.playback.types import Listen

OVERVIEW_HEIGHT = 96
MIXER_WIDTH = 560
SIZE = QSize(1440, 900)
"""Of the first window, where the screen has room."""
FRAME = QSize(16, 48)
"""What is left for the window manager's frame and title, so that nothing is beyond the screen."""


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
        self.discard = False
        """Whether to close without asking; moves that are not saved are then kept for the next
        start.
        """
        self.opening = Opening(self)
        self.files = Files(self)
        self.recovering = Recovering(self)
        self.mixing = MixVerbs(self)
        self.looping = Looping(self)
        self.dialogs = Dialogs(self)
        self.showing = Showing(self)
        self.treating = Treating(self)
        controller.keeper.look = self.files.view
        self.actions_ = make_actions(self)
        self._lay_out()
        self.recent_menu = build_menus(self, self.actions_)
        self._connect_widgets()
        self.mixing.connect_mixer()
        self.showing.connect_controller()
        self.treating.connect_all()
        self._restore()
        self.recovering.show_whether()
        self.showing.show_song()

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
        transport.loop_toggled.connect(self.looping.switch)
        transport.listen_changed.connect(lambda name: control.set_listen(Listen(name)))
        transport.match_toggled.connect(control.set_matched)
        transport.output_clicked.connect(self.dialogs.show_preferences)
        transport.model_chosen.connect(control.choose_model)
        mixer.meters_reset.connect(control.reset_meters)
        for view in (self.lanes, self.overview):
            view.seek_requested.connect(control.seek)
            view.loop_requested.connect(self.looping.request)
        self.lanes.view_changed.connect(self.overview.set_view)
        self.overview.view_requested.connect(self.lanes.set_view)
        self.lanes.readout.connect(self.readout.setText)
        self.empty.open_clicked.connect(self.files.ask_open)
        self.empty.demo_clicked.connect(self.files.open_demo)
        self.empty.recent_clicked.connect(lambda path: self.open(Path(path)))
        self.jobs.cancel_clicked.connect(control.cancel_separation)
        self.jobs.retry_clicked.connect(control.separate)

    def _restore(self) -> None:
        settings, actions = self.controller.settings, self.actions_
        self.resize(SIZE.boundedTo(self.screen().availableSize() - FRAME))
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

    # What the user asks for

    def open(self, path: Path, play: bool = False) -> None:
        """Open a recording or a `.remix` file, if the user lets the present one go."""
        self.files.open(path, play)

    def offer_recovery(self) -> None:
        """Say what windows that were killed had not saved, if anything."""
        self.recovering.offer()

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
        if not self.files.may_close():
            event.ignore()
            return
        settings = self.controller.settings
        settings.geometry = self.saveGeometry()
        settings.window_state = self.saveState()
        settings.set_splitter("lanes", QByteArray(self.splitter.saveState()))
        self.opening.close()
        self.controller.close(keep=self.discard)
        self.recovering.close()
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
