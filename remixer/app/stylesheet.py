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
QSpinBox, QDoubleSpinBox { padding: 3px 20px 3px 2px; }
QSpinBox::up-button, QDoubleSpinBox::up-button {
    subcontrol-origin: border; subcontrol-position: top right; width: 18px; border: none;
}
QSpinBox::down-button, QDoubleSpinBox::down-button {
    subcontrol-origin: border; subcontrol-position: bottom right; width: 18px; border: none;
}
QSpinBox::up-button:hover, QDoubleSpinBox::up-button:hover,
QSpinBox::down-button:hover, QDoubleSpinBox::down-button:hover { background: $line; }
QSpinBox::up-arrow, QDoubleSpinBox::up-arrow { image: url("$up"); width: 12px; height: 12px; }
QSpinBox::down-arrow, QDoubleSpinBox::down-arrow {
    image: url("$down"); width: 12px; height: 12px;
}
QComboBox {
    color: $text; background: $raised; border: 1px solid $line; border-radius: 4px;
    padding: 3px 8px; min-height: 1.3em;
}
QComboBox:hover { border-color: $dim_text; }
QComboBox:focus { border-color: $accent; }
QComboBox:disabled { color: $faint; background: $panel; }
QComboBox::drop-down { border: none; width: 22px; }
QComboBox::down-arrow { image: url("$down"); width: 16px; height: 16px; }
QLineEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QAbstractItemView:focus {
    border-color: $accent;
}
QLineEdit:disabled, QSpinBox:disabled, QDoubleSpinBox:disabled { color: $faint; }
QCheckBox, QRadioButton { spacing: 7px; }
QCheckBox::indicator, QRadioButton::indicator {
    width: 14px; height: 14px; background: $sunken; border: 1px solid $dim_text;
}
QCheckBox::indicator { border-radius: 3px; }
QRadioButton::indicator { border-radius: 8px; }
QCheckBox::indicator:checked {
    background: $accent; border-color: $accent; image: url("$tick");
}
QRadioButton::indicator:checked {
    width: 6px; height: 6px; background: $on_accent; border: 5px solid $accent;
}
QCheckBox::indicator:focus, QRadioButton::indicator:focus { border-color: $accent; }
QCheckBox::indicator:checked:focus { border-color: $text; }
QCheckBox::indicator:disabled, QRadioButton::indicator:disabled { border-color: $line; }
QProgressBar {
    color: $text; background: $sunken; border: 1px solid $line; border-radius: 3px;
    text-align: center;
}
QProgressBar::chunk { background: $progress; border-radius: 2px; }
QGroupBox { border: 1px solid $line; border-radius: 5px; margin-top: 1.3em; padding: 6px; }
QGroupBox::title { subcontrol-origin: margin; subcontrol-position: top left; padding: 0 2px; }
QTabWidget::pane { border: 1px solid $line; border-radius: 4px; background: $panel; }
QTabBar::tab {
    color: $dim_text; background: transparent; border: none; border-bottom: 2px solid transparent;
    padding: 5px 12px;
}
QTabBar::tab:selected { color: $text; border-bottom-color: $accent; }
QTabBar::tab:hover { color: $text; }
QTabBar::tab:focus { color: $accent; }
QHeaderView::section {
    color: $dim_text; background: $panel; border: none; border-bottom: 1px solid $line;
    padding: 4px 6px;
}
QScrollBar { background: transparent; border: none; }
QScrollBar:vertical { width: 11px; }
QScrollBar:horizontal { height: 11px; }
QScrollBar::handle { background: $line; border-radius: 4px; margin: 1px; }
QScrollBar::handle:hover { background: $dim_text; }
QScrollBar::handle:vertical { min-height: 28px; }
QScrollBar::handle:horizontal { min-width: 28px; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
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
    return _SHEET.substitute(
        colours,
        faint=faint,
        progress=_mixed(theme.accent, theme.sunken, 0.35),
        down=_file("arrow-down"),
        up=_file("arrow-up"),
        tick=_file(f"tick-{theme.name}"),
    )


def _file(icon: str) -> str:
    path = icon_path(icon)
    return path.as_posix() if path else ""


def _mixed(colour: str, ground: str, ground_share: float) -> str:
    """A colour on its way to its ground, as stylesheets have no use for palettes' groups."""
    pairs = zip(_channels(colour), _channels(ground), strict=True)
    mixed = (round(c + (g - c) * ground_share) for c, g in pairs)
    return "#" + "".join(f"{channel:02X}" for channel in mixed)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
