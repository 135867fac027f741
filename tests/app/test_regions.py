"""The menu of named regions, on a window with a real song."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QInputDialog
from pytestqt.qtbot import QtBot

from remixer.app.controller import Controller
from remixer.app.main_window import MainWindow
from remixer.app.regions import RegionMenu
from remixer.app.settings import Settings
from remixer.playback.player import Player
from remixer.session.saved import NamedRegion
from remixer.session.savefile import read_mix
from remixer.session.separation_service import SeparationService
from tests.support import music, write

RATE = 8_000


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MainWindow]:
    monkeypatch.setenv("REMIXER_STATE", str(tmp_path / "state"))
    settings = Settings(tmp_path / "settings.ini")
    made = MainWindow(Controller(settings, Player(), SeparationService(tmp_path / "cache")))
    made.open(write(tmp_path / "song.wav", music(2, 4 * RATE, RATE), RATE, "PCM_16"))
    yield made
    made.discard = True
    made.close()


@pytest.fixture
def menu(window: MainWindow) -> RegionMenu:
    menu = window.findChild(RegionMenu)
    assert isinstance(menu, RegionMenu)
    return menu


def entries(menu: RegionMenu) -> list[str]:
    return [a.text() for a in menu.actions() if not a.isSeparator() and a.isEnabled()]


def named(name: str) -> None:
    """Type a name into the dialog that comes."""

    def answer() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, QInputDialog)
        dialog.setTextValue(name)
        dialog.accept()

    QTimer.singleShot(0, answer)


def test_a_loop_is_kept_found_again_and_forgotten(
    window: MainWindow, menu: RegionMenu, tmp_path: Path
) -> None:
    document = window.controller.document
    assert document is not None
    assert entries(menu) == []
    window.controller.set_loop((RATE, 2 * RATE))
    assert entries(menu) == ["&Keep the loop…"]
    named("verse & bridge")
    menu.keep()
    assert document.regions == (NamedRegion("verse & bridge", RATE, 2 * RATE),)
    assert window.controller.unsaved
    verse = menu.actions()[-1]
    assert verse.text() == "verse && bridge\t0:01 – 0:02"
    assert verse.isChecked()
    window.controller.set_loop(None)
    menu.actions()[-1].trigger()
    assert document.loop == (RATE, 2 * RATE)
    assert menu.actions()[-1].isChecked()
    window.controller.save(tmp_path / "moves.remix")
    assert read_mix(tmp_path / "moves.remix").regions == document.regions
    named("chorus")
    menu.keep()
    assert [region.name for region in document.regions] == ["chorus"]
    menu.forget()
    assert document.regions == ()
    assert entries(menu) == ["&Keep the loop…"]


def test_another_song_has_its_own(window: MainWindow, menu: RegionMenu, tmp_path: Path) -> None:
    window.controller.set_loop((0, RATE))
    named("intro")
    menu.keep()
    session = tmp_path / "moves.remix"
    assert window.controller.save(session)
    window.open(write(tmp_path / "other.wav", music(2, RATE, RATE, 1), RATE, "PCM_16"))
    assert entries(menu) == []
    window.open(session)
    assert entries(menu)[-1] == "intro\t0:00 – 0:01"
    assert not window.controller.unsaved


def test_the_highest_peak_of_another_mix_is_pale_until_it_plays_anew(window: MainWindow) -> None:
    control, peak = window.controller, window.mixer.master.true_peak
    assert control.document is not None
    assert not control.peak_is_old
    control.document.set_loop((0, RATE))
    assert not control.peak_is_old
    for anew in (control.toggle_play, peak.click):
        control.document.set_gain_db("vocals", control.document.mix.strip("vocals").gain_db + 1.0)
        control._tick()
        assert control.peak_is_old
        assert "changed since" in peak.toolTip()
        anew()
        control._tick()
        assert not control.peak_is_old
        assert "changed since" not in peak.toolTip()
