"""The panel of treatments in the window: opened, moved, undone, closed with the song."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from remixer.app.controller import Controller
from remixer.app.main_window import MainWindow
from remixer.app.settings import Settings
from remixer.mixing.strips import MixState
from remixer.mixing.treatments import MasterTreatment, Treatment
from remixer.playback.player import Player
from remixer.playback.types import Meters, Snapshot
from remixer.session.separation_service import SeparationService
from tests.app.gestures import click
from tests.mixing.treated import COMPRESSOR, EVERYTHING
from tests.support import music, write

RATE = 8_000


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MainWindow]:
    monkeypatch.setenv("REMIXER_STATE", str(tmp_path / "state"))
    settings = Settings(tmp_path / "settings.ini")
    made = MainWindow(Controller(settings, Player(), SeparationService(tmp_path / "cache")))
    made.open(write(tmp_path / "song.wav", music(2, 4 * RATE, RATE), RATE, "PCM_16"))
    with qtbot.waitExposed(made):
        made.show()
    yield made
    made.discard = True
    made.close()


def test_the_panel_opens_on_the_strip_that_is_meant(window: MainWindow) -> None:
    treating, mixer = window.treating, window.mixer
    assert not treating.dock.isVisible()
    click(mixer.strips["drums"].fx)
    assert treating.dock.isVisible()
    assert window.actions_["treatments"].isChecked()
    assert treating.panel.name == "drums"
    click(mixer.master.fx)
    assert treating.dock.isVisible()
    assert treating.panel.name == "master"
    window.mixing.select("bass")
    assert treating.panel.name == "bass"
    click(mixer.strips["bass"].fx)
    assert not treating.dock.isVisible()
    window.actions_["treatments"].trigger()
    assert treating.dock.isVisible()
    window.controller.close_song()
    assert not treating.dock.isVisible()


def test_what_is_treated_is_in_the_mix_lit_and_undone(window: MainWindow) -> None:
    document, panel = window.controller.document, window.treating.panel
    assert document is not None
    window.mixing.select("bass")
    click(panel.compressor.light)
    assert document.mix.strips[1].treatment.compressor.on
    assert window.controller.player.state == document.mix
    assert window.mixer.strips["bass"].fx.isChecked()
    assert not window.mixer.strips["drums"].fx.isChecked()
    assert window.actions_["undo"].text() == "&Undo Bass compressor on"
    window.mixing.undo()
    assert document.mix == MixState()
    assert not window.mixer.strips["bass"].fx.isChecked()
    assert not panel.compressor.light.isChecked()
    window.mixing.select("master")
    click(panel.compressor.light)
    assert document.mix.master.compressor.on
    document.set_returns(EVERYTHING.returns)
    assert panel.reverb.value == EVERYTHING.returns.reverb


def test_the_reduction_and_the_spectrum_are_shown_as_it_plays(
    window: MainWindow, qtbot: QtBot
) -> None:
    panel = window.treating.panel
    window.mixing.select("master")
    window.treating.set_open(True)
    shown = Snapshot(position=RATE, meters=Meters(reduction_db=(1.0, 2.0, 3.0, 4.0, 5.0)))
    window.treating._tick(shown)
    assert panel.compressor.meter.reduction_db == 5.0

    def seen() -> bool:
        window.treating._tick(shown)
        return panel.equaliser.curve._spectrum is not None

    qtbot.waitUntil(seen, timeout=20_000)
    spectrum = panel.equaliser.curve._spectrum
    assert spectrum is not None
    assert np.isfinite(spectrum[1]).all()
    window.controller.close_song()
    assert window.treating._spectrum is None


def test_the_loop_is_raised(window: MainWindow) -> None:
    document = window.controller.document
    assert document is not None
    window.mixing.select("vocals")
    window.actions_["raise-loop"].trigger()
    assert document.mix == MixState()
    document.set_loop((RATE, 2 * RATE))
    for _ in range(3):
        window.actions_["raise-loop"].trigger()
    points = document.mix.strips[0].treatment.automation
    assert points[1:3] == ((RATE, 1.5), (2 * RATE, 1.5))
    assert window.treating.lines["vocals"].isVisible()
    assert window.actions_["automation"].isChecked()
    for _ in range(3):
        window.actions_["lower-loop"].trigger()
    assert document.mix.is_neutral
    window.actions_["automation"].trigger()
    assert not window.treating.lines["vocals"].isVisible()


def test_a_line_on_a_lane_is_the_documents(window: MainWindow) -> None:
    document = window.controller.document
    assert document is not None
    line = window.treating.lines["other"]
    line.changed.emit(((5, 2.0),), False)
    line.changed.emit(((5, 3.0),), True)
    assert document.mix.strips[3].treatment == Treatment(automation=((5, 3.0),))
    assert document.undo() == "Other automation, 1 breakpoint"
    document.set_master_treatment(MasterTreatment(compressor=replace(COMPRESSOR, key="other")))
    assert window.treating.panel._state == document.mix
