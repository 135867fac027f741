import re
from pathlib import Path

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QIcon, QImage
from PySide6.QtWidgets import QApplication

from remixer.app.icon_files import icon_folder
from remixer.app.icons import icon
from remixer.app.theme import apply_theme, current_theme

FILES = sorted(icon_folder().glob("*.svg"))
TRANSPORT = ["play", "pause", "stop", "home", "loop", "headphones"]
VIEW = ["zoom-in", "zoom-out", "zoom-fit", "compare", "settings"]
FILE = ["open", "export", "undo", "redo", "folder", "recent", "close", "check", "warning"]


def darkest_ink(image: QImage) -> str:
    """The colour of the most opaque pixel."""
    pixels = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
    return max(pixels, key=lambda pixel: pixel.alpha()).name().upper()


@pytest.mark.parametrize("name", TRANSPORT + VIEW + FILE)
def test_icon_is_drawn_in_the_colour_of_its_theme(qapp: QApplication, name: str):
    for theme in ("dark", "light"):
        apply_theme(qapp, theme)
        image = icon(name).pixmap(QSize(48, 48), 1.0).toImage()
        assert darkest_ink(image) == current_theme().text
        assert image.pixelColor(0, 0).alpha() == 0


def test_icon_made_before_a_change_of_theme_follows_it(qapp: QApplication):
    apply_theme(qapp, "dark")
    play = icon("play")
    apply_theme(qapp, "light")
    on = play.pixmap(QSize(32, 32), 1.0, QIcon.Mode.Normal, QIcon.State.On).toImage()
    assert darkest_ink(play.pixmap(QSize(32, 32), 1.0).toImage()) == current_theme().text
    assert darkest_ink(on) == current_theme().on_accent


def test_icon_is_as_sharp_as_the_screen(qapp: QApplication):
    assert icon("loop").pixmap(QSize(16, 16), 3.0).toImage().width() == 48


def test_unknown_icon_is_refused(qapp: QApplication):
    with pytest.raises(KeyError, match="nonsense"):
        icon("nonsense")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_icons_are_of_one_kind(path: Path):
    text = path.read_text(encoding="utf-8")
    assert 'viewBox="0 0 24 24"' in text
    if path.stem.startswith(("arrow-", "tick-")):  # these are for stylesheets
        assert "currentColor" not in text
    else:
        assert 'stroke-width="1.75"' in text
        colours = set(re.findall(r'(?:stroke|fill)="([^"]+)"', text))
        assert colours <= {"none", "currentColor"}
