"""The choices of an export: what, which part of the song, how deep, where to, under which name."""

from collections.abc import Sequence
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
from remixer.app.dialogs.export_presets import Presets, choices_of
from remixer.app.dialogs.export_status import Files
from remixer.app.dialogs.export_words import (
    MEANINGS,
    clock,
    depth_options,
    format_options,
)
from remixer.app.dialogs.parts import Choice, Form
from remixer.app.settings import ExportChoices
from remixer.app.widgets.basics import button, label, one_line
from remixer.audio.reader import AudioReader
from remixer.dsp.signal import STEMS
from remixer.mixing.strips import MixState
from remixer.session.export_plan import ExportPlan
from remixer.session.naming import FIELDS
from remixer.session.own_presets import own_preset
from remixer.session.parts import named_parts
from remixer.session.presets import ALL, CUSTOM, MINUS_ONE, REMIX, STEM_FILES, Preset
from remixer.session.region import part_of
from remixer.session.saved import NamedRegion

TITLES = {REMIX: "&Remix", STEM_FILES: "&Stems", MINUS_ONE: "&Minus one", ALL: "&All"}
_SEGMENT = """
QPushButton:checked:disabled { background: palette(mid); color: palette(placeholder-text); }
"""
WHOLE, LOOP, PART = "whole", "loop", "part "
LONGEST = 32
"""Characters of a part's name that are shown."""
HINT = "Fields: " + ", ".join(f"{{{field}}}" for field in FIELDS)


class ExportForm(QWidget):
    """Shows choices and gives them as a plan; `changed` after every one."""

    changed = Signal()

    def __init__(
        self,
        source: AudioReader,
        state: MixState,
        loop: Region,
        folder: Path,
        model: str,
        regions: Sequence[NamedRegion] = (),
    ) -> None:
        """model: its ID, for names that tell it. regions: of the session; cue points of the file
        are offered beside them.
        """
        super().__init__()
        self._parts = named_parts(source, regions)
        self._source, self._state, self._loop, self._model = source, state, loop, model
        self.what = QButtonGroup(self)
        self._what: dict[str, QPushButton] = {}
        self.without, self.range = Choice("Stem that is left out"), Choice("Range")
        self.format, self.subtype = Choice("Format"), Choice("Depth")
        self.presets = Presets()
        self.preset = self.presets.choice
        self.folder, self.naming = QLineEdit(str(folder)), QLineEdit()
        self.browse = button("&Browse…", name="Browse for a folder")
        self.files = Files()
        self._meaning = label(dim=True, wrap=True)
        self._build()

    def _build(self) -> None:
        form = Form()
        form.add("Preset", self.preset, self.presets.save, self.presets.delete)
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
        named = [(f"{PART}{n}", self._titled(part), "") for n, part in enumerate(self._parts)]
        self.range.offer([whole, looped, *named], WHOLE)

    def _titled(self, part: NamedRegion) -> str:
        start, stop = (clock(sample, self._source.rate) for sample in (part.start, part.stop))
        name = one_line(part.name)
        short = name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"
        return f"{short} ({start} to {stop})"

    def _connect(self) -> None:
        self.preset.currentIndexChanged.connect(self._take_preset)
        self.presets.changed.connect(self._rework)
        self.presets.save.clicked.connect(lambda: self.presets.ask_name(self._as_preset))
        self.extras.changed.connect(self._name_preset)
        self.what.buttonClicked.connect(self._rework)
        for choice in (self.format, self.subtype, self.range):
            choice.currentIndexChanged.connect(self._rework)
        self.without.currentIndexChanged.connect(self._name_preset)
        self.folder.textChanged.connect(self.changed)
        self.naming.textChanged.connect(self._name_preset)
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
        preset = self.presets.chosen
        if preset is None:
            return
        self._what[preset.what].setChecked(True)
        if preset.finish is not None:  # one of the user's, which says all
            self.choose(choices_of(preset, self.without.value))
        else:
            self._offer(preset.format, preset.subtype)

    def _as_preset(self, name: str) -> Preset:
        """The choices as a preset of the user's."""
        return own_preset(
            name,
            self.chosen,
            self.format.value,
            self.subtype.value,
            self.naming.text().strip(),
            self.without.value,
            self.extras.finish,
            self.extras.receipt.isChecked(),
        )

    def _name_preset(self) -> None:
        """Show which preset makes the choices."""
        part = part_of(self._source, self.region)
        self.presets.show(part, self._as_preset(""))
        self.changed.emit()

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
        self.extras.fit(what, not self._state.is_neutral)
        self._name_preset()

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
        value = self.range.value
        if value.startswith(PART):
            part = self._parts[int(value.removeprefix(PART))]
            return part.start, part.stop
        return self._loop if value == LOOP else None

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
