"""The choices of an export: what, which part of the song, how deep, where to, under which name."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from remixer.app.dialogs.export_extras import YES, Extras
from remixer.app.dialogs.export_job import Region
from remixer.app.dialogs.export_status import Files
from remixer.app.dialogs.export_words import (
    MEANINGS,
    clock,
    depth_options,
    format_options,
    preset_options,
)
from remixer.app.dialogs.parts import Choice, Form
from remixer.app.settings import ExportChoices
from remixer.app.widgets.basics import button, label
from remixer.audio.reader import AudioReader
from remixer.dsp.signal import STEMS
from remixer.mixing.strips import MixState
from remixer.session.export_plan import ExportPlan
from remixer.session.naming import FIELDS
from remixer.session.presets import (
    ALL,
    CUSTOM,
    MINUS_ONE,
    REMIX,
    STEM_FILES,
    find_preset,
    matching,
)
from remixer.session.region import part_of

TITLES = {REMIX: "&Remix", STEM_FILES: "&Stems", MINUS_ONE: "&Minus one", ALL: "&All"}
_SEGMENT = """
QPushButton:checked:disabled { background: palette(mid); color: palette(placeholder-text); }
"""
WHOLE, LOOP = "whole", "loop"
HINT = "Fields: " + ", ".join(f"{{{field}}}" for field in FIELDS)


class ExportForm(QWidget):
    """Shows choices and gives them as a plan; `changed` after every one."""

    changed = Signal()

    def __init__(
        self, source: AudioReader, state: MixState, loop: Region, folder: Path, model: str
    ) -> None:
        """model: its ID, for names that tell it."""
        super().__init__()
        self._source, self._state, self._loop, self._model = source, state, loop, model
        self.what = QButtonGroup(self)
        self._what: dict[str, QPushButton] = {}
        self.without, self.range = Choice("Stem that is left out"), Choice("Range")
        self.format, self.subtype = Choice("Format"), Choice("Depth")
        self.preset = Choice("Preset")
        self.folder, self.naming = QLineEdit(str(folder)), QLineEdit()
        self.browse = button("&Browse…", name="Browse for a folder")
        self.files = Files()
        self._meaning = label(dim=True, wrap=True)
        self._build()

    def _build(self) -> None:
        form = Form()
        form.add("Preset", self.preset)
        form.add("Export", self._segments(), self.without)
        form.explain(self._meaning)
        form.add("Range", self.range)
        form.add("Format", self.format, self.subtype)
        form.add("Folder", self.folder, self.browse, stretch=0)
        form.add("Name", self.naming, stretch=0)
        form.explain(label(HINT, dim=True))
        form.add("Files", self.files, stretch=0)
        self.extras = Extras(form, self)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addLayout(form)
        self.folder.setAccessibleName("Folder")
        self.naming.setAccessibleName("Name template")
        self.without.offer([(stem, f"without {stem}", "") for stem in STEMS], STEMS[0])
        self._offer_ranges()
        self._connect()

    def _segments(self) -> QWidget:
        row = QWidget()
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for what, title in TITLES.items():
            segment = button(title)
            segment.setCheckable(True)
            segment.setStyleSheet(_SEGMENT)
            segment.setToolTip(MEANINGS[what])
            self.what.addButton(segment)
            self._what[what] = segment
            layout.addWidget(segment)
        return row

    def _offer_ranges(self) -> None:
        source, loop = self._source, self._loop
        whole = (WHOLE, f"Whole file ({clock(source.length, source.rate)})", "")
        if loop is None:
            looped = (LOOP, "Loop", "There is no loop: drag one in the overview, or press L")
        else:
            start, stop = (clock(sample, source.rate) for sample in loop)
            looped = (LOOP, f"Loop ({start} to {stop})", "")
        self.range.offer([whole, looped], WHOLE)

    def _connect(self) -> None:
        self.preset.currentIndexChanged.connect(self._take_preset)
        self.extras.changed.connect(self.changed)
        self.what.buttonClicked.connect(self._rework)
        for choice in (self.format, self.subtype, self.range):
            choice.currentIndexChanged.connect(self._rework)
        self.without.currentIndexChanged.connect(self.changed)
        for field in (self.folder, self.naming):
            field.textChanged.connect(self.changed)
        self.browse.clicked.connect(self._browse)

    def choose(self, choices: ExportChoices) -> None:
        """Take choices over, as far as they fit this song."""
        self._what.get(choices.what, self._what[REMIX]).setChecked(True)
        if choices.without in STEMS:
            self.without.value = choices.without
        self.naming.setText(choices.naming)
        self.extras.choose(choices)
        self._offer(choices.format, choices.subtype)

    def _take_preset(self) -> None:
        """The other choices become what a preset says."""
        if self.preset.value in ("", CUSTOM):
            return
        preset = find_preset(self.preset.value)
        self._what[preset.what].setChecked(True)
        self._offer(preset.format, preset.subtype)

    def _rework(self) -> None:
        self._offer(self.format.value, self.subtype.value)

    def _offer(self, format: str, subtype: str) -> None:
        """What the other choices leave."""
        what, part = self.chosen, part_of(self._source, self.region)
        self.format.offer(format_options(part, what, self._state), format)
        depths = depth_options(part, what, self._state, self.format.value)
        self.subtype.offer(depths, subtype)
        self.without.setVisible(what == MINUS_ONE)
        self._meaning.setText(MEANINGS.get(self.format.value, MEANINGS[what]))
        chosen = (what, self.format.value, self.subtype.value)
        found = matching(*chosen)
        self.preset.offer(preset_options(part, *chosen), found.id if found else CUSTOM)
        self.extras.fit(what, not self._state.is_neutral)
        self.changed.emit()

    @property
    def chosen(self) -> str:
        """What to export."""
        return next(what for what, segment in self._what.items() if segment.isChecked())

    @property
    def choices(self) -> ExportChoices:
        """As they are kept for the next time."""
        return ExportChoices(
            what=self.chosen,
            without=self.without.value,
            format=self.format.value,
            subtype=self.subtype.value,
            naming=self.naming.text(),
            dither=self.extras.finish.dither,
            ceiling=self.extras.ceiling_text,
            receipt=YES if self.extras.receipt.isChecked() else "",
        )

    @property
    def region(self) -> Region:
        """The samples to export; None for all."""
        return self._loop if self.range.value == LOOP else None

    def plan(self, overwrite: bool) -> ExportPlan:
        """The choices as a plan."""
        return ExportPlan(
            what=self.chosen,
            folder=Path(self.folder.text().strip() or ".").expanduser(),
            format=self.format.value,
            subtype=self.subtype.value,
            naming=self.naming.text().strip(),
            region=self.region,
            without=self.without.value,
            overwrite=overwrite,
            model=self._model,
            finish=self.extras.finish,
            receipt=self.extras.receipt.isChecked(),
            preset="" if self.preset.value == CUSTOM else self.preset.value,
        )

    def _browse(self) -> None:
        dialog = QFileDialog(self, "Folder for the export", self.folder.text())
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.folder.setText)
        dialog.open()
