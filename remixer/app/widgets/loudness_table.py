"""Loudness and peaks of original and remix as numbers, side by side."""

import math

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from remixer.app.widgets.basics import heading, label
from remixer.app.widgets.decibels import show_gain, show_level
from remixer.app.widgets.painting import sized_font
from remixer.dsp.loudness import Loudness

NONE = "–"
_ROWS = (
    ("integrated_lufs", "Integrated", "LUFS", "Gated loudness of all that was measured (BS.1770)"),
    (
        "range_lu",
        "Range (LRA)",
        "LU",
        "Loudness range: how far soft and loud lie apart (Tech 3342)",
    ),
    ("short_term_max_lufs", "Short-term max", "LUFS", "The loudest 3 s"),
    ("momentary_max_lufs", "Momentary max", "LUFS", "The loudest 400 ms"),
    (
        "true_peak_dbtp",
        "True peak",
        "dBTP",
        "Between the samples, four times oversampled (BS.1770)",
    ),
    ("sample_peak_dbfs", "Sample peak", "dBFS", "The highest sample"),
)
_COLUMNS = ("Original", "Remix", "Difference")
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class LoudnessTable(QWidget):
    """Three columns of numbers: original, remix and what the remix adds."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Loudness of original and remix")
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(7)
        for column, name in enumerate(_COLUMNS, start=1):
            self._grid.addWidget(heading(name), 0, column, _RIGHT)
        self._values = {
            row[0]: self._add(place, *row[1:]) for place, row in enumerate(_ROWS, start=1)
        }
        self.clear()

    def _add(self, place: int, name: str, unit: str, tip: str) -> list[QLabel]:
        caption, dim = label(name), label(unit, dim=True)
        self._grid.addWidget(caption, place, 0)
        self._grid.addWidget(dim, place, 4)
        cells = [label() for _ in _COLUMNS]
        for column, cell in enumerate(cells):
            cell.setFont(sized_font(cell, 1.0, bold=column == 1))
            cell.setAlignment(_RIGHT)
            cell.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            cell.setAccessibleName(f"{_COLUMNS[column]}, {name}")
            self._grid.addWidget(cell, place, column + 1)
        for part in (caption, dim, *cells):
            part.setToolTip(tip)
        return cells

    def clear(self) -> None:
        """No numbers."""
        for cells in self._values.values():
            for cell in cells:
                cell.setText(NONE)

    def set_loudness(self, original: Loudness, remix: Loudness) -> None:
        """Shows both."""
        for name, cells in self._values.items():
            first, second = getattr(original, name), getattr(remix, name)
            for cell, text in zip(cells, _texts(first, second), strict=True):
                cell.setText(text)

    def texts(self, name: str) -> tuple[str, ...]:
        """The three cells of a row, by its field of `Loudness`."""
        return tuple(cell.text() for cell in self._values[name])


def _texts(first: float | None, second: float | None) -> tuple[str, str, str]:
    if first is None or second is None or not (math.isfinite(first) and math.isfinite(second)):
        return _level(first), _level(second), NONE
    # As the numbers that are shown differ: rounding must not look like an error.
    change = round(round(second, 1) - round(first, 1), 1)
    return _level(first), _level(second), show_gain(change)


def _level(value: float | None) -> str:
    return NONE if value is None or not math.isfinite(value) else show_level(value)
