"""The window's menus: every command with its words and keys."""

from typing import TYPE_CHECKING

from remixer.app.actions import Actions, Command
from remixer.dsp.signal import STEMS
from remixer.playback.types import Listen

if TYPE_CHECKING:
    from remixer.app.main_window import MainWindow

SEEK_S = 5.0
ZOOM = 1.5
STEP_DB = 0.5
MODES = {"spectrogram": "&Spectrograms", "masks": "&Masks", "owners": "&Owners"}
SCALES = {"log": "Lo&g", "linear": "L&inear"}
THEMES = {"dark": "&Dark", "light": "&Light", "system": "As the &system"}

NEEDS_SONG = [
    *("close", "save", "save-as", "export", "reset", "play", "stop", "home", "back", "forward"),
    *("loop", "loop-view", "original", "change", "clear-solo", "mute", "solo", "solo-only"),
    *("zoom-in", "zoom-out", "zoom-fit", "zoom-loop", "separate", "compare", "blind"),
    *("treatments", "automation", "raise-loop", "lower-loop"),
]


def make_actions(window: "MainWindow") -> Actions:
    """All of them, doing what they say on the window and its controller."""
    actions = Actions(window)
    _file(actions, window)
    _edit(actions, window)
    _playback(actions, window)
    _stems(actions, window)
    _view(actions, window)
    _help(actions, window)
    return actions


def _file(actions: Actions, window: "MainWindow") -> None:
    for command, do in (
        (Command("open", "&Open…", ("Ctrl+O",), "open", "Open a recording"), window.files.ask_open),
        (
            Command("demo", "Open the &demo song", (), "", "A song with true stems"),
            window.files.open_demo,
        ),
        (
            Command("save", "&Save session", ("Ctrl+S",), "", "Your moves, beside the song"),
            window.files.save,
        ),
        (Command("save-as", "Save session &as…", ("Ctrl+Shift+S",)), window.files.save_as),
        (
            Command("recover", "&Unsaved sessions…", (), "", "What a crash has left"),
            window.recovering.show,
        ),
        (
            Command("export", "&Export…", ("Ctrl+E",), "export", "Write the remix or the stems"),
            window.files.export,
        ),
        (
            Command("preferences", "&Preferences…", ("Ctrl+,",), "settings", "Sound, theme, cache"),
            window.dialogs.show_preferences,
        ),
        (Command("close", "&Close song", ("Ctrl+W",), "close"), window.files.close_song),
        (Command("quit", "&Quit", ("Ctrl+Q",)), window.close),
    ):
        actions.add("File", command, do)


def _edit(actions: Actions, window: "MainWindow") -> None:
    actions.add("Edit", Command("undo", "&Undo", ("Ctrl+Z",), "undo"), window.mixing.undo)
    redo = Command("redo", "&Redo", ("Ctrl+Shift+Z", "Ctrl+Y"), "redo")
    actions.add("Edit", redo, window.mixing.redo)
    reset = Command("reset", "Reset the &mix", ("Ctrl+0",), "", "Every fader to 0 dB: the original")
    actions.add("Edit", reset, window.mixing.reset)


def _playback(actions: Actions, window: "MainWindow") -> None:
    control = window.controller
    for command, do in (
        (Command("play", "&Play or pause", ("Space",), "play"), control.toggle_play),
        (Command("stop", "&Stop", (".",), "stop", "Back to the loop's start"), control.stop),
        (Command("home", "To the &beginning", ("Home",), "home"), lambda: control.seek(0)),
        (
            Command("back", "Back 5 s", ("Ctrl+Left",)),
            lambda: control.seek_by(-SEEK_S),
        ),
        (Command("forward", "Forward 5 s", ("Ctrl+Right",)), lambda: control.seek_by(SEEK_S)),
    ):
        actions.add("Playback", command, do)
    loop = Command("loop", "&Loop", ("L",), "loop", "Play a region over and over", checkable=True)
    actions.add("Playback", loop, window.looping.switch)
    region = Command("loop-view", "Loop what is in &view", ("Shift+L",))
    actions.add("Playback", region, window.looping.loop_view)
    original = Command(
        "original", "&Original (A/B)", ("A",), "compare", "Hear the original", checkable=True
    )
    actions.add("Playback", original, lambda _on: control.toggle_original())
    change = Command(
        "change", "Only the &change", ("D",), "", "Hear what differs from the original", True
    )
    actions.add(
        "Playback",
        change,
        lambda on: control.set_listen(Listen.CHANGE if on else Listen.REMIX),
    )
    matched = Command(
        "match", "&Match loudness", ("Shift+A",), "", "Original as loud as the remix", True
    )
    actions.add("Playback", matched, control.set_matched)
    compare = Command("compare", "&Compare with the original…", ("C",), "", "Loudness and spectrum")
    actions.add("Playback", compare, window.dialogs.show_compare)
    blind = Command("blind", "Blin&d test…", ("Shift+C",), "", "ABX: can it be told by ear?")
    actions.add("Playback", blind, window.dialogs.show_abx)


