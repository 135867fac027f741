"""The panel of treatments: what it shows, what it tells, with real gestures."""

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from remixer.app.live_spectrum import FLOOR_DB, LiveSpectrum, spectrum
from remixer.app.widgets.treatments.panel import TreatmentPanel
from remixer.app.widgets.treatments.parameter import ParameterSlider
from remixer.dsp.signal import STEMS, Samples
from remixer.mixing.returns import BEATS, MS, Delay, Returns, Reverb
from remixer.mixing.strips import MixState
from remixer.mixing.treatments import (
    OFF,
    Band,
    Compressor,
    Equaliser,
    MasterTreatment,
    Sends,
    Treatment,
)
from tests.app.gestures import SHIFT, click, double_click, drag, move, press, release, turn_wheel
from tests.audio_server import wait_until
from tests.mixing.treated import EVERYTHING

Told = list[tuple[str, object, bool]]


@pytest.fixture
def panel(qtbot: QtBot) -> TreatmentPanel:
    panel = TreatmentPanel()
    qtbot.addWidget(panel)
    panel.resize(1440, 240)
    panel.set_state(MixState())
    with qtbot.waitExposed(panel):
        panel.show()
    return panel


@pytest.fixture
def told(panel: TreatmentPanel) -> Told:
    """What it told; it is shown again as the document would."""
    told: Told = []

    def treated(name: str, treatment: object, final: bool) -> None:
        told.append((name, treatment, final))
        state = panel._state
        if isinstance(treatment, Treatment):
            panel.set_state(state.with_strip(name, treatment=treatment))
        elif isinstance(treatment, MasterTreatment):
            panel.set_state(replace(state, master=treatment))

    def returned(returns: Returns, final: bool) -> None:
        told.append(("returns", returns, final))
        panel.set_state(replace(panel._state, returns=returns))

    panel.treated.connect(treated)
    panel.returns_changed.connect(returned)
    return told


def slider(panel: TreatmentPanel, name: str) -> ParameterSlider:
    [found] = [s for s in panel.sliders if s.accessibleName() == name and not s.isHidden()]
    return found


def test_it_shows_a_strip_without_a_word(panel: TreatmentPanel, told: Told) -> None:
    panel.set_state(EVERYTHING)
    for name in (*STEMS, "master"):
        panel.show_strip(name)
        treatment = EVERYTHING.strip(name).treatment if name in STEMS else EVERYTHING.master
        assert panel.treatment == treatment
        assert panel.compressor.value == treatment.compressor
        assert panel.equaliser.value == treatment.equaliser
        assert panel.compressor.light.isChecked() == treatment.compressor.on
        assert panel.sends.isVisible() == (name in STEMS)
        assert panel.place.width_slider.isVisible() == (name in STEMS)
    assert panel.reverb.value == EVERYTHING.returns.reverb
    assert not told


def test_a_slider_is_dragged_in_one_gesture(panel: TreatmentPanel, told: Told) -> None:
    threshold = slider(panel, "Compressor threshold")
    drag(threshold, QPointF(-20.0, 0.0))
    assert [final for _, _, final in told].count(True) == 1
    assert told[-1][2]
    assert all(name == "vocals" for name, _, _ in told)
    last = told[-1][1]
    assert isinstance(last, Treatment)
    assert last.compressor.threshold_db < Compressor().threshold_db
    assert last == Treatment(compressor=replace(Compressor(), threshold_db=threshold.current))
    double_click(threshold)
    assert panel.treatment == Treatment()


