"""Dialogs with the real exporter on real files, stems of a small untrained model."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QFileDialog,
    QLineEdit,
    QMessageBox,
    QPushButton,
    QTabWidget,
    QTextBrowser,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)
from pytestqt.qtbot import QtBot

from remixer.app.actions import Actions, Command
from remixer.app.dialogs.about import AboutDialog, dependencies
from remixer.app.dialogs.export import ExportDialog
from remixer.app.dialogs.export_job import Progress, covers
from remixer.app.dialogs.export_words import moves
from remixer.app.dialogs.preferences import PreferencesDialog, now_playing
from remixer.app.dialogs.shortcuts import ShortcutsDialog
from remixer.app.settings import ExportChoices, Settings
from remixer.app.theme import apply_theme
from remixer.audio.reader import AudioReader, open_audio
from remixer.dsp.signal import STEMS
from remixer.mixing.stems import StemSet
from remixer.mixing.strips import MixState, Strip
from remixer.playback.types import Device, Latency, Output, Snapshot, Sound
from remixer.separation.cache import StemCache
from remixer.separation.catalogue import read_card
from remixer.separation.store import CHUNK, StemStore
from remixer.session.exporting import ExportPlan
from remixer.session.separation import separated
from remixer.session.separation_service import Separation, SeparationService
from tests.support import make_models, music, read_ints, small_disk, stems_of, write

LONG_MS = 60_000
RATE = 44_100
DONE = Separation("done", 3.0, 3.0)
LOUDER = MixState(strips=(Strip(1.5), Strip(), Strip(mute=True), Strip()))
LOUDEST = MixState(master_db=24.0)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_models(tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="module")
def song(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three seconds of stereo at 24 bits."""
    path = tmp_path_factory.mktemp("song") / "My song.wav"
    return write(path, music(2, 3 * RATE, RATE), RATE, "PCM_24")


@pytest.fixture(scope="module")
def source(song: Path) -> Iterator[AudioReader]:
    with open_audio(song) as reader:
        yield reader


