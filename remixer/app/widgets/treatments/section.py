"""A group of settings: its title, its bypass light, its way back, and sliders for its fields."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPaintEvent, QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from remixer.app.theme import current_theme
from remixer.app.widgets.buttons import PaintedButton
from remixer.app.widgets.painting import fill_box, painting, sized_font
from remixer.app.widgets.treatments.parameter import Parameter, ParameterSlider

MARGIN = 7
GAP = 4


class Section(QWidget):
    """Shows a frozen dataclass, its `value`, and tells what the user makes of it.

    changed(value, final): many with final False in a gesture, one with True at its end.
    """

    changed = Signal(object, bool)

    def __init__(
        self, title: str, neutral: Any, parent: QWidget | None = None, *, whose: str = ""
    ) -> None:
        """neutral: the value that Reset sets; its `on`, if it has one, is the light's. whose: what
        it belongs to, where that is not the strip that is shown.
        """
        super().__init__(parent)
        self.title, self.neutral, self.value = title, neutral, neutral
        self.sliders: list[ParameterSlider] = []
        self.colour = "master"
        self.setAccessibleName(title)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(MARGIN, MARGIN - 1, MARGIN, MARGIN)
        self.column.setSpacing(GAP)
        self.head = self._head()
        self.column.addLayout(self.head)
        if whose:
            self.column.addWidget(small_label(whose))

    def _head(self) -> QHBoxLayout:
        label = QLabel(self.title)
        label.setFont(sized_font(label, 1.0, bold=True))
        self.light = PaintedButton("On", "good")
        self.light.setAccessibleName(f"{self.title} on")
        self.light.setToolTip(f"{self.title}: lit while it works, else it is bypassed")
        self.light.clicked.connect(self._switch)
        self.light.setText("Off")
        self.light.setFixedWidth(self.light.sizeHint().width())
        self.light.setVisible(hasattr(self.neutral, "on"))
        self.way_back = PaintedButton("Reset", "accent")
        self.way_back.setAccessibleName(f"Reset {self.title.lower()}")
        self.way_back.setToolTip(f"{self.title} as it comes")
        self.way_back.clicked.connect(lambda: self.put(self.neutral, True))
        row = QHBoxLayout()
        row.setSpacing(GAP)
        row.addWidget(label, 1)
        row.addWidget(self.way_back)
        row.addWidget(self.light)
        return row

    def add(self, parameters: Sequence[Parameter]) -> list[ParameterSlider]:
        """Sliders for fields; whoever calls this places them."""
        made = [ParameterSlider(p, self.title, self.colour) for p in parameters]
        for slider in made:
            field = slider.parameter.field
            slider.changed.connect(lambda value, final, f=field: self.set(final, **{f: value}))
        self.sliders += made
        return made

    def set(self, final: bool, **changes: Any) -> None:
        """Change fields, as the user's change."""
        self.put(replace(self.value, **changes), final)

    def put(self, value: Any, final: bool) -> None:
        """Another value, as the user's change."""
        self.show_value(value)
        self.changed.emit(value, final)

    def show_value(self, value: Any) -> None:
        """Shows a value; no signal follows."""
        self.value = value
        for slider in self.sliders:
            slider.set_value(getattr(value, slider.parameter.field))
        if hasattr(value, "on"):
            self.light.setChecked(value.on)
            self.light.setText("On" if value.on else "Off")
        self.way_back.setEnabled(value != self.neutral)
        self.update()

    def set_colour(self, colour: str) -> None:
        """The stem's that is shown."""
        self.colour = colour
        for slider in self.sliders:
            slider.set_colour(colour)
        self.update()

    def _switch(self) -> None:
        self.set(True, on=not self.value.on)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """A rounded box."""
        theme = current_theme()
        with painting(self) as painter:
            fill_box(painter, QRectF(self.rect()), theme.panel, theme.line, 5.0)


def small_label(text: str) -> QLabel:
    """A quiet caption."""
    label = QLabel(text)
    label.setFont(sized_font(label, 0.9))
    label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
    label.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    return label
