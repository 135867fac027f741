"""The level line on a lane, with real gestures."""

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from remixer.app.widgets.timeline import Timeline
from remixer.app.widgets.treatments.automation import AutomationLine
from remixer.mixing.automation import level_at
from remixer.mixing.treatments import Automation
from tests.app.gestures import SHIFT, move, press, release

RATE, LENGTH = 1000, 100_000
Told = list[tuple[Automation, bool]]


class Lane(QWidget):
    """Remembers where it was pressed."""

    def __init__(self) -> None:
        super().__init__()
        self.pressed: list[QPointF] = []

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.pressed.append(event.position())


@pytest.fixture
def lane(qtbot: QtBot) -> Lane:
    lane = Lane()
    qtbot.addWidget(lane)
    lane.resize(500, 120)
    return lane


@pytest.fixture
def line(lane: Lane, qtbot: QtBot) -> AutomationLine:
    timeline = Timeline(lane)
    timeline.set_song(RATE, LENGTH)
    line = AutomationLine("vocals", timeline, lane)
    with qtbot.waitExposed(lane):
        lane.show()
        line.show()
    return line


@pytest.fixture
def told(line: AutomationLine) -> Told:
    told: Told = []
    line.changed.connect(lambda points, final: told.append((points, final)))
    return told


def pull(line: AutomationLine, start: QPointF, by: QPointF, shift: bool = False) -> None:
    modifiers = SHIFT if shift else Qt.KeyboardModifier.NoModifier
    press(line, start)
    for step in range(1, 6):
        move(line, start + by * (step / 5), modifiers)
    release(line, start + by)


def test_it_lies_over_the_lane(line: AutomationLine, lane: Lane) -> None:
    assert line.geometry() == lane.rect()
    lane.resize(800, 90)
    assert line.geometry() == lane.rect()


def test_the_line_is_pulled_to_a_point(line: AutomationLine, told: Told) -> None:
    start = line.place_of(40_000, 0.0)
    pull(line, start, line.place_of(50_000, 6.0) - start)
    [(sample, gain_db)] = told[-1][0]
    assert sample == pytest.approx(50_000, abs=300)
    assert gain_db == pytest.approx(6.0, abs=0.1)
    assert [final for _, final in told].count(True) == 1


def test_a_point_stays_between_its_neighbours_and_snaps_to_0(
    line: AutomationLine, told: Told
) -> None:
    line.show_points(((20_000, 6.0), (50_000, -6.0), (80_000, 3.0)))
    middle = line.place_of(50_000, -6.0)
    pull(line, middle, QPointF(400.0, line.place_of(0, 0.1).y() - middle.y()))
    assert told[-1] == (((20_000, 6.0), (79_999, 0.0), (80_000, 3.0)), True)


def test_shift_is_finer_and_keeps_the_place(line: AutomationLine, told: Told) -> None:
    line.show_points(((20_000, 6.0), (50_000, -6.0)))
    pull(line, line.place_of(50_000, -6.0), QPointF(30.0, -10.0), shift=True)
    sample, gain_db = told[-1][0][1]
    assert sample == 50_000
    assert -6.0 < gain_db < -5.5


def test_below_the_lane_is_as_soft_as_can_be(line: AutomationLine, told: Told) -> None:
    line.show_points(((20_000, 6.0), (50_000, -6.0)))
    pull(line, line.place_of(50_000, -6.0), QPointF(0.0, 300.0))
    assert told[-1][0][1] == (50_000, -90.0)


def test_points_are_removed(line: AutomationLine, told: Told, qtbot: QtBot) -> None:
    line.show_points(((20_000, 6.0), (50_000, -6.0), (80_000, 3.0)))
    at = line.place_of(50_000, -6.0).toPoint()
    qtbot.mouseDClick(line, Qt.MouseButton.LeftButton, pos=at)
    assert told[-1] == (((20_000, 6.0), (80_000, 3.0)), True)
    place = line.place_of(80_000, 3.0)
    press(line, place)
    release(line, place)
    qtbot.keyClick(line, Qt.Key.Key_Delete)
    assert told[-1] == (((20_000, 6.0),), True)


def test_all_else_is_the_lanes(line: AutomationLine, lane: Lane, told: Told, qtbot: QtBot) -> None:
    line.show_points(((20_000, 6.0), (50_000, -6.0)))
    on = line.place_of(35_000, level_at(((20_000, 6.0), (50_000, -6.0)), 35_000))
    away = on + QPointF(0.0, 30.0)
    qtbot.mouseClick(line, Qt.MouseButton.LeftButton, pos=away.toPoint())
    qtbot.mouseClick(line, Qt.MouseButton.LeftButton, SHIFT, pos=on.toPoint())
    assert len(lane.pressed) == 2
    assert not told


def test_it_paints_on_any_view(line: AutomationLine) -> None:
    line.show_points(tuple((n * 997, (n % 5) * 3.0 - 6.0) for n in range(100)))
    assert not line.grab().isNull()
    line._timeline.set_view(line._timeline.view.at(33.3, 0.3))
    image = line.grab().toImage()
    bright = [y for y in range(image.height()) if image.pixelColor(250, y).lightness() > 220]
    assert bright
