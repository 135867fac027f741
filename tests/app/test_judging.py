"""Comparison and blind test with a real controller, player and separation; small models."""

import json
import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

from remixer.app.controller import Controller
from remixer.app.dialogs.abx import AbxDialog, clipping
from remixer.app.dialogs.compare import CompareDialog, coverage
from remixer.app.main_window import MainWindow
from remixer.app.settings import Settings
from remixer.dsp.signal import STEMS
from remixer.playback.player import Player
from remixer.playback.types import Listen, Monitor, Sound
from remixer.session.abx import AbxTest
from remixer.session.matching import Match
from remixer.session.separation_service import SeparationService
from tests.audio_server import AudioServer
from tests.support import make_models, music, write

RATE = 44_100
LONG_MS = 60_000
LOOP = (2 * RATE, 8 * RATE)


def make_card_measured(folder: Path) -> None:
    """The small model's card says how good it is."""
    path = folder / "bands.json"
    card = json.loads(path.read_text())
    card["measured"] = {"sdr_db": {"bands": dict.fromkeys(STEMS, 0.0)}}
    path.write_text(json.dumps(card))


@pytest.fixture(scope="module")
def control(tmp_path_factory: pytest.TempPathFactory, qapp: QApplication) -> Iterator[Controller]:
    """A song of 12 s, separated by the model whose vocals are all above 430 Hz, beside a sound
    server.
    """
    folder = tmp_path_factory.mktemp("judging")
    song = write(folder / "song.wav", music(2, 12 * RATE, RATE), RATE, "PCM_24")
    make_card_measured(make_models(folder / "models"))
    settings = Settings(folder / "settings.ini")
    settings.model = "bands"
    with pytest.MonkeyPatch.context() as patch, AudioServer(RATE) as server:
        for name, value in server.environment.items():
            patch.setenv(name, value)
        for name in ("models", "cache"):
            patch.setenv(f"REMIXER_{name.upper()}", str(folder / name))
        for name in ("STATE", "DATA"):
            patch.setenv(f"XDG_{name}_HOME", str(folder / name))
        control = Controller(settings, Player(settings.output), SeparationService())
        assert control.open(song)
        yield control
        control.close()


@pytest.fixture
def moved(control: Controller, qtbot: QtBot) -> Controller:
    """Separated, vocals up by 3 dB, without a loop."""
    qtbot.waitUntil(
        lambda: control.separation is not None and control.separation.state == "done",
        timeout=LONG_MS,
    )
    assert control.document is not None
    control.document.reset_mix()
    control.document.set_gain_db("vocals", 3.0)
    control.set_loop(None)
    control.set_matched(False)
    control.set_listen(Listen.REMIX)
    control.player.pause()
    return control


# What moves cost


def test_hints_follow_moves_and_the_loop(moved: Controller, qtbot: QtBot) -> None:
    document, quality = moved.document, moved.quality
    assert document is not None
    qtbot.waitUntil(lambda: "vocals" in quality.hints, timeout=LONG_MS)
    before = quality.hints["vocals"].level_db
    assert quality.hints["vocals"].words.startswith("Vocals at +3 dB")
    document.set_gain_db("vocals", -20.0)
    assert quality.hints["vocals"].level_db > before + 5.0
    with qtbot.waitSignal(quality.changed, timeout=LONG_MS):
        moved.set_loop(LOOP)
    document.reset_mix()
    assert quality.hints == {}


# Loudness-matched comparison


def test_matching_follows_moves_and_the_loop(moved: Controller, qtbot: QtBot) -> None:
    document = moved.document
    assert document is not None
    document.reset_mix()
    document.set_master_db(-4.0)
    moved.set_matched(True)
    assert moved.is_measuring_match
    assert moved.original_db == 0.0
    qtbot.waitUntil(lambda: abs(moved.original_db + 4.0) < 0.02, timeout=LONG_MS)
    assert not moved.is_measuring_match
    assert moved.player.monitor == Monitor(Listen.REMIX, moved.original_db)
    document.set_master_db(-1.0)
    qtbot.waitUntil(lambda: abs(moved.original_db + 1.0) < 0.02, timeout=LONG_MS)
    document.reset_mix()
    document.set_gain_db("vocals", 6.0)
    qtbot.waitUntil(lambda: moved.original_db > 0.3, timeout=LONG_MS)
    whole = moved.original_db
    moved.set_loop((0, 3 * RATE))
    qtbot.waitUntil(lambda: moved.original_db not in (0.0, whole), timeout=LONG_MS)
    moved.set_matched(False)
    assert moved.original_db == 0.0
    assert not moved.is_measuring_match
    document.set_gain_db("vocals", 3.0)
    moved.set_matched(True)
    assert (moved.is_measuring_match, moved.original_db) == (True, 0.0)  # not of the move before


