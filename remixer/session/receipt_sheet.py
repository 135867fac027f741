"""A receipt on one sheet of paper: A4 as PDF, with text that can be searched and copied.

It is composed from the top down, in points; where there is more to say than a sheet holds, all of
it is made smaller.
"""

import io
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from remixer.session import receipt_words as words
from remixer.session.lettering import FONT, readable
from remixer.session.portrait import Portrait
from remixer.session.receipt_pictures import AFTER, BEFORE, GRID, INK, RANGE_DB, TICKS, top_of
from remixer.session.receipt_words import Grid, Row, Values

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH, HEIGHT = 595.0, 842.0
_MARGIN, _BOTTOM = 40.0, 34.0
_BLACK, _GOOD, _PLAIN = "#1d2126", "#2e8b57", "#8b95a1"
_TITLES, _NUMBERS = 68.0, 74.0
"""Widths of a column of titles, and of one of numbers."""
_MONO = "DejaVu Sans Mono"
_POINTS = 72.0
_SMALLEST = 0.3

Signals = list[tuple[str, str, Portrait]]


def sheet(values: Values, before: Portrait, after: Portrait | None) -> bytes:
    """The sheet of a receipt's values, as PDF. after: the song as exported, if it was."""
    import matplotlib
    from matplotlib.backends.backend_pdf import FigureCanvasPdf
    from matplotlib.figure import Figure

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update({"pdf.fonttype": 42, "font.family": [FONT]})
        composed = _fitted(values, before, after)
        figure = Figure(figsize=(WIDTH / _POINTS, HEIGHT / _POINTS))
        FigureCanvasPdf(figure)
        composed.draw(figure)
        out = io.BytesIO()
        figure.savefig(out, format="pdf", metadata=_metadata(values))
    return out.getvalue()


def _metadata(values: Values) -> dict[str, Any]:
    title, _families = readable(values["source"]["file"])
    found: dict[str, Any] = {"Title": f"Receipt of {title}", "Creator": "Remixer"}
    with suppress(ValueError):
        found["CreationDate"] = datetime.fromisoformat(values["date"])
    return found


def _fitted(values: Values, before: Portrait, after: Portrait | None) -> "_Column":
    """All of it, as large as a sheet allows."""
    scale = 1.0
    while True:
        column = _Column(scale)
        _compose(column, values, before, after)
        if column.height <= HEIGHT or scale < _SMALLEST:
            return column
        scale *= min(HEIGHT / column.height, 0.97)


def _compose(column: "_Column", values: Values, before: Portrait, after: Portrait | None) -> None:
    source = values["source"]
    column.headline(source["file"], "Receipt")
    column.paragraph(words.title(values), INK)
    column.verdict(words.verdict(values), _GOOD if words.is_proved(values) else _PLAIN)
    column.section("Levels")
    column.grid(words.levels(values))
    column.section("Before and after" if after else "The song")
    signals: Signals = [("Source", BEFORE, before)]
    signals += [("Export", AFTER, after)] if after else []
    column.pictures(signals)
    column.section("How")
    column.table(words.how(values))
    column.section("Source")
    column.table(words.about(source))
    column.section("Files")
    for number, file in enumerate(values["exports"]):
        column.gap(8.0 if number else 0.0)
        column.table(words.about(file))
    column.footer(
        f"{words.origin(values)} Check the files against this receipt: remixer receipt verify, "
        "with the .receipt.json beside it."
    )


