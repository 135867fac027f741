import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from remixer.app.theme import current_theme
from remixer.app.widgets.meter import Ballistics, Meter, meter_position
from remixer.dsp.gain import db_to_gain
from tests.app.gestures import click


class Clock:
    """Time that passes when told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def fed(channel: Ballistics, start: float, seconds: float, peak: float = 0.0) -> float:
    """Feeds the same peak 30 times a second; returns the time after."""
    steps = round(seconds * 30)
    for step in range(1, steps + 1):
        channel.feed(peak, start + step / 30)
    return start + steps / 30


@given(st.floats(-100.0, 20.0), st.floats(-100.0, 20.0))
def test_scale_rises_within_its_ends(one: float, other: float):
    low, high = sorted((one, other))
    assert 0.0 <= meter_position(low) <= meter_position(high) <= 1.0


def test_level_rises_at_once_and_falls_by_20_db_a_second():
    channel = Ballistics()
    channel.feed(1.0, 10.0)
    assert channel.level_db == 0.0
    now = fed(channel, 10.0, 1.0)
    assert channel.level_db == pytest.approx(-20.0, abs=1e-6)
    channel.feed(0.5, now + 0.01)
    assert channel.level_db == pytest.approx(-6.02, abs=0.01)


def test_fall_does_not_depend_on_how_often_it_is_fed():
    seldom, often = Ballistics(), Ballistics()
    for channel in (seldom, often):
        channel.feed(1.0, 0.0)
    seldom.feed(0.0, 1.0)
    fed(often, 0.0, 1.0)
    assert seldom.level_db == pytest.approx(often.level_db, abs=1e-6)


def test_mark_holds_and_then_falls():
    channel = Ballistics()
    channel.feed(1.0, 0.0)
    now = fed(channel, 0.0, 1.4)
    assert channel.held_db == 0.0
    now = fed(channel, now, 1.1)
    assert -25.0 < channel.held_db < -15.0
    fed(channel, now, 5.0)
    assert channel.held_db == channel.level_db == -math.inf


def test_a_higher_peak_takes_the_mark():
    channel = Ballistics()
    channel.feed(0.5, 0.0)
    channel.feed(0.9, 0.1)
    channel.feed(0.6, 0.2)
    assert channel.held_db == pytest.approx(-0.915, abs=0.01)


@pytest.mark.parametrize(("level_db", "clipped"), [(0.0, False), (0.1, True)])
def test_lamp_is_for_more_than_full_scale(level_db: float, clipped: bool):
    channel = Ballistics()
    channel.feed(db_to_gain(level_db), 0.0)
    fed(channel, 0.0, 10.0)
    assert channel.clipped is clipped


@pytest.fixture
def meter(qtbot: QtBot) -> Meter:
    meter = Meter("Vocals", "vocals", clock=Clock())
    qtbot.addWidget(meter)
    meter.resize(40, 200)
    meter.show()
    return meter


def test_click_puts_the_lamp_out(qtbot: QtBot, meter: Meter):
    meter.set_peaks((1.2, 0.5))
    assert meter.clipped
    with qtbot.waitSignal(meter.cleared):
        click(meter)
    assert not meter.clipped


def test_keyboard_reaches_a_lit_lamp_only(qtbot: QtBot, meter: Meter):
    meter.set_peaks((0.5, 0.5))
    assert meter.focusPolicy() == Qt.FocusPolicy.NoFocus
    meter.set_peaks((1.5, 0.5))
    assert meter.focusPolicy() == Qt.FocusPolicy.TabFocus
    assert "+3.5 dBFS" in meter.toolTip()
    qtbot.keyClick(meter, Qt.Key.Key_Return)
    assert not meter.clipped


def test_its_tip_tells_the_levels_as_they_are(meter: Meter):
    meter.set_peaks((0.5, 0.25))
    meter.set_peaks((0.1, 0.25))
    QApplication.sendEvent(meter, QHelpEvent(QEvent.Type.ToolTip, QPoint(5, 50), QPoint(5, 50)))
    assert "Now −6.0, at most −6.0 since it was cleared" in meter.toolTip()
    QToolTip.hideText()
    meter.clear()
    assert "Now" not in meter.toolTip()


def test_mono_has_one_bar(meter: Meter):
    meter.set_peaks((0.5,))
    assert len(meter.channels) == 1
    meter.grab()
    meter.set_peaks((0.5, 0.25))
    assert [round(channel.level_db) for channel in meter.channels] == [-6, -12]


def test_bars_are_painted_where_the_level_is(meter: Meter):
    meter.set_peaks((1.0, 0.0))
    image = meter.grab().toImage()
    column = [image.pixelColor(3, y).name().upper() for y in range(image.height())]
    lit = [y for y, colour in enumerate(column) if colour == current_theme().stems["vocals"]]
    assert len(lit) > 0.6 * image.height()
    assert max(lit) >= image.height() - 3
