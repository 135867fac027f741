import math

import pytest

from remixer.app.widgets.decibels import read_gain, show_gain, show_level


@pytest.mark.parametrize(
    ("gain_db", "text"),
    [
        (0.0, "0.0"),
        (-0.0, "0.0"),
        (1.5, "+1.5"),
        (-6.0, "−6.0"),
        (-12.25, "−12.25"),
        (0.125, "+0.125"),
        (10.0, "+10.0"),
        (-0.0001, "0.0"),
        (-math.inf, "−∞"),
    ],
)
def test_gain_as_text(gain_db: float, text: str):
    assert show_gain(gain_db) == text


def test_level_as_text():
    assert show_level(-14.24) == "−14.2"
    assert show_level(-0.04) == "0.0"
    assert show_level(-10.04) == "−10.0"
    assert show_level(-math.inf) == "−∞"


@pytest.mark.parametrize(
    ("text", "gain_db"),
    [
        ("+1.5", 1.5),
        ("1,5", 1.5),
        (" -3 dB ", -3.0),
        ("−3.25", -3.25),
        ("-inf", -math.inf),
        ("−∞", -math.inf),
        ("off", -math.inf),
        ("24", 24.0),
        ("1.23456", 1.235),
        ("-0", 0.0),
    ],
)
def test_typed_gain(text: str, gain_db: float):
    assert read_gain(text) == gain_db


@pytest.mark.parametrize("text", ["", "loud", "nan", "+25", "1e9", "--3", "1.2.3", "+inf"])
def test_what_is_no_gain_is_refused(text: str):
    with pytest.raises(ValueError, match=r"type"):
        read_gain(text)


@pytest.mark.parametrize("gain_db", [1.5, -12.25, 0.0, -math.inf, 24.0])
def test_what_is_shown_can_be_typed(gain_db: float):
    assert read_gain(show_gain(gain_db)) == gain_db