class _Column:
    """What stands below each other on a sheet. scale: of everything but the sheet's margins.

    Places are points from the left and from the top.
    """

    def __init__(self, scale: float) -> None:
        self._scale = scale
        self._y = _MARGIN
        self._drawn: list[Callable[[Figure], object]] = []

    @property
    def height(self) -> float:
        """Points that it takes on the sheet, its margins included."""
        return self._y + _BOTTOM

    def draw(self, figure: "Figure") -> None:
        """Put it on a sheet."""
        for draw in self._drawn:
            draw(figure)

    def gap(self, height: float) -> None:
        """Room."""
        self._y += height * self._scale

    def headline(self, text: str, kind: str) -> None:
        """A large line, and what this is."""
        room = _right() - _MARGIN - 90.0 * self._scale
        lines = self._wrapped(text, 15.0, room, "bold")
        self._write(kind, 10.0, _right(), self._y + 13.0 * self._scale, INK, align="right")
        for line in lines:
            self._write(line, 15.0, _MARGIN, self._y + 13.0 * self._scale, _BLACK, weight="bold")
            self.gap(19.0)

    def paragraph(self, text: str, colour: str, indent: float = 0.0, size: float = 9.0) -> None:
        """A text over the whole width."""
        for line in self._wrapped(text, size, _right() - _MARGIN - indent):
            self._write(line, size, _MARGIN + indent, self._y + size * self._scale, colour)
            self.gap(size * 1.4)

    def verdict(self, texts: list[str], colour: str) -> None:
        """What was proved, on a ground of its own."""
        self.gap(8.0)
        top, at = self._y, len(self._drawn)
        self.gap(6.0)
        for number, text in enumerate(texts):
            self.paragraph(text, INK if number else _BLACK, indent=12.0)
        self.gap(5.0)
        bottom = self._y

        def ground(figure: "Figure") -> None:
            _fill(figure, _MARGIN, top, _right(), bottom, colour, 0.08)
            _fill(figure, _MARGIN, top, _MARGIN + 3.0, bottom, colour, 1.0)

        self._drawn.insert(at, ground)

    def section(self, title: str) -> None:
        """A heading over what follows."""
        self.gap(11.0)
        self._write(title.upper(), 7.5, _MARGIN, self._y + 7.5 * self._scale, INK, weight="bold")
        self.gap(12.5)

    def table(self, rows: Iterable[Row]) -> None:
        """Titles, and what there is to say of each."""
        left = _MARGIN + _TITLES * self._scale
        for number, row in enumerate(rows):
            if number:
                self._rule()
            size, family = (7.6, _MONO) if row.code else (9.0, "")
            self._write(row.title, 9.0, _MARGIN, self._y + 10.0 * self._scale, INK)
            for line in self._wrapped(row.text, size, _right() - left, family=family):
                self._write(line, size, left, self._y + 10.0 * self._scale, _BLACK, family=family)
                self.gap(11.6)
            self.gap(1.4)

    def grid(self, grid: Grid) -> None:
        """A table of numbers."""
        for number, row in enumerate([grid.head, *grid.rows]):
            if number:
                self._rule()
            y, numbers = self._y + 10.0 * self._scale, len(row) - 1
            self._write(row[0], 9.0, _MARGIN, y, INK)
            for index, cell in enumerate(row[1:]):
                x = _right() - (numbers - 1 - index) * _NUMBERS * self._scale
                self._write(cell, 9.0, x, y, _BLACK if number else INK, align="right")
            self.gap(13.0)

    def pictures(self, signals: Signals) -> None:
        """Waves above each other, and all spectra in one."""
        loudest = max(1.0, *(float(p.peaks.max(initial=0.0)) for _n, _c, p in signals))
        for name, colour, portrait in signals:
            self._picture(38.0, _wave(name, colour, portrait, loudest, 7.5 * self._scale))
            self.gap(4.0)
        self.gap(4.0)
        self._picture(112.0, _spectra(signals, 7.5 * self._scale), left=34.0)
        self.gap(12.0)

    def footer(self, text: str) -> None:
        """The last line of the sheet."""
        self.gap(10.0)
        self._rule()
        self.gap(4.0)
        self.paragraph(text, INK, size=8.0)

    def _picture(self, height: float, paint: Callable[["Axes"], object], left: float = 0.0) -> None:
        left, top = _MARGIN + left * self._scale, self._y
        self.gap(height)
        bottom = self._y

        def draw(figure: "Figure") -> None:
            box = (left / WIDTH, 1 - bottom / HEIGHT, (_right() - left) / WIDTH)
            paint(figure.add_axes((*box, (bottom - top) / HEIGHT)))

        self._drawn.append(draw)

    def _rule(self) -> None:
        y = self._y
        self._drawn.append(lambda figure: _fill(figure, _MARGIN, y, _right(), y + 0.4, GRID, 1.0))

    def _write(
        self,
        text: str,
        size: float,
        x: float,
        y: float,
        colour: str,
        *,
        align: str = "left",
        weight: str = "normal",
        family: str = "",
    ) -> None:
        shown, families = readable(text, weight)
        named = [family, *families] if family else list(families)
        points = size * self._scale

        def draw(figure: "Figure") -> None:
            figure.text(
                x / WIDTH,
                1 - y / HEIGHT,
                shown,
                fontsize=points,
                color=colour,
                ha=align,
                va="baseline",
                weight=weight,
                family=named,
                parse_math=False,
            )

        self._drawn.append(draw)

    def _wrapped(
        self, text: str, size: float, room: float, weight: str = "normal", family: str = ""
    ) -> list[str]:
        """A text in lines that fit: broken between words, and in words that are too long."""
        shown, families = readable(text, weight)
        width = _ruler([family, *families] if family else list(families), weight)
        limit, lines = room / self._scale, [""]
        for word in shown.split(" "):
            joined = f"{lines[-1]} {word}" if lines[-1] else word
            if width(joined, size) <= limit:
                lines[-1] = joined
                continue
            lines += [word] if lines[-1] else []
            lines[-1] = lines[-1] or word
            while width(lines[-1], size) > limit and len(lines[-1]) > 1:
                last = lines.pop()
                kept = next(
                    n
                    for n in range(len(last) - 1, 0, -1)
                    if n == 1 or width(last[:n], size) <= limit
                )
                lines += [last[:kept], last[kept:]]
        return lines


