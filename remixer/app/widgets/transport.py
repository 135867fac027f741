"""The transport: playing, time, what is listened to, the model, and where the sound goes."""

from collections.abc import Collection

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from remixer.app.widgets.buttons import IconButton, PaintedButton, Segments
from remixer.app.widgets.decibels import MINUS, show_gain
from remixer.app.widgets.model_chooser import ModelChooser
from remixer.app.widgets.output_button import OutputButton, output_reading
from remixer.app.widgets.time_display import TimeDisplay
from remixer.playback.types import Listen, Snapshot, Sound

_LISTEN = (
    (Listen.REMIX.value, "Remix", "Hear the remix\nA: remix or original"),
    (Listen.ORIGINAL.value, "Original", "Hear the untouched original\nA: remix or original"),
    (Listen.CHANGE.value, "Change", "Hear only what the remix changes\nD: change or remix"),
)
_MATCH = "Play the original as loud as the remix, for a fair comparison (Shift+A)"
_MEASURING = "Measuring"
_SILENT = (Sound.NO_DEVICE, Sound.NO_LIBRARY)


class TransportBar(QWidget):
    """Shows what plays and tells what the user asks for; it keeps no state of its own."""

    play_clicked = Signal()
    stop_clicked = Signal()
    home_clicked = Signal()
    loop_toggled = Signal(bool)
    listen_changed = Signal(str)
    match_toggled = Signal(bool)
    model_chosen = Signal(str)
    output_clicked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.home = IconButton("To the beginning", "home", "To the beginning (Home)")
        self.stop = IconButton(
            "Stop", "stop", "Stop, back to the loop's start or the beginning (.)"
        )
        self.play = IconButton("Play", "play", "Play (Space)")
        self.loop = IconButton("Loop", "loop", "Loop a region (L)")
        self.time = TimeDisplay()
        self.listen = Segments(_LISTEN, "Listen to")
        self.match = PaintedButton("Match", "accent")
        self._matched = False
        self.model = ModelChooser()
        self.output = OutputButton()
        self.setAccessibleName("Transport")
        self._set_up()
        self._lay_out()
        self._connect()
        self.set_listen(Listen.REMIX.value, False, 0.0)
        self.set_snapshot(Snapshot(), 0, 0)

    def set_snapshot(self, snapshot: Snapshot, rate: int, length: int) -> None:
        """What the player does, in a song of `length` samples at `rate` Hz; 0 when none is open."""
        self._show_play(snapshot, length)
        for button in (self.home, self.stop, self.loop):
            button.setEnabled(length > 0)
        self.time.setEnabled(length > 0)
        self.time.set_time(
            snapshot.position, length, rate, waiting=snapshot.playing and snapshot.waiting
        )
        self.output.set_snapshot(snapshot, rate)

    def set_loop(self, on: bool) -> None:
        """Whether there is a loop; `loop_toggled` is not emitted."""
        self.loop.setChecked(on)

    def set_listen(
        self, listen: str, matched: bool, original_db: float, *, measuring: bool = False
    ) -> None:
        """What is heard (a value of `Listen`, anything else for what is not told); original_db: the
        gain that matching needs now. measuring: whether that is not known yet.
        """
        self.listen.choose(listen)
        self._matched = matched
        self.match.setChecked(matched and not measuring)
        gain_db = show_gain(round(original_db, 1))
        gain = f"\nThe original plays at {gain_db} dB" if matched else ""
        text = f"Match {gain_db}" if matched and gain_db != "0.0" else "Match"
        if matched and measuring:
            gain = "\nIts loudness is being measured; until then the original plays as it is"
            text = _MEASURING
        self.match.setText(text)
        self.match.setToolTip(_MATCH + gain)
        self.match.setAccessibleDescription(_MATCH + gain)

    def set_model(
        self, names: list[tuple[str, str]], current: str, compared: Collection[str] = ()
    ) -> None:
        """The models; see `ModelChooser.set_models`."""
        self.model.set_models(names, current, compared)

    def _show_play(self, snapshot: Snapshot, length: int) -> None:
        silent = snapshot.sound in _SILENT
        self.play.setEnabled(length > 0 and not silent)
        if snapshot.playing:
            self.play.set_face("Pause", "pause", "Pause (Space)")
        elif silent:
            reading = output_reading(snapshot, 0)
            self.play.set_face("Play", "play", f"{reading.title}: {reading.explanation}")
        else:
            self.play.set_face("Play", "play", "Play (Space)")

    def _set_up(self) -> None:
        self.loop.setCheckable(True)
        self.play.setIconSize(QSize(26, 26))
        self.match.setAccessibleName("Match loudness")
        widths = []
        for text in (f"Match {MINUS}88.8", _MEASURING):
            self.match.setText(text)
            widths.append(self.match.minimumSizeHint().width())
        self.match.setMinimumWidth(max(widths))

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 6, 8, 6)
        row.setSpacing(4)
        for button in (self.home, self.stop, self.play, self.loop):
            row.addWidget(button)
        row.addSpacing(6)
        row.addWidget(self.time)
        row.addSpacing(8)
        row.addWidget(self.listen)
        row.addWidget(self.match)
        row.addStretch(1)
        row.addWidget(self.model, 2)
        row.addWidget(self.output, 3)
        for button in (self.home, self.stop, self.play, self.loop):
            button.setFixedHeight(self.play.sizeHint().height())
        self.match.setFixedHeight(self.listen.sizeHint().height())

    def _connect(self) -> None:
        self.play.clicked.connect(self.play_clicked)
        self.stop.clicked.connect(self.stop_clicked)
        self.home.clicked.connect(self.home_clicked)
        self.loop.clicked.connect(self.loop_toggled)
        self.listen.chosen.connect(self.listen_changed)
        self.match.clicked.connect(lambda: self.match_toggled.emit(not self._matched))
        self.model.model_chosen.connect(self.model_chosen)
        self.output.clicked.connect(self.output_clicked)
