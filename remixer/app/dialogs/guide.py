"""The guide, and the pages that it leads to, as they come with the program."""

import re
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSize, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QImage, QTextBlock, QTextCursor, QTextDocument
from PySide6.QtWidgets import QTextBrowser, QWidget

from remixer.app.dialogs.parts import Plain, buttons
from remixer.app.widgets.basics import button, label
from remixer.resources import folder

GUIDE = folder("docs") / "guide.md"
SIZE = QSize(900, 760)
_BESIDE = 60  # the scroll bar and the margins
_COMMENT = re.compile(r"<!--.*?-->\n?", re.DOTALL)


class Page(QTextBrowser):
    """Shows a Markdown file; pictures are as wide as it is at most."""

    def __init__(self) -> None:
        super().__init__()
        self.path = Path()
        self.setOpenLinks(False)
        self.setAccessibleName("Guide")
        self.document().setDocumentMargin(18)

    def open(self, path: Path) -> None:
        """Show a file from its beginning. Raises OSError."""
        text = _COMMENT.sub("", path.read_text(encoding="utf-8"))
        self.path = path
        self.document().setBaseUrl(QUrl.fromLocalFile(str(path)))
        self.setMarkdown(text)

    def headings(self) -> dict[str, QTextBlock]:
        """The page's headings by what links call them."""
        found: dict[str, QTextBlock] = {}
        block = self.document().begin()
        while block.isValid():
            if block.blockFormat().headingLevel():
                found.setdefault(slug(block.text()), block)
            block = block.next()
        return found

    def go_to(self, heading: str) -> bool:
        """Scroll to a heading; whether there is such a one."""
        block = self.headings().get(heading)
        if block is None:
            return False
        self.setTextCursor(QTextCursor(block))
        top = self.document().documentLayout().blockBoundingRect(block).top()
        self.verticalScrollBar().setValue(round(top))
        return True

    def loadResource(self, kind: int, name: QUrl | str) -> Any:
        """Pictures, made to fit."""
        if kind != QTextDocument.ResourceType.ImageResource.value:
            return super().loadResource(kind, name)
        url = self.document().baseUrl().resolved(QUrl(name))
        image, room = QImage(url.toLocalFile()), max(self.width() - _BESIDE, 200)
        if image.width() <= room:
            return image
        return image.scaledToWidth(room, Qt.TransformationMode.SmoothTransformation)


class GuideDialog(Plain):
    """The guide beside the window, with a way back from where its links lead."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Guide", parent)
        self.setModal(False)
        self.resize(SIZE)
        self.page, self.note = Page(), label(dim=True)
        self.back = button("&Back")
        self._before: list[tuple[Path, int]] = []
        close = button("Close")
        close.clicked.connect(self.accept)
        self.back.clicked.connect(self._go_back)
        self.page.anchorClicked.connect(self.follow)
        self.page.resize(SIZE)
        self.body.addWidget(self.page, 1)
        self.body.addWidget(self.note)
        self.body.addLayout(buttons(self.back, right=[close]))
        self._show(GUIDE)
        self.page.setFocus()

    def follow(self, url: QUrl) -> None:
        """Go where a link leads: within the page, to another page, or to the web."""
        if url.scheme() in ("http", "https"):
            QDesktopServices.openUrl(url)
            return
        path = Path(self.page.document().baseUrl().resolved(url).toLocalFile())
        here = (self.page.path, self.page.verticalScrollBar().value())
        if not url.path():
            path = self.page.path
        if path != self.page.path and not self._show(path):
            return
        self._before.append(here)
        self.page.go_to(url.fragment())
        self._refresh()

    def _show(self, path: Path) -> bool:
        try:
            self.page.open(path)
        except OSError:
            self.note.setText(f"{path.name} does not come with this package of Remixer.")
            self.note.show()
            return False
        self._refresh()
        return True

    def _go_back(self) -> None:
        path, place = self._before.pop()
        if path == self.page.path or self._show(path):
            self.page.verticalScrollBar().setValue(place)
        self._refresh()

    def _refresh(self) -> None:
        self.note.hide()
        self.back.setEnabled(bool(self._before))


def slug(heading: str) -> str:
    """What links call a heading: "Sessions, recovery" is "sessions-recovery"."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
