"""A channel strip: name and colour, pan, mute, solo, fader, meter and the gain as a number."""

import time

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from remixer.app.icons import paint_icon
from remixer.app.theme import current_theme
from remixer.app.widgets.buttons import PaintedButton
from remixer.app.widgets.control import DragControl
from remixer.app.widgets.fader import Fader
from remixer.app.widgets.meter import Clock, Meter
from remixer.app.widgets.painting import draw_text, fill_box, painting, sized_font
from remixer.app.widgets.pan import PanSlider
from remixer.app.widgets.value_field import ValueField
from remixer.mixing.strips import Strip

MARGIN = 5
SPACING = 5


class StripHeader(QWidget):
    """The name under a bar of the stem's colour, and a small mark beside it."""

    def __init__(self, title: str, colour: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title, self._colour, self._dimmed = title, colour, False
        self.mark = ""
        """A field of the theme: "warn" is a triangle, any other a dot; "" for none."""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_name(self, title: str, colour: str) -> None:
        """Another strip's."""
        self._title, self._colour = title, colour
        self.update()

    def set_dimmed(self, dimmed: bool) -> None:
        """Pale while the strip is silent."""
        if dimmed != self._dimmed:
            self._dimmed = dimmed
            self.update()

    def set_mark(self, colour: str) -> None:
        """A small triangle for "warn", else a dot in a colour of the theme; "" for none."""
        if colour != self.mark:
            self.mark = colour
            self.update()

    def sizeHint(self) -> QSize:
        """The bar and a line."""
        return QSize(40, self.fontMetrics().height() + 8)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The bar and the name."""
        theme, rect = current_theme(), QRectF(self.rect())
        with painting(self) as painter:
            if not self.isEnabled():
                painter.setOpacity(0.45)
            colour = QColor(theme.line) if self._dimmed else theme.stem(self._colour)
            fill_box(painter, QRectF(0.0, 0.0, rect.width(), 4.0), colour, None, 2.0)
            ink = theme.dim_text if self._dimmed else theme.text
            font = sized_font(self, 1.0, bold=True)
            draw_text(painter, rect.adjusted(0.0, 5.0, 0.0, 0.0), self._title, font, ink)
            if self.mark:
                side = round(self.fontMetrics().height() * 0.8)
                middle = 2.5 + (rect.height() - side) / 2.0
                place = QRectF(rect.right() - side, middle, side, side)
                if self.mark == "warn":
                    paint_icon(painter, "warning", place, theme.warn)
                else:
                    inset = side * 0.27
                    dot = place.adjusted(inset, inset, -inset, -inset)
                    fill_box(painter, dot, QColor(getattr(theme, self.mark)), None, side)


class StripFrame(QWidget):
    """The panel that a strip's controls stand on, with an edge when it is the selected one.

    touched: the user clicked on it, or went to one of its watched controls.
    """

    touched = Signal()
    _selected = False

    @property
    def selected(self) -> bool:
        """Whether this is the strip that keys act on."""
        return self._selected

    def set_selected(self, selected: bool) -> None:
        """Shows it."""
        if selected != self._selected:
            self._selected = selected
            self.update()

    def watch(self, *controls: DragControl | ValueField | PaintedButton) -> None:
        """Controls that select the strip when they get the keyboard."""
        for control in controls:
            control.focused.connect(self.touched)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click beside the controls selects too."""
        self.touched.emit()
        super().mousePressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """A rounded box."""
        theme = current_theme()
        edge = theme.faded(theme.accent, 0.75) if self._selected else theme.line
        with painting(self) as painter:
            fill_box(painter, QRectF(self.rect()), theme.panel, edge, 5.0)


class GainColumn(QWidget):
    """A fader beside its meter, over the field with its value; they move together.

    gain_changed(dB, final): by the user.
    """

    gain_changed = Signal(float, bool)

    def __init__(
        self, title: str, colour: str, *, clock: Clock, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.fader = Fader(title, colour)
        self.meter = Meter(title, colour, labelled=colour == "master", clock=clock)
        self.field = ValueField(title)
        row = QHBoxLayout()
        row.setSpacing(0)
        row.addStretch(1)
        row.addWidget(self.fader)
        row.addSpacing(3)
        row.addWidget(self.meter, 3)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACING)
        column.addLayout(row, 1)
        column.addWidget(self.field)
        self.fader.changed.connect(self._moved)
        self.field.committed.connect(self._typed)
        self.field.done.connect(self.fader.setFocus)

    def set_gain(self, gain_db: float) -> None:
        """Shows a gain."""
        self.fader.set_value(gain_db)
        self.field.set_value(gain_db)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter on the fader goes to the field."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.fader.hasFocus():
            self.field.setFocus(Qt.FocusReason.TabFocusReason)
        else:
            super().keyPressEvent(event)

    def _moved(self, gain_db: float, final: bool) -> None:
        self.field.set_value(gain_db)
        self.gain_changed.emit(gain_db, final)

    def _typed(self, gain_db: float) -> None:
        self.fader.change(gain_db)


class StemStrip(StripFrame):
    """One stem's strip. Signals tell what the user did; `set_strip` shows what is."""

    gain_changed = Signal(float, bool)
    pan_changed = Signal(float, bool)
    mute_clicked = Signal()
    solo_clicked = Signal(bool)

    def __init__(
        self,
        stem: str,
        *,
        clock: Clock = time.monotonic,
        parent: QWidget | None = None,
    ) -> None:
        """stem: of STEMS."""
        super().__init__(parent)
        self.stem, self._title = stem, stem.capitalize()
        self._silent, self._hint = "", ""
        self.header = StripHeader(self._title, stem)
        self.pan = PanSlider(self._title, stem)
        self.mute = self._letter("M", "bad", f"Mute {stem}")
        self.solo = self._letter("S", "solo", f"Solo {stem}")
        self.fx = treatment_button(stem)
        self.gain = GainColumn(self._title, stem, clock=clock)
        self._lay_out()
        self.pan.changed.connect(self.pan_changed)
        self.gain.gain_changed.connect(self.gain_changed)
        self.mute.clicked.connect(self.mute_clicked)
        self.solo.pressed_with.connect(self.solo_clicked)
        self.solo.setToolTip(
            self.solo.toolTip() + "\nCtrl+click or Alt+click (Shift+S): only this one"
        )
        self.setAccessibleName(f"{self._title} strip")
        self.watch(self.pan, self.mute, self.solo, self.fx, self.gain.fader, self.gain.field)

    def set_strip(self, strip: Strip, *, sounds: bool) -> None:
        """Shows a strip. sounds: neither muted nor silenced by another's solo."""
        self.gain.set_gain(strip.gain_db)
        self.pan.set_value(strip.pan)
        self.mute.setChecked(strip.mute)
        self.solo.setChecked(strip.solo)
        self.fx.setChecked(not strip.treatment.is_neutral)
        self.header.set_dimmed(not sounds)
        self.gain.fader.set_dimmed(not sounds)
        self._silent = "" if sounds else f"{self._title} is silent: {_reason(strip)}"
        self._explain()

    def set_hint(self, words: str, *, notable: bool) -> None:
        """A remark on the strip's move, behind a mark: a warning where it is notable, else a pale
        dot; "" for none.
        """
        if words == self._hint:
            return
        self._hint = words
        self.header.set_mark(("warn" if notable else "dim_text") if words else "")
        self.gain.fader.set_remark(words)
        self._explain()

    def _explain(self) -> None:
        text = "\n".join(part for part in (self._silent, self._hint) if part)
        self.header.setToolTip(text)
        self.setAccessibleDescription(text)

    def _letter(self, letter: str, lit: str, name: str) -> PaintedButton:
        button = PaintedButton(letter, lit)
        button.setAccessibleName(name)
        button.setToolTip(f"{name} ({letter} while it is selected)")
        button.setAccessibleDescription(f"{name}. Enter toggles")
        button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        return button

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(4)
        buttons.addWidget(self.mute)
        buttons.addWidget(self.solo)
        buttons.addWidget(self.fx)
        column = QVBoxLayout(self)
        column.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        column.setSpacing(SPACING)
        column.addWidget(self.header)
        column.addWidget(self.pan)
        column.addLayout(buttons)
        column.addWidget(self.gain, 1)


def treatment_button(name: str) -> PaintedButton:
    """The light that tells whether a strip is treated, and opens its treatments."""
    button = PaintedButton("FX", "accent")
    button.setAccessibleName(f"Treat {name}")
    button.setToolTip(f"Treatments of {name} (T while it is selected): lit while there are any")
    button.setAccessibleDescription("Lit while it is treated. Enter shows its treatments")
    button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    return button


def _reason(strip: Strip) -> str:
    return "muted" if strip.mute else "another stem is soloed"
