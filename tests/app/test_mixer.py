import math
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QApplication,
    QComboBox,
    QLineEdit,
    QWidget,
)
from pytestqt.qtbot import QtBot

from remixer.app.theme import DARK, LIGHT, apply_theme
from remixer.app.widgets.mixer import MixerPanel
from remixer.app.widgets.painting import sized_font, text_width
from remixer.dsp.signal import STEMS
from remixer.mixing.strips import MixState
from remixer.playback.types import Meters
from tests.app.gestures import ALT, CTRL, click, double_click, drag, turn_wheel

Heard = list[tuple[Any, ...]]


@pytest.fixture
def clock() -> list[float]:
    return [0.0]


@pytest.fixture
def mixer(qtbot: QtBot, clock: list[float]) -> MixerPanel:
    mixer = MixerPanel(clock=lambda: clock[0])
    qtbot.addWidget(mixer)
    mixer.resize(560, 340)
    mixer.set_enabled_song(True)
    mixer.set_channels(2)
    mixer.show()
    mixer.activateWindow()
    return mixer


@pytest.fixture
def heard(mixer: MixerPanel) -> Heard:
    calls: Heard = []
    for name in (
        *("gain_changed", "pan_changed", "mute_toggled", "solo_toggled"),
        *("solo_cleared", "meters_reset"),
    ):
        getattr(mixer, name).connect(lambda *given, name=name: calls.append((name, *given)))
    return calls


def typed(qtbot: QtBot, field: QLineEdit, text: str) -> None:
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, text)
    qtbot.keyClick(field, Qt.Key.Key_Return)


def test_set_state_shows_and_is_silent(mixer: MixerPanel, heard: Heard):
    state = MixState(master_db=-1.25).with_strip("bass", gain_db=1.5, pan=-0.25, mute=True)
    mixer.set_state(state.with_strip("drums", solo=True))
    bass = mixer.strips["bass"]
    assert bass.gain.fader.current == 1.5
    assert bass.gain.field.text() == "+1.5"
    assert bass.pan.current == -0.25
    assert bass.mute.isChecked()
    assert mixer.strips["drums"].solo.isChecked()
    assert mixer.master.gain.field.text() == "−1.25"
    assert mixer.master.solo.isChecked()
    mixer.set_meters(Meters())
    mixer.set_null(True, -math.inf, "remix")
    mixer.set_channels(1)
    assert heard == []


@pytest.mark.parametrize("name", [*STEMS, "master"])
def test_drag_of_a_fader_tells_who_and_when_it_ends(mixer: MixerPanel, heard: Heard, name: str):
    strip = mixer.master if name == "master" else mixer.strips[name]
    drag(strip.gain.fader, QPointF(0, -20))
    assert {(signal, who) for signal, who, *_ in heard} == {("gain_changed", name)}
    assert [final for *_, final in heard].count(True) == 1
    assert heard[-1][2:] == (strip.gain.fader.current, True)
    assert strip.gain.field.text().startswith("+")


@pytest.mark.parametrize(
    ("text", "gain_db"), [("+1.5", 1.5), ("1,5", 1.5), ("-inf", -math.inf), ("20", 20.0)]
)
def test_typed_gain(qtbot: QtBot, mixer: MixerPanel, heard: Heard, text: str, gain_db: float):
    gain = mixer.strips["vocals"].gain
    typed(qtbot, gain.field, text)
    assert heard == [("gain_changed", "vocals", gain_db, True)]
    assert gain.fader.current == gain_db
    qtbot.waitUntil(gain.fader.hasFocus)


def test_wrong_gain_is_refused_and_says_why(qtbot: QtBot, mixer: MixerPanel, heard: Heard):
    field = mixer.strips["vocals"].gain.field
    typed(qtbot, field, "+30")
    assert "too much" in field.refused
    assert field.hasFocus()
    assert field.text() == "+30"
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert field.text() == "0.0"
    assert field.refused == ""
    assert heard == []


def test_escape_keeps_the_old_gain(qtbot: QtBot, mixer: MixerPanel, heard: Heard):
    field = mixer.strips["vocals"].gain.field
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, "3")
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert field.text() == "0.0"
    assert heard == []


def test_leaving_commits_what_was_typed(qtbot: QtBot, mixer: MixerPanel, heard: Heard):
    field = mixer.strips["vocals"].gain.field
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, "-2")
    mixer.strips["bass"].gain.fader.setFocus()
    assert heard == [("gain_changed", "vocals", -2.0, True)]


def test_state_does_not_overwrite_what_is_being_typed(qtbot: QtBot, mixer: MixerPanel):
    field = mixer.strips["vocals"].gain.field
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, "-2")
    mixer.set_state(MixState().with_strip("vocals", gain_db=5.0))
    assert field.text() == "-2"


