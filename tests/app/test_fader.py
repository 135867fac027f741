import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from remixer.app.widgets.fader import Fader, fader_gain, fader_position
from tests.app.gestures import CTRL, SHIFT, double_click, drag, move, press, release, turn_wheel

GAINS = st.floats(-200.0, 24.0)


@pytest.fixture
def fader(qtbot: QtBot) -> Fader:
    fader = Fader("Vocals", "vocals")
    qtbot.addWidget(fader)
    fader.resize(60, 240)
    fader.show()
    fader.setFocus()
    qtbot.waitUntil(fader.hasFocus)
    return fader


@pytest.fixture
def heard(fader: Fader) -> list[tuple[float, bool]]:
    calls: list[tuple[float, bool]] = []
    fader.changed.connect(lambda gain_db, final: calls.append((gain_db, final)))
    return calls


# The law


@given(GAINS)
def test_position_and_gain_are_inverse(gain_db: float):
    assert fader_gain(fader_position(gain_db)) == pytest.approx(gain_db, abs=1e-9)


@given(st.floats(0.0, 1.25))
def test_gain_and_position_are_inverse(position: float):
    assert fader_position(fader_gain(position)) == pytest.approx(position, abs=1e-9)


@given(GAINS, GAINS)
def test_law_rises_strictly(one: float, other: float):
    low, high = sorted((one, other))
    if high - low > 1e-6:
        assert fader_position(low) < fader_position(high)


def test_law_is_off_at_the_bottom_and_12_db_at_the_top():
    assert fader_gain(0.0) == -math.inf
    assert fader_position(-math.inf) == 0.0
    assert fader_position(12.0) == 1.0
    assert fader_gain(1.0) == 12.0


def test_most_of_the_travel_is_around_0_db():
    assert fader_position(10.0) - fader_position(-10.0) > 0.5


# The mouse


def test_drag_is_many_changes_and_one_final(fader: Fader, heard: list[tuple[float, bool]]):
    drag(fader, QPointF(0, -40))
    assert [final for _, final in heard] == [False] * (len(heard) - 1) + [True]
    gains = [gain for gain, _ in heard]
    assert len(heard) > 5
    assert gains == sorted(gains)
    assert gains[-1] == gains[-2] == fader.current > 0.0


def test_drag_is_relative_and_in_tenths(fader: Fader, heard: list[tuple[float, bool]]):
    fader.set_value(-20.0)
    middle = QPointF(fader.rect().center())
    press(fader, middle)
    assert fader.current == -20.0
    move(fader, middle + QPointF(0, -1))
    assert -20.0 < fader.current < -18.5
    move(fader, middle + QPointF(0, -30))
    assert fader.current == pytest.approx(round(fader.current, 1), abs=1e-9)
    release(fader, middle + QPointF(0, -30))
    assert heard[-1] == (fader.current, True)


def test_shift_drags_ten_times_finer_in_hundredths(fader: Fader):
    drag(fader, QPointF(0, -30), steps=30)
    coarse = fader.current
    fader.set_value(0.0)
    drag(fader, QPointF(0, -30), steps=30, modifiers=SHIFT)
    assert fader.current == pytest.approx(coarse / 10.0, abs=0.06)
    assert fader.current == pytest.approx(round(fader.current, 2), abs=1e-9)


def test_changing_to_shift_within_a_drag_does_not_jump(fader: Fader):
    middle = QPointF(fader.rect().center())
    press(fader, middle)
    move(fader, middle + QPointF(0, -40))
    before = fader.current
    move(fader, middle + QPointF(0, -41), SHIFT)
    assert abs(fader.current - before) < 0.2
    release(fader, middle)


@pytest.mark.parametrize("start", [-7.3, 3.7, -9.9])
def test_drag_can_hit_0_exactly(fader: Fader, start: float):
    fader.set_value(start)
    middle = QPointF(fader.rect().center())
    press(fader, middle)
    seen = set()
    for pixel in range(-80, 81):
        move(fader, middle + QPointF(0, pixel))
        seen.add(fader.current)
    release(fader, middle)
    assert 0.0 in seen


def test_drag_ends_at_12_above_and_off_below(fader: Fader, heard: list[tuple[float, bool]]):
    drag(fader, QPointF(0, -1000))
    assert heard[-1] == (12.0, True)
    drag(fader, QPointF(0, 1000))
    assert heard[-1] == (-math.inf, True)


def test_drag_from_above_the_scale_does_not_jump(fader: Fader):
    fader.set_value(20.0)
    middle = QPointF(fader.rect().center())
    press(fader, middle)
    move(fader, middle + QPointF(0, 1))
    assert 18.0 < fader.current < 20.0
    release(fader, middle)


def test_click_changes_nothing(fader: Fader, heard: list[tuple[float, bool]]):
    fader.set_value(-3.0)
    press(fader, QPointF(20, 20))
    release(fader, QPointF(20, 20))
    assert heard == []
    assert fader.current == -3.0


