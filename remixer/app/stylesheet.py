"""The one stylesheet: flat buttons, fields and menus with a visible focus, in a theme's colours."""

from string import Template
from typing import TYPE_CHECKING

from remixer.app.icon_files import icon_path

if TYPE_CHECKING:
    from remixer.app.theme import Theme

_SHEET = Template("""
QToolTip { color: $text; background: $raised; border: 1px solid $line; padding: 4px 6px; }
QPushButton, QToolButton {
    color: $text; background: $raised; border: 1px solid $line; border-radius: 4px;
    padding: 4px 10px;
}
QToolButton { padding: 4px; }
QPushButton:hover, QToolButton:hover { border-color: $dim_text; }
QPushButton:pressed, QToolButton:pressed { background: $line; }
QPushButton:focus, QToolButton:focus { border: 1px solid $accent; }
QPushButton:default { border-color: $accent; }
QPushButton:checked, QToolButton:checked {
    color: $on_accent; background: $accent; border-color: $accent;
}
QPushButton:checked:focus, QToolButton:checked:focus { border-color: $text; }
QPushButton:disabled, QToolButton:disabled { color: $faint; background: $panel; }
QLineEdit, QSpinBox, QDoubleSpinBox, QAbstractItemView {
    color: $text; background: $sunken; border: 1px solid $line; border-radius: 3px;
    selection-background-color: $accent; selection-color: $on_accent;
}
QLineEdit { padding: 2px 4px; }
QComboBox {
    color: $text; background: $raised; border: 1px solid $line; border-radius: 4px;
    padding: 3px 8px; min-height: 1.3em;
}
QComboBox:hover { border-color: $dim_text; }
QComboBox:focus { border-color: $accent; }
QComboBox:disabled { color: $faint; background: $panel; }
QComboBox::drop-down { border: none; width: 22px; }
QComboBox::down-arrow { image: url("$arrow"); width: 16px; height: 16px; }
QLineEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QAbstractItemView:focus {
    border-color: $accent;
}
QLineEdit:disabled, QSpinBox:disabled, QDoubleSpinBox:disabled { color: $faint; }
QMenu { background: $raised; border: 1px solid $line; padding: 4px; }
QMenu::item { padding: 4px 24px 4px 20px; border-radius: 3px; }
QMenu::item:selected { background: $accent; color: $on_accent; }
QMenu::item:disabled { color: $faint; }
QMenu::separator { height: 1px; background: $line; margin: 4px 6px; }
QMenuBar { background: $window; }
QMenuBar::item { padding: 4px 8px; border-radius: 3px; background: transparent; }
QMenuBar::item:selected { background: $raised; }
QStatusBar::item { border: none; }
QSplitter::handle { background: $window; }
""")


def stylesheet(theme: "Theme") -> str:
    """The application's stylesheet in the colours of a theme."""
    colours = {name: value for name, value in vars(theme).items() if isinstance(value, str)}
    faint = _mixed(theme.dim_text, theme.panel, 0.45)
    arrow = icon_path("arrow-down")
    return _SHEET.substitute(colours, faint=faint, arrow=arrow.as_posix() if arrow else "")


def _mixed(colour: str, ground: str, ground_share: float) -> str:
    """A colour on its way to its ground, as stylesheets have no use for palettes' groups."""
    pairs = zip(_channels(colour), _channels(ground), strict=True)
    mixed = (round(c + (g - c) * ground_share) for c, g in pairs)
    return "#" + "".join(f"{channel:02X}" for channel in mixed)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
