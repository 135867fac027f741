from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QImage
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QLabel,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from remixer.app.demo import demo_song
from remixer.app.theme import DARK, LIGHT, apply_theme
from remixer.app.widgets.basics import ElidedLabel, clock, one_line, time_left
from remixer.app.widgets.empty import SHOWN, EmptyState, RecentRow
from remixer.app.widgets.jobs import JobStrip
from remixer.app.widgets.notice import INFO_MS, NoticeBar
from remixer.session.separation_service import Separation


@pytest.fixture(autouse=True)
def _dark(qapp: QApplication) -> Iterator[None]:
    apply_theme(qapp, "dark")
    yield
    apply_theme(qapp, "dark")


def texts(widget: QWidget) -> list[str]:
    """What a person reads."""
    return [
        child.text() for child in widget.findChildren(QLabel) if child.isVisible() and child.text()
    ]


def shown_buttons(widget: QWidget) -> list[str]:
    return [b.text() for b in widget.findChildren(QPushButton) if b.isVisible()]


def colours(image: QImage) -> set[str]:
    return {
        image.pixelColor(x, y).name().upper()
        for x in range(0, image.width(), 2)
        for y in range(0, image.height(), 2)
    }


# What a newcomer sees


@pytest.fixture
def empty(qtbot: QtBot) -> EmptyState:
    state = EmptyState()
    qtbot.addWidget(state)
    state.resize(900, 700)
    with qtbot.waitExposed(state):
        state.show()
    return state


def rows(state: EmptyState) -> list[RecentRow]:
    return [row for row in state.findChildren(RecentRow) if row.isVisibleTo(state)]


