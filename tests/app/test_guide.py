import re
from pathlib import Path

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QTextDocument
from pytestqt.qtbot import QtBot

from remixer.app.dialogs.guide import GUIDE, GuideDialog

LINKS = re.findall(r"(?<!!)\[[^\]]*\]\(([^)]+)\)", GUIDE.read_text())
PICTURES = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", GUIDE.read_text())


@pytest.fixture
def guide(qtbot: QtBot) -> GuideDialog:
    dialog = GuideDialog()
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def test_every_link_of_the_guide_leads_somewhere_and_back(guide: GuideDialog) -> None:
    followed = 0
    for link in LINKS:
        url = QUrl(link)
        if url.scheme():
            continue
        guide.follow(url)
        assert not guide.note.isVisible(), link
        assert guide.page.path == (GUIDE.parent / url.path()).resolve() or not url.path(), link
        if url.fragment():
            assert guide.page.go_to(url.fragment()), link
        guide.back.click()
        assert guide.page.path == GUIDE
        assert not guide.back.isEnabled()
        followed += 1
    assert followed > 20


def test_a_link_scrolls_to_its_heading(guide: GuideDialog) -> None:
    assert guide.page.verticalScrollBar().value() == 0
    guide.follow(QUrl("#what-the-null-light-means"))
    assert guide.page.textCursor().block().text() == "What the null light means"
    assert guide.page.verticalScrollBar().value() > 1000
    guide.back.click()
    assert guide.page.verticalScrollBar().value() == 0


def test_pictures_are_there_and_fit(guide: GuideDialog) -> None:
    assert PICTURES
    for name in PICTURES:
        kind = QTextDocument.ResourceType.ImageResource.value
        image = guide.page.loadResource(kind, QUrl(name))
        assert 0 < image.width() <= guide.page.viewport().width(), name


def test_a_page_that_is_not_there_is_told(guide: GuideDialog) -> None:
    guide.follow(QUrl("nowhere.md"))
    assert guide.note.text() == "nowhere.md does not come with this package of Remixer."
    assert guide.note.isVisible()
    assert guide.page.path == GUIDE
    assert not guide.back.isEnabled()


def test_what_is_for_editors_is_not_shown(guide: GuideDialog) -> None:
    assert "<!--" in Path(GUIDE).read_text()
    assert "<!--" not in guide.page.toPlainText()
    assert "table: formats" not in guide.page.toPlainText()