def test_double_click_resets_in_one_change(fader: Fader, heard: list[tuple[float, bool]]):
    fader.set_value(-3.21)
    double_click(fader)
    assert heard == [(0.0, True)]
    double_click(fader)
    assert len(heard) == 1


def test_escape_takes_a_drag_back(qtbot: QtBot, fader: Fader, heard: list[tuple[float, bool]]):
    fader.set_value(-6.0)
    middle = QPointF(fader.rect().center())
    press(fader, middle)
    move(fader, middle + QPointF(0, -30))
    qtbot.keyClick(fader, Qt.Key.Key_Escape)
    assert heard[-1] == (-6.0, True)
    count = len(heard)
    move(fader, middle + QPointF(0, -60))
    release(fader, middle + QPointF(0, -60))
    assert len(heard) == count
    assert fader.current == -6.0


# The wheel and the keys


@pytest.mark.parametrize(
    ("modifiers", "step"), [(Qt.KeyboardModifier.NoModifier, 0.1), (SHIFT, 0.01), (CTRL, 1.0)]
)
def test_wheel_steps_and_pauses_into_one_change(
    qtbot: QtBot,
    fader: Fader,
    heard: list[tuple[float, bool]],
    modifiers: Qt.KeyboardModifier,
    step: float,
):
    for _ in range(3):
        turn_wheel(fader, 1, modifiers)
    assert [final for _, final in heard] == [False, False, False]
    qtbot.waitUntil(lambda: len(heard) == 4)
    assert heard[-1] == (pytest.approx(3 * step, abs=1e-9), True)


def test_smooth_wheel_adds_up_to_notches(fader: Fader, heard: list[tuple[float, bool]]):
    for _ in range(8):
        turn_wheel(fader, 0.25)
    assert [gain for gain, _ in heard] == [0.1, 0.2]


def test_leaving_ends_a_wheel_gesture_at_once(
    qtbot: QtBot, fader: Fader, heard: list[tuple[float, bool]]
):
    other = QLineEdit()
    qtbot.addWidget(other)
    turn_wheel(fader, -1)
    fader.clearFocus()
    assert heard == [(-0.1, False), (-0.1, True)]
    qtbot.wait(Fader.PAUSE_MS + 100)
    assert len(heard) == 2


def test_a_drag_ends_a_wheel_gesture_first(fader: Fader, heard: list[tuple[float, bool]]):
    turn_wheel(fader, 1)
    drag(fader, QPointF(0, -10))
    assert heard[:2] == [(0.1, False), (0.1, True)]
    assert [final for _, final in heard].count(True) == 2


@pytest.mark.parametrize(
    ("key", "modifiers", "gain_db"),
    [
        (Qt.Key.Key_Up, Qt.KeyboardModifier.NoModifier, -2.9),
        (Qt.Key.Key_Down, Qt.KeyboardModifier.NoModifier, -3.1),
        (Qt.Key.Key_Up, SHIFT, -2.99),
        (Qt.Key.Key_PageUp, Qt.KeyboardModifier.NoModifier, -2.0),
        (Qt.Key.Key_PageDown, Qt.KeyboardModifier.NoModifier, -4.0),
        (Qt.Key.Key_Home, Qt.KeyboardModifier.NoModifier, 0.0),
        (Qt.Key.Key_Delete, Qt.KeyboardModifier.NoModifier, 0.0),
    ],
)
def test_keys_step(
    qtbot: QtBot,
    fader: Fader,
    heard: list[tuple[float, bool]],
    key: Qt.Key,
    modifiers: Qt.KeyboardModifier,
    gain_db: float,
):
    fader.set_value(-3.0)
    qtbot.keyClick(fader, key, modifiers)
    assert fader.current == pytest.approx(gain_db, abs=1e-9)
    qtbot.waitUntil(lambda: heard[-1][1])
    assert heard[-1][0] == fader.current


def test_steps_go_to_24_db_and_stop(qtbot: QtBot, fader: Fader):
    fader.set_value(23.5)
    qtbot.keyClick(fader, Qt.Key.Key_PageUp)
    qtbot.keyClick(fader, Qt.Key.Key_PageUp)
    assert fader.current == 24.0


def test_steps_below_the_scale_lead_off_and_back(qtbot: QtBot, fader: Fader):
    fader.set_value(-60.0)
    qtbot.keyClick(fader, Qt.Key.Key_Down)
    assert fader.current == -math.inf
    qtbot.keyClick(fader, Qt.Key.Key_Down)
    assert fader.current == -math.inf
    qtbot.keyClick(fader, Qt.Key.Key_Up)
    assert fader.current == -60.0


def test_set_value_is_silent(fader: Fader, heard: list[tuple[float, bool]]):
    for gain_db in (1.5, -math.inf, 24.0, 0.0):
        fader.set_value(gain_db)
    assert heard == []


def test_screen_readers_can_move_it(fader: Fader, heard: list[tuple[float, bool]]):
    fader.set_value(-3.0)
    assert fader.value() == -300
    fader.setValue(-250)
    assert heard == [(-2.5, False), (-2.5, True)] or heard == [(-2.5, True)]