# Side by side


@pytest.fixture
def compare(moved: Controller, qtbot: QtBot) -> Iterator[CompareDialog]:
    dialog = CompareDialog(moved)
    qtbot.addWidget(dialog)
    dialog.show()
    yield dialog
    dialog.close()


def measured(qtbot: QtBot, dialog: CompareDialog) -> None:
    qtbot.waitUntil(
        lambda: dialog.comparison is not None and dialog._worker is None, timeout=LONG_MS
    )


def test_it_measures_the_song_when_it_opens(compare: CompareDialog, qtbot: QtBot) -> None:
    measured(qtbot, compare)
    first, second, change = compare.table.texts("integrated_lufs")
    assert first != second
    assert change.startswith("+")
    high = compare.spectrum._x > 1000.0
    np.testing.assert_allclose(compare.spectrum.change[high], 3.0, atol=0.3)
    assert np.nanmax(np.abs(compare.spectrum.change[compare.spectrum._x < 200.0])) < 0.3
    assert "Everything" in compare.coverage.text()
    assert compare.state.text() == ""
    assert not compare.progress.isVisible()


def test_moves_make_it_old_until_it_is_measured_again(
    compare: CompareDialog, moved: Controller, qtbot: QtBot
) -> None:
    measured(qtbot, compare)
    before = compare.table.texts("integrated_lufs")
    assert moved.document is not None
    moved.document.set_gain_db("vocals", -9.0)
    assert "changed since" in compare.state.text()
    assert compare.table.texts("integrated_lufs") == before
    qtbot.mouseClick(compare.again, Qt.MouseButton.LeftButton)
    measured(qtbot, compare)
    assert compare.state.text() == ""
    assert compare.table.texts("integrated_lufs")[2].startswith("−")


def test_the_loop_can_be_measured_alone(
    compare: CompareDialog, moved: Controller, qtbot: QtBot
) -> None:
    measured(qtbot, compare)
    moved.set_loop(LOOP)
    assert compare.what.value == "song"
    compare.what.value = "loop"
    measured(qtbot, compare)
    assert compare.comparison is not None
    assert compare.comparison.region == LOOP
    moved.set_loop(None)
    assert compare.what.value == "song"
    measured(qtbot, compare)
    assert compare.comparison.region == (0, 12 * RATE)


def test_without_moves_it_says_so(moved: Controller, qtbot: QtBot) -> None:
    assert moved.document is not None
    moved.document.reset_mix()
    dialog = CompareDialog(moved)
    qtbot.addWidget(dialog)
    measured(qtbot, dialog)
    assert dialog.state.text() == "No moves: the remix is the original."
    assert dialog.table.texts("true_peak_dbtp")[2] == "0.0"
    dialog.close()


def test_its_keys(compare: CompareDialog, moved: Controller, qtbot: QtBot) -> None:
    measured(qtbot, compare)
    qtbot.keyClick(compare, Qt.Key.Key_A)
    assert moved.listen is Listen.ORIGINAL
    qtbot.keyClick(compare, Qt.Key.Key_A)
    assert moved.listen is Listen.REMIX
    qtbot.keyClick(compare, Qt.Key.Key_C)
    assert not compare.isVisible()


def test_closing_it_while_it_measures_leaves_no_thread(moved: Controller, qtbot: QtBot) -> None:
    dialog = CompareDialog(moved)
    qtbot.addWidget(dialog)
    worker = dialog._worker
    assert worker is not None
    dialog.show()
    dialog.close()
    assert not worker.running


def test_coverage() -> None:
    assert coverage(0.001).endswith("1 % of it so far.")
    assert coverage(0.999).endswith("99 % of it so far.")
    assert coverage(1.0).startswith("Everything")


# Blind


@pytest.fixture
def blind(moved: Controller, qtbot: QtBot) -> Iterator[AbxDialog]:
    moved.set_loop(LOOP)
    dialog = AbxDialog(moved)
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.activateWindow()
    yield dialog
    dialog.done(0)


def begin(dialog: AbxDialog, qtbot: QtBot) -> AbxTest:
    dialog.setup.trials.value = "10"
    dialog.setup.start.click()
    qtbot.waitUntil(lambda: dialog._test is not None, timeout=LONG_MS)
    assert dialog._test is not None
    return dialog._test


def heard(control: Controller) -> Listen:
    return control.player.monitor.listen