def test_enter_on_a_fader_goes_to_its_field(qtbot: QtBot, mixer: MixerPanel):
    gain = mixer.strips["drums"].gain
    gain.fader.setFocus()
    qtbot.keyClick(gain.fader, Qt.Key.Key_Return)
    assert gain.field.hasFocus()
    assert gain.field.selectedText() == "0.0"


def test_mute_asks_for_the_opposite(mixer: MixerPanel, heard: Heard):
    click(mixer.strips["drums"].mute)
    mixer.set_state(MixState().with_strip("drums", mute=True))
    click(mixer.strips["drums"].mute)
    assert heard == [("mute_toggled", "drums", True), ("mute_toggled", "drums", False)]


def test_buttons_show_the_state_and_not_the_click(mixer: MixerPanel):
    click(mixer.strips["drums"].mute)
    assert not mixer.strips["drums"].mute.isChecked()


def test_solo_is_additive(mixer: MixerPanel, heard: Heard):
    mixer.set_state(MixState().with_strip("bass", solo=True))
    click(mixer.strips["drums"].solo)
    click(mixer.strips["bass"].solo)
    assert heard == [("solo_toggled", "drums", True, False), ("solo_toggled", "bass", False, False)]


@pytest.mark.parametrize("modifier", [CTRL, ALT])
def test_solo_with_a_modifier_is_exclusive(
    mixer: MixerPanel, heard: Heard, modifier: Qt.KeyboardModifier
):
    both = MixState().with_strip("bass", solo=True).with_strip("drums", solo=True)
    mixer.set_state(both)
    click(mixer.strips["bass"].solo, modifier)
    mixer.set_state(both.with_strip("drums", solo=False))
    click(mixer.strips["bass"].solo, modifier)
    assert heard == [("solo_toggled", "bass", True, True), ("solo_toggled", "bass", False, True)]


def test_keyboard_presses_buttons(qtbot: QtBot, mixer: MixerPanel, heard: Heard):
    solo = mixer.strips["other"].solo
    qtbot.keyClick(solo, Qt.Key.Key_Return)
    qtbot.keyClick(solo, Qt.Key.Key_Return, CTRL)
    assert heard == [("solo_toggled", "other", True, False), ("solo_toggled", "other", True, True)]


def test_solo_light_is_lit_by_any_solo_and_clears(mixer: MixerPanel, heard: Heard):
    light = mixer.master.solo
    click(light)
    assert heard == []
    mixer.set_state(MixState().with_strip("bass", solo=True))
    assert light.isChecked()
    click(light)
    assert heard == [("solo_cleared",)]


def test_pan_is_dragged_wheeled_and_centred(mixer: MixerPanel, heard: Heard):
    pan = mixer.strips["vocals"].pan
    drag(pan, QPointF(-15, 0))
    assert -1.0 < pan.current < 0.0
    assert heard[-1] == ("pan_changed", "vocals", pan.current, True)
    double_click(pan)
    assert heard[-1] == ("pan_changed", "vocals", 0.0, True)
    turn_wheel(pan, 3, CTRL)
    assert pan.current == pytest.approx(0.3)
    drag(pan, QPointF(500, 0))
    assert heard[-1] == ("pan_changed", "vocals", 1.0, True)


def test_pan_is_off_for_mono_and_says_why(mixer: MixerPanel, heard: Heard):
    mixer.set_channels(1)
    pan = mixer.strips["vocals"].pan
    assert not pan.isEnabled()
    assert "mono" in pan.toolTip()
    drag(pan, QPointF(-15, 0))
    assert heard == []
    mixer.set_channels(2)
    assert pan.isEnabled()
    assert "mono" not in pan.toolTip()


@pytest.mark.parametrize(
    ("state", "dimmed"),
    [
        (MixState(), set()),
        (MixState().with_strip("drums", mute=True), {"drums"}),
        (MixState().with_strip("drums", solo=True), {"vocals", "bass", "other"}),
        (MixState().with_strip("drums", solo=True, mute=True), {"vocals", "bass", "other"}),
    ],
)
def test_silent_strips_say_so(mixer: MixerPanel, state: MixState, dimmed: set[str]):
    mixer.set_state(state)
    silent = {stem for stem, strip in mixer.strips.items() if "silent" in strip.header.toolTip()}
    assert silent == dimmed


