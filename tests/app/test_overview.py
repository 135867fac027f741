import threading

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from remixer.app.theme import DARK, LIGHT, apply_theme, current_theme
from remixer.app.widgets.overview import RULER, Overview
from remixer.app.widgets.overview_parts import STRIP
from remixer.app.widgets.waveform import waveform_image
from remixer.dsp.signal import ArrayReader
from remixer.errors import InputError
from tests.app.gestures import ALT, SHIFT, move, press, release, turn_wheel

RATE = 8000
SECONDS = 100
LENGTH = RATE * SECONDS
WIDTH = 1000
TIMEOUT = 30_000


def half_loud() -> ArrayReader:
    """Loud in its first half, silent in the other."""
    samples = np.zeros((1, LENGTH))
    samples[0, : LENGTH // 2] = 0.8 * np.sin(2 * np.pi * 200 * np.arange(LENGTH // 2) / RATE)
    return ArrayReader(samples, RATE)


@pytest.fixture
def overview(qtbot: QtBot) -> Overview:
    widget = Overview()
    qtbot.addWidget(widget)
    widget.resize(WIDTH, 100)
    widget.show()
    qtbot.waitExposed(widget)
    widget.set_song(half_loud())
    qtbot.waitUntil(lambda: widget.complete, timeout=TIMEOUT)
    return widget


def collect(signal) -> list:
    got: list = []
    signal.connect(lambda *values: got.append(values if len(values) > 1 else values[0]))
    return got


def wave(x: float) -> QPointF:
    """A point on the waveform."""
    return QPointF(x, STRIP + 30)


def strip(x: float) -> QPointF:
    return QPointF(x, STRIP / 2)


def drag(widget: Overview, start: QPointF, stop: QPointF, keys=Qt.KeyboardModifier.NoModifier):
    press(widget, start, keys)
    for part in (0.3, 0.7, 1.0):
        move(widget, start + (stop - start) * part, keys)
    release(widget, stop, keys)


def difference(a: QColor, b: QColor) -> int:
    return sum(abs(x - y) for x, y in zip(a.getRgb()[:3], b.getRgb()[:3], strict=True))


@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_waveform_is_where_the_sound_is(qtbot, overview, theme):
    application = QApplication.instance()
    apply_theme(application, theme.name)
    try:
        image = overview.grab().toImage()
        y = STRIP + 20
        ground = QColor(current_theme().sunken)
        assert difference(image.pixelColor(250, y), ground) > 100
        assert difference(image.pixelColor(750, y), ground) < 20
    finally:
        apply_theme(application, "dark")


@pytest.mark.parametrize("width", [1, 7, 300, 5000])
@pytest.mark.parametrize("known", [0, 1, 50, 100])
def test_waveform_covers_what_is_known(known, width):
    values = np.tile(np.array([[-1.0], [1.0], [0.5]], np.float32), (1, 100))
    image = waveform_image(values, known, width, 41, DARK)
    painted = [image.pixelColor(x, 20).alpha() > 0 for x in range(width)]
    expected = 0 if not known else max(1, known * width // 100)
    assert painted == [True] * expected + [False] * (width - expected)
    if expected:
        assert all(image.pixelColor(0, y).alpha() for y in range(41))


def test_peaks_are_as_high_as_they_are_loud():
    values = np.tile(np.array([[-0.25], [0.5], [0.1]], np.float32), (1, 10))
    image = waveform_image(values, 10, 10, 101, DARK)
    painted = [y for y in range(101) if image.pixelColor(5, y).alpha()]
    assert (painted[0], painted[-1]) == (25, 62)


def test_click_and_drag_seek(qtbot, overview):
    asked = collect(overview.seek_requested)
    drag(overview, wave(200), wave(400))
    assert asked[0] == pytest.approx(LENGTH * 0.2, abs=1)
    assert asked[-1] == pytest.approx(LENGTH * 0.4, abs=1)
    drag(overview, wave(900), wave(5000))
    assert asked[-1] == LENGTH - 1


def test_shift_drag_makes_a_loop_and_shift_click_drops_it(qtbot, overview):
    asked, sought = collect(overview.loop_requested), collect(overview.seek_requested)
    drag(overview, wave(600), wave(300), SHIFT)
    assert asked == [pytest.approx((0.3 * LENGTH, 0.6 * LENGTH), abs=1)]
    drag(overview, wave(600), wave(601), SHIFT)
    assert asked[1:] == [None]
    assert not sought


def test_loop_is_resized_by_its_edges(qtbot, overview):
    overview.set_loop((LENGTH // 10 * 3, LENGTH // 10 * 6))
    asked, sought = collect(overview.loop_requested), collect(overview.seek_requested)
    drag(overview, wave(602), wave(800))
    assert asked == [pytest.approx((0.3 * LENGTH, 0.8 * LENGTH), abs=1)]
    drag(overview, wave(300), wave(900))  # beyond the other end
    assert asked[1] == pytest.approx((0.6 * LENGTH, 0.9 * LENGTH), abs=1)
    assert not sought
    drag(overview, wave(450), wave(450))
    assert sought


def test_visible_stretch_is_dragged_and_resized(qtbot, overview):
    overview.set_view(20.0, 40.0)
    asked = collect(overview.view_requested)
    drag(overview, strip(300), strip(400))
    assert asked[-1] == pytest.approx((30.0, 50.0))
    drag(overview, strip(400), strip(9000))
    assert asked[-1] == pytest.approx((80.0, 100.0))
    drag(overview, strip(800), strip(600))  # its left end
    assert asked[-1] == pytest.approx((60.0, 100.0))
    drag(overview, strip(100), strip(100))  # beside it
    assert asked[-1] == pytest.approx((0.0, 40.0))
    drag(overview, wave(100), wave(200), ALT)
    assert asked[-1] == pytest.approx((10.0, 50.0))


def test_wheel_zooms_the_view_about_the_mouse(qtbot, overview):
    asked = collect(overview.view_requested)
    turn_wheel(overview, 2)
    start, stop = asked[-1]
    assert stop - start == pytest.approx(SECONDS / 1.25**2)
    turn_wheel(overview, 1, SHIFT)
    assert asked[-1][0] < start
    turn_wheel(overview, -20)
    assert asked[-1] == pytest.approx((0.0, SECONDS))


def test_arrow_keys_seek(qtbot, overview):
    asked = collect(overview.seek_requested)
    overview.set_playhead(10 * RATE)
    qtbot.keyClick(overview, Qt.Key.Key_Right)
    qtbot.keyClick(overview, Qt.Key.Key_PageUp)
    assert asked == [11 * RATE, 0]


def test_what_is_not_separated_is_veiled(qtbot, overview):
    before = overview.grab().toImage()
    done = np.array([True, False])
    overview.set_done(done, LENGTH // 4)  # the second quarter, and nothing is known beyond
    after = overview.grab().toImage()
    y = STRIP + 33
    assert difference(before.pixelColor(100, y), after.pixelColor(100, y)) == 0
    assert difference(before.pixelColor(400, y), after.pixelColor(400, y)) > 30
    overview.set_done(np.array([True, True]), LENGTH // 4)
    assert overview.grab().toImage() == before


def test_marks_are_seen(qtbot, overview):
    def painted() -> bytes:
        return bytes(overview.grab().toImage().constBits())

    seen = {painted()}
    overview.set_playhead(LENGTH // 3)
    seen.add(painted())
    overview.set_loop((LENGTH // 2, LENGTH // 2 + 1))
    seen.add(painted())
    overview.set_view(10, 11)
    seen.add(painted())
    assert len(seen) == 4


class Broken:
    rate, channels, length, grid = RATE, 1, LENGTH, None

    def read(self, start: int, count: int) -> np.ndarray:
        raise InputError("song.wav is gone")


def test_file_that_vanished_ends_in_words(qtbot, overview):
    overview.set_song(Broken())
    outline = overview._outline
    qtbot.waitUntil(lambda: not outline.running, timeout=TIMEOUT)
    assert outline.error == "song.wav is gone"
    QApplication.processEvents()
    overview.grab()


def outline_threads() -> list[threading.Thread]:
    return [t for t in threading.enumerate() if t.name == "outline"]


def test_threads_end_with_the_song_and_the_widget(qtbot, overview):
    for _ in range(5):
        overview.set_song(half_loud())
    overview.set_song(None)
    qtbot.waitUntil(lambda: not outline_threads(), timeout=TIMEOUT)
    overview.grab()
    overview.set_song(half_loud())
    overview.close()
    assert not outline_threads()


def test_nothing_is_asked_without_a_song(qtbot, overview):
    overview.set_song(None)
    signals = (overview.seek_requested, overview.loop_requested, overview.view_requested)
    asked = [collect(signal) for signal in signals]
    drag(overview, wave(100), wave(200))
    drag(overview, strip(100), strip(200))
    drag(overview, wave(100), wave(200), SHIFT)
    turn_wheel(overview, 3)
    qtbot.keyClick(overview, Qt.Key.Key_Right)
    assert asked == [[], [], []]


@pytest.mark.parametrize("length", [1, 3, 8191, 8193])
def test_short_songs(qtbot, overview, length):
    overview.set_song(ArrayReader(np.full((2, length), 0.5), 192_000))
    qtbot.waitUntil(lambda: overview.complete, timeout=TIMEOUT)
    overview.set_loop((0, length))
    overview.set_playhead(length)
    asked = collect(overview.seek_requested)
    drag(overview, wave(500), wave(500))
    assert 0 <= asked[-1] < length
    overview.grab()


def test_leaving_and_other_buttons_do_nothing(qtbot, overview):
    asked = collect(overview.seek_requested)
    qtbot.mouseClick(overview, Qt.MouseButton.RightButton)
    QApplication.sendEvent(overview, QEvent(QEvent.Type.Leave))
    assert not asked
    assert overview.accessibleName()
    assert overview.height() > STRIP + RULER
