from PySide6.QtGui import QAction
from PySide6.QtWidgets import QSpinBox
from pytestqt.qtbot import QtBot

from remixer.app.widgets.lane_tools import NARROWEST_DB, RANGE_DB, LaneTools


def tools(qtbot: QtBot) -> LaneTools:
    made = LaneTools(
        [QAction("Spectrograms"), QAction("Masks")], [QAction("Log"), QAction("Linear")], []
    )
    qtbot.addWidget(made)
    made.resize(900, 36)
    made.show()
    return made


def boxes(made: LaneTools) -> tuple[QSpinBox, QSpinBox]:
    low, high = made.findChildren(QSpinBox)
    return low, high


def test_the_range_is_told_and_never_turned_over(qtbot: QtBot) -> None:
    made = tools(qtbot)
    told: list[tuple[float, float]] = []
    made.range_changed.connect(lambda low, high: told.append((low, high)))
    low, high = boxes(made)
    assert made.range_db == RANGE_DB
    high.setValue(-90)
    assert made.range_db[1] - made.range_db[0] >= NARROWEST_DB
    low.setValue(-5)
    assert made.range_db[1] - made.range_db[0] >= NARROWEST_DB
    assert told[-1] == made.range_db


def test_a_narrow_window_keeps_what_matters(qtbot: QtBot) -> None:
    made = tools(qtbot)
    assert all(box.isVisible() for box in boxes(made))
    narrow = made.minimumSizeHint().width()
    assert narrow < 450
    made.resize(narrow, 36)
    assert not any(box.isVisible() for box in boxes(made))
    made.resize(900, 36)
    assert all(box.isVisible() for box in boxes(made))