@pytest.fixture(scope="module")
def stems(
    source: AudioReader, models: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[StemSet]:
    cache = StemCache(tmp_path_factory.mktemp("cache"))
    with separated(source, read_card(models / "cnn1.json"), cache=cache) as found:
        yield found


@pytest.fixture
def settings(tmp_path: Path, out: Path) -> Settings:
    made = Settings(tmp_path / "remixer.ini")
    made.export_folder = out
    return made


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


Open = Callable[..., ExportDialog]


@pytest.fixture
def export(qtbot: QtBot, source: AudioReader, stems: StemSet, settings: Settings) -> Open:
    kept: list[ExportDialog] = []

    def open_dialog(
        state: MixState = LOUDER,
        loop: tuple[int, int] | None = None,
        separation: Separation | None = DONE,
        of: AudioReader = source,
    ) -> ExportDialog:
        dialog = ExportDialog(of, state, loop, lambda: stems, lambda: separation, settings=settings)
        qtbot.addWidget(dialog)
        dialog.open()
        kept.append(dialog)
        return dialog

    return open_dialog


def press(qtbot: QtBot, parent: QWidget, name: str) -> None:
    """Click the button that a person, or a screen reader, finds under a name."""
    for button in parent.findChildren(QAbstractButton):
        called = (button.accessibleName(), button.text().replace("&", ""))
        if name in called and button.isVisible():
            assert button.isEnabled(), name
            qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
            return
    raise AssertionError(f"no button {name}")


def finish(qtbot: QtBot, dialog: ExportDialog) -> str:
    """Wait for the end; what the dialog says then."""
    qtbot.waitUntil(lambda: not dialog.exporting, timeout=LONG_MS)
    assert dialog.status.shown == "outcome"
    return dialog.status.outcome.text


def question(dialog: QWidget) -> QMessageBox:
    boxes = [box for box in dialog.findChildren(QMessageBox) if box.isVisible()]
    assert len(boxes) == 1
    return boxes[0]


def names(folder: Path) -> set[str]:
    """All that lies there, hidden files too."""
    return {path.name for path in folder.iterdir()}


# Exporting


def test_remix_is_written_and_proved(qtbot: QtBot, export: Open, out: Path, source: AudioReader):
    dialog = export()
    assert dialog.form.files.names == ["My song - remix.wav"]
    assert "Vocals +1.5 dB, drums muted" in dialog.status.promise.text
    press(qtbot, dialog, "Export")
    assert "0 differing samples" in finish(qtbot, dialog)
    assert dialog.status.outcome.kind == "good"
    assert names(out) == {"My song - remix.wav"}
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert not dialog.isVisible(), "Enter does not write it again"
    with open_audio(out / "My song - remix.wav") as written:
        assert (written.subtype, written.length) == ("PCM_24", source.length)
        assert not np.array_equal(written.read(0, RATE), source.read(0, RATE))


def test_no_moves_is_the_source_bit_for_bit_without_stems(
    qtbot: QtBot, export: Open, out: Path, song: Path
):
    dialog = export(MixState(), separation=None)
    assert "bit-exact copy" in dialog.status.promise.text
    press(qtbot, dialog, "Export")
    assert "identical to My song.wav" in finish(qtbot, dialog)
    np.testing.assert_array_equal(read_ints(out / "My song - remix.wav"), read_ints(song))


def test_stems_add_up(qtbot: QtBot, export: Open, out: Path, song: Path):
    dialog = export()
    press(qtbot, dialog, "Stems")
    dialog.form.format.value = "FLAC"
    assert dialog.form.files.names == [f"My song - {stem}.flac" for stem in STEMS]
    assert "0 differing samples" in dialog.status.promise.text
    press(qtbot, dialog, "Export")
    assert "sum to My song.wav with 0 differing samples" in finish(qtbot, dialog)
    parts = [read_ints(path) for path in stems_of(song, out, ".flac")]
    np.testing.assert_array_equal(sum(parts), read_ints(song))


def test_minus_one_of_the_loop_in_a_lossy_format(qtbot: QtBot, export: Open, out: Path):
    dialog = export(loop=(RATE, 2 * RATE))
    press(qtbot, dialog, "Minus one")
    dialog.form.without.value = "drums"
    dialog.form.range.value = "loop"
    dialog.form.format.value = "OGG"
    assert not dialog.form.subtype.isEnabled(), "Vorbis has no depth"
    assert "lossy" in dialog.status.promise.text
    press(qtbot, dialog, "Export")
    assert "lossy" in finish(qtbot, dialog)
    assert soundfile.info(out / "My song - minus drums.ogg").frames == pytest.approx(RATE, abs=999)


def test_folder_and_names_of_ones_own(qtbot: QtBot, export: Open, out: Path):
    dialog = export()
    dialog.form.folder.setText(str(out / "new" / "deep"))
    dialog.form.naming.setText("{part} of {name}")
    assert dialog.form.files.names == ["remix of My song.wav"]
    press(qtbot, dialog, "Export")
    finish(qtbot, dialog)
    assert names(out / "new" / "deep") == {"remix of My song.wav"}


def test_clipping_is_told(qtbot: QtBot, export: Open):
    dialog = export(LOUDEST)
    press(qtbot, dialog, "Export")
    finish(qtbot, dialog)
    assert dialog.status.notes.kind == "warn"
    assert "passed full scale" in dialog.status.notes.text


def test_existing_files_are_replaced_only_when_the_user_says_so(
    qtbot: QtBot, export: Open, out: Path
):
    target = out / "My song - remix.wav"
    target.write_text("precious")
    dialog = export()
    assert "exists already" in dialog.warning.text
    press(qtbot, dialog, "Export")
    assert target.name in question(dialog).text()
    qtbot.keyClick(question(dialog), Qt.Key.Key_Return)  # a reflex replaces nothing
    assert not dialog.exporting
    assert target.read_text() == "precious"
    press(qtbot, dialog, "Export")
    qtbot.keyClick(question(dialog), Qt.Key.Key_Escape)
    assert not dialog.exporting
    assert target.read_text() == "precious"
    press(qtbot, dialog, "Export")
    press(qtbot, question(dialog), "Replace")
    assert "0 differing samples" in finish(qtbot, dialog)
    assert soundfile.info(target).frames == 3 * RATE
    assert names(out) == {target.name}


def test_the_source_is_never_a_target(export: Open, song: Path):
    dialog = export()
    dialog.form.folder.setText(str(song.parent))
    dialog.form.naming.setText("{name}")
    assert "source itself" in dialog.warning.text
    assert dialog.warning.kind == "bad"
    assert not dialog.start.isEnabled()
    assert dialog.form.files.names == []


@pytest.mark.parametrize(
    ("naming", "says"),
    [("{nome}", "{nome}"), ("", "empty"), ("a/b", "'/'"), ("{", "cannot be read")],
)
def test_names_that_cannot_be_are_told_at_once(export: Open, naming: str, says: str):
    dialog = export()
    dialog.form.naming.setText(naming)
    assert says in dialog.warning.text
    assert not dialog.start.isEnabled()
    dialog.form.naming.setText("{name} - {part}")
    assert dialog.start.isEnabled()
    assert dialog.warning.isHidden()


def test_a_read_only_folder_is_told_before_anything_is_done(export: Open, tmp_path: Path):
    with small_disk(tmp_path / "disk", "ro") as disk:
        dialog = export()
        dialog.form.folder.setText(str(disk))
        assert "cannot be written to" in dialog.warning.text
        assert not dialog.start.isEnabled()


def test_a_full_disk_leaves_the_settings_and_no_file(qtbot: QtBot, export: Open, tmp_path: Path):
    with small_disk(tmp_path / "disk", "size=256k") as disk:
        dialog = export()
        dialog.form.folder.setText(str(disk))
        press(qtbot, dialog, "Stems")
        dialog.form.subtype.value = "FLOAT"
        before = dialog.form.plan(overwrite=False)
        press(qtbot, dialog, "Export")
        said = finish(qtbot, dialog)
        assert "room" in said or "No space" in said
        assert dialog.status.outcome.kind == "bad"
        assert dialog.form.plan(overwrite=False) == before
        assert dialog.form.isEnabled()
        assert dialog.start.isEnabled()
        assert names(disk) == set()


def test_choices_come_back(qtbot: QtBot, export: Open, settings: Settings, out: Path):
    dialog = export()
    press(qtbot, dialog, "Minus one")
    dialog.form.without.value = "bass"
    dialog.form.format.value = "AIFF"
    dialog.form.subtype.value = "PCM_32"
    dialog.form.naming.setText("{name} without bass, {part}")
    dialog.form.folder.setText(str(out / "there"))
    press(qtbot, dialog, "Export")
    finish(qtbot, dialog)
    expected = ExportChoices("minus-one", "bass", "AIFF", "PCM_32", "{name} without bass, {part}")
    assert settings.export == expected
    again = export()
    assert again.form.choices == expected
    assert again.form.folder.text() == str(out / "there")


def test_presets_choose_and_are_found_again(qtbot: QtBot, export: Open):
    dialog = export()
    form = dialog.form
    assert (form.preset.value, form.plan(False).preset) == ("source", "source")
    form.preset.value = "wav24"
    assert (form.chosen, form.format.value, form.subtype.value) == ("remix", "WAV", "PCM_24")
    form.subtype.value = "PCM_16"
    assert (form.preset.value, form.plan(False).preset) == ("custom", "")
    assert "Custom" in options(form.preset)
    press(qtbot, dialog, "Stems")
    form.format.value = form.subtype.value = "source"
    assert form.preset.value == "stems"
    assert "Custom" not in options(form.preset)
    form.preset.value = "stem-file"
    assert form.files.names == ["My song - stems.stem.mp4"]
    assert "0 differing samples" in dialog.status.promise.text
    form.subtype.value = "AAC"
    assert "lossy" in dialog.status.promise.text
    form.preset.value = "all"
    assert form.files.names == [f"My song - {part}.wav" for part in ("remix", "vocals", "bass")]
    assert form.files.rest == "and 6 more in My song - all"


def test_presets_that_do_not_fit_a_song_say_why(export: Open, tmp_path: Path):
    path = write(tmp_path / "song.wav", music(1, 9600, 96_000), 96_000, "PCM_24")
    with open_audio(path) as reader:
        preset = export(of=reader).form.preset
        assert not enabled(preset, "Listening copy, MP3")
        assert enabled(preset, "Listening copy, AAC")


def test_all_with_a_receipt(qtbot: QtBot, export: Open, out: Path, song: Path):
    dialog = export()
    dialog.form.preset.value = "all"
    dialog.form.extras.receipt.click()
    assert dialog.form.files.rest == "and 6 more in My song - all, with a receipt"
    press(qtbot, dialog, "Export")
    assert "0 differing samples" in finish(qtbot, dialog)
    assert dialog.status.notes.text == "Receipt: My song - all.receipt.pdf"
    assert names(out) == {"My song - all"}
    parts = ["remix", *STEMS, *(f"minus {stem}" for stem in STEMS)]
    expected = {f"My song - {part}.wav" for part in parts}
    expected |= {f"My song - all.receipt.{kind}" for kind in ("json", "html", "pdf")}
    assert names(out / "My song - all") == expected
    again = export()
    assert again.form.extras.receipt.isChecked()


def test_ceiling_and_dither_are_folded_away(
    qtbot: QtBot, export: Open, settings: Settings, out: Path
):
    dialog = export(LOUDEST)
    extras, before = dialog.form.extras, dialog.height()
    assert not extras.ceiling.isVisible()
    extras.more.click()
    assert extras.ceiling.isVisible()
    qtbot.waitUntil(lambda: dialog.height() > before)
    assert not extras.ceiling.isEnabled()
    extras.limit.click()
    extras.ceiling.setValue(-2.5)
    dialog.form.subtype.value = "PCM_16"
    assert "true peaks limited to -2.5 dBTP" in dialog.status.promise.text
    assert "16-bit with dither" in dialog.status.promise.text
    extras.dither.value = "off"
    assert "with dither" not in dialog.status.promise.text
    press(qtbot, dialog, "Export")
    finish(qtbot, dialog)
    assert "The ceiling took away up to" in dialog.status.notes.text
    with open_audio(out / "My song - remix.wav") as written:
        assert np.abs(written.read(0, written.length)).max() <= 10 ** (-2.5 / 20)
    assert (settings.export.ceiling, settings.export.dither) == ("-2.5", "off")
    again = export(LOUDEST).form.extras
    assert again.more.isChecked(), "what is not as usual is seen"
    assert (again.finish.ceiling_db, again.finish.dither) == (-2.5, "off")


def test_nothing_is_offered_for_what_stays_the_source(qtbot: QtBot, export: Open):
    dialog = export(MixState())
    extras = dialog.form.extras
    extras.more.click()
    assert not extras.limit.isEnabled()
    assert not extras.dither.isEnabled()
    moved = export()
    moved.form.extras.more.click()
    assert moved.form.extras.limit.isEnabled()
    press(qtbot, moved, "Stems")
    assert not moved.form.extras.limit.isEnabled()
    assert not moved.form.extras.dither.isEnabled()


def test_extras_that_make_no_sense_fall_back(export: Open, settings: Settings):
    settings.export = ExportChoices(dither="maybe", ceiling="loud", receipt="perhaps")
    extras = export().form.extras
    assert (extras.finish.dither, extras.finish.ceiling_db) == ("auto", None)
    assert not extras.receipt.isChecked()


def test_choices_that_do_not_fit_fall_back(export: Open, settings: Settings):
    settings.export = ExportChoices("nothing", "voices", "MP9", "PCM_7")
    form = export().form
    assert (form.chosen, form.without.value) == ("remix", "vocals")
    assert (form.format.value, form.subtype.value) == ("source", "source")


def test_only_what_a_format_takes_is_offered(
    qtbot: QtBot, export: Open, tmp_path: Path, source: AudioReader
):
    form = export().form
    form.format.value = "FLAC"
    assert options(form.subtype) == ["As source (24-bit)", "16-bit", "24-bit"]
    form.format.value = "M4A"
    assert options(form.subtype) == ["As source (ALAC 24-bit)", "ALAC 16-bit", "ALAC 24-bit", "AAC"]
    form.format.value = "WAV"
    assert options(form.subtype)[1:] == ["16-bit", "24-bit", "32-bit", *FLOATS]
    path = write(tmp_path / "float.wav", music(1, 9600, 96_000), 96_000, "FLOAT")
    with open_audio(path) as reader:
        form = export(of=reader).form
        able = [text for text in options(form.format) if enabled(form.format, text)]
        assert able == ["As source (WAV)", "WAV", "FLAC", "AIFF", "Ogg Vorbis", "M4A"]
        form.format.value = "FLAC"
        assert form.subtype.value == "PCM_16", "floats are no choice there"
        press(qtbot, form, "Stems")
        assert "Opus" not in options(form.format)


FLOATS = ("32-bit float", "64-bit float")


def options(box: QComboBox) -> list[str]:
    return [box.itemText(row) for row in range(box.count())]


def enabled(box: QComboBox, text: str) -> bool:
    flags = box.model().flags(box.model().index(box.findText(text), 0))
    return bool(flags & Qt.ItemFlag.ItemIsEnabled)


def test_a_lossy_source_without_moves_is_copied(
    qtbot: QtBot, export: Open, tmp_path: Path, out: Path
):
    path = write(tmp_path / "lossy.ogg", music(2, 48_000, 48_000), 48_000, "VORBIS", "OGG")
    with open_audio(path) as reader:
        dialog = export(MixState(), of=reader)
        assert options(dialog.form.format)[0] == "As source (Ogg Vorbis)"
        assert "copied" in dialog.status.promise.text
        press(qtbot, dialog, "Export")
        finish(qtbot, dialog)
        assert (out / "lossy - remix.ogg").read_bytes() == path.read_bytes()
        press(qtbot, dialog, "Stems")
        assert options(dialog.form.format)[0] == "As source (WAV)"
        assert "-140 dBFS" in dialog.status.promise.text


@pytest.mark.parametrize(
    ("what", "subtype", "state", "says"),
    [
        ("remix", "PCM_16", MixState(), "rounded to 16 bits"),
        ("remix", "FLOAT", MixState(), "bit-exact"),
        ("stems", "PCM_16", LOUDER, "exactly to the source rounded to 16 bits"),
        ("stems", "FLOAT", LOUDER, "0 differing samples"),
    ],
)
def test_what_will_hold_is_what_is_proved(
    qtbot: QtBot,
    export: Open,
    settings: Settings,
    what: str,
    subtype: str,
    state: MixState,
    says: str,
):
    settings.export = ExportChoices(what, subtype=subtype, format="WAV")
    dialog = export(state)
    assert says in dialog.status.promise.text
    press(qtbot, dialog, "Export")
    proved = finish(qtbot, dialog)
    assert ("rounded to 16 bits" in proved or "rendered" in proved) == (subtype == "PCM_16")


# Cancelling and leaving


@pytest.fixture
def long_song(tmp_path: Path) -> Iterator[AudioReader]:
    tile = music(2, 4 * RATE, RATE)
    path = write(tmp_path / "long.wav", np.tile(tile, (45, 1)), RATE, "PCM_24")
    with open_audio(path) as reader:
        yield reader


def begin(qtbot: QtBot, export: Open, source: AudioReader, out: Path) -> ExportDialog:
    """A dialog whose export is under way, in a folder that is made for it."""
    dialog = export(MixState(), of=source)
    dialog.form.format.value = "FLAC"
    dialog.form.folder.setText(str(out / "new"))
    press(qtbot, dialog, "Export")
    qtbot.waitUntil(lambda: 0 < dialog.status.bar.value() < 500, timeout=LONG_MS)
    return dialog


def test_cancel_midway_leaves_nothing(
    qtbot: QtBot, export: Open, long_song: AudioReader, out: Path
):
    dialog = begin(qtbot, export, long_song, out)
    assert not dialog.form.isEnabled()
    press(qtbot, dialog, "Cancel the export")
    assert "nothing was written" in finish(qtbot, dialog)
    assert names(out) == set()
    assert dialog.form.isEnabled()
    assert dialog.isVisible()


def test_escape_while_exporting_asks(qtbot: QtBot, export: Open, long_song: AudioReader, out: Path):
    dialog = begin(qtbot, export, long_song, out)
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    qtbot.keyClick(question(dialog), Qt.Key.Key_Escape)
    assert dialog.isVisible(), "no answer goes on"
    dialog.close()
    assert dialog.isVisible()
    press(qtbot, question(dialog), "Stop")
    qtbot.waitUntil(lambda: not dialog.isVisible(), timeout=LONG_MS)
    assert names(out) == set()


def test_a_window_that_goes_away_ends_the_export(
    qtbot: QtBot, export: Open, long_song: AudioReader, out: Path
):
    before = threading.active_count()
    dialog = begin(qtbot, export, long_song, out)
    dialog.done(0)
    assert threading.active_count() == before
    assert names(out) == set()


def test_escape_closes_when_nothing_is_done(qtbot: QtBot, export: Open):
    dialog = export()
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


# Waiting for the separation


def test_an_export_waits_for_the_separation(
    qtbot: QtBot,
    song: Path,
    source: AudioReader,
    models: Path,
    settings: Settings,
    tmp_path: Path,
    out: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setenv("REMIXER_MODELS", str(models))
    service = SeparationService(tmp_path / "cache")
    opened: list[StemStore] = []

    def ready() -> StemSet | None:
        status = service.status()
        if not opened and status and status.folder:
            opened.append(StemStore.open(status.folder))
        return StemSet(source, opened[0]) if opened else None

    try:
        service.start(song, "cnn1")
        dialog = ExportDialog(source, LOUDER, None, ready, service.status, settings=settings)
        qtbot.addWidget(dialog)
        dialog.open()
        assert "waits for it" in dialog.status.stems.text()
        told: list[str] = []
        press(qtbot, dialog, "Export")
        qtbot.waitUntil(
            lambda: told.append(dialog.status.doing.text()) or not dialog.exporting, timeout=LONG_MS
        )
        assert "0 differing samples" in finish(qtbot, dialog)
        assert any(text.startswith("Waiting for the separation") for text in told)
        assert names(out) == {"My song - remix.wav"}
    finally:
        service.close()
        for store in opened:
            store.close()


@pytest.mark.parametrize(
    ("separation", "says"),
    [
        (Separation("failed", error="the disk is full"), "The separation failed: the disk is full"),
        (Separation("cancelled", 1.0, 3.0), "was stopped"),
    ],
)
def test_stems_that_will_not_come(
    qtbot: QtBot, export: Open, out: Path, separation: Separation, says: str
):
    dialog = export(separation=separation)
    assert says in dialog.status.stems.text()
    press(qtbot, dialog, "Export")
    assert says in finish(qtbot, dialog)
    assert names(out) == set()


def test_cancel_while_waiting(qtbot: QtBot, export: Open, out: Path):
    dialog = export(separation=Separation("separating", 1.0, 3.0, 12.0))
    press(qtbot, dialog, "Export")
    qtbot.waitUntil(lambda: dialog.status.left.text() == "about 0:12 left", timeout=LONG_MS)
    assert dialog.status.doing.text() == "Waiting for the separation, 33 %"
    press(qtbot, dialog, "Cancel the export")
    assert "nothing was written" in finish(qtbot, dialog)
    assert names(out) == set()


def test_a_region_needs_the_chunks_that_it_touches():
    done = np.array([True, True, False, True])
    status = Separation("separating", done=done)
    assert covers(status, (10, 2 * CHUNK - 5_000))
    assert not covers(status, (10, 2 * CHUNK - 500)), "the crossfade reaches into the next"
    assert not covers(status, (2 * CHUNK, 2 * CHUNK + 9))
    assert covers(status, (3 * CHUNK + 5_000, 4 * CHUNK - 1)), "the song ends there"
    assert not covers(status, None)
    assert not covers(Separation("waiting"), (0, 10))


def test_words_of_moves():
    plan = ExportPlan("remix", Path())
    pan = replace(MixState(), strips=(Strip(-0.125, pan=-0.5), Strip(), Strip(), Strip(solo=True)))
    assert moves(plan, MixState()) == "No moves"
    assert moves(plan, MixState(master_db=-float("inf"))) == "Master off"
    assert moves(plan, pan) == "Only other, vocals -0.125 dB and 50 % left"
    assert moves(replace(plan, what="minus-one"), pan) == "Without vocals"


def test_tab_goes_through_every_control_in_order(qtbot: QtBot, export: Open):
    dialog = export(loop=(0, RATE))
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow)
    press(qtbot, dialog, "Minus one")
    dialog.form.range.setFocus()
    order = []
    for _ in range(15):
        focused = dialog.focusWidget()
        assert focused is not None
        order.append(focused.accessibleName())
        qtbot.keyClick(focused, Qt.Key.Key_Tab)
    assert order == [
        *("Range", "Format", "Depth", "Folder", "Browse for a folder", "Name template"),
        *("Write a receipt", "Ceiling and dither", "Close", "Export"),
        *("Preset", "Save as a preset", "Minus one", "Stem that is left out", "Range"),
    ]


def test_browse_offers_folders(qtbot: QtBot, export: Open, tmp_path: Path):
    dialog = export()
    press(qtbot, dialog, "Browse for a folder")
    chooser = dialog.form.findChild(QFileDialog)
    assert chooser is not None
    assert chooser.fileMode() == QFileDialog.FileMode.Directory
    chooser.fileSelected.emit(str(tmp_path))
    chooser.reject()
    assert dialog.form.folder.text() == str(tmp_path)


def test_progress_without_a_share_is_busy(export: Open):
    status = export().status
    status.show_progress(Progress("Reading back from disk", None))
    assert (status.bar.minimum(), status.bar.maximum()) == (0, 0)
    assert status.doing.text() == "Reading back from disk…"


# Preferences


class Devices:
    """A player as far as preferences ask it; devices come and go."""

    def __init__(self, output: Output) -> None:
        self.output = output
        self.found = [Device("Speakers", 48_000, 2, True), Device("USB <b>", 44_100, 2, False)]
        self.said = Snapshot(Sound.READY, device="Speakers", device_rate=48_000, latency_s=0.1)

    def devices(self) -> list[Device]:
        return self.found

    def snapshot(self) -> Snapshot:
        return self.said


@pytest.fixture
def preferences(
    qtbot: QtBot, settings: Settings, tmp_path: Path
) -> Iterator[tuple[PreferencesDialog, Devices]]:
    player = Devices(Output("USB <b>", Latency.LOW))
    dialog = PreferencesDialog(settings, player, cache=StemCache(tmp_path / "cache"))
    qtbot.addWidget(dialog)
    dialog.open()
    yield dialog, player
    dialog.done(0)


def test_output_is_applied_at_once(
    qtbot: QtBot, preferences: tuple[PreferencesDialog, Devices], settings: Settings
):
    dialog, _player = preferences
    assert options(dialog.device) == [
        "System default (Speakers)",
        "Speakers, 48 kHz",
        "USB <b>, 44.1 kHz",
    ]
    assert dialog.device.currentText() == "USB <b>, 44.1 kHz"
    with qtbot.waitSignal(dialog.output_changed) as heard:
        dialog.device.value = ""
    assert heard.args == [Output(None, Latency.LOW)]
    with qtbot.waitSignal(dialog.output_changed) as heard:
        dialog.latency.value = "SAFE"
    assert heard.args == [Output(None, Latency.SAFE)]


def test_devices_come_and_go(qtbot: QtBot, preferences: tuple[PreferencesDialog, Devices]):
    dialog, player = preferences
    heard: list[object] = []
    dialog.output_changed.connect(heard.append)
    player.found = [Device("Speakers", 48_000, 2, True)]
    qtbot.waitUntil(
        lambda: dialog.device.currentText() == "USB <b>, not connected", timeout=LONG_MS
    )
    player.found = []
    player.said = Snapshot(Sound.NO_DEVICE)
    qtbot.waitUntil(lambda: dialog.device.count() == 2, timeout=LONG_MS)
    assert heard == [], "nobody chose anything"


def test_look_is_kept_and_told(
    qtbot: QtBot, preferences: tuple[PreferencesDialog, Devices], settings: Settings
):
    dialog, _player = preferences
    with qtbot.waitSignal(dialog.theme_changed) as heard:
        dialog.theme.value = "light"
    assert heard.args == ["light"]
    assert settings.theme == "light"
    with qtbot.waitSignal(dialog.follow_changed) as heard:
        qtbot.keyClick(dialog.follow, Qt.Key.Key_Space)
    assert heard.args == [False]
    assert settings.follow is False


def test_cache_is_measured_limited_and_cleared(
    qtbot: QtBot, song: Path, models: Path, settings: Settings, tmp_path: Path
):
    cache = StemCache(tmp_path / "cache")
    with (
        open_audio(song) as reader,
        separated(reader, read_card(models / "bands.json"), cache=cache),
    ):
        pass
    dialog = PreferencesDialog(settings, Devices(Output()), cache=cache)
    qtbot.addWidget(dialog)
    dialog.open()
    rows = dialog.cache
    qtbot.waitUntil(lambda: rows.used.text().endswith("used"), timeout=LONG_MS)
    assert rows.used.text() != "0 MB used"
    rows.limit.value = "5000000000"
    qtbot.waitUntil(lambda: cache.limit == 5_000_000_000, timeout=LONG_MS)
    qtbot.waitUntil(lambda: rows.clear.isEnabled(), timeout=LONG_MS)
    press(qtbot, dialog, "Clear the cache")
    qtbot.waitUntil(lambda: rows.used.text() == "0 MB used", timeout=LONG_MS)
    assert cache.entries() == []
    assert not rows.clear.isEnabled()
    rows.limit.value = "1000000000"
    rows.limit.value = "2000000000"
    dialog.done(0)  # at once: what was chosen holds
    assert cache.limit == 2_000_000_000


def test_a_cache_that_cannot_be_written_says_so(qtbot: QtBot, settings: Settings, tmp_path: Path):
    (tmp_path / "file").touch()
    cache = StemCache(tmp_path / "file" / "cache")
    dialog = PreferencesDialog(settings, Devices(Output()), cache=cache)
    qtbot.addWidget(dialog)
    dialog.open()
    dialog.cache.limit.value = "5000000000"
    qtbot.waitUntil(lambda: dialog.cache.message.isVisible(), timeout=LONG_MS)
    assert "cannot be written" in dialog.cache.message.text()
    dialog.done(0)


def test_now_playing_words():
    assert "PortAudio is not installed" in now_playing(Snapshot(Sound.NO_LIBRARY))
    assert "everything but playing works" in now_playing(Snapshot(Sound.NO_DEVICE))
    ready = Snapshot(Sound.READY, device="A\nB", device_rate=44_100, latency_s=0.1, converting=True)
    assert now_playing(ready).startswith("Now A\\nB at 44.1 kHz, 100 ms, the song is converted")


# Shortcuts and about


@pytest.fixture
def shortcuts(qtbot: QtBot) -> ShortcutsDialog:
    def action(text: str, *keys: str) -> QAction:
        made = QAction(text)
        made.setShortcuts([QKeySequence(key) for key in keys])
        return made

    groups = {
        "File": [action("&Open…", "Ctrl+O"), action("Save session &as…", "Ctrl+Shift+S")],
        "View": [action("Zoom &in", "+", "="), action("R&&B", "R"), action("No keys")],
    }
    dialog = ShortcutsDialog(groups)
    qtbot.addWidget(dialog)
    dialog.open()
    return dialog


def listed(dialog: ShortcutsDialog) -> list[tuple[str, str]]:
    table = dialog.findChild(QTreeWidget)
    assert table is not None
    found: list[tuple[str, str]] = []
    for index in range(table.topLevelItemCount()):
        group = table.topLevelItem(index)
        assert isinstance(group, QTreeWidgetItem)
        rows = [group.child(row) for row in range(group.childCount())]
        if not group.isHidden():
            found += [(row.text(0), row.text(1)) for row in rows if row and not row.isHidden()]
    return found


def test_shortcuts_are_those_of_the_actions(shortcuts: ShortcutsDialog):
    assert listed(shortcuts) == [
        ("Open", "Ctrl+O"),
        ("Save session as", "Ctrl+Shift+S"),
        ("Zoom in", "+ or ="),
        ("R&B", "R"),
    ]


def test_commands_say_what_they_are_not_what_they_would_do_now(qtbot: QtBot):
    parent = QWidget()
    qtbot.addWidget(parent)
    actions = Actions(parent)
    actions.add("Edit", Command("undo", "&Undo", ("Ctrl+Z",)), lambda: None)
    actions.add("Edit", Command("recover", "&Unsaved sessions…"), lambda: None)
    actions["undo"].setText("&Undo Vocals +1.5 dB")
    dialog = ShortcutsDialog(actions.groups)
    qtbot.addWidget(dialog)
    dialog.open()
    assert listed(dialog) == [("Undo", "Ctrl+Z")]


def test_shortcuts_are_found_by_words_keys_and_groups(qtbot: QtBot, shortcuts: ShortcutsDialog):
    search = shortcuts.findChild(QLineEdit)
    assert search is not None
    for text, expected in (
        ("save", ["Save session as"]),
        ("ctrl+o", ["Open"]),
        ("file", ["Open", "Save session as"]),
        ("zoom view", ["Zoom in"]),
        ("nonsense", []),
        ("", ["Open", "Save session as", "Zoom in", "R&B"]),
    ):
        search.clear()
        qtbot.keyClicks(search, text)
        assert [name for name, _keys in listed(shortcuts)] == expected, text
    qtbot.keyClick(search, Qt.Key.Key_Escape)
    assert not shortcuts.isVisible()


def test_about_names_every_dependency_and_model(
    qtbot: QtBot, models: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("REMIXER_MODELS", str(models))
    dialog = AboutDialog()
    qtbot.addWidget(dialog)
    dialog.open()
    tabs = dialog.findChild(QTabWidget)
    assert tabs is not None
    pages = [tabs.widget(index) for index in range(tabs.count())]
    about, cards, libraries = [
        page.toPlainText() for page in pages if isinstance(page, QTextBrowser)
    ]
    assert "GPL-3.0-or-later" in about
    assert "Improving single-network single-channel separation" in about
    assert "CC0" in about
    assert "Small and untrained" in cards
    for name in ("numpy", "torch", "PySide6-Essentials", "mutagen", "soxr"):
        assert name in libraries
    assert "pytest" not in libraries
    assert all(licence for _name, _version, licence in dependencies())


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_no_text_is_cut(qapp: QApplication, export: Open, theme: str):
    apply_theme(qapp, theme)
    dialog = export(loop=(0, RATE))
    for box in dialog.findChildren(QComboBox):
        if box.isVisible():
            needed = box.fontMetrics().horizontalAdvance(box.currentText())
            assert box.width() > needed + 20, box.currentText()
    for button in dialog.findChildren(QPushButton):
        if button.isVisible():
            text = button.text().replace("&", "")
            assert button.width() > button.fontMetrics().horizontalAdvance(text), text
    apply_theme(qapp, "dark")
