from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QComboBox
from pytestqt.qtbot import QtBot

from remixer.app.showing import compared
from remixer.app.widgets.output_button import output_reading
from remixer.app.widgets.painting import sized_font, text_width
from remixer.app.widgets.time_display import show_samples, show_time
from remixer.app.widgets.transport import TransportBar
from remixer.playback.types import Snapshot, Sound
from remixer.separation.catalogue import find_models
from tests.app.gestures import click, turn_wheel

RATE = 44100
READY = Snapshot(sound=Sound.READY, device="Headphones", device_rate=RATE, latency_s=0.1021)
MODELS = [("cnn1", "A first one with quite a long title"), ("big", "A better one")]

Heard = list[tuple[Any, ...]]


@pytest.fixture
def transport(qtbot: QtBot) -> TransportBar:
    transport = TransportBar()
    qtbot.addWidget(transport)
    transport.set_model(MODELS, "cnn1")
    transport.set_snapshot(READY, RATE, 60 * RATE)
    transport.show()
    return transport


@pytest.fixture
def heard(transport: TransportBar) -> Heard:
    calls: Heard = []
    for name in (
        *("play_clicked", "stop_clicked", "home_clicked", "loop_toggled", "listen_changed"),
        *("match_toggled", "model_chosen", "output_clicked"),
    ):
        getattr(transport, name).connect(lambda *given, name=name: calls.append((name, *given)))
    return calls