def test_a_send_comes_from_off_and_goes_back(panel: TreatmentPanel, told: Told) -> None:
    send = slider(panel, "Sends to reverb")
    assert send.shown(send.current) == "off"
    turn_wheel(send, 1)
    assert send.current == -60.0
    turn_wheel(send, -1)
    assert send.current == OFF
    send.change(-12.0)
    assert panel.treatment == Treatment(sends=Sends(reverb_db=-12.0))
    drag(send, QPointF(-2000.0, 0.0))
    assert panel.treatment == Treatment()


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("Compressor attack", "2.5", 2.5),
        ("Compressor threshold", "−31,5", -31.5),
        ("Treatment width", "40", 0.4),
        ("Reverb decay", "99", 20.0),
        ("Sends to delay", "-inf", OFF),
        ("Compressor ratio", "many", 2.0),
    ],
)
def test_a_number_is_typed(
    panel: TreatmentPanel, told: Told, qtbot: QtBot, name: str, text: str, value: float
) -> None:
    control = slider(panel, name)
    control.setFocus()
    qtbot.keyClick(control, Qt.Key.Key_Return)
    field = control._typing
    assert field is not None
    field.setText(text)
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert control.current == pytest.approx(value)


def test_escape_keeps_the_number(panel: TreatmentPanel, told: Told, qtbot: QtBot) -> None:
    control = slider(panel, "Compressor attack")
    control.type_value()
    field = control._typing
    assert field is not None
    qtbot.keyClicks(field, "33")
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert control._typing is None
    assert control.current == 10.0
    assert not told


@pytest.mark.parametrize("field", ["equaliser", "compressor", "sends"])
def test_the_light_bypasses_and_reset_goes_back(
    panel: TreatmentPanel, told: Told, field: str
) -> None:
    panel.set_state(EVERYTHING)
    section = getattr(panel, field)
    before = getattr(panel.treatment, field)
    click(section.light)
    assert getattr(panel.treatment, field) == replace(before, on=not before.on)
    click(section.way_back)
    assert getattr(panel.treatment, field) == section.neutral
    assert not section.way_back.isEnabled()
    click(panel.place.way_back)
    assert panel.treatment == Treatment()


def test_lights_say_off_and_the_returns_say_whose_they_are(panel: TreatmentPanel) -> None:
    light = panel.compressor.light
    assert (light.isChecked(), light.text()) == (False, "Off")
    click(light)
    assert (light.isChecked(), light.text()) == (True, "On")
    click(panel.equaliser.row.light)
    assert panel.equaliser.row.light.text() == "Off"
    for section in (panel.reverb, panel.delay):
        texts = [label.text() for label in section.findChildren(QLabel)]
        assert texts[:2] == [section.title, "shared by all sends"]


def test_polarity_and_key(panel: TreatmentPanel, told: Told, qtbot: QtBot) -> None:
    click(panel.place.invert)
    assert panel.treatment == Treatment(invert=True)
    key = panel.compressor.key
    key.setFocus()
    qtbot.keyClick(key, Qt.Key.Key_Down)
    key.activated.emit(key.currentIndex())
    assert panel.treatment.compressor.key == "vocals"


def test_the_master_has_its_own(panel: TreatmentPanel, told: Told) -> None:
    panel.show_strip("master")
    click(panel.compressor.light)
    expected = MasterTreatment(compressor=replace(Compressor(), on=True))
    assert told == [("master", expected, True)]


def test_mono_has_no_width(panel: TreatmentPanel) -> None:
    panel.set_channels(1)
    assert not panel.place.width_slider.isEnabled()
    panel.set_channels(2)
    assert panel.place.width_slider.isEnabled()


# Returns


def test_returns_are_everyones(panel: TreatmentPanel, told: Told) -> None:
    slider(panel, "Reverb decay").change(3.0)
    assert told[-1] == ("returns", Returns(replace(Returns().reverb, decay_s=3.0)), True)
    panel.show_strip("drums")
    assert panel.reverb.value.decay_s == 3.0


def test_the_same_delay_in_beats(panel: TreatmentPanel, told: Told) -> None:
    slider(panel, "Delay time").change(250.0)
    click(panel.delay.unit.button(BEATS))
    assert panel.delay.value == replace(Delay(), unit=BEATS, time=0.5)
    slider(panel, "Delay bpm").change(60.0)
    click(panel.delay.unit.button(MS))
    assert panel.delay.value == replace(Delay(), time=500.0, bpm=60.0)
    assert panel.reverb.value == replace(Reverb(), bpm=60.0)  # one tempo for both


