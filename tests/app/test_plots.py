import math

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from remixer.app.theme import DARK, LIGHT, Theme, apply_theme
from remixer.app.widgets.loudness_table import LoudnessTable
from remixer.app.widgets.plot import Plot
from remixer.app.widgets.plot_axes import (
    change_range,
    change_ticks,
    decibel_ticks,
    frequency_ticks,
    level_range,
    show_hz,
    time_ticks,
)
from remixer.app.widgets.plots import LoudnessPlot, SpectrumPlot
from remixer.dsp.loudness import Loudness
from remixer.mixing.strips import MixState
from remixer.session.comparison import Comparison, Measured
from tests.app.gestures import move

RATE = 44_100


def comparison(change_db: float = 2.0, seconds: int = 30) -> Comparison:
    hz = 20.0 * 2.0 ** (np.arange(120) / 12)
    levels = -30.0 - 3.0 * np.log2(hz / 20.0)
    steps = seconds * 10
    curve = np.full(steps, -14.0)
    curve[:29] = np.nan
    loudness = Loudness(-14.0, -1.0, -1.3, -11.0, -12.5, 4.2)
    louder = Loudness(-12.04, 1.0, 0.7, -9.0, -10.5, 4.2)
    return Comparison(
        MixState(master_db=change_db),
        (0, seconds * RATE),
        RATE,
        1.0,
        RATE // 10,
        hz,
        Measured(loudness, curve, levels),
        Measured(louder, curve + change_db, levels + change_db),
    )


@pytest.fixture(params=[SpectrumPlot, LoudnessPlot])
def plot(qtbot: QtBot, request: pytest.FixtureRequest) -> Plot:
    plot: Plot = request.param()
    qtbot.addWidget(plot)
    plot.resize(500, 260)
    plot.show()
    plot.activateWindow()
    return plot


def pixels(plot: Plot, colour: str) -> int:
    picture, wanted = plot.grab().toImage(), QColor(colour).rgb()
    across, down = range(picture.width()), range(picture.height())
    return sum(picture.pixel(x, y) == wanted for x in across for y in down)


@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_curves_are_painted_in_the_themes_colours(plot: Plot, theme: Theme) -> None:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    apply_theme(app, theme.name)
    plot.clear("Nothing measured yet")
    assert pixels(plot, theme.warn) == 0
    plot.set_comparison(comparison())
    assert pixels(plot, theme.warn) > 50
    assert pixels(plot, theme.accent) > 50


def test_the_difference_is_what_is_between_the_curves(plot: Plot) -> None:
    plot.set_comparison(comparison(-1.5))
    change = plot.change
    np.testing.assert_allclose(change[np.isfinite(change)], -1.5)
    assert np.isfinite(change).sum() > 100


def test_differences_of_next_to_nothing_are_not_shown() -> None:
    plot = SpectrumPlot()
    hz = np.array([20.0, 200.0, 2000.0, 20_000.0])
    original = np.array([-20.0, -30.0, -150.0, -math.inf])
    plot.set_curves(hz, original, np.array([-19.0, -30.0, -170.0, -math.inf]))
    np.testing.assert_array_equal(plot.change, [1.0, 0.0, np.nan, np.nan])
    plot.close()