def key(dialog: AbxDialog, qtbot: QtBot, *keys: Qt.Key) -> None:
    for each in keys:
        qtbot.keyClick(dialog, each)


def test_a_listener_who_hears_it_gets_all_right(
    blind: AbxDialog, moved: Controller, qtbot: QtBot, tmp_path: Path
) -> None:
    test = begin(blind, qtbot)
    assert moved.is_blind
    for trial in range(10):
        assert blind.trial.title.text() == f"Trial {trial + 1} of 10"
        key(blind, qtbot, Qt.Key.Key_B)
        assert heard(moved) is Listen.REMIX
        key(blind, qtbot, Qt.Key.Key_A)
        assert heard(moved) is Listen.ORIGINAL
        key(blind, qtbot, Qt.Key.Key_X)
        answer = Qt.Key.Key_1 if heard(moved) is Listen.ORIGINAL else Qt.Key.Key_2
        key(blind, qtbot, answer)
    assert test.finished
    assert not moved.is_blind
    assert blind.pages.currentWidget() is blind.outcome
    assert blind.outcome.title.text() == "10 of 10 right"
    assert blind.outcome.verdict.text().startswith("A difference was heard")
    assert "less than 0.1 %" in blind.outcome.words.text()
    blind.save_report(tmp_path / "a.json")
    values = json.loads((tmp_path / "a.json").read_text())
    assert values["right"] == 10
    assert values["p"] == 1 / 1024
    assert values["excerpt"] == {"start": LOOP[0], "stop": LOOP[1], "rate": RATE}
    assert values["model"] == "bands"
    assert values["matched_db"] > 0.1
    assert blind.outcome.message.text() == "Saved a.json"
    blind.save_report(tmp_path / "none" / "a.json")
    assert "does not exist" in blind.outcome.message.text()


def test_nothing_that_is_shown_depends_on_x(
    blind: AbxDialog, moved: Controller, qtbot: QtBot
) -> None:
    begin(blind, qtbot)
    seen = {Listen.ORIGINAL: set(), Listen.REMIX: set()}
    for _trial in range(10):
        key(blind, qtbot, Qt.Key.Key_X)
        blind.trial.title.setText("Trial")
        page = blind.trial.grab().toImage()
        texts = tuple(
            (w.accessibleName(), w.accessibleDescription(), w.toolTip())
            for w in blind.trial.findChildren(type(blind.trial.letters["X"]))
        )
        data = bytes(page.constBits()) if page.constBits() else b""
        seen[heard(moved)].add((data, texts))
        key(blind, qtbot, Qt.Key.Key_1)
    assert len(seen[Listen.ORIGINAL] | seen[Listen.REMIX]) == 1


def test_an_answer_needs_x_to_be_heard(blind: AbxDialog, qtbot: QtBot) -> None:
    test = begin(blind, qtbot)
    key(blind, qtbot, Qt.Key.Key_1, Qt.Key.Key_2)
    assert test.answered == 0
    key(blind, qtbot, Qt.Key.Key_X, Qt.Key.Key_1, Qt.Key.Key_1)
    assert test.answered == 1


def test_both_are_matched_unless_not_wanted(
    blind: AbxDialog, moved: Controller, qtbot: QtBot
) -> None:
    blind.setup.matched.setChecked(False)
    begin(blind, qtbot)
    key(blind, qtbot, Qt.Key.Key_A)
    assert moved.player.monitor.original_db == 0.0
    blind.reject()
    again = AbxDialog(moved)
    qtbot.addWidget(again)
    again.show()
    begin(again, qtbot)
    assert moved.player.monitor.original_db > 0.1
    again.done(0)