def test_the_same_room_in_beats(panel: TreatmentPanel, told: Told) -> None:
    slider(panel, "Reverb predelay").change(62.5)
    click(panel.reverb.unit.button(BEATS))
    assert panel.reverb.value == replace(
        Reverb(predelay_ms=62.5), unit=BEATS, decay_beats=3.5, predelay_beats=0.125
    )
    slider(panel, "Reverb bpm").change(60.0)
    assert (panel.delay.value.bpm, panel.reverb.value.decay) == (60.0, 3.5)
    shown = [s for s in panel.reverb.sliders if s.isVisibleTo(panel)]
    slider_of = {s.parameter.field: s for s in shown}
    assert set(slider_of) == {"size", "damping", "decay_beats", "predelay_beats", "bpm", "level_db"}
    slider_of["decay_beats"].change(64.0)
    assert panel.reverb.value.decay == pytest.approx(20.0)
    slider_of["predelay_beats"].change(1.0)
    assert panel.reverb.value.predelay == pytest.approx(0.25)
    click(panel.reverb.unit.button(MS))
    assert (panel.reverb.value.decay_s, panel.reverb.value.predelay_ms) == (20.0, 250.0)


def test_no_delay_gets_longer_than_there_are(panel: TreatmentPanel, told: Told) -> None:
    click(panel.delay.unit.button(BEATS))
    slider(panel, "Delay time").change(16.0)
    slider(panel, "Delay bpm").change(20.0)
    assert panel.delay.value.seconds <= 5.0 + 1e-9


# The curve


def band(panel: TreatmentPanel, number: int) -> Band:
    found: Band = panel.treatment.equaliser.bands[number]
    return found


def test_a_band_is_dragged_to_where_it_is_wanted(panel: TreatmentPanel, told: Told) -> None:
    curve = panel.equaliser.curve
    start = curve.place_of(band(panel, 2))
    end = QPointF(curve.x_of(5000.0), curve.y_of(6.0))
    press(curve, start)
    for step in range(1, 6):
        move(curve, start + (end - start) * (step / 5))
    release(curve, end)
    assert band(panel, 2).freq_hz == pytest.approx(5000.0, rel=0.01)
    assert band(panel, 2).gain_db == pytest.approx(6.0, abs=0.1)
    assert [final for _, _, final in told].count(True) == 1
    assert panel.equaliser.row.sliders[1].current == band(panel, 2).gain_db
    assert "Band 3: peak at 5000 Hz, +6.0 dB" in curve.accessibleDescription()


def test_the_wheel_sharpens_and_keys_move(panel: TreatmentPanel, told: Told, qtbot: QtBot) -> None:
    curve = panel.equaliser.curve
    curve.setFocus()
    qtbot.keyClick(curve, Qt.Key.Key_PageDown)
    assert curve.band == 1
    qtbot.keyClick(curve, Qt.Key.Key_Up)
    qtbot.keyClick(curve, Qt.Key.Key_Up)
    qtbot.keyClick(curve, Qt.Key.Key_Down, SHIFT)
    qtbot.keyClick(curve, Qt.Key.Key_Right)
    assert band(panel, 1).gain_db == pytest.approx(0.9)
    assert band(panel, 1).freq_hz == pytest.approx(424.0, abs=1.0)
    turn_wheel(curve, 1)
    assert band(panel, 1).q == pytest.approx(1.12)
    wait_until(lambda: qtbot.wait(20) or told[-1][2])
    qtbot.keyClick(curve, Qt.Key.Key_Delete)
    assert band(panel, 1).gain_db == 0.0
    assert told[-1][2]


def test_a_click_beside_the_handles_does_nothing(panel: TreatmentPanel, told: Told) -> None:
    curve = panel.equaliser.curve
    away = QPointF(curve.x_of(1000.0), 4.0)
    press(curve, away)
    move(curve, away + QPointF(30.0, 30.0))
    release(curve, away)
    assert not told


