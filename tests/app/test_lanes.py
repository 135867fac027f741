import threading
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QMouseEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from remixer.app.spectra import Spectra
from remixer.app.spectra_colours import Inks, _lightness, brightness_table, shares_of
from remixer.app.spectra_store import BLOCK, PIECE, BlockStore
from remixer.app.theme import DARK, LIGHT, Theme, apply_theme, current_theme
from remixer.app.tiles import MIX, OWNERS
from remixer.app.widgets.lanes import StemLanes
from remixer.app.widgets.ruler import (
    clock,
    frequency_ticks,
    frequency_y,
    hertz,
    time_ticks,
    y_frequency,
)
from remixer.app.widgets.timeline import SHORTEST_S, View
from remixer.dsp.pyramid import Raster, pool
from remixer.dsp.signal import STEMS, ArrayReader
from remixer.dsp.spectrogram import blend
from remixer.errors import InputError, SettingError
from remixer.mixing.stems import ArrayStems, StemSet
from tests.app.gestures import ALT, SHIFT, move, press, release, turn_wheel

RATE = 44_100
SECONDS = 12
LENGTH = RATE * SECONDS
CHUNK = 1 << 17
CHUNKS = -(-LENGTH // CHUNK)
PITCHES = {"vocals": 1000.0, "bass": 80.0, "drums": 6000.0, "other": 300.0}
TIMEOUT = 30_000


def tone(frequency: float) -> np.ndarray:
    time = np.arange(LENGTH) / RATE
    return np.tile(0.2 * np.sin(2 * np.pi * frequency * time), (2, 1))


@pytest.fixture(scope="module")
def song() -> StemSet:
    parts = np.stack([tone(PITCHES[stem]) for stem in STEMS])
    return StemSet(ArrayReader(parts.sum(axis=0), RATE), ArrayStems(parts[:3]))


@pytest.fixture
def lanes(qtbot: QtBot) -> StemLanes:
    widget = StemLanes()
    qtbot.addWidget(widget)
    widget.resize(900, 700)
    widget.show()
    qtbot.waitExposed(widget)
    widget.set_range_db(-90, -10)
    return widget


def settle(qtbot: QtBot, lanes: StemLanes) -> None:
    qtbot.waitUntil(lambda: lanes.settled, timeout=TIMEOUT)
    for view in lanes._views.values():
        view.update()
    qtbot.waitUntil(lambda: lanes.settled, timeout=TIMEOUT)


def all_done(count: int = CHUNKS) -> np.ndarray:
    return np.ones(count, np.bool_)


def show(qtbot: QtBot, lanes: StemLanes, song: StemSet, done: np.ndarray | None = None) -> None:
    lanes.set_song(song, Path("song.wav"))
    lanes.set_done(all_done() if done is None else done, CHUNK)
    settle(qtbot, lanes)


def pixel(lanes: StemLanes, lane: str, seconds: float, frequency: float) -> QColor:
    """The brightest or most coloured one within 2 pixels of a place in a lane."""
    view = lanes._views[lane]
    image = view.grab().toImage()
    scale = lanes._look.scale
    x = round(lanes.timeline.x(seconds, view.width()))
    y = round(frequency_y(frequency, RATE, scale, view.height()))
    ground = QColor(current_theme().sunken)
    colours = [image.pixelColor(x, y + dy) for dy in range(-2, 3)]
    return max(colours, key=lambda c: distance(c, ground))


def distance(a: QColor, b: QColor) -> int:
    return sum(abs(x - y) for x, y in zip(a.getRgb()[:3], b.getRgb()[:3], strict=True))


def is_ground(colour: QColor) -> bool:
    """Whether no sound is painted there; hatching is faint."""
    return distance(colour, QColor(current_theme().sunken)) < 75


# The pictures


@pytest.mark.parametrize("scale", ["log", "linear"])
def test_each_stem_is_at_its_pitch_in_its_lane_only(qtbot, lanes, song, scale):
    show(qtbot, lanes, song)
    lanes.set_scale(scale)
    settle(qtbot, lanes)
    for stem in STEMS:
        for other, pitch in PITCHES.items():
            # On a linear axis 80 and 300 Hz lie a pixel apart.
            if scale == "linear" and other != stem and min(pitch, PITCHES[stem]) < 500:
                continue
            assert is_ground(pixel(lanes, stem, 4.0, pitch)) == (other != stem), (stem, other)
    for pitch in PITCHES.values():
        assert not is_ground(pixel(lanes, MIX, 4.0, pitch))


def coloured(qtbot: QtBot, lanes: StemLanes, lane: str, stem: str, theme: Theme) -> None:
    """A lane shows a stem's sine in its colour, once images that stood in are replaced."""

    def shown() -> bool:
        return distance(pixel(lanes, lane, 4.0, PITCHES[stem]), theme.stem(stem)) < 60

    qtbot.waitUntil(shown, timeout=20_000)


@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_masks_and_owners_have_the_stems_colours(qtbot, lanes, song, theme):
    application = QApplication.instance()
    apply_theme(application, theme.name)
    try:
        show(qtbot, lanes, song)
        lanes.set_range_db(-90, -20)
        lanes.set_mode("masks")
        settle(qtbot, lanes)
        for stem in STEMS:
            coloured(qtbot, lanes, stem, stem, theme)
        assert is_ground(pixel(lanes, "vocals", 4.0, PITCHES["drums"]))
        lanes.set_mode("owners")
        settle(qtbot, lanes)
        assert lanes._views[OWNERS].isVisible()
        assert not lanes._views["vocals"].isVisible()
        for stem in STEMS:
            coloured(qtbot, lanes, OWNERS, stem, theme)
    finally:
        apply_theme(application, "dark")


def test_owners_are_blended_as_pictures_on_disk_are():
    cells = np.random.default_rng(0).integers(0, 256, (4, 30, 40), np.uint8)
    cells[:, 3] = 0
    bright = np.random.default_rng(1).integers(0, 256, (30, 40), np.uint8)
    inks = Inks.of(DARK)
    pixels = inks.owners(cells, bright)
    ours = np.stack([pixels >> 16 & 255, pixels >> 8 & 255, pixels & 255], axis=-1)
    red, green, blue = (float(channel) for channel in inks.ground)
    theirs = blend(shares_of(cells), bright / 255, (red, green, blue))
    assert np.abs(ours.astype(int) - theirs.astype(int)).max() <= 1


def test_shares_are_ratios_of_magnitudes_and_equal_in_silence():
    cells = np.array([[240, 0], [228, 0], [0, 0], [0, 0]], np.uint8)  # 0 and -6 dBFS
    shares = shares_of(cells)
    assert shares[:, 0] == pytest.approx([0.666, 0.334, 0, 0], abs=0.001)
    assert shares[:, 1] == pytest.approx([0.25] * 4)


@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_colours_of_levels_go_evenly_from_the_ground(theme):
    pixels = Inks.of(theme).spectrum
    assert QColor(int(pixels[0])) == QColor(theme.sunken)
    lightness = np.array([_lightness(QColor(int(pixel)).name()) for pixel in pixels[1::6]])
    steps = np.diff(lightness)
    assert steps == pytest.approx(np.full(len(steps), steps.mean()), abs=0.006)
    assert abs(lightness[-1] - lightness[0]) > 0.7


def test_range_is_linear_in_db():
    table = brightness_table(-100.0, 0.0)
    assert table[0] == 0
    assert table[40] == 0  # -100 dB
    assert table[140] == round(255 / 2)  # -50 dB
    assert table[240] == 255
    assert (np.diff(table.astype(int)) >= 0).all()


# What is not separated


def test_what_is_not_done_is_hatched_and_fills_in(qtbot, lanes, song):
    done = all_done()
    done[1] = False
    show(qtbot, lanes, song, done)
    inside, outside = 1.7 * CHUNK / RATE, 0.5 * CHUNK / RATE
    assert is_ground(pixel(lanes, "vocals", inside, 1000.0))
    assert not is_ground(pixel(lanes, "vocals", outside, 1000.0))
    assert not is_ground(pixel(lanes, MIX, inside, 1000.0))
    assert lanes._song is not None
    before = lanes._song.spectra.stems.store.get(2, 0).version
    lanes.set_done(all_done(), CHUNK)
    settle(qtbot, lanes)
    assert not is_ground(pixel(lanes, "vocals", inside, 1000.0))
    assert lanes._song.spectra.stems.store.get(2, 0).version > before


def test_a_separation_that_was_stopped_is_not_said_to_go_on(qtbot, lanes, song):
    done = np.zeros(CHUNKS, np.bool_)
    show(qtbot, lanes, song, done)
    under_way = lanes.grab().toImage()
    lanes.set_separating(False)
    settle(qtbot, lanes)
    stopped = lanes.grab().toImage()
    assert stopped != under_way
    lanes.set_separating(True)
    settle(qtbot, lanes)
    assert lanes.grab().toImage() != stopped


def test_done_pictures_never_vanish_while_others_arrive(qtbot, lanes, song):
    done = np.zeros(CHUNKS, np.bool_)
    done[0] = True
    show(qtbot, lanes, song, done)
    for chunk in range(1, CHUNKS):
        done = done.copy()
        done[chunk] = True
        lanes.set_done(done, CHUNK)
        for _ in range(3):
            QApplication.processEvents()
            assert not is_ground(pixel(lanes, "vocals", 0.5, 1000.0))


def test_nothing_of_the_stems_is_shown_before_they_are_told(qtbot, lanes, song):
    lanes.set_song(song.mix, Path("song.wav"))
    settle(qtbot, lanes)
    assert not is_ground(pixel(lanes, MIX, 4.0, 1000.0))
    assert is_ground(pixel(lanes, "vocals", 2.0, 1000.0))
    lanes.set_song(song, Path("song.wav"))
    settle(qtbot, lanes)
    assert is_ground(pixel(lanes, "vocals", 2.0, 1000.0))


def test_the_same_song_with_stems_keeps_view_and_mix(qtbot, lanes, song):
    lanes.set_song(song.mix, Path("song.wav"))
    settle(qtbot, lanes)
    spectra = lanes._song.spectra
    lanes.set_view(2.0, 5.0)
    lanes.set_loop((RATE, 2 * RATE))
    lanes.set_song(song, Path("song.wav"))
    assert lanes._song.spectra is spectra
    assert lanes.view() == (2.0, 5.0)
    assert lanes.timeline.loop == (RATE, 2 * RATE)
    # Opened again, it may be another recording under the same name.
    lanes.set_song(ArrayReader(song.mix.samples, RATE), Path("song.wav"))
    assert lanes._song.spectra is not spectra
    assert lanes.view() == (0.0, SECONDS)


@pytest.mark.parametrize("scale", [1.0, 1.25, 1.5, 2.0])
def test_no_seams_between_images_at_any_scale(qtbot, lanes, song, scale):
    show(qtbot, lanes, song)
    lanes.set_view(3.3, 9.9)
    settle(qtbot, lanes)
    view = lanes._views["vocals"]
    image = QImage(round(800 * scale), round(200 * scale), QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(scale)
    image.fill(QColor(current_theme().sunken))
    lanes.set_playhead(0)
    view.render(image, QPoint(7, 0))
    y = round(frequency_y(1000.0, RATE, "log", view.height()) * scale)
    lit = range(round(8 * scale) + 1, round(790 * scale))
    assert not [x for x in lit if is_ground(image.pixelColor(x, y))]


class Vanished:
    """A file that was there when it was opened."""

    rate, channels, length, grid = RATE, 2, LENGTH, None

    def read(self, start: int, count: int) -> np.ndarray:
        raise InputError("song.wav is gone: plug the disk in again")


def test_file_that_vanished_ends_in_words(qtbot, lanes):
    lanes.set_song(Vanished(), Path("song.wav"))
    settle(qtbot, lanes)
    assert "gone" in lanes._song.spectra.mix.error
    words = lanes._views[MIX].grab().toImage()
    middle = words.height() // 2
    row = [
        words.pixelColor(x, y) for y in range(middle - 5, middle + 6) for x in range(words.width())
    ]
    assert any(distance(c, QColor(current_theme().dim_text)) < 90 for c in row)


# The view


@given(
    st.floats(0.001, 40_000),
    st.lists(st.tuples(st.sampled_from(["zoom", "move", "at"]), st.floats(-1e6, 1e6)), max_size=30),
)
def test_view_stays_within_the_song(length, moves):
    view = View.whole(length)
    for what, value in moves:
        if what == "zoom":
            view = view.zoomed(2.0 ** max(min(value, 20.0), -20.0), view.start_s)
        elif what == "move":
            view = view.moved(value)
        else:
            view = view.at(value, abs(value))
        assert 0.0 <= view.start_s < view.stop_s <= length
        assert view.span_s >= min(SHORTEST_S, length) * (1 - 1e-6)


@given(st.floats(0.0, 1.0), st.floats(1.0, 10.0))
def test_zoom_leaves_the_cursor_where_it_is(part, factor):
    view = View(20.0, 60.0, 100.0)
    at_s = 20.0 + 40.0 * part
    zoomed = view.zoomed(factor, at_s)
    assert (at_s - zoomed.start_s) / zoomed.span_s == pytest.approx(part, abs=1e-6)


def test_random_journey_stays_within_the_song(qtbot, lanes, song):
    show(qtbot, lanes, song)
    rng = np.random.default_rng(5)
    view = lanes._views["bass"]
    for _ in range(60):
        kind = rng.integers(5)
        if kind == 0:
            turn_wheel(view, float(rng.integers(-6, 7)))
        elif kind == 1:
            turn_wheel(view, float(rng.integers(-6, 7)), SHIFT)
        elif kind == 2:
            lanes.zoom(float(rng.uniform(0.2, 5)))
        elif kind == 3:
            lanes.set_view(*rng.uniform(-5, 20, 2))
        else:
            start = QPointF(view.rect().center())
            press(view, start, ALT)
            move(view, start + QPointF(float(rng.integers(-300, 300)), 0))
            release(view, start)
        QApplication.processEvents()
        start_s, stop_s = lanes.view()
        assert 0.0 <= start_s < stop_s <= SECONDS
    settle(qtbot, lanes)


def test_zooms_by_name(qtbot, lanes, song):
    show(qtbot, lanes, song)
    seen = []
    lanes.view_changed.connect(lambda *view: seen.append(view))
    lanes.zoom_to_loop()
    assert lanes.view() == (0.0, SECONDS)
    lanes.set_loop((4 * RATE, 6 * RATE))
    lanes.zoom_to_loop()
    assert lanes.view() == pytest.approx((3.94, 6.06))
    lanes.zoom_fit()
    assert lanes.view() == (0.0, SECONDS)
    lanes.set_playhead(3 * RATE)
    lanes.zoom(4.0)
    assert lanes.view() == pytest.approx((2.25, 5.25))
    assert len(seen) == 3


def test_view_follows_the_playhead_unless_the_user_looks_elsewhere(qtbot, lanes, song):
    show(qtbot, lanes, song)
    lanes.scroll_to_playhead(True)
    lanes.set_view(0.0, 2.0)
    lanes.set_playhead(round(1.9 * RATE))
    assert lanes.view() == (0.0, 2.0)
    lanes.set_playhead(round(2.1 * RATE))
    assert lanes.view() == pytest.approx((2.0, 4.0))
    lanes.set_view(8.0, 10.0)  # the user looks elsewhere
    lanes.set_playhead(round(2.2 * RATE))
    assert lanes.view() == (8.0, 10.0)
    lanes.set_playhead(round(5.0 * RATE))  # and seeks
    assert lanes.view() == pytest.approx((4.9, 6.9))
    lanes.scroll_to_playhead(False)
    lanes.set_playhead(round(11.0 * RATE))
    assert lanes.view() == pytest.approx((4.9, 6.9))


# The mouse and the keyboard


def test_click_seeks_to_the_sample_under_it(qtbot, lanes, song):
    show(qtbot, lanes, song)
    lanes.set_view(2.0, 6.0)
    view = lanes._views["drums"]
    at = QPoint(view.width() // 4, 20)
    with qtbot.waitSignal(lanes.seek_requested) as asked:
        qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=at)
    expected = (2.0 + at.x() / view.width() * 4.0) * RATE
    assert asked.args[0] == pytest.approx(expected, abs=1)


def test_shift_drag_selects_and_shift_click_drops_the_loop(qtbot, lanes, song):
    show(qtbot, lanes, song)
    view, asked = lanes._views["vocals"], []
    lanes.loop_requested.connect(asked.append)
    start, stop = QPointF(view.width() * 0.75, 9), QPointF(view.width() * 0.25, 30)
    press(view, start, SHIFT)
    move(view, stop, SHIFT)
    assert lanes.timeline.selection is not None
    release(view, stop, SHIFT)
    assert lanes.timeline.selection is None
    assert asked[0] == pytest.approx((0.25 * LENGTH, 0.75 * LENGTH), abs=RATE / 50)
    press(view, start, SHIFT)
    release(view, start, SHIFT)
    assert asked[1:] == [None]


def test_alt_drag_pans_with_the_picture_under_the_mouse(qtbot, lanes, song):
    show(qtbot, lanes, song)
    lanes.set_view(4.0, 8.0)
    view = lanes._views["vocals"]
    start = QPointF(400, 20)
    before = lanes.timeline.seconds(400, view.width())
    press(view, start, ALT)
    move(view, start + QPointF(-130, 0))
    assert lanes.timeline.seconds(270, view.width()) == pytest.approx(before)
    release(view, start)


def test_wheel_zooms_at_the_cursor_and_shift_scrolls(qtbot, lanes, song):
    show(qtbot, lanes, song)
    view = lanes._views["vocals"]
    x = view.rect().center().x()
    before = lanes.timeline.seconds(x, view.width())
    turn_wheel(view, 5)
    assert lanes.view()[1] - lanes.view()[0] == pytest.approx(SECONDS / 1.25**5)
    assert lanes.timeline.seconds(x, view.width()) == pytest.approx(before)
    start_s, stop_s = lanes.view()
    turn_wheel(view, -1, SHIFT)
    assert lanes.view()[0] == pytest.approx(start_s + 0.1 * (stop_s - start_s))


def test_keys_zoom_and_scroll(qtbot, lanes, song):
    show(qtbot, lanes, song)
    qtbot.keyClick(lanes, Qt.Key.Key_Plus)
    assert lanes.view()[1] - lanes.view()[0] == pytest.approx(SECONDS / 1.5)
    start_s = lanes.view()[0]
    qtbot.keyClick(lanes, Qt.Key.Key_Right)
    assert lanes.view()[0] > start_s
    qtbot.keyClick(lanes, Qt.Key.Key_Minus)
    assert lanes.view() == (0.0, SECONDS)


def hover(lanes: StemLanes, lane: str, seconds: float, frequency: float) -> None:
    view = lanes._views[lane]
    y = frequency_y(frequency, RATE, lanes._look.scale, view.height())
    at = QPointF(lanes.timeline.x(seconds, view.width()), y)
    none = Qt.MouseButton.NoButton
    event = QMouseEvent(
        QEvent.Type.MouseMove, at, view.mapToGlobal(at), none, none, Qt.KeyboardModifier.NoModifier
    )
    QApplication.sendEvent(view, event)


def test_readout_tells_time_frequency_level_and_shares(qtbot, lanes, song):
    show(qtbot, lanes, song)
    told = []
    lanes.readout.connect(told.append)
    hover(lanes, "vocals", 3.0, 1000.0)
    time, frequency, level, vocals = (
        told[-1].replace("\N{NARROW NO-BREAK SPACE}", " ").split("   ")[:4]
    )
    assert time.startswith(("0:02.9", "0:03.0"))
    assert 960 < float(frequency.split()[0]) * (1000 if "kHz" in frequency else 1) < 1040
    assert float(level.split()[0]) == pytest.approx(-14.0, abs=1.6)
    assert vocals in ("vocals 99 %", "vocals 100 %")
    assert lanes.timeline.cursor_s == pytest.approx(3.0, abs=0.02)
    QApplication.sendEvent(lanes._views["vocals"], QEvent(QEvent.Type.Leave))
    assert told[-1] == ""
    assert lanes.timeline.cursor_s is None


def test_folded_lanes_are_low_and_the_others_grow(qtbot, lanes, song):
    show(qtbot, lanes, song)
    height = lanes._views["bass"].height()
    lanes.set_folded("mix", True)
    lanes.set_folded("drums", True)
    qtbot.waitUntil(lambda: lanes._views["bass"].height() > height)
    assert not lanes._views["drums"].isVisible()
    for lane in STEMS:
        lanes.set_folded(lane, True)
    lanes.set_mode("owners")
    assert lanes._views[OWNERS].isVisible()
    lanes.set_mode("spectrogram")
    lanes.set_folded("drums", False)
    qtbot.waitUntil(lambda: lanes._views["drums"].isVisible())
    settle(qtbot, lanes)


def test_unknown_modes_and_scales_are_refused(lanes):
    with pytest.raises(SettingError, match="spectrogram, masks, owners"):
        lanes.set_mode("waterfall")
    with pytest.raises(SettingError, match="log, linear"):
        lanes.set_scale("mel")


def test_names_for_screen_readers(lanes):
    assert lanes.accessibleName() == "Stem lanes"
    assert lanes._views["vocals"].accessibleName() == "Vocals picture"
    assert lanes._headers["vocals"]._button.accessibleName() == "Fold the vocals lane"


# Threads, memory, edges


def spectra_threads() -> list[threading.Thread]:
    return [t for t in threading.enumerate() if t.name.startswith("spectra")]


def test_threads_end_with_the_song_and_with_the_widget(qtbot, song):
    assert not spectra_threads()
    lanes = StemLanes()
    qtbot.addWidget(lanes)
    lanes.resize(600, 500)
    lanes.show()
    for k in range(5):
        lanes.set_song(song, Path(f"{k}.wav"))
        lanes.set_done(all_done(), CHUNK)
        QApplication.processEvents()
    lanes.set_song(None, None)
    qtbot.waitUntil(lambda: not spectra_threads(), timeout=TIMEOUT)
    lanes.set_song(song, None)
    lanes.close()
    assert not spectra_threads()


def test_threads_end_when_the_widget_is_deleted_unclosed(qtbot, song):
    lanes = StemLanes()
    lanes.set_song(song, None)
    lanes.deleteLater()
    del lanes
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    qtbot.waitUntil(lambda: not spectra_threads(), timeout=TIMEOUT)


@pytest.mark.parametrize(("rate", "length", "channels"), [(8000, 1, 1), (192_000, 99_991, 2)])
def test_other_rates_and_one_sample(qtbot, lanes, rate, length, channels):
    mix = ArrayReader(np.full((channels, length), 0.5), rate)
    lanes.set_song(StemSet(mix, ArrayStems(np.zeros((3, channels, length)))), None)
    lanes.set_done(all_done(1), CHUNK)
    settle(qtbot, lanes)
    for mode in ("masks", "owners", "spectrogram"):
        lanes.set_mode(mode)
        settle(qtbot, lanes)
    lanes.zoom(10)
    lanes.set_loop((0, length))
    lanes.zoom_to_loop()
    settle(qtbot, lanes)
    assert lanes.view() == (0.0, length / rate)


def test_levels_are_pooled_as_pieces_arrive_in_any_order():
    raster = Raster(8000, 128 * 300 * 8)
    store = BlockStore(raster, 2, 1 << 30)
    columns = raster.columns(2)
    cells = np.random.default_rng(0).integers(0, 256, (2, raster.rows, columns), np.uint8)
    cuts = [0, 77, *range(PIECE, columns, PIECE), columns]
    pieces = list(pairwise(cuts))
    np.random.default_rng(1).shuffle(pieces)
    for first, last in pieces:
        store.put(2, int(first), cells[..., first:last])
    expected = cells
    for level in range(2, raster.top + 1):
        for index in range(store.blocks(level)):
            block = store.get(level, index)
            assert block.complete
            part = expected[..., index * BLOCK : (index + 1) * BLOCK]
            assert np.array_equal(block.cells, part)
        expected = pool(expected)


def test_memory_is_bounded_for_hours(qtbot):
    """Ten hours, of which a screen at each of some places is looked at closely."""
    raster = Raster(8000, 8000 * 36_000)
    budget = 4 << 20
    spectra = Spectra(raster, lambda _start, count: np.zeros((1, count)))
    spectra.mix.store.budget = budget
    store = spectra.mix.store
    kept = sum(store.blocks(k) for k in range(store.kept, raster.top + 1)) * raster.rows * BLOCK
    try:
        for place in range(0, raster.columns(0), raster.columns(0) // 12):
            spectra.look_at(0, place, place + 1000)
            done = lambda first=place: not list(store.missing(0, first, first + 1000))  # noqa: E731
            if place + 1000 <= raster.columns(0):
                qtbot.waitUntil(done, timeout=TIMEOUT)
    finally:
        assert spectra.close()
    assert store.held <= kept + budget


# Axes


@given(
    st.floats(0, 1000), st.sampled_from([8000, RATE, 192_000]), st.sampled_from(["log", "linear"])
)
def test_frequencies_and_pixels_are_inverse(y, rate, scale):
    frequency = y_frequency(y, rate, scale, 1000)
    assert frequency_y(frequency, rate, scale, 1000) == pytest.approx(y, abs=1e-6)


@pytest.mark.parametrize("height", [40, 120, 700])
@pytest.mark.parametrize("scale", ["log", "linear"])
@pytest.mark.parametrize("rate", [8000, RATE, 192_000])
def test_frequency_labels_do_not_touch(rate, scale, height):
    ticks = frequency_ticks(rate, scale, height, 17)
    places = [frequency_y(f, rate, scale, height) for f, _ in ticks]
    assert ticks
    assert (np.diff(places) <= -17 + 1e-9).all()
    assert all(0 <= y <= height for y in places)


def test_times_and_frequencies_for_people():
    assert clock(62.345) == "1:02.345"
    assert clock(59.9996) == "1:00.000"
    assert clock(3723, 60) == "1:02:03"
    assert (hertz(440), hertz(1250), hertz(999.7), hertz(20_000)) == (
        "440 Hz",
        "1.25 kHz",
        "1 kHz",
        "20 kHz",
    )


@given(st.floats(0.25, 40_000), st.floats(0, 1), st.integers(50, 4000))
def test_time_labels_are_few_and_in_view(span, part, width):
    view = View.whole(span * 3).at(part * span, span)
    ticks = list(time_ticks(view, width))
    assert all(view.start_s - 1e-6 <= s <= view.stop_s + 1e-6 for s, _ in ticks)
    labels = [s for s, labelled in ticks if labelled]
    assert len(labels) <= width / 84 + 1
