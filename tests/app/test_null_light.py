import math

import pytest
from pytestqt.qtbot import QtBot

from remixer.app.widgets.null_light import NullLight, null_reading


@pytest.mark.parametrize(
    ("exact", "level", "listening", "colour", "title", "detail"),
    [
        (True, -math.inf, "remix", "good", "bit-exact", "= original"),
        (False, -32.44, "remix", "warn", "differs", "−32.4 dBFS"),
        (False, -math.inf, "remix", "warn", "moved", "nothing differs"),
        (False, math.nan, "remix", "warn", "moved", "play to measure"),
        (True, math.nan, "remix", "good", "bit-exact", "= original"),
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


def test_green_is_for_bits_that_are_the_same_only():
    for listening in ("remix", "original", "change", ""):
        for level in (-math.inf, -160.0, 0.0):
            assert null_reading(False, level, listening).colour != "good"


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
