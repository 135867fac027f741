"""What to do with moves that no file holds."""

from PySide6.QtWidgets import QMessageBox, QWidget

SAVE, DISCARD, CANCEL = "save", "discard", "cancel"


def ask_unsaved(parent: QWidget, name: str) -> str:
    """Ask before the moves on a song are lost: SAVE, DISCARD, or CANCEL (also by Escape)."""
    box = QMessageBox(parent)
    box.setWindowTitle("Unsaved session")
    box.setText(f"Your moves on {name} are not saved.")
    box.setInformativeText("Save them? The song itself and its stems are not touched either way.")
    role = QMessageBox.ButtonRole
    buttons = {
        SAVE: box.addButton("&Save", role.AcceptRole),
        DISCARD: box.addButton("&Discard", role.DestructiveRole),
        CANCEL: box.addButton("&Cancel", role.RejectRole),
    }
    for answer, button in buttons.items():
        button.setAccessibleName(answer.capitalize())
    box.setDefaultButton(buttons[SAVE])
    box.setEscapeButton(buttons[CANCEL])
    box.exec()
    clicked = box.clickedButton()
    box.deleteLater()
    return next((answer for answer, b in buttons.items() if b is clicked), CANCEL)
