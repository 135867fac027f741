"""A number with its unit beneath, calm enough to read."""

import math
import time

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QWidget

from remixer.app.theme import current_theme
from remixer.app.widgets.buttons import PaintedButton
from remixer.app.widgets.decibels import MINUS, show_level
from remixer.app.widgets.meter import Clock
from remixer.app.widgets.painting import (
    draw_focus,
    draw_text,
    fill_box,
    painting,
    sized_font,
    text_width,
)

_PERIOD_S = 0.2
OLD = "The mix has changed since: playing begins anew"


class Readout(PaintedButton):
    """A level and its unit; clicking asks for a reset. Changes at most five times a second."""

    def __init__(
        self,
        name: str,
        unit: str,
        tip: str,
        *,
        warn_db: float = math.inf,
        bad_db: float = math.inf,
        clock: Clock = time.monotonic,
        parent: QWidget | None = None,
    ) -> None:
        """warn_db, bad_db: above these the number is amber, or red."""
        super().__init__(unit, "accent", parent)
        self.setCheckable(False)
        self._level_db, self._changed_at = -math.inf, -math.inf
        self._warn_db, self._bad_db, self._clock = warn_db, bad_db, clock
        self.setToolTip(tip)
        self._name, self._tip, self._old = name, tip, False
        self.setAccessibleName(name)
        self.setAccessibleDescription(tip)

    @property
    def shown(self) -> str:
        """The number as text; a dash for NaN, what is not measured yet."""
        return "–" if math.isnan(self._level_db) else show_level(self._level_db)

    def set_level(self, level_db: float) -> None:
        """A new level; silence, and that nothing is measured, show at once."""
        now = self._clock()
        if math.isfinite(level_db) and now - self._changed_at < _PERIOD_S:
            return
        before, self._level_db, self._changed_at = self.shown, level_db, now
        if self.shown != before:
            self.update()

    def set_old(self, old: bool) -> None:
        """Whether the level is of before something changed: it is pale then, and says so."""
        if old != self._old:
            self._old = old
            tip = f"{self._tip}\n{OLD}" if old else self._tip
            self.setToolTip(tip)
            self.setAccessibleDescription(tip)
            self.update()

    def sizeHint(self) -> QSize:
        """The widest number, and a line for the unit."""
        width = text_width(sized_font(self, 1.25, bold=True), f"{MINUS}88.8") + 12
        return QSize(width, round(self.fontMetrics().height() * 2.2) + 4)

    def minimumSizeHint(self) -> QSize:
        """As small as it gets."""
        return QSize(self.sizeHint().width(), round(self.fontMetrics().height() * 2.0) + 2)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The number above, the unit below."""
        theme, rect = current_theme(), QRectF(self.rect())
        unit_height = self.fontMetrics().height() * 0.95
        number = rect.adjusted(0.0, 1.0, 0.0, -unit_height)
        unit = QRectF(0.0, rect.bottom() - unit_height - 2.0, rect.width(), unit_height)
        border = theme.dim_text if self.underMouse() else theme.line
        with painting(self) as painter:
            if not self.isEnabled():
                painter.setOpacity(0.45)
            fill_box(painter, rect, theme.sunken, border)
            draw_text(painter, number, self.shown, sized_font(self, 1.25, bold=True), self._ink())
            draw_text(painter, unit, self.text(), sized_font(self, 0.8), theme.dim_text)
            painter.setOpacity(1.0)
            draw_focus(painter, self)

    def _ink(self) -> str:
        theme = current_theme()
        if self._old:
            return theme.dim_text
        if self._level_db > self._bad_db:
            return theme.bad
        return theme.warn if self._level_db > self._warn_db else theme.text
