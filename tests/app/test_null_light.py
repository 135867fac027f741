import math

import pytest
from pytestqt.qtbot import QtBot

from remixer.app.widgets.null_light import GAPS_S, GapWatch, NullLight, null_reading


@pytest.mark.parametrize(
    ("exact", "level", "listening", "colour", "title", "detail"),
    [
        (True, -math.inf, "remix", "good", "bit-exact", "= original"),
        (False, -32.44, "remix", "warn", "differs", "−32.4 dBFS"),
        (False, -math.inf, "remix", "warn", "moved", "nothing differs"),
        (False, math.nan, "remix", "warn", "moved", "play to measure"),
        (True, math.nan, "remix", "dim_text", "nothing moved", "play to measure"),
        (True, math.nan, "original", "dim_text", "original", "play to measure"),
        (False, math.nan, "original", "warn", "original", "level-matched"),
        (False, math.nan, "change", "accent", "the change", "play to measure"),
        (True, math.nan, "unheard", "line", "no sound", "unmoved"),
        (False, math.nan, "unheard", "line", "no sound", "moved"),
        (True, -math.inf, "original", "good", "bit-exact", "the original"),
        (False, -20.0, "original", "warn", "original", "level-matched"),
        (False, -32.44, "change", "accent", "the change", "−32.4 dBFS"),
        (True, -math.inf, "change", "accent", "the change", "−∞ dBFS"),
        (False, -math.inf, "", "line", "no song", ""),
    ],
)
def test_what_it_says(
    exact: bool, level: float, listening: str, colour: str, title: str, detail: str
):
    reading = null_reading(exact, level, listening)
    assert (reading.colour, reading.title, reading.detail) == (colour, title, detail)
    assert reading.explanation.endswith(".")


def test_green_is_for_bits_that_were_measured_and_are_the_same_only():
    for listening in ("remix", "original", "change", ""):
        for level in (-math.inf, -160.0, 0.0):
            assert null_reading(False, level, listening).colour != "good"
        unmeasured = null_reading(True, math.nan, listening)
        assert unmeasured.colour != "good"
        assert not unmeasured.explanation.startswith(("You hear", "The output is"))


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("listening", ["remix", "original", "change"])
def test_gaps_are_said_whatever_is_heard(exact: bool, listening: str):
    reading = null_reading(exact, -math.inf, listening, gaps=True)
    assert (reading.colour, reading.solid, reading.detail) == ("warn", False, "sound had gaps")
    assert reading.title == null_reading(exact, -math.inf, listening).title
    assert "latency of Safe" in reading.explanation


def test_a_gap_is_told_for_some_seconds_of_its_own_song():
    now = [0.0]
    watch = GapWatch(clock=lambda: now[0])
    assert not watch.see(0, playing=True)
    assert not watch.see(2, playing=False)  # nobody heard it
    assert watch.see(3, playing=True)
    now[0] = GAPS_S - 0.1
    assert watch.see(3, playing=True)
    now[0] = GAPS_S + 0.1
    assert not watch.see(3, playing=True)
    assert watch.see(4, playing=True)
    assert not watch.see(0, playing=True)


def test_level_is_calmed_but_exactness_shows_at_once(qtbot: QtBot):
    now = [0.0]
    light = NullLight(clock=lambda: now[0])
    qtbot.addWidget(light)
    light.set_state(False, -20.0, "remix")
    now[0] = 0.1
    light.set_state(False, -50.0, "remix")
    assert light.reading.detail == "−20.0 dBFS"
    light.set_state(False, -10.0, "remix")
    assert light.reading.detail == "−10.0 dBFS"
    now[0] = 1.0
    light.set_state(False, -50.0, "remix")
    assert light.reading.detail == "−50.0 dBFS"
    light.set_state(True, -math.inf, "remix")
    assert light.reading.title == "bit-exact"
    assert "bit for bit" in light.toolTip()
    assert "bit-exact" in light.accessibleDescription()