@pytest.mark.parametrize(
    ("samples", "text"),
    [
        (0, "0:00.000"),
        (RATE - 1, "0:00.999"),
        (62 * RATE + RATE // 2, "1:02.500"),
        (3600 * RATE, "1:00:00.000"),
    ],
)
def test_time_as_text(samples: int, text: str):
    assert show_time(samples, RATE) == text


def test_time_without_a_rate():
    assert show_time(0, 0) == "0:00.000"


def test_buttons_tell(transport: TransportBar, heard: Heard):
    for button in (transport.home, transport.stop, transport.play, transport.output):
        click(button)
    assert heard == [("home_clicked",), ("stop_clicked",), ("play_clicked",), ("output_clicked",)]


def test_enter_presses_and_space_is_left_to_the_window(
    qtbot: QtBot, transport: TransportBar, heard: Heard
):
    qtbot.keyClick(transport.stop, Qt.Key.Key_Return)
    assert heard == [("stop_clicked",)]


def test_play_becomes_pause(transport: TransportBar):
    assert transport.play.accessibleName() == "Play"
    transport.set_snapshot(replace(READY, playing=True), RATE, 60 * RATE)
    assert transport.play.accessibleName() == "Pause"
    assert "Space" in transport.play.toolTip()


def test_loop_tells_and_shows(transport: TransportBar, heard: Heard):
    transport.set_loop(True)
    assert transport.loop.isChecked()
    click(transport.loop)
    assert heard == [("loop_toggled", False)]


def test_listening_tells_and_shows(transport: TransportBar, heard: Heard):
    click(transport.listen.button("original"))
    click(transport.listen.button("change"))
    assert heard == [("listen_changed", "original"), ("listen_changed", "change")]
    for listen in ("change", "original", "remix"):
        transport.set_listen(listen, False, 0.0)
        lit = [k for k in ("remix", "original", "change") if transport.listen.button(k).isChecked()]
        assert lit == [listen]
    assert len(heard) == 2


def test_match_tells_and_shows_the_gain(transport: TransportBar, heard: Heard):
    click(transport.match)
    transport.set_listen("remix", True, -2.34)
    assert transport.match.isChecked()
    assert "−2.3 dB" in transport.match.toolTip()
    assert transport.match.text() == "Match −2.3"
    click(transport.match)
    assert heard == [("match_toggled", True), ("match_toggled", False)]


def test_match_says_that_it_measures_and_is_not_lit_until_it_has(
    transport: TransportBar, heard: Heard
):
    transport.set_listen("original", True, 0.0, measuring=True)
    assert not transport.match.isChecked()
    assert transport.match.text() == "Measuring"
    assert "plays as it is" in transport.match.toolTip()
    click(transport.match)
    assert heard == [("match_toggled", False)]
    transport.set_listen("original", True, 0.0)
    assert (transport.match.isChecked(), transport.match.text()) == (True, "Match")


def test_model_is_shown_silently_and_chosen_by_the_user(
    qtbot: QtBot, transport: TransportBar, heard: Heard
):
    assert transport.model.currentText() == MODELS[0][1]
    transport.set_model(MODELS, "big")
    assert transport.model.currentData() == "big"
    assert heard == []
    qtbot.keyClick(transport.model, Qt.Key.Key_Up)
    assert heard == [("model_chosen", "cnn1")]


def test_models_are_ordered_and_the_one_in_use_has_a_short_name(transport: TransportBar) -> None:
    ours = find_models([Path(__file__).parents[2] / "models"])
    names = [("mine", "Mine, of last night"), *((card.id, card.title) for card in ours.values())]
    transport.set_model(names, "unet", compared(ours))
    model = transport.model
    rows = [(model.itemText(row), model.itemData(row)) for row in range(model.count())]
    assert rows[0] == (f"{ours['unet'].title} (default)", "unet")
    assert [row[1] for row in rows[1:4]] == ["mine", None, "cnn1"]
    assert {row[1] for row in rows[3:]} == set(ours) - {"unet"}
    assert model.short_name == "U-Net"
    assert ours["unet"].title in model.toolTip()
    transport.set_model(names, "cnn2-binary", compared(ours))
    assert model.short_name == "cnn2-binary"  # two titles begin with "cnn2"
    transport.set_model(names, "mine", compared(ours))
    assert model.short_name == "Mine"


def test_wheel_does_not_change_the_model(transport: TransportBar, heard: Heard):
    turn_wheel(transport.model, -1)
    assert transport.model.currentData() == "cnn1"
    assert heard == []


def test_texts_fit_at_the_smallest_size(transport: TransportBar):
    transport.resize(transport.minimumSizeHint())
    for button in (transport.match, *map(transport.listen.button, ("remix", "original", "change"))):
        font = sized_font(button, 1.0, bold=True)
        assert text_width(font, button.text()) <= button.width() - 4
    assert transport.width() <= 900


def test_time_shows_position_and_length_in_time_or_samples(transport: TransportBar):
    transport.set_snapshot(replace(READY, position=90405), RATE, 60 * RATE)
    assert transport.time.shown == ("0:02.050", "/ 1:00.000")
    click(transport.time)
    assert transport.time.shown == (show_samples(90405), f"/ {show_samples(60 * RATE)} samples")
    assert show_samples(2646000).split("\u2009") == ["2", "646", "000"]


def test_waiting_is_said(transport: TransportBar):
    transport.set_snapshot(replace(READY, playing=True, waiting=True), RATE, 60 * RATE)
    assert "waiting" in transport.time.shown[1]


def test_without_a_song_there_is_nothing_to_play(transport: TransportBar, heard: Heard):
    transport.set_snapshot(READY, 0, 0)
    for button in (transport.home, transport.stop, transport.play, transport.loop):
        click(button)
    assert heard == []


@pytest.mark.parametrize("sound", [Sound.NO_DEVICE, Sound.NO_LIBRARY])
def test_without_sound_play_is_off_and_says_why(transport: TransportBar, sound: Sound):
    transport.set_snapshot(Snapshot(sound=sound), RATE, 60 * RATE)
    assert not transport.play.isEnabled()
    assert "exporting work" in transport.play.toolTip()
    assert transport.output.reading.warns
    assert transport.stop.isEnabled()
    transport.set_snapshot(READY, RATE, 60 * RATE)
    assert transport.play.isEnabled()
    assert "Space" in transport.play.toolTip()


def test_output_shows_device_rate_latency_and_glitches():
    reading = output_reading(replace(READY, glitches=3), RATE)
    assert (reading.title, reading.detail) == ("Headphones", "44.1 kHz · 102 ms")
    assert not reading.warns
    assert "opened: 3" in reading.explanation


def test_output_warns_when_it_converts():
    reading = output_reading(replace(READY, converting=True, device_rate=48000), RATE)
    assert reading.warns
    assert "44.1 kHz" in reading.detail
    assert "48 kHz" in reading.detail
    assert "Exports are not touched" in reading.explanation


def test_every_control_has_a_name_a_description_and_help(transport: TransportBar):
    kinds = (QAbstractButton, QComboBox)
    controls = [c for kind in kinds for c in transport.findChildren(kind)]
    assert len(controls) == 4 + 1 + 3 + 1 + 1 + 1
    assert len({control.accessibleName() for control in controls}) == len(controls)
    for control in controls:
        assert control.accessibleName()
        assert control.accessibleDescription(), control.accessibleName()
        assert control.toolTip(), control.accessibleName()