def _right() -> float:
    return WIDTH - _MARGIN


def _ruler(families: list[str], weight: str) -> Callable[[str, float], float]:
    """Measures texts, in points."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextToPath

    def width(text: str, size: float) -> float:
        font = FontProperties(family=families, weight=weight, size=size)
        return float(TextToPath().get_text_width_height_descent(text, font, False)[0])

    return width


def _fill(
    figure: "Figure",
    left: float,
    top: float,
    right: float,
    bottom: float,
    colour: str,
    alpha: float,
) -> None:
    from matplotlib.patches import Rectangle

    corner = (left / WIDTH, 1 - bottom / HEIGHT)
    size = ((right - left) / WIDTH, (bottom - top) / HEIGHT)
    figure.add_artist(Rectangle(corner, *size, facecolor=colour, alpha=alpha, linewidth=0))


def _wave(
    name: str, colour: str, portrait: Portrait, loudest: float, size: float
) -> Callable[["Axes"], None]:
    def paint(axes: "Axes") -> None:
        columns = np.arange(portrait.peaks.size) + 0.5
        axes.set_xlim(0, max(portrait.peaks.size, 1))
        axes.set_ylim(-loudest, loudest)
        axes.axis("off")
        axes.axhline(0.0, color=GRID, linewidth=0.5)
        for heights, alpha in ((portrait.peaks, 0.35), (portrait.rms, 1.0)):
            axes.fill_between(columns, -heights, heights, color=colour, alpha=alpha, linewidth=0)
        axes.text(0.004, 0.97, name, transform=axes.transAxes, fontsize=size, color=INK, va="top")

    return paint


def _spectra(signals: Signals, size: float) -> Callable[["Axes"], None]:
    top = top_of([portrait for _name, _colour, portrait in signals])

    def paint(axes: "Axes") -> None:
        axes.set_xscale("log")
        axes.set_xlim(20.0, 20_000.0)
        axes.set_ylim(top - RANGE_DB, top)
        for name, colour, portrait in signals:
            levels = np.maximum(portrait.levels, top - RANGE_DB - 6.0)
            axes.plot(portrait.centres, levels, color=colour, linewidth=1.2, label=name)
        levels = np.arange(top - RANGE_DB + 12, top + 1, 12)
        axes.set_yticks(levels, [f"{level:.0f} dB".replace("-", "−") for level in levels])
        axes.set_xticks(TICKS, [f"{hz:.0f}" if hz < 1e3 else f"{hz / 1e3:.0f}k" for hz in TICKS])
        axes.minorticks_off()
        axes.tick_params(labelsize=size, labelcolor=INK, length=0, pad=2)
        axes.grid(color=GRID, linewidth=0.5)
        axes.set_axisbelow(True)
        for spine in axes.spines.values():
            spine.set_visible(False)
        axes.legend(loc="upper right", fontsize=size, labelcolor=INK, frameon=False)

    return paint