def test_silent_strip_looks_so(mixer: MixerPanel):
    header = mixer.strips["vocals"].header
    lit = header.grab().toImage().pixelColor(header.width() // 2, 2).name().upper()
    mixer.set_state(MixState().with_strip("bass", solo=True))
    dim = header.grab().toImage().pixelColor(header.width() // 2, 2).name().upper()
    assert lit != dim


def test_meters_reach_their_strips_and_fall(mixer: MixerPanel, clock: list[float]):
    levels = Meters(stems=((1.0, 0.5), (0.1, 0.1), (0.0, 0.0), (1.5, 0.1)), master=(0.9, 0.9))
    mixer.set_meters(levels)
    vocals = mixer.strips["vocals"].gain.meter
    assert vocals.channels[0].level_db == 0.0
    assert mixer.strips["other"].gain.meter.clipped
    clock[0] = 1.0
    mixer.set_meters(Meters())
    assert vocals.channels[0].level_db == pytest.approx(-20.0)
    assert vocals.channels[0].held_db == 0.0


def test_readouts_show_and_reset(mixer: MixerPanel, heard: Heard, clock: list[float]):
    mixer.set_meters(Meters(momentary_lufs=-14.24, true_peak_dbtp=0.3, master=(1.1, 1.0)))
    assert mixer.master.loudness.shown == "−14.2"
    assert mixer.master.true_peak.shown == "0.3"
    assert mixer.master.gain.meter.clipped
    mixer.strips["bass"].gain.meter.set_peaks((1.5, 1.5))
    click(mixer.master.true_peak)
    assert heard == [("meters_reset",)]
    assert not mixer.master.gain.meter.clipped
    assert not mixer.strips["bass"].gain.meter.clipped


def test_readout_is_calm(mixer: MixerPanel, clock: list[float]):
    mixer.set_meters(Meters(momentary_lufs=-14.0))
    clock[0] = 0.05
    mixer.set_meters(Meters(momentary_lufs=-18.0))
    assert mixer.master.loudness.shown == "−14.0"
    clock[0] = 0.25
    mixer.set_meters(Meters(momentary_lufs=-18.0))
    assert mixer.master.loudness.shown == "−18.0"


def test_without_a_song_nothing_can_be_moved(mixer: MixerPanel, heard: Heard):
    mixer.set_enabled_song(False)
    drag(mixer.strips["vocals"].gain.fader, QPointF(0, -20))
    click(mixer.strips["vocals"].mute)
    assert heard == []
    assert mixer.master.null.reading.title == "no song"


def test_select_marks_and_gives_the_keyboard(qtbot: QtBot, mixer: MixerPanel):
    mixer.select("bass")
    assert mixer.strips["bass"].selected
    qtbot.waitUntil(mixer.strips["bass"].gain.fader.hasFocus)
    mixer.select("master")
    assert mixer.master.selected
    assert not mixer.strips["bass"].selected


def test_turning_to_a_strip_selects_it(qtbot: QtBot, mixer: MixerPanel):
    with qtbot.waitSignal(mixer.selected) as told:
        mixer.strips["drums"].gain.fader.setFocus()
    assert told.args == ["drums"]
    with qtbot.waitSignal(mixer.selected) as told:
        click(mixer.strips["other"].header)
    assert told.args == ["other"]


def interactive(parent: QWidget) -> list[QWidget]:
    kinds = (QAbstractButton, QAbstractSlider, QLineEdit, QComboBox)
    return [child for child in parent.findChildren(QWidget) if isinstance(child, kinds)]


def test_every_control_has_a_name_a_description_and_help(mixer: MixerPanel):
    controls = interactive(mixer)
    assert len(controls) == 4 * 6 + 2 + 5
    names = [control.accessibleName() for control in controls]
    assert all(names)
    assert len(set(names)) == len(names)
    for control in controls:
        assert control.accessibleDescription(), control.accessibleName()
        assert control.toolTip(), control.accessibleName()


def test_every_control_is_reached_by_tab(mixer: MixerPanel):
    mixer.set_state(MixState().with_strip("bass", solo=True))
    mixer.strips["vocals"].pan.setFocus()
    seen = set()
    for _ in range(60):
        focused = mixer.focusWidget()
        assert focused is not None
        seen.add(focused)
        mixer.focusNextChild()
    assert seen >= set(interactive(mixer))


def test_texts_fit_at_the_smallest_size(mixer: MixerPanel):
    mixer.resize(mixer.minimumSizeHint())
    for strip in mixer.strips.values():
        for button in (strip.mute, strip.solo):
            font = sized_font(button, 0.92, bold=True)
            assert text_width(font, button.text()) <= button.width() - 4
        font = strip.gain.field.font()
        assert text_width(font, "−12.25") <= strip.gain.field.width() - 12
    null, small = mixer.master.null, sized_font(mixer, 0.86)
    assert text_width(small, "level-matched", "−120.0 dBFS") <= null.width() - 24


def test_change_of_theme_repaints_at_once(qapp: QApplication, mixer: MixerPanel):
    seen = []
    for theme in (LIGHT, DARK):
        apply_theme(qapp, theme.name)
        image = mixer.strips["bass"].grab().toImage()
        middle = image.width() // 2
        seen.append(image.pixelColor(middle, 2).name().upper())
        header = mixer.strips["bass"].header
        at = QPoint(header.x() + 10, header.y() + 2) * image.devicePixelRatio()
        assert image.pixelColor(at).name().upper() == theme.stems["bass"]
    assert seen == [LIGHT.panel, DARK.panel]


def test_it_is_compact(mixer: MixerPanel):
    least = mixer.minimumSizeHint()
    assert least.width() <= 560
    assert least.height() <= 260
