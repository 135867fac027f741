"""Marks on strips, blind meters: what the mixer says of quality."""

import math

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from remixer.app.theme import DARK, LIGHT, Theme, apply_theme
from remixer.app.widgets.mixer import MixerPanel
from remixer.app.widgets.null_light import BLIND, null_reading
from remixer.mixing.strips import MixState
from remixer.playback.types import Meters
from remixer.session.quality import Artefacts

LOUD = Artefacts(-12.0, "Drums at −12 dB: artefacts lie about 12 dB under the mix")
QUIET = Artefacts(-30.0, "Drums at −1 dB: artefacts lie about 30 dB under the mix")


@pytest.fixture
def mixer(qtbot: QtBot) -> MixerPanel:
    mixer = MixerPanel()
    qtbot.addWidget(mixer)
    mixer.resize(560, 500)
    mixer.set_enabled_song(True)
    mixer.show()
    return mixer


def picture(mixer: MixerPanel, stem: str) -> QImage:
    return mixer.strips[stem].header.grab().toImage()


@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_a_costly_move_is_marked_and_explained(mixer: MixerPanel, theme: Theme) -> None:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    apply_theme(app, theme.name)
    drums, bass = mixer.strips["drums"], mixer.strips["bass"]
    plain = {stem: picture(mixer, stem) for stem in ("bass", "drums")}
    mixer.set_hints({"drums": LOUD})
    assert drums.header.toolTip() == LOUD.words
    assert drums.accessibleDescription() == LOUD.words
    assert drums.gain.fader.accessibleDescription().startswith(LOUD.words)
    assert drums.gain.fader.toolTip().startswith(LOUD.words)
    assert drums.header.mark == "warn"
    loud = picture(mixer, "drums")
    assert loud != plain["drums"]
    assert picture(mixer, "bass") == plain["bass"]
    assert bass.header.toolTip() == ""
    mixer.set_hints({"drums": QUIET})
    assert drums.header.mark == "dim_text"
    assert picture(mixer, "drums") not in (plain["drums"], loud)
    mixer.set_hints({})
    assert drums.header.mark == ""
    assert drums.header.toolTip() == ""
    assert not drums.gain.fader.toolTip().startswith("Drums at")


def test_silence_and_a_hint_are_told_together(mixer: MixerPanel) -> None:
    mixer.set_state(MixState().with_strip("drums", mute=True))
    mixer.set_hints({"drums": LOUD})
    assert mixer.strips["drums"].header.toolTip() == f"Drums is silent: muted\n{LOUD.words}"


def test_short_term_loudness_is_shown(mixer: MixerPanel) -> None:
    mixer.set_meters(Meters(short_term_lufs=-17.26))
    assert mixer.master.short_term.shown == "−17.3"
    mixer.set_meters(Meters())
    assert mixer.master.short_term.shown == "−∞"


def test_a_blind_light_tells_nothing() -> None:
    readings = {
        null_reading(exact, level, BLIND) for exact in (True, False) for level in (-9, -math.inf)
    }
    assert len(readings) == 1