def test_keys_read_values(qtbot: QtBot, plot: Plot) -> None:
    plot.set_comparison(comparison())
    plot.setFocus()
    assert plot.reading == ""
    qtbot.keyClick(plot, Qt.Key.Key_End)
    assert ", remix " in plot.reading
    assert plot.reading.endswith(", +2.0 dB")
    assert plot.accessibleDescription() == plot.reading
    last = plot.reading
    qtbot.keyClick(plot, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert plot.reading != last
    qtbot.keyClick(plot, Qt.Key.Key_Home)
    assert plot.reading
    qtbot.keyClick(plot, Qt.Key.Key_Left)
    qtbot.keyClick(plot, Qt.Key.Key_Escape)
    assert plot.reading == ""


def test_the_mouse_reads_values(qtbot: QtBot) -> None:
    plot = SpectrumPlot()
    qtbot.addWidget(plot)
    plot.resize(500, 260)
    plot.set_comparison(comparison())
    plot.show()
    area = plot._area()
    move(plot, QPointF(area.center().x(), area.top() + 5))
    hz = float(plot._x[plot._cursor or 0])
    assert plot.place(hz) == pytest.approx(0.5, abs=0.01)
    assert plot.reading.startswith(show_hz(hz))
    move(plot, QPointF(2, 2))
    assert plot.reading == ""


def test_where_nothing_was_measured_it_says_so(qtbot: QtBot) -> None:
    plot = LoudnessPlot()
    qtbot.addWidget(plot)
    plot.show()
    plot.set_comparison(comparison())
    qtbot.keyClick(plot, Qt.Key.Key_Home)
    assert plot.reading == "0:00: not measured"
    plot.set_comparison(comparison(seconds=2))
    assert plot.accessibleDescription() == "Takes 3 s of separated music"
    assert plot.change.size == 0


def test_curves_without_a_value_paint(plot: Plot) -> None:
    for value in (math.nan, -math.inf):
        flat = np.full(120, value)
        plot.set_curves(np.linspace(20.0, 20_000.0, 120), flat, flat)
        plot.grab()
        assert np.all(np.isnan(plot.change))


def test_ticks() -> None:
    assert [t for _v, t in frequency_ticks(20.0, 20_000.0) if t] == [
        *("20", "50", "100", "200", "500", "1k", "2k", "5k", "10k", "20k")
    ]
    assert [t for _v, t in time_ticks(0.0, 43.0, 10)] == [f"0:{s:02d}" for s in range(0, 43, 5)]
    assert time_ticks(3590.0, 3700.0, 4)[0] == (3600.0, "60:00")
    assert [t for _v, t in decibel_ticks(-80.0, 0.0, 6)] == ["−80", "−60", "−40", "−20", "0"]
    assert [t for _v, t in change_ticks(3.0, few=False)] == ["−3", "−1.5", "0", "+1.5", "+3"]
    assert [t for _v, t in change_ticks(1.0, few=True)] == ["−1", "0", "+1"]


@pytest.mark.parametrize("low", [-100.0, -33.3, -12.0])
@pytest.mark.parametrize("span", [0.5, 6.0, 41.0, 80.0])
@pytest.mark.parametrize("most", [2, 6])
def test_decibel_ticks_are_few_and_round(low: float, span: float, most: int) -> None:
    ticks = decibel_ticks(low, low + span, most)
    assert 1 <= len(ticks) <= most + 1
    assert all(low - 1e-6 <= value <= low + span + 1e-6 for value, _text in ticks)


def test_ranges() -> None:
    curve = np.array([-14.2, -20.0, -90.0, -math.inf, math.nan])
    assert level_range([curve], 40.0, 6.0) == (-55.0, -10.0)
    assert level_range([np.full(3, -14.0)], 40.0, 6.0) == (-20.0, -14.0)
    assert level_range([np.full(3, math.nan)], 40.0, 6.0) == (-6.0, 0.0)
    assert change_range(np.array([0.1, math.nan])) == 1.0
    assert change_range(np.array([-5.0, 1.0])) == 6.0
    assert change_range(np.array([100.0])) == 24.0
    assert change_range(np.zeros(0)) == 1.0


def test_the_table_shows_both_and_what_differs(qtbot: QtBot) -> None:
    table = LoudnessTable()
    qtbot.addWidget(table)
    assert table.texts("integrated_lufs") == ("–", "–", "–")
    both = comparison()
    table.set_loudness(both.original.loudness, both.remix.loudness)
    assert table.texts("integrated_lufs") == ("−14.0", "−12.0", "+2.0")
    assert table.texts("range_lu") == ("4.2", "4.2", "0.0")
    assert table.texts("true_peak_dbtp") == ("−1.0", "1.0", "+2.0")
    silent = Loudness(-math.inf, -math.inf, -math.inf)
    table.set_loudness(silent, both.remix.loudness)
    assert table.texts("range_lu") == ("–", "4.2", "–")
    assert table.texts("integrated_lufs") == ("–", "−12.0", "–")