def test_ways_to_begin(qtbot: QtBot, empty: EmptyState):
    named = {b.accessibleName(): b for b in empty.findChildren(QAbstractButton)}
    with qtbot.waitSignal(empty.open_clicked):
        qtbot.mouseClick(named["Open a recording…"], Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(empty.demo_clicked):
        qtbot.keyClick(named["Open the demo song"], Qt.Key.Key_Space)
    assert "Recent" not in texts(empty)
    for format in ("WAV", "AIFF", "FLAC", "W64", "MP3", "M4A", "Ogg", "Opus"):
        assert any(format in text for text in texts(empty)), format


def test_recent_files_open_and_those_that_are_gone_do_not(
    qtbot: QtBot, empty: EmptyState, tmp_path: Path
):
    there, gone = tmp_path / "there & here <b>.wav", tmp_path / "gone.wav"
    there.touch()
    empty.set_recent([gone, there])
    qtbot.waitUntil(lambda: len(rows(empty)) == 2)
    first, second = rows(empty)
    assert [first.isEnabled(), second.isEnabled()] == [False, True]
    assert "missing" in first.accessibleName()
    clicked: list[str] = []
    empty.recent_clicked.connect(clicked.append)
    qtbot.mouseClick(first, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(second, Qt.MouseButton.LeftButton)
    qtbot.keyClick(second, Qt.Key.Key_Space)
    assert clicked == [str(there), str(there)]


def test_the_demo_song_is_not_known_by_its_place(qtbot: QtBot, empty: EmptyState):
    empty.set_recent([demo_song()])
    qtbot.waitUntil(lambda: len(rows(empty)) == 1)
    (row,) = rows(empty)
    assert row.accessibleName() == "Open Demo song"
    assert str(demo_song().parent) not in row.toolTip()
    with qtbot.waitSignal(empty.recent_clicked) as clicked:
        qtbot.mouseClick(row, Qt.MouseButton.LeftButton)
    assert clicked.args == [str(demo_song())]


def test_recent_list_is_replaced_and_bounded(qtbot: QtBot, empty: EmptyState, tmp_path: Path):
    empty.set_recent([tmp_path / f"{n}.wav" for n in range(SHOWN + 4)])
    qtbot.waitUntil(lambda: len(rows(empty)) == SHOWN)
    empty.set_recent([])
    assert rows(empty) == []
    qtbot.waitUntil(lambda: empty.findChildren(RecentRow) == [])


def test_a_recent_path_that_may_not_be_looked_at_is_missing(qtbot: QtBot, empty: EmptyState):
    empty.set_recent([Path("/x" * 5000), Path("/a\nb/\udcff.wav")])
    qtbot.waitUntil(lambda: len(rows(empty)) == 2)
    assert not any(row.isEnabled() for row in rows(empty))
    empty.grab()


def test_a_held_file_lights_the_place(empty: EmptyState):
    before = empty.grab().toImage()
    empty.set_dropping(True)
    assert empty.grab().toImage() != before
    empty.set_dropping(False)
    assert empty.grab().toImage() == before


def test_empty_state_follows_the_theme(qapp: QApplication, empty: EmptyState):
    assert DARK.window in colours(empty.grab().toImage())
    apply_theme(qapp, "light")
    seen = colours(empty.grab().toImage())
    assert {LIGHT.window, LIGHT.panel} <= seen
    assert DARK.window not in seen


# The separation in a row


@pytest.fixture
def strip(qtbot: QtBot) -> JobStrip:
    made = JobStrip()
    qtbot.addWidget(made)
    made.resize(900, made.height())
    made.set_model("cnn1")
    return made


def test_no_separation_shows_nothing(strip: JobStrip):
    assert strip.isHidden()
    strip.set_status(Separation("waiting"))
    assert not strip.isHidden()
    strip.set_status(None)
    assert strip.isHidden()


def test_separating_tells_how_far_and_how_long(qtbot: QtBot, strip: JobStrip):
    strip.set_status(Separation("separating", done_s=99.9, total_s=100.0, left_s=11.2))
    assert texts(strip) == ["Separating with cnn1", "99 %", "about 0:12 left"]
    with qtbot.waitSignal(strip.cancel_clicked):
        button = next(b for b in strip.findChildren(QPushButton) if b.text() == "Cancel")
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    strip.set_status(Separation("separating", done_s=0.0, total_s=100.0, left_s=None))
    assert texts(strip) == ["Separating with cnn1", "0 %"]


def test_waiting_promises_nothing(strip: JobStrip):
    strip.set_status(Separation("waiting"))
    assert texts(strip) == ["Preparing cnn1"]
    assert shown_buttons(strip) == ["Cancel"]


def test_done_is_quiet(strip: JobStrip):
    strip.set_status(Separation("separating", done_s=1.0, total_s=2.0))
    strip.set_status(Separation("done", done_s=2.0, total_s=2.0))
    assert texts(strip) == ["Separated with cnn1"]
    assert shown_buttons(strip) == []


def test_failure_says_why_and_offers_another_try(qtbot: QtBot, strip: JobStrip):
    why = "the cache in /x cannot be written (No space left on device): " + "free some space " * 9
    strip.set_status(Separation("failed", done_s=1.0, total_s=2.0, error=why))
    assert texts(strip) == ["The separation failed:", why]
    message = strip.findChild(ElidedLabel)
    assert message is not None
    assert message.toolTip() == why, "whole where the row is too short"
    with qtbot.waitSignal(strip.retry_clicked):
        retry = next(b for b in strip.findChildren(QPushButton) if b.text() == "Retry")
        qtbot.keyClick(retry, Qt.Key.Key_Space)


def test_cancelled_can_go_on(strip: JobStrip):
    strip.set_status(Separation("cancelled", done_s=43.0, total_s=100.0))
    assert texts(strip) == ["Separation stopped at 43 %; the rest plays as the original"]
    assert shown_buttons(strip) == ["Go on"]


# Notices


@pytest.fixture
def timer(qapp: QApplication) -> QTimer:
    return QTimer()


@pytest.fixture
def bar(qtbot: QtBot, timer: QTimer) -> NoticeBar:
    made = NoticeBar(timer=timer)
    qtbot.addWidget(made)
    made.resize(900, 60)
    return made


def shown(bar: NoticeBar) -> str | None:
    return bar.shown.text if bar.shown else None


def test_info_goes_by_itself(bar: NoticeBar, timer: QTimer):
    assert bar.isHidden()
    bar.show_notice("Saved")
    assert not bar.isHidden()
    assert timer.isActive()
    assert timer.interval() == INFO_MS == 6_000
    timer.timeout.emit()
    assert bar.isHidden()


@pytest.mark.parametrize("kind", ["warning", "error"])
def test_what_matters_stays(qtbot: QtBot, bar: NoticeBar, timer: QTimer, kind: str):
    bar.show_notice("Headphones were unplugged", kind)
    assert not timer.isActive()
    close = bar.findChild(QToolButton)
    assert close is not None
    qtbot.mouseClick(close, Qt.MouseButton.LeftButton)
    assert bar.isHidden()


def test_the_serious_first_then_in_order(bar: NoticeBar, timer: QTimer):
    bar.show_notice("one")
    bar.show_notice("two")
    bar.show_notice("broken", "error")
    assert shown(bar) == "broken"
    assert not timer.isActive(), "an error's time does not run"
    assert "2 more" in texts(bar)
    bar.show_notice("careful", "warning")
    seen = []
    while bar.shown:
        seen.append(shown(bar))
        bar.dismiss()
    assert seen == ["broken", "careful", "one", "two"]
    assert bar.isHidden()


def test_a_second_notice_gets_its_own_six_seconds(bar: NoticeBar, timer: QTimer):
    bar.show_notice("one")
    bar.show_notice("two")
    timer.timeout.emit()
    assert shown(bar) == "two"
    assert timer.isActive()
    timer.timeout.emit()
    assert shown(bar) is None


def test_the_same_notice_is_not_repeated(bar: NoticeBar):
    for _ in range(5):
        bar.show_notice("No output device", "warning")
    bar.dismiss()
    assert bar.isHidden()


def test_news_of_a_topic_replaces_what_was_told_of_it_and_goes(bar: NoticeBar, timer: QTimer):
    bar.show_notice("The output device went away", "warning", topic="output")
    bar.show_notice("The song is cut off", "warning", topic="song")
    bar.show_notice("No moves are kept", "warning")
    bar.show_notice("Sound is back", "info", topic="output")
    seen = []
    while bar.shown:
        seen.append(shown(bar))
        bar.dismiss()
    assert seen == ["The song is cut off", "No moves are kept", "Sound is back"]
    bar.show_notice("The output device went away", "warning", topic="output")
    assert not timer.isActive()
    bar.show_notice("Sound is back", "info", topic="output")
    assert shown(bar) == "Sound is back"
    assert timer.isActive()
    timer.timeout.emit()
    assert bar.isHidden()


def test_action_closes_the_notice_and_acts_once(qtbot: QtBot, bar: NoticeBar):
    done: list[str] = []

    def act() -> None:
        done.append("acted")
        bar.show_notice("From the action")

    bar.show_notice("Headphones were unplugged", "warning", "Choose output", act)
    assert shown_buttons(bar) == ["Choose output"]
    button = next(b for b in bar.findChildren(QPushButton) if b.isVisible())
    qtbot.keyClick(button, Qt.Key.Key_Space)
    assert done == ["acted"]
    assert shown(bar) == "From the action"
    assert shown_buttons(bar) == []


def test_clear_and_unknown_kinds(bar: NoticeBar):
    bar.show_notice("one", "error")
    bar.show_notice("two")
    bar.clear()
    assert bar.isHidden()
    with pytest.raises(ValueError, match="use one of"):
        bar.show_notice("what", "disaster")


def test_it_floats_and_moves_nothing(qtbot: QtBot, bar: NoticeBar):
    page = QWidget()
    qtbot.addWidget(page)
    below = QWidget()
    column = QVBoxLayout(page)
    column.addWidget(below)
    bar.float_over(page)
    page.resize(600, 400)
    page.show()
    before = below.geometry()
    for text in ("short", "A text that is far too long for one line of it. " * 6):
        bar.show_notice(text, "error")
        assert below.geometry() == before
        assert page.rect().contains(bar.geometry())
        assert bar.geometry().bottom() > page.height() - 20
        label = next(
            found for found in bar.findChildren(QLabel) if found.text().startswith(text[:5])
        )
        assert label.height() >= label.heightForWidth(label.width())
        bar.dismiss()
    bar.show_notice("again", "error")
    page.resize(1400, 300)
    assert page.rect().contains(bar.geometry())
    assert abs(bar.geometry().center().x() - 700) <= 1
    bar.setParent(None)  # each widget is closed for itself


# Words


def test_words():
    assert [clock(s) for s in (-1, 0, 0.2, 59.5, 61, 3600)] == [
        "0:00",
        "0:00",
        "0:01",
        "1:00",
        "1:01",
        "1:00:00",
    ]
    assert [time_left(s) for s in (None, float("inf"), 12)] == ["", "", "about 0:12 left"]
    assert one_line("a\nb\t\udcff\u2028c") == "a\\nb\\t\\udcff\\u2028c"