def test_it_plays_the_excerpt_and_gives_all_back(
    blind: AbxDialog, moved: Controller, qtbot: QtBot
) -> None:
    qtbot.waitUntil(lambda: moved.player.snapshot().sound is Sound.READY, timeout=LONG_MS)
    blind.setup.excerpt.value = "5"
    begin(blind, qtbot)
    qtbot.waitUntil(lambda: moved.player.snapshot().playing, timeout=LONG_MS)
    start, stop = blind._region
    assert stop - start == 5 * RATE
    qtbot.waitUntil(lambda: moved.player.snapshot().position > start + RATE // 5, timeout=LONG_MS)
    key(blind, qtbot, Qt.Key.Key_R)
    qtbot.waitUntil(
        lambda: start <= moved.player.snapshot().position < start + RATE // 5, timeout=LONG_MS
    )
    moved.set_listen(Listen.ORIGINAL)
    assert heard(moved) is Listen.ORIGINAL  # A; what is heard is the test's
    key(blind, qtbot, Qt.Key.Key_B)
    assert heard(moved) is Listen.REMIX
    moved.set_listen(Listen.CHANGE)
    assert heard(moved) is Listen.REMIX
    blind.reject()
    assert heard(moved) is Listen.CHANGE
    qtbot.waitUntil(lambda: not moved.player.snapshot().playing, timeout=LONG_MS)
    assert moved.player._wishes.loop == LOOP
    assert moved.document is not None
    assert moved.document.loop == LOOP


def test_escape_asks_and_what_was_answered_counts(blind: AbxDialog, qtbot: QtBot) -> None:
    begin(blind, qtbot)
    key(blind, qtbot, Qt.Key.Key_X, Qt.Key.Key_2, Qt.Key.Key_Escape)
    [box] = [b for b in blind.findChildren(QMessageBox) if b.isVisible()]
    box.reject()
    assert blind._test is not None
    key(blind, qtbot, Qt.Key.Key_Escape)
    [box] = [b for b in blind.findChildren(QMessageBox) if b.isVisible()]
    next(b for b in box.buttons() if b.text() == "Stop").click()
    assert blind.pages.currentWidget() is blind.outcome
    assert blind.outcome.title.text() in ("0 of 1 right", "1 of 1 right")
    assert "Stopped early" in blind.outcome.words.text()


def test_once_more_has_another_order(blind: AbxDialog, qtbot: QtBot) -> None:
    orders = []
    for _round in range(2):
        orders.append(begin(blind, qtbot)._order)
        while blind._test is not None:
            key(blind, qtbot, Qt.Key.Key_X, Qt.Key.Key_1)
        blind.outcome.more.click()
        assert blind.pages.currentWidget() is blind.setup
    assert orders[0] != orders[1]  # once in 1 024 runs they are the same


@pytest.fixture
def window(moved: Controller) -> Iterator[MainWindow]:
    """Not closed, which would close the controller."""
    window = MainWindow(moved)
    window.show()
    yield window
    window.lanes.close()
    window.overview.close()
    window.hide()
    window.deleteLater()


def test_the_window_tells_nothing_while_it_is_blind(
    window: MainWindow, moved: Controller, qtbot: QtBot
) -> None:
    qtbot.waitUntil(lambda: moved.player.snapshot().sound is Sound.READY, timeout=LONG_MS)
    moved.player.play()
    master = window.mixer.master
    qtbot.waitUntil(lambda: master.short_term.shown != "−∞", timeout=LONG_MS)
    qtbot.waitUntil(lambda: master.null.reading.title == "differs", timeout=LONG_MS)
    for listen in (Listen.ORIGINAL, Listen.REMIX):
        moved.set_blind(Monitor(listen))
        qtbot.waitUntil(lambda: master.null.reading.title == "blind test", timeout=LONG_MS)
        qtbot.waitUntil(lambda: master.short_term.shown == "−∞", timeout=LONG_MS)
        assert master.true_peak.shown == "−∞"
        for each in Listen:
            assert not window.transport.listen.button(each.value).isChecked()
        assert not window.actions_["original"].isChecked()
    moved.set_blind(None)
    qtbot.waitUntil(lambda: master.null.reading.title == "differs", timeout=LONG_MS)
    assert window.transport.listen.button("remix").isChecked()


def test_hints_come_to_the_strips(window: MainWindow, moved: Controller, qtbot: QtBot) -> None:
    header = window.mixer.strips["vocals"].header
    assert moved.document is not None
    moved.document.set_gain_db("vocals", -12.0)
    qtbot.waitUntil(lambda: header.mark == "warn", timeout=LONG_MS)
    assert "artefacts are likely heard" in header.toolTip()
    moved.document.reset_mix()
    assert header.mark == ""


def test_what_cannot_be_tested_is_told(moved: Controller, qtbot: QtBot) -> None:
    assert moved.document is not None
    moved.document.reset_mix()
    dialog = AbxDialog(moved)
    qtbot.addWidget(dialog)
    assert dialog.setup.trouble.text() == "Nothing is moved: the remix is the original."
    assert not dialog.setup.start.isEnabled()
    dialog.done(0)


def test_clipping_is_told() -> None:
    assert clipping(Match(1.0, -0.5, -0.1), matched=True) == ""
    both = clipping(Match(1.0, 0.5, 1.24), matched=True)
    assert both.startswith("Here the original by 0.5 dB and the remix by 1.2 dB passes full scale")
    assert clipping(Match(1.0, 0.5, -1.0), matched=False) == ""
    assert clipping(Match(0.0, -math.inf, -math.inf), matched=True) == ""
