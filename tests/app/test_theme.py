from itertools import product

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication, QPushButton

from remixer.app.theme import DARK, LIGHT, Theme, apply_theme, current_theme, theme_notifier
from remixer.dsp.signal import STEMS

GROUNDS = ("window", "panel", "raised", "sunken")


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.1 defines it."""
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_contrast_of_black_on_white_is_21():
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21.0)


@pytest.mark.parametrize(("theme", "ground"), list(product((DARK, LIGHT), GROUNDS)))
def test_text_is_legible_on_every_ground(theme: Theme, ground: str):
    assert contrast(theme.text, getattr(theme, ground)) >= 4.5
    assert contrast(theme.dim_text, getattr(theme, ground)) >= 4.5


@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_lights_and_stems_stand_out(theme: Theme):
    for name in ("accent", "good", "warn", "bad"):
        colour = getattr(theme, name)
        assert contrast(colour, theme.panel) >= 3.0, name
        assert contrast(theme.on_accent, colour) >= 4.5, name
    assert contrast(theme.on_solo, theme.solo) >= 4.5
    assert set(theme.stems) == {*STEMS, "master"}
    for name, colour in theme.stems.items():
        assert contrast(colour, theme.panel) >= 3.0, name
        assert contrast(colour, theme.sunken) >= 3.0, name


@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_theme_reaches_palette_and_widgets(qapp: QApplication, theme: Theme):
    heard = []
    theme_notifier.changed.connect(lambda: heard.append(current_theme()))
    assert apply_theme(qapp, theme.name) is theme
    assert heard[-1] is theme
    button = QPushButton("A")
    button.ensurePolished()
    for widget_palette in (qapp.palette(), button.palette()):
        text = widget_palette.color(QPalette.ColorRole.ButtonText).name()
        assert text.upper() == theme.text
    assert qapp.palette().color(QPalette.ColorRole.Window).name().upper() == theme.window


def test_system_is_dark_unless_the_desktop_says_light(qapp: QApplication):
    theme = apply_theme(qapp, "system")
    light = qapp.styleHints().colorScheme() == Qt.ColorScheme.Light
    assert theme is (LIGHT if light else DARK)
