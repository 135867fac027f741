"""What Remixer is, and whose: version, paper, licences of program, libraries, icons and models."""

import re
from collections.abc import Iterator
from html import escape
from importlib.metadata import PackageMetadata, PackageNotFoundError, metadata, requires

from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QTabWidget, QTextBrowser, QWidget

from remixer import version as this
from remixer.app.dialogs.parts import Plain, buttons
from remixer.app.widgets.basics import button, heading, label
from remixer.dsp.signal import STEMS
from remixer.separation.catalogue import Model, find_models

PACKAGE = "remixer"
WHAT = (
    "Remixer separates a finished recording into vocals, bass, drums and other, lets you move each "
    "of them, and writes the result. With every fader at 0 dB the output is the original, bit for "
    "bit."
)
LICENCE = (
    "Remixer is free software: you may use, share and change it under the GNU General Public "
    "License, version 3 or later (GPL-3.0-or-later). It comes with no warranty."
)
PAPER = (
    "G. Roma, O. Green and P. A. Tremblay: Improving single-network single-channel separation of "
    "musical audio with convolutional layers. Latent Variable Analysis and Signal Separation "
    "(LVA/ICA 2018), Springer, 2018."
)
NO_MODEL = "No model is installed: reinstall Remixer, or set REMIXER_MODELS to a folder of models."
ICONS = "The icons were drawn for Remixer and are in the public domain (CC0-1.0)."


class AboutDialog(Plain):
    """Three pages of text that can be selected and copied."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("About Remixer", parent)
        tabs = QTabWidget()
        tabs.setDocumentMode(True)
        for title, html in (("About", about()), ("Models", models()), ("Libraries", libraries())):
            tabs.addTab(_page(title, html), title)
        close = button("Close")
        close.clicked.connect(self.accept)
        close.setDefault(True)
        self.body.addWidget(heading("Remixer", 1.6))
        self.body.addWidget(label(f"Version {this.full()}", dim=True))
        self.body.addWidget(tabs, 1)
        self.body.addLayout(buttons(right=[close]))
        self.resize(640, 560)


def _page(title: str, html: str) -> QTextBrowser:
    page = QTextBrowser()
    page.setAccessibleName(title)
    page.setOpenExternalLinks(True)
    page.setFrameShape(QTextBrowser.Shape.NoFrame)
    page.document().setDocumentMargin(12)
    dim = page.palette().color(QPalette.ColorRole.PlaceholderText).name()
    page.document().setDefaultStyleSheet(
        f"p {{ margin: 0 0 10px 0; }} .dim {{ color: {dim}; }} td {{ padding: 3px 18px 3px 0; }}"
        "h3 { margin: 12px 0 4px 0; }"
    )
    page.setHtml(html)
    return page


def about() -> str:
    """The first page, HTML."""
    return (
        f"<p>{escape(WHAT)}</p><p>{escape(LICENCE)}</p>"
        f"<h3>The system</h3><p>{escape(PAPER)}</p><h3>Icons</h3><p>{escape(ICONS)}</p>"
    )


def models() -> str:
    """What is installed: each model's card, HTML."""
    cards = find_models().values()
    return "".join(_model(card) for card in cards) or (f"<p>{NO_MODEL}</p>")


def _model(card: Model) -> str:
    measured = card.measured.get("sdr_db", {})
    rows = measured.items() if isinstance(measured, dict) else ()
    table = "".join(_measured(str(name), values) for name, values in rows)
    head = "".join(f"<td class='dim'>{stem}</td>" for stem in STEMS)
    return (
        f"<h3>{escape(card.id)}</h3><p>{escape(card.title)}</p><p>{escape(card.description)}</p>"
        f"<p>Licence: {escape(card.licence)}</p>"
        + (f"<table><tr><td class='dim'>SDR in dB</td>{head}</tr>{table}</table>" if table else "")
    )


def _measured(name: str, values: object) -> str:
    if not isinstance(values, dict):
        return ""
    cells = "".join(_cell(values.get(stem)) for stem in STEMS)
    return f"<tr><td>{escape(name)}</td>{cells}</tr>"


def _cell(value: object) -> str:
    shown = f"{value:.2f}" if isinstance(value, int | float) else ""
    return f"<td align='right'>{shown}</td>"


def libraries() -> str:
    """What Remixer stands on, with its licences as the packages themselves say, HTML."""
    rows = "".join(
        f"<tr><td>{escape(name)}</td><td class='dim'>{escape(number)}</td>"
        f"<td>{escape(licence)}</td></tr>"
        for name, number, licence in dependencies()
    )
    return f"<table>{rows}</table>"


def dependencies() -> Iterator[tuple[str, str, str]]:
    """(name, version, licence) of the packages that Remixer requires to run."""
    try:
        wanted = requires(PACKAGE) or []
    except PackageNotFoundError:
        wanted = []
    for requirement in sorted(wanted, key=str.casefold):
        match = re.match(r"[A-Za-z0-9._-]+", requirement)
        if match is None or re.search(r"\bextra\s*==", requirement):
            continue
        try:
            found = metadata(match[0])
        except PackageNotFoundError:  # a frozen app may leave out what it does not need
            continue
        yield match[0], found["Version"], licence_of(found)


def licence_of(package: PackageMetadata) -> str:
    """The licence of a package, in one line."""
    values = package.json
    expression, text = values.get("license_expression"), str(values.get("license", ""))
    if expression:
        return str(expression)
    named = [str(c) for c in values.get("classifier", []) if str(c).startswith("License ::")]
    if named:
        return ", ".join(name.rsplit("::", 1)[1].strip() for name in named)
    return text if text and "\n" not in text and len(text) < 80 else "see its documentation"
