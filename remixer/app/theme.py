"""The look: a dark and a light theme, made of Fusion, a palette and one small stylesheet."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from remixer.app.stylesheet import stylesheet
from remixer.dsp.spectrogram import STEM_COLOURS

NAMES = ("dark", "light", "system")


@dataclass(frozen=True)
class Theme:
    """Named colours as #RRGGBB.

    window: behind everything. panel: a group of controls. raised: a button or a cap. sunken: a
    field, a meter's or a picture's ground. line: borders and ticks. text and dim_text are legible
    on window, panel, raised and sunken; on_accent on what is filled with accent, good, warn or bad.
    accent: focus, choice, playhead. solo and on_solo: the light of soloed stems and its text.
    stems: by name, and "master", told apart on panel and sunken.
    """

    name: str
    window: str
    panel: str
    raised: str
    sunken: str
    line: str
    text: str
    dim_text: str
    accent: str
    on_accent: str
    good: str
    warn: str
    bad: str
    solo: str
    on_solo: str
    stems: Mapping[str, str] = field(hash=False)

    @property
    def is_dark(self) -> bool:
        """Whether text is light on dark."""
        return self.name == "dark"

    def stem(self, name: str) -> QColor:
        """The colour of a stem, or of "master"."""
        return QColor(self.stems[name])

    def faded(self, colour: str, opacity: float) -> QColor:
        """One of the colours, let through: opacity 0 to 1."""
        faded = QColor(colour)
        faded.setAlphaF(opacity)
        return faded


DARK = Theme(
    name="dark",
    window="#131518",
    panel="#1B1E23",
    raised="#2A2F37",
    sunken="#0D0F12",
    line="#3A404A",
    text="#E4E7EB",
    dim_text="#A0A8B4",
    accent="#5BA8F5",
    on_accent="#0B0D10",
    good="#4CC98A",
    warn="#F0A53A",
    bad="#FF6B61",
    solo="#F0A53A",
    on_solo="#0B0D10",
    stems=MappingProxyType({**STEM_COLOURS, "master": "#C3C9D2"}),
)

LIGHT = Theme(
    name="light",
    window="#DFE2E7",
    panel="#EEF0F3",
    raised="#FFFFFF",
    sunken="#FAFBFC",
    line="#B4BAC4",
    text="#1B1E23",
    dim_text="#545C68",
    accent="#1766B8",
    on_accent="#FFFFFF",
    good="#147A48",
    warn="#A35A00",
    bad="#C42B22",
    solo="#F2A83C",
    on_solo="#1B1E23",
    stems=MappingProxyType(
        {
            "vocals": "#AE7E00",
            "bass": "#6460E6",
            "drums": "#DB3660",
            "other": "#00898A",
            "master": "#4A515C",
        }
    ),
)


class ThemeNotifier(QObject):
    """Tells widgets that paint themselves that `current_theme()` is another one."""

    changed = Signal()


theme_notifier = ThemeNotifier()


class _Current:
    """What is applied, and what was asked for: "system" is asked again when the system changes."""

    theme = DARK
    asked = "dark"
    follows_system = False


def current_theme() -> Theme:
    """The theme that is applied; DARK before any is."""
    return _Current.theme


def apply_theme(app: QApplication, name: str) -> Theme:
    """Gives the whole application a look: "dark", "light" or "system".

    "system" takes what the desktop prefers, now and whenever it changes, or dark if it does not
    say. May be called at any time; `theme_notifier.changed` follows.
    """
    _Current.asked = name
    _ask_system(app, name)
    theme = _choose(name)
    _Current.theme = theme
    app.setStyle("Fusion")
    app.setPalette(_palette(theme))
    app.setStyleSheet(stylesheet(theme))
    theme_notifier.changed.emit()
    return theme


def _ask_system(app: QApplication, name: str) -> None:
    """Window frames and native dialogs follow our choice, or the system's is looked up."""
    hints = app.styleHints()
    wanted = {"dark": Qt.ColorScheme.Dark, "light": Qt.ColorScheme.Light}
    hints.setColorScheme(wanted.get(name, Qt.ColorScheme.Unknown))
    if name == "system" and not _Current.follows_system:
        hints.colorSchemeChanged.connect(lambda _: _system_changed(app))
        _Current.follows_system = True


def _system_changed(app: QApplication) -> None:
    if _Current.asked == "system" and _choose("system") is not _Current.theme:
        apply_theme(app, "system")


def _choose(name: str) -> Theme:
    if name == "system":
        hint = QGuiApplication.styleHints().colorScheme()
        return LIGHT if hint == Qt.ColorScheme.Light else DARK
    return LIGHT if name == "light" else DARK


def _palette(theme: Theme) -> QPalette:
    roles = QPalette.ColorRole
    palette = QPalette()
    for role, colour in {
        roles.Window: theme.window,
        roles.WindowText: theme.text,
        roles.Base: theme.sunken,
        roles.AlternateBase: theme.panel,
        roles.Text: theme.text,
        roles.Button: theme.raised,
        roles.ButtonText: theme.text,
        roles.BrightText: theme.bad,
        roles.ToolTipBase: theme.raised,
        roles.ToolTipText: theme.text,
        roles.PlaceholderText: theme.dim_text,
        roles.Highlight: theme.accent,
        roles.HighlightedText: theme.on_accent,
        roles.Accent: theme.accent,
        roles.Link: theme.accent,
        roles.LinkVisited: theme.accent,
        roles.Light: theme.raised,
        roles.Midlight: theme.raised,
        roles.Mid: theme.line,
        roles.Dark: theme.line,
        roles.Shadow: theme.sunken,
    }.items():
        palette.setColor(role, QColor(colour))
    for role in (roles.WindowText, roles.Text, roles.ButtonText, roles.HighlightedText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, theme.faded(theme.dim_text, 0.55))
    palette.setColor(QPalette.ColorGroup.Disabled, roles.Highlight, QColor(theme.line))
    return palette