def _stems(actions: Actions, window: "MainWindow") -> None:
    for number, stem in enumerate((*STEMS, "master"), start=1):
        command = Command(f"select-{stem}", f"Select {stem}", (str(number),))
        actions.add("Stems", command, lambda stem=stem: window.mixing.select(stem))
    for command, do in (
        (Command("mute", "&Mute", ("M",), "", "Mute the selected stem"), window.mixing.mute),
        (Command("solo", "&Solo", ("S",), "", "Solo the selected stem"), window.mixing.solo),
        (
            Command("solo-only", "Solo &only", ("Shift+S",), "", "Solo it, and no other"),
            window.mixing.solo_only,
        ),
        (Command("clear-solo", "&Clear solo", ("0",)), window.mixing.clear_solo),
        (
            Command("separate", "Separate &again", ("Ctrl+R",), "", "Where it was stopped"),
            window.controller.separate,
        ),
    ):
        actions.add("Stems", command, do)
    treatments = Command(
        "treatments", "&Treatments", ("T",), "", "Equaliser, compressor, reverb and delay", True
    )
    actions.add("Stems", treatments, window.treating.set_open)
    automation = Command(
        "automation", "&Level over time", ("G",), "", "Draw the level on the lanes", True
    )
    actions.add("Stems", automation, window.treating.show_automation)
    for name, text, key, by_db in (
        ("raise-loop", "&Raise the loop by 0.5 dB", "]", STEP_DB),
        ("lower-loop", "Lo&wer the loop by 0.5 dB", "[", -STEP_DB),
    ):
        command = Command(name, text, (key,), "", "The selected stem, in the loop")
        actions.add("Stems", command, lambda by_db=by_db: window.treating.raise_loop(by_db))


def _view(actions: Actions, window: "MainWindow") -> None:
    lanes = window.lanes
    modes = [
        Command(name, text, (f"Ctrl+{n}",), checkable=True)
        for n, (name, text) in enumerate(MODES.items(), start=1)
    ]
    actions.choice("View", modes, lanes.set_mode)
    scales = [Command(name, text, checkable=True) for name, text in SCALES.items()]
    actions.choice("View", scales, lanes.set_scale)
    for command, do in (
        (Command("zoom-in", "Zoom &in", ("+", "="), "zoom-in"), lambda: lanes.zoom(ZOOM)),
        (Command("zoom-out", "Zoom &out", ("-",), "zoom-out"), lambda: lanes.zoom(1 / ZOOM)),
        (Command("zoom-fit", "The &whole song", ("F",), "zoom-fit"), lanes.zoom_fit),
        (Command("zoom-loop", "Zoom to the &loop", ("Z",), "zoom-loop"), lanes.zoom_to_loop),
    ):
        actions.add("View", command, do)
    follow = Command("follow", "&Follow the playhead", ("Ctrl+F",), "", "", True)
    actions.add("View", follow, window.set_follow)
    themes = [Command(f"theme-{n}", text, checkable=True) for n, text in THEMES.items()]
    actions.choice("Theme", themes, lambda name: window.set_theme(name.removeprefix("theme-")))
    actions.add("View", Command("full", "F&ull screen", ("F11",), "", "", True), window.set_full)
    actions.add("View", Command("layout", "Reset the la&yout"), window.reset_layout)


def _help(actions: Actions, window: "MainWindow") -> None:
    for command, do in (
        (Command("guide", "&Guide", (), "", "How to do what"), window.dialogs.show_guide),
        (Command("shortcuts", "&Shortcuts", ("F1", "?")), window.dialogs.show_shortcuts),
        (Command("about", "&About Remixer"), window.dialogs.show_about),
    ):
        actions.add("Help", command, do)


def listening(actions: Actions, listen: Listen) -> None:
    """Show what is listened to."""
    actions["original"].setChecked(listen is Listen.ORIGINAL)
    actions["change"].setChecked(listen is Listen.CHANGE)
