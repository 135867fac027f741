"""Preferences: sound, look and cache. What is changed holds at once."""

from collections.abc import Sequence
from typing import Protocol

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QCheckBox, QWidget

from remixer.app.dialogs.cache import CacheRows
from remixer.app.dialogs.parts import Choice, Form, Plain, buttons
from remixer.app.settings import Settings
from remixer.app.widgets.basics import button, label, one_line
from remixer.playback.types import Device, Latency, Output, Snapshot, Sound
from remixer.separation.cache import StemCache

POLL_MS = 500
DEFAULT = ""
"""The choice that follows the system's default device."""
THEMES = (("dark", "Dark", ""), ("light", "Light", ""), ("system", "As the system", ""))
LATENCIES = {
    Latency.SAFE: ("Safe (100 ms)", "Survives a busy machine; a fader is heard within 150 ms."),
    Latency.LOW: ("Low (20 ms)", "Faders are heard within 50 ms; a busy machine may click."),
}


class Player(Protocol):
    """What is asked of the player."""

    @property
    def output(self) -> Output:
        """Where the sound goes."""
        ...

    def devices(self) -> list[Device]:
        """What there is now."""
        ...

    def snapshot(self) -> Snapshot:
        """How it stands."""
        ...


class PreferencesDialog(Plain):
    """Shows the settings and the player's devices as they come and go.

    output_changed: an Output; theme_changed: "dark", "light" or "system"; follow_changed. Whoever
    hears them applies them; theme and follow are in the settings already.
    """

    output_changed = Signal(object)
    theme_changed = Signal(str)
    follow_changed = Signal(bool)

    def __init__(
        self,
        settings: Settings,
        player: Player,
        parent: QWidget | None = None,
        cache: StemCache | None = None,
    ) -> None:
        super().__init__("Preferences", parent)
        self._settings, self._player = settings, player
        self._output = player.output
        self._offered: list[tuple[str, str, str]] = []
        self.device, self.latency = Choice("Output device"), Choice("Latency")
        self.theme, self.follow = Choice("Theme"), QCheckBox("Follow the playhead")
        self._meaning, self._now = label(dim=True), label(dim=True, wrap=True)
        form = Form()
        self._sound(form)
        self._look(form)
        form.section("Cache of separated songs")
        self.cache = CacheRows(form, cache or StemCache())
        self._finish(form)
        self._poll()
        self._timer = QTimer(self, interval=POLL_MS)
        self._timer.timeout.connect(self._poll)
        self._timer.start()

    def _sound(self, form: Form) -> None:
        form.section("Sound")
        form.add("Output", self.device, stretch=0)
        form.explain(self._now)
        form.add("Latency", self.latency)
        form.explain(self._meaning)
        texts = [(each.name, text, "") for each, (text, _meaning) in LATENCIES.items()]
        self.latency.offer(texts, self._output.latency.name)
        self.device.currentIndexChanged.connect(self._choose_output)
        self.latency.currentIndexChanged.connect(self._choose_output)

    def _look(self, form: Form) -> None:
        form.section("Look")
        self.theme.offer(THEMES, self._settings.theme)
        self.theme.currentIndexChanged.connect(self._choose_theme)
        form.add("Theme", self.theme)
        self.follow.setAccessibleName("Follow the playhead")
        self.follow.setChecked(self._settings.follow)
        self.follow.toggled.connect(self._choose_follow)
        form.explain(self.follow)

    def _finish(self, form: Form) -> None:
        close = button("Close")
        close.setDefault(True)
        close.clicked.connect(self.accept)
        self.body.addLayout(form)
        self.body.addStretch()
        self.body.addLayout(buttons(right=[close]))
        self.setMinimumWidth(540)

    def _choose_output(self) -> None:
        self._output = Output(self.device.value or None, Latency[self.latency.value])
        self._explain()
        self.output_changed.emit(self._output)

    def _choose_theme(self) -> None:
        self._settings.theme = self.theme.value
        self.theme_changed.emit(self.theme.value)

    def _choose_follow(self, on: bool) -> None:
        self._settings.follow = on
        self.follow_changed.emit(on)

    def _poll(self) -> None:
        offered = device_options(self._player.devices(), self._output.device)
        if offered != self._offered and not self.device.view().isVisible():
            self._offered = offered
            self.device.offer(offered, self._output.device or DEFAULT)
            self.device.setEnabled(True)
        self._explain()

    def _explain(self) -> None:
        self._meaning.setText(LATENCIES[self._output.latency][1])
        self._now.setText(now_playing(self._player.snapshot()))

    def done(self, result: int) -> None:
        """What was begun on the disk is finished first."""
        self._timer.stop()
        self.cache.close()
        super().done(result)


def device_options(devices: Sequence[Device], chosen: str | None) -> list[tuple[str, str, str]]:
    """The system's default, the devices, and the chosen one even where it is not there."""
    default = next((one_line(d.name) for d in devices if d.is_default), "")
    options = [(DEFAULT, f"System default ({default})" if default else "System default", "")]
    options += [(d.name, f"{one_line(d.name)}, {kilohertz(d.rate)}", "") for d in devices]
    if chosen and chosen not in [d.name for d in devices]:
        options.append((chosen, f"{one_line(chosen)}, not connected", ""))
    return options


def kilohertz(rate: int) -> str:
    """A rate in kHz, as short as it goes."""
    return f"{rate / 1000:g} kHz"


def now_playing(snapshot: Snapshot) -> str:
    """Where the sound goes at this moment."""
    if snapshot.sound is Sound.NO_LIBRARY:
        return "PortAudio is not installed: everything but playing works."
    if snapshot.sound is Sound.NO_DEVICE:
        return "No output device is there: everything but playing works."
    if not snapshot.device:
        return "Opened when a song is."
    parts = [f"Now {one_line(snapshot.device)} at {kilohertz(snapshot.device_rate)}"]
    if snapshot.latency_s > 0:
        parts.append(f"{snapshot.latency_s * 1000:.0f} ms")
    if snapshot.converting:
        parts.append("the song is converted to it on the way there")
    return ", ".join(parts) + "."