def test_kinds_are_chosen_and_cuts_have_no_gain(panel: TreatmentPanel, told: Told) -> None:
    row = panel.equaliser.row
    row.kind.setCurrentIndex(3)
    row.kind.activated.emit(3)
    assert band(panel, 0).kind == "low cut"
    assert not row.sliders[1].isEnabled()
    start = panel.equaliser.curve.place_of(band(panel, 0))
    press(panel.equaliser.curve, start)
    move(panel.equaliser.curve, start + QPointF(0.0, -20.0))
    release(panel.equaliser.curve, start)
    assert band(panel, 0).q > 0.707


def test_the_bands_light(panel: TreatmentPanel, told: Told) -> None:
    bands = (Band("peak", 200.0, 3.0), *Equaliser().bands[1:])
    panel.set_state(MixState().with_treatment("vocals", equaliser=Equaliser(bands)))
    click(panel.equaliser.row.light)
    assert not band(panel, 0).on
    assert panel.treatment.is_neutral


# Meters and spectrum


def test_the_reduction_is_the_strips_and_falls(panel: TreatmentPanel) -> None:
    panel.show_strip("drums")
    panel.set_reductions((1.0, 2.0, 6.0, 4.0, 5.0))
    meter = panel.compressor.meter
    assert meter.reduction_db == 6.0
    panel.set_reductions((0.0,) * 5)
    assert 0.0 < meter.reduction_db < 6.0
    for _ in range(20):
        panel.set_reductions((0.0,) * 5)
    assert meter.reduction_db == 0.0


def test_a_sine_stands_at_its_frequency_and_level() -> None:
    time = np.arange(8192) / 48_000
    for hz in (100.0, 1000.0, 9000.0):
        samples = np.stack([0.5 * np.sin(2 * np.pi * hz * time), np.zeros(8192)])
        frequencies, levels = spectrum(samples, 48_000)
        assert abs(math.log2(frequencies[levels.argmax()] / hz)) < 0.2
        assert levels.max() == pytest.approx(-6.02, abs=1.0)
    assert spectrum(np.zeros((2, 8192)), 8000)[1].max() == FLOOR_DB


@pytest.fixture
def live() -> Iterator[LiveSpectrum]:
    def read(start: int, count: int) -> Samples:
        if start > 50_000:
            raise OSError("gone")
        return np.full((2, count), 0.1)

    live = LiveSpectrum(read, 44_100, 100_000)
    yield live
    live.close()
    assert not live._thread.is_alive()


def test_the_live_spectrum_follows_and_survives(live: LiveSpectrum) -> None:
    assert live.latest is None
    live.look_at(1000)
    wait_until(lambda: live.latest is not None)
    live.look_at(90_000)
    wait_until(lambda: live.latest is None)
    live.look_at(10)
    wait_until(lambda: live.latest is not None)


def test_everything_has_a_name(panel: TreatmentPanel) -> None:
    for widget in (*panel.sliders, panel.equaliser.curve, panel.compressor.key):
        found = QAccessible.queryAccessibleInterface(widget)
        assert found.text(QAccessible.Text.Name)


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("width", [700, 1440])
def test_it_paints_in_both_themes(
    panel: TreatmentPanel, qtbot: QtBot, theme: str, width: int
) -> None:
    from PySide6.QtWidgets import QApplication

    from remixer.app.theme import apply_theme

    application = QApplication.instance()
    assert isinstance(application, QApplication)
    apply_theme(application, theme)
    panel.set_state(EVERYTHING)
    panel.resize(width, 240)
    panel.set_spectrum((np.geomspace(25, 20_000, 50), np.linspace(-20, -90, 50)))
    image = panel.grab().toImage()
    colours = {image.pixelColor(x, 120).name() for x in range(0, image.width(), 3)}
    assert len(colours) > 8
