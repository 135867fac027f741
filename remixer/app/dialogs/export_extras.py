"""What an export may have besides: a receipt, and how a mix with moves is finished, folded away."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QDoubleSpinBox, QLabel, QToolButton, QWidget

from remixer.app.dialogs.parts import Choice, Form
from remixer.app.settings import ExportChoices
from remixer.app.widgets.basics import label
from remixer.session.finishing import AUTO, DITHER, HIGHEST_DB, LOWEST_DB, OFF, ON, Finish
from remixer.session.presets import ALL, REMIX, STEM_FILES

_FLAT = """
QToolButton, QToolButton:checked { background: transparent; border: 1px solid transparent;
    color: palette(text); font-weight: normal; }
QToolButton:hover, QToolButton:checked:hover { border-color: palette(mid); }
QToolButton:focus, QToolButton:checked:focus { border-color: palette(highlight); }
"""
YES = "yes"
USUAL_CEILING_DB = -1.0
RECEIPT = "Write a receipt: hashes, levels and moves, as a page and for machines"
DITHERS = {
    AUTO: "Automatic",
    ON: "Wherever moves left the grid",
    OFF: "Off",
}
_MEANINGS = {
    AUTO: "Only where the file has fewer bits than the source.",
    ON: "Also where it has as many: what is rendered has more than any file of whole numbers.",
    OFF: "Rounded without it.",
}
NEVER = "Never for a remix without moves: that is the source, bit for bit."


class Extras(QWidget):
    """Adds its rows to a form; `changed` after every choice."""

    changed = Signal()

    def __init__(self, form: Form, parent: QWidget) -> None:
        super().__init__(parent)
        self.hide()
        self.receipt = QCheckBox("Write a &receipt")
        self.more = QToolButton()
        self.dither, self.limit = Choice("Dither"), QCheckBox("&Limit true peaks to")
        self.ceiling = QDoubleSpinBox(
            minimum=LOWEST_DB, maximum=HIGHEST_DB, singleStep=0.5, decimals=1, suffix=" dBTP"
        )
        self._note = label(NEVER, dim=True)
        self._rows: list[QWidget] = []
        self._build(form)

    def _build(self, form: Form) -> None:
        self.more.setCheckable(True)
        self.more.setAutoRaise(True)
        self.more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.more.setStyleSheet(_FLAT)
        self.more.setToolTip("Dither, and a ceiling for true peaks")
        self.receipt.setToolTip(RECEIPT)
        self.ceiling.setAccessibleName("Ceiling")
        self.receipt.setAccessibleName("Write a receipt")
        self.limit.setAccessibleName("Limit true peaks")
        self.more.setAccessibleName("Ceiling and dither")
        form.add("", self.receipt, self.more)
        captions: list[QLabel] = [form.add("Ceiling", self.limit, self.ceiling)]
        captions.append(form.add("Dither", self.dither))
        form.explain(self._note)
        self._rows = [*captions, self.limit, self.ceiling, self.dither, self._note]
        self.dither.offer([(name, DITHERS[name], "") for name in DITHER], AUTO)
        self.more.toggled.connect(self._fold)
        self.receipt.toggled.connect(self.changed)
        self.limit.toggled.connect(self._limited)
        self.ceiling.valueChanged.connect(self.changed)
        self.dither.currentIndexChanged.connect(self.changed)
        self._fold(False)

    def choose(self, choices: ExportChoices) -> None:
        """Take choices over. Signals nothing. What is not as usual is unfolded."""
        for widget in (self.receipt, self.limit, self.ceiling, self.dither):
            widget.blockSignals(True)
        self.receipt.setChecked(choices.receipt == YES)
        self.dither.value = choices.dither if choices.dither in DITHER else AUTO
        ceiling_db = _number(choices.ceiling)
        self.limit.setChecked(ceiling_db is not None)
        self.ceiling.setValue(USUAL_CEILING_DB if ceiling_db is None else ceiling_db)
        for widget in (self.receipt, self.limit, self.ceiling, self.dither):
            widget.blockSignals(False)
        self.more.setChecked(self.finish != Finish())

    def fit(self, what: str, moved: bool) -> None:
        """Offer only what does something. moved: whether the mix has moves."""
        remix = what in (REMIX, ALL) and moved
        self.limit.setEnabled(remix)
        self.ceiling.setEnabled(remix and self.limit.isChecked())
        self.dither.setEnabled(what != STEM_FILES and (moved or what != REMIX))
        self.dither.setToolTip(_MEANINGS.get(self.dither.value, ""))

    @property
    def finish(self) -> Finish:
        """How a mix with moves is finished."""
        ceiling_db = round(self.ceiling.value(), 1) if self.limit.isChecked() else None
        return Finish(self.dither.value or AUTO, ceiling_db)

    @property
    def ceiling_text(self) -> str:
        """The ceiling as it is kept."""
        ceiling_db = self.finish.ceiling_db
        return "" if ceiling_db is None else f"{ceiling_db:g}"

    @property
    def rows_height(self) -> int:
        """What the rows take when they are unfolded."""
        lines = (self.ceiling, self.dither, self._note)
        return sum(line.sizeHint().height() + 8 for line in lines)

    def _limited(self) -> None:
        self.ceiling.setEnabled(self.limit.isChecked() and self.limit.isEnabled())
        self.changed.emit()

    def _fold(self, open: bool) -> None:
        arrow = Qt.ArrowType.DownArrow if open else Qt.ArrowType.RightArrow
        self.more.setArrowType(arrow)
        self.more.setText("Less" if open else "More")
        for widget in self._rows:
            widget.setVisible(open)


def _number(text: str) -> float | None:
    """A ceiling that was kept; None for none, and for what is none."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if LOWEST_DB <= value <= HIGHEST_DB else None
