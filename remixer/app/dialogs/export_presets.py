"""The presets of the export dialog: choose one, keep the choices as one's own, delete it."""

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QInputDialog, QLineEdit, QMessageBox, QWidget

from remixer.app.dialogs.export_extras import YES
from remixer.app.dialogs.export_words import preset_options
from remixer.app.dialogs.parts import Choice
from remixer.app.settings import ExportChoices
from remixer.app.widgets.basics import button
from remixer.errors import RemixerError
from remixer.session.own_presets import check_name, forget_preset, keep_preset, own_presets
from remixer.session.presets import CUSTOM, PRESETS, Preset, matching
from remixer.session.region import Original

_SAVE = "Keep these choices as a preset of your own"


class Presets(QObject):
    """A list of presets with two buttons. `changed` when there is one more or less."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.choice = Choice("Preset")
        self.save = button("Sa&ve…", name="Save as a preset")
        self.delete = button("&Delete", name="Delete the preset")
        self.own: tuple[Preset, ...] = ()
        self.delete.setToolTip("Delete this preset of yours")
        self.delete.clicked.connect(self._delete)
        self._read()

    @property
    def chosen(self) -> Preset | None:
        """The preset that is chosen; None for choices of their own."""
        return next((p for p in (*PRESETS, *self.own) if p.id == self.choice.value), None)

    def show(self, part: Original, choices: Preset) -> None:
        """Which preset makes these choices of a part of a song: one of the user's says more."""
        mine = next((p for p in self.own if _unnamed(p) == _unnamed(choices)), None)
        found = mine or matching(choices.what, choices.format, choices.subtype)
        options = preset_options(part, self.own, custom=found is None)
        self.choice.offer(options, found.id if found else CUSTOM)
        self.delete.setVisible(mine is not None)

    def ask_name(self, made: Callable[[str], Preset]) -> None:
        """Let the user name a preset, and keep it. made: gives it its name."""
        chosen = self.chosen
        mine = chosen.id if chosen in self.own and chosen else ""
        name, given = QInputDialog.getText(
            self._window, "Save as a preset", "Name:", QLineEdit.EchoMode.Normal, mine
        )
        name = name.strip()
        if not given or not self._may_replace(name, mine):
            return
        try:
            check_name(name)
            keep_preset(made(name))
        except RemixerError as error:
            self._refuse(error)
            return
        self._read()
        self.changed.emit()

    def _may_replace(self, name: str, mine: str) -> bool:
        """Whether no other preset of that name would be lost without a word."""
        there = next((p.id for p in self.own if p.id.casefold() == name.casefold()), None)
        if there is None or there == mine:
            return True
        answer = QMessageBox.question(
            self._window, "Save as a preset", f"Replace your preset “{there}”?"
        )
        return answer == QMessageBox.StandardButton.Yes

    def _delete(self) -> None:
        chosen = self.chosen
        if chosen is None:
            return
        try:
            forget_preset(chosen.id)
        except RemixerError as error:
            self._refuse(error)
        self._read()
        self.changed.emit()

    def _read(self) -> None:
        """A file that is damaged is not written over."""
        try:
            self.own, trouble = own_presets(), ""
        except RemixerError as error:
            self.own, trouble = (), str(error)
        self.save.setEnabled(not trouble)
        self.save.setToolTip(trouble[:1].upper() + trouble[1:] or _SAVE)

    def _refuse(self, error: RemixerError) -> None:
        text = str(error)
        QMessageBox.warning(self._window, "Presets", text[:1].upper() + text[1:])

    @property
    def _window(self) -> QWidget:
        return self.choice.window()


def choices_of(preset: Preset, without: str) -> ExportChoices:
    """A preset of the user's as choices. without: where it does not say."""
    ceiling_db = preset.finish.ceiling_db if preset.finish else None
    return ExportChoices(
        what=preset.what,
        without=preset.without or without,
        format=preset.format,
        subtype=preset.subtype,
        naming=preset.naming or "",
        dither=preset.finish.dither if preset.finish else "",
        ceiling="" if ceiling_db is None else f"{ceiling_db:g}",
        receipt=YES if preset.receipt else "",
    )


def _unnamed(preset: Preset) -> Preset:
    return replace(preset, id="", title="", about="")
