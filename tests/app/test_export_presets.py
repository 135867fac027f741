"""The export dialog's presets of one's own, and the parts of the song that have names."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

from remixer.app.dialogs.export import ExportDialog
from remixer.app.settings import Settings
from remixer.audio.reader import open_audio
from remixer.mixing.strips import MixState
from remixer.session.finishing import Finish
from remixer.session.own_presets import own_presets, presets_file
from remixer.session.saved import NamedRegion
from tests.app.test_regions import named
from tests.audio.test_carried import ADTL, LENGTH, cue, with_chunks

MOVED = MixState().with_strip("vocals", gain_db=1.5)
REGIONS = (NamedRegion("Bridge &\n more", 100, 300),)


@pytest.fixture
def dialog(qtbot: QtBot, tmp_path: Path) -> Iterator[ExportDialog]:
    song = with_chunks(tmp_path / "song.wav", [(b"cue ", cue(100, 2_000)), (b"LIST", ADTL)])
    settings = Settings(tmp_path / "settings.ini")
    settings.export_folder = tmp_path / "out"
    with open_audio(song) as source:
        made = ExportDialog(
            source, MOVED, None, lambda: None, lambda: None, None, settings, "", REGIONS
        )
        qtbot.addWidget(made)
        made.open()
        yield made
        made.close()


def save_as(dialog: ExportDialog, name: str) -> None:
    named(name)
    dialog.form.presets.save.click()


def answered(button: QMessageBox.StandardButton) -> None:
    """Answer the question that comes behind the next one."""

    def answer() -> None:
        box = QApplication.activeModalWidget()
        if isinstance(box, QMessageBox):
            box.button(button).click()
        else:
            QTimer.singleShot(10, answer)

    QTimer.singleShot(10, answer)


def test_choices_are_kept_chosen_again_and_deleted(dialog: ExportDialog) -> None:
    form = dialog.form
    assert not form.presets.delete.isVisible()
    form.preset.value = "wav24"
    form.naming.setText("{name} ({preset})")
    form.extras.limit.click()
    form.extras.ceiling.setValue(-2.5)
    form.extras.receipt.click()
    assert form.preset.value == "wav24"  # which says nothing of that
    save_as(dialog, "For the club")
    assert form.preset.value == form.plan(False).preset == "For the club"
    assert form.presets.delete.isVisible()
    assert form.files.names == ["song (For the club).wav"]
    form.preset.value = "flac"
    form.extras.limit.click()
    form.extras.receipt.click()
    form.naming.setText("{name}")
    assert form.preset.value == "flac"
    form.preset.value = "For the club"
    plan = form.plan(False)
    assert (plan.format, plan.subtype, plan.finish) == ("WAV", "PCM_24", Finish(ceiling_db=-2.5))
    assert (plan.naming, plan.receipt) == ("{name} ({preset})", True)
    form.subtype.value = "PCM_16"
    assert form.preset.value == "custom"
    form.subtype.value = "PCM_24"
    assert form.preset.value == "For the club"
    form.presets.delete.click()
    assert own_presets() == ()
    assert form.preset.value == "wav24"
    assert not form.presets.delete.isVisible()


def test_a_preset_of_the_same_name_is_replaced_when_the_user_says_so(dialog: ExportDialog) -> None:
    save_as(dialog, "Mine")
    dialog.form.preset.value = "flac"
    answered(QMessageBox.StandardButton.No)
    save_as(dialog, "mine")
    assert [(preset.id, preset.format) for preset in own_presets()] == [("Mine", "source")]
    answered(QMessageBox.StandardButton.Yes)
    save_as(dialog, "mine")
    assert [(preset.id, preset.format) for preset in own_presets()] == [("mine", "FLAC")]


def test_a_name_that_is_taken_is_refused_in_words(dialog: ExportDialog) -> None:
    answered(QMessageBox.StandardButton.Ok)
    save_as(dialog, "FLAC")
    assert own_presets() == ()


def test_a_damaged_file_is_told_and_not_written_over(dialog: ExportDialog) -> None:
    save_as(dialog, "Mine")
    presets_file().write_text("{")
    answered(QMessageBox.StandardButton.Ok)
    dialog.form.presets.delete.click()
    assert not dialog.form.presets.save.isEnabled()
    assert "repair the file" in dialog.form.presets.save.toolTip()
    assert presets_file().read_text() == "{"


def test_named_parts_are_offered(dialog: ExportDialog) -> None:
    form = dialog.form
    titles = [form.range.itemText(index) for index in range(form.range.count())]
    assert [title.partition(" (")[0] for title in titles[2:]] == [
        r"Bridge &\n more",
        "Verse",
        "Solo",
    ]
    for index, region in ((2, (100, 300)), (3, (100, 2_000)), (4, (2_000, LENGTH))):
        form.range.setCurrentIndex(index)
        assert form.region == form.plan(False).region == region
    form.range.setCurrentIndex(0)
    assert form.region is None
