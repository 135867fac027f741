"""Treatments in a document: one named step each, and every one can be named."""

import math
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from pathlib import Path

import pytest

from remixer.errors import SettingError
from remixer.mixing.returns import BEATS, Delay, Returns, Reverb
from remixer.mixing.strips import MixState
from remixer.mixing.treatments import (
    Band,
    Compressor,
    Equaliser,
    MasterTreatment,
    Sends,
    Treatment,
)
from remixer.session.document import Document
from remixer.session.treatment_names import treatment_name
from tests.support import music, write

FLAT = Equaliser().bands


@pytest.fixture
def document(tmp_path: Path) -> Iterator[Document]:
    path = write(tmp_path / "song.wav", 0.5 * music(2, 30_000, 44_100), 44_100, "PCM_16")
    with Document(path) as document:
        yield document


def band(index: int, **changes: object) -> Treatment:
    bands = list(FLAT)
    bands[index] = replace(bands[index], **changes)  # type: ignore[arg-type]
    return Treatment(equaliser=Equaliser(tuple(bands)))


@pytest.mark.parametrize(
    ("treatment", "name"),
    [
        (Treatment(invert=True), "Bass polarity turned"),
        (Treatment(width=0.4), "Bass width 40 %"),
        (band(2, gain_db=3.0), "Bass EQ 2.5 kHz +3.0 dB"),
        (band(1, q=2.0), "Bass EQ 400 Hz Q 2.00"),
        (band(0, on=False), "Bass EQ 100 Hz bypassed"),
        (band(0, kind="low cut"), "Bass EQ 100 Hz low cut"),
        (Treatment(equaliser=Equaliser(on=False)), "Bass EQ bypassed"),
        (Treatment(equaliser=Equaliser((Band(),) * 4)), "Bass EQ"),
        (Treatment(compressor=Compressor(on=True)), "Bass compressor on"),
        (Treatment(compressor=Compressor(ratio=3.0)), "Bass compressor ratio 3:1"),
        (Treatment(compressor=Compressor(key="vocals")), "Bass compressor key vocals"),
        (Treatment(compressor=Compressor(ratio=3.0, on=True)), "Bass compressor settings"),
        (Treatment(sends=Sends(-12.0)), "Bass reverb send -12.0 dB"),
        (Treatment(sends=Sends(-12.0, -12.0)), "Bass sends"),
        (Treatment(automation=((5, 1.0),)), "Bass automation, 1 breakpoint"),
        (Treatment(width=0.4, invert=True), "Bass treatment"),
    ],
)
def test_a_treatment_is_one_named_step(document: Document, treatment: Treatment, name: str) -> None:
    document.set_treatment("bass", treatment)
    assert document.mix.strips[1].treatment == treatment
    assert document.undo_name == name
    assert document.undo() == name
    assert document.mix == MixState()
    assert document.redo() == name
    document.set_treatment("bass", Treatment())
    assert document.undo_name == "Bass untreated"


@pytest.mark.parametrize(
    ("returns", "name"),
    [
        (Returns(Reverb(decay_s=2.1)), "Reverb decay 2.1 s"),
        (Returns(Reverb(level_db=-math.inf)), "Reverb level off"),
        (Returns(Reverb(on=False)), "Reverb bypassed"),
        (Returns(delay=Delay(feedback=0.5)), "Delay feedback 50 %"),
        (Returns(delay=Delay(0.5, BEATS)), "Delay settings"),
        (Returns().at(96.5), "Tempo 96.5 bpm"),
        (Returns(Reverb(decay_beats=8.0)), "Reverb decay 8 beats"),
    ],
)
def test_returns_are_named(document: Document, returns: Returns, name: str) -> None:
    document.set_returns(returns)
    assert document.mix.returns == returns
    assert document.undo() == name


def test_the_master_is_named(document: Document) -> None:
    document.set_master_treatment(MasterTreatment(compressor=Compressor(on=True)))
    assert document.undo() == "Master compressor on"
    document.set_master_treatment(MasterTreatment(band(0, gain_db=-1.0).equaliser))
    assert document.undo() == "Master EQ 100 Hz -1.0 dB"


def test_a_drag_of_a_band_is_one_step_named_by_where_it_ends(document: Document) -> None:
    for gain_db in (1.0, 2.0, 3.0):
        document.set_treatment("drums", band(3, gain_db=gain_db), final=False)
    document.set_treatment("drums", band(3, gain_db=4.0))
    assert document.undo() == "Drums EQ 8 kHz +4.0 dB"
    assert document.undo_name is None


def test_mono_has_no_width(tmp_path: Path) -> None:
    path = write(tmp_path / "mono.wav", 0.5 * music(1, 3000, 44_100), 44_100, "PCM_16")
    with Document(path) as document:
        with pytest.raises(SettingError, match=r"mono.wav is mono: bass has no width"):
            document.set_treatment("bass", Treatment(width=0.5))
        document.set_treatment("bass", Treatment(invert=True))


OTHERS: list[Callable[[MixState], tuple[object, Callable[[object], MixState]]]] = [
    lambda mix: (mix.strips[0].treatment, lambda t: mix.with_strip("vocals", treatment=t)),
    lambda mix: (
        mix.strips[0].treatment.compressor,
        lambda c: mix.with_treatment("vocals", compressor=c),
    ),
    lambda mix: (mix.strips[0].treatment.sends, lambda s: mix.with_treatment("vocals", sends=s)),
    lambda mix: (mix.returns.reverb, lambda r: replace(mix, returns=Returns(r))),  # type: ignore[arg-type]
    lambda mix: (mix.returns.delay, lambda d: replace(mix, returns=Returns(delay=d))),  # type: ignore[arg-type]
]
VALUES = {
    "key": "drums",
    "unit": BEATS,
    "automation": ((3, 2.0),),
    "equaliser": Equaliser(on=False),
    "compressor": Compressor(on=True),
    "sends": Sends(-3.0),
    "time": 8.0,
    "width": 0.5,
}


@pytest.mark.parametrize("part", OTHERS)
def test_every_single_field_has_a_name(
    part: Callable[[MixState], tuple[object, Callable[[object], MixState]]],
) -> None:
    mix = replace(MixState(), returns=Returns(delay=Delay(10.0)))
    value, put = part(mix)
    for field in fields(value):  # type: ignore[arg-type]
        old = getattr(value, field.name)
        new = (not old) if isinstance(old, bool) else VALUES.get(field.name)
        if new is None:
            new = -3.0 if field.name.endswith("_db") and field.name != "knee_db" else old * 0.9
        name = treatment_name(mix, put(replace(value, **{field.name: new})))  # type: ignore[type-var]
        assert not name.endswith(("treatment", "settings", "sends")), (field.name, name)
