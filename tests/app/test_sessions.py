"""What is known of a song's files, and the list of what a crash has left."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtWidgets import QPushButton, QTreeWidget
from pytestqt.qtbot import QtBot

from remixer.app.dialogs.recovery import RecoveryDialog, title, when
from remixer.app.keeper import NEW, Keeper, Origin
from remixer.app.settings import Settings
from remixer.errors import OutputError
from remixer.session.autosave import Autosaver, Recovery, Work, recoveries
from remixer.session.document import Document
from remixer.session.saved import View
from remixer.session.savefile import load_mix, read_mix
from tests.audio_server import wait_until
from tests.support import music, write

RATE, NEVER_S = 8_000, 3_600.0
VIEW = View(0.25, 0.5, "masks", "linear")


@pytest.fixture
def document(tmp_path: Path) -> Iterator[Document]:
    path = write(tmp_path / "song.wav", music(2, RATE, RATE), RATE, "PCM_16")
    with Document(path) as document:
        yield document


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "recovery"


@pytest.fixture
def keeper(folder: Path, document: Document) -> Iterator[Keeper]:
    keeper = Keeper(Autosaver(folder, NEVER_S))
    keeper.look = lambda: VIEW
    keeper.begin(document, NEW, "cnn1")
    document.on_change.append(keeper.keep)
    yield keeper
    keeper.close()


def left(folder: Path, keeper: Keeper) -> list[Work]:
    """What is offered after a crash now."""
    keeper.saver.flush()
    keeper.saver.close(keep=True)
    found = recoveries(folder)
    for recovery in found:
        recovery.let_go()
    return [recovery.work for recovery in found]


def test_a_song_without_moves_is_not_unsaved(keeper: Keeper, folder: Path) -> None:
    assert not keeper.unsaved
    assert left(folder, keeper) == []


def test_saving_holds_what_was_done(keeper: Keeper, document: Document, tmp_path: Path) -> None:
    document.set_gain_db("bass", -2.0)
    assert keeper.unsaved
    keeper.save(tmp_path / "moves.remix")
    assert not keeper.unsaved
    assert keeper.saved_as == tmp_path / "moves.remix"
    saved = load_mix(tmp_path / "moves.remix")
    assert (saved.song, saved.mix, saved.model) == (document.path, document.mix, "cnn1")
    assert saved.view == VIEW
    assert saved.fingerprint
    document.undo()
    assert keeper.unsaved


def test_a_file_saved_before_the_content_is_known_is_completed(
    keeper: Keeper, document: Document, tmp_path: Path
) -> None:
    document.set_gain_db("bass", -2.0)
    keeper.save(tmp_path / "moves.remix")
    assert read_mix(tmp_path / "moves.remix").content == ""
    document.set_gain_db("bass", -9.0)
    keeper.know(document.source.content_hash())
    saved = read_mix(tmp_path / "moves.remix")
    assert saved.content == document.source.content_hash()
    assert saved.mix.strips[1].gain_db == -2.0  # what was saved, not what came afterwards
    assert keeper.unsaved


def test_a_session_that_was_removed_is_not_made_again(
    keeper: Keeper, document: Document, tmp_path: Path
) -> None:
    target = tmp_path / "moves.remix"
    keeper.save(target)
    target.unlink()
    keeper.know("c0ffee")
    assert not target.exists()


def test_a_save_that_fails_leaves_all_as_it_was(
    keeper: Keeper, document: Document, folder: Path, tmp_path: Path
) -> None:
    document.set_gain_db("bass", -2.0)
    with pytest.raises(OutputError):
        keeper.save(tmp_path / "missing" / "moves.remix")
    assert keeper.unsaved
    assert keeper.saved_as is None
    (work,) = left(folder, keeper)
    assert (work.session, work.saved.mix) == (None, document.mix)


def test_rescue_writes_at_once(keeper: Keeper, document: Document, folder: Path) -> None:
    document.set_gain_db("bass", -2.0)
    keeper.saver.flush()
    document.set_gain_db("bass", -3.0)
    keeper.rescue()
    (file,) = folder.glob("*.remix")
    assert json.loads(file.read_text())["work"]["mix"]["strips"]["bass"]["gain_db"] == -3.0


def test_restored_moves_are_unsaved(document: Document, folder: Path, tmp_path: Path) -> None:
    keeper = Keeper(Autosaver(folder, NEVER_S))
    keeper.begin(document, Origin(tmp_path / "moves.remix", unsaved=True), "cnn1")
    assert keeper.unsaved
    (work,) = left(folder, keeper)
    assert work.session == tmp_path / "moves.remix"


def test_trouble_is_told_once(document: Document, tmp_path: Path) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where the folder should be")
    keeper = Keeper(Autosaver(blocked / "recovery", 0.01))
    keeper.begin(document, NEW, "cnn1")
    told: list[str] = []
    wait_until(lambda: told.append(keeper.trouble()) or told[-1])
    assert keeper.trouble() == ""
    blocked.unlink()
    wait_until(lambda: (tmp_path / "blocked" / "recovery").is_dir())
    keeper.close()
    assert keeper.trouble() == ""


# The list


@pytest.fixture
def found(document: Document, folder: Path, tmp_path: Path) -> Iterator[list[Recovery]]:
    """What two dead windows left."""
    for gain_db, session in ((1.0, None), (2.0, tmp_path / "moves.remix")):
        keeper = Keeper(Autosaver(folder, NEVER_S))
        keeper.begin(document, Origin(session, unsaved=True), "cnn1")
        document.set_gain_db("vocals", gain_db)
        keeper.keep()
        keeper.close(keep=True)
    found = recoveries(folder)
    yield found
    for recovery in found:
        recovery.let_go()


def pressed(dialog: RecoveryDialog, name: str) -> None:
    (button,) = [b for b in dialog.findChildren(QPushButton) if b.accessibleName() == name]
    button.click()


def test_one_of_the_list_is_restored(qtbot: QtBot, found: list[Recovery]) -> None:
    dialog = RecoveryDialog(found)
    qtbot.addWidget(dialog)
    with qtbot.waitSignal(dialog.restored) as restored:
        pressed(dialog, "Restore the session")
    assert restored.args == [found[0]]
    assert found[0].work.saved.mix.strip("vocals").gain_db == 2.0


def test_all_of_the_list_are_discarded(qtbot: QtBot, found: list[Recovery]) -> None:
    dialog = RecoveryDialog(found)
    qtbot.addWidget(dialog)
    dialog.show()
    discarded: list[object] = []
    dialog.discarded.connect(discarded.append)
    pressed(dialog, "Discard the session")
    assert dialog.isVisible()
    assert dialog.findChild(QTreeWidget).topLevelItemCount() == 1
    pressed(dialog, "Discard the session")
    assert discarded == found
    assert not dialog.isVisible()


def test_what_it_was_is_told(found: list[Recovery]) -> None:
    newest, oldest = found
    assert title(newest).startswith("song.wav (moves.remix), today at ")
    assert title(oldest).startswith("song.wav, today at ")
    yesterday = datetime.now() - timedelta(days=1)
    assert when(yesterday.timestamp()) == f"on {yesterday.date()} at {yesterday:%H:%M}"


def test_the_folder_of_a_song_that_moved_is_remembered(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "settings.ini")
    assert settings.songs_folder is None
    settings.songs_folder = tmp_path / "söngs"
    settings.save()
    assert Settings(tmp_path / "settings.ini").songs_folder == tmp_path / "söngs"
