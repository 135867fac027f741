"""What the user does with the mix: moves of strips and master, undo, which strip keys are for."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from remixer.dsp.signal import STEMS
from remixer.errors import RemixerError

if TYPE_CHECKING:
    from remixer.app.main_window import MainWindow


class MixVerbs(QObject):
    """Makes gestures of the mixer into moves of the document."""

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self._window, self._control = window, window.controller
        self._selected = STEMS[0]

    def connect_mixer(self) -> None:
        """Follow the mixer; once the window has it."""
        mixer = self._window.mixer
        mixer.gain_changed.connect(self._gain_changed)
        mixer.pan_changed.connect(
            lambda stem, pan, final: self.edit("set_pan", stem, pan, final=final)
        )
        mixer.mute_toggled.connect(lambda stem, on: self.edit("set_mute", stem, on))
        mixer.solo_toggled.connect(
            lambda stem, on, exclusive: self.edit("set_solo", stem, on, exclusive=exclusive)
        )
        mixer.solo_cleared.connect(self.clear_solo)
        mixer.selected.connect(self._note_selected)

    def edit(self, verb: str, *values: object, **named: object) -> None:
        """One of the document's moves; what it refuses becomes a notice."""
        if self._control.document is None:
            return
        try:
            getattr(self._control.document, verb)(*values, **named)
        except RemixerError as error:
            self._window.notices.show_notice(str(error), "warning")
            self._window.showing.show_mix()

    def _gain_changed(self, stem: str, gain_db: float, final: bool) -> None:
        if stem == "master":
            self.edit("set_master_db", gain_db, final=final)
        else:
            self.edit("set_gain_db", stem, gain_db, final=final)

    def undo(self) -> None:
        """Take back the last move."""
        self.edit("undo")

    def redo(self) -> None:
        """Do it again."""
        self.edit("redo")

    def reset(self) -> None:
        """Every fader at unity."""
        self.edit("reset_mix")

    def clear_solo(self) -> None:
        """No stem is soloed."""
        self.edit("clear_solo")

    def select(self, name: str) -> None:
        """The strip that M and S are for; it takes the keyboard."""
        self._selected = name
        self._window.mixer.select(name)
        self._window.treating.show_strip(name)

    def _note_selected(self, name: str) -> None:
        self._selected = name

    def mute(self) -> None:
        """Mute the selected stem, or let it sound again."""
        document = self._control.document
        if document and self._selected in STEMS:
            mute = document.mix.strip(self._selected).mute
            self.edit("set_mute", self._selected, not mute)

    def solo(self) -> None:
        """Solo the selected stem, or no more."""
        self._solo(exclusive=False)

    def solo_only(self) -> None:
        """Solo the selected stem and no other."""
        self._solo(exclusive=True)

    def _solo(self, exclusive: bool) -> None:
        document = self._control.document
        if document and self._selected in STEMS:
            solo = document.mix.strip(self._selected).solo
            self.edit("set_solo", self._selected, not solo, exclusive=exclusive)
