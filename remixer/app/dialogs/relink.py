"""What to do when a session's song is not where it was, or not what it was."""

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from remixer.app.widgets.basics import one_line
from remixer.audio.formats import CONTAINERS

OPEN, LOCATE, CANCEL = "open", "locate", "cancel"
_ROLE = QMessageBox.ButtonRole


def ask_missing(parent: QWidget, session: str, song: Path) -> str:
    """A session's song is at none of its places: LOCATE, or CANCEL (also by Escape)."""
    box = QMessageBox(parent)
    box.setWindowTitle("The song is missing")
    box.setText(f"The song of {one_line(session)} is not where it was.")
    box.setInformativeText(f"{one_line(str(song))}\n\nShow Remixer where it is now.")
    return _asked(box, {LOCATE: ("&Locate…", _ROLE.AcceptRole)})


def ask_changed(parent: QWidget, session: str, song: Path, how: str) -> str:
    """A session's song is another one by now: OPEN (with these moves), LOCATE, or CANCEL.

    how: what is different, in a sentence.
    """
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.Warning)
    box.setWindowTitle("The song has changed")
    box.setText(f"{one_line(song.name)} is not the song that {one_line(session)} was made for.")
    box.setInformativeText(f"{one_line(str(song))}\n\n{how}")
    return _asked(
        box,
        {
            LOCATE: ("&Locate another…", _ROLE.AcceptRole),
            OPEN: ("&Open anyway", _ROLE.ActionRole),
        },
    )


def choose_song(parent: QWidget, song: Path, folder: Path | None) -> Path | None:
    """Let the user find a song. folder: where to look first."""
    suffixes = sorted({suffix for c in CONTAINERS.values() for suffix in c.extensions})
    names = " ".join(f"*{suffix}" for suffix in suffixes)
    near = next((f for f in (folder, *song.parents) if f and f.is_dir()), Path.home())
    name, _ = QFileDialog.getOpenFileName(
        parent, f"Locate {song.name}", str(near), f"Recordings ({names});;All files (*)"
    )
    return Path(name) if name else None


def _asked(box: QMessageBox, answers: dict[str, tuple[str, QMessageBox.ButtonRole]]) -> str:
    """Show a question with its answers and Cancel; the first answer is proposed."""
    offered = {**answers, CANCEL: ("&Cancel", _ROLE.RejectRole)}
    buttons = {answer: box.addButton(*offer) for answer, offer in offered.items()}
    for button in buttons.values():
        button.setAccessibleName(button.text().replace("&", "").rstrip("…"))
    box.setDefaultButton(next(iter(buttons.values())))
    box.setEscapeButton(buttons[CANCEL])
    box.exec()
    clicked = box.clickedButton()
    box.deleteLater()
    return next((answer for answer, button in buttons.items() if button is clicked), CANCEL)
