import math
from dataclasses import replace
from typing import Any

import pytest

from remixer.errors import SettingError
from remixer.mixing.returns import BEATS, Delay, Returns, Reverb
from remixer.mixing.strips import MixState, Strip, effective_gains
from remixer.mixing.treatments import (
    Band,
    Compressor,
    Equaliser,
    MasterTreatment,
    Sends,
    Treatment,
    automation_from,
)
from tests.mixing.treated import COMPRESSOR, EQUALISER, ROOM, TREATMENTS, treated


def test_all_is_neutral_as_it_comes() -> None:
    for new in (Band(), Equaliser(), Compressor(), Sends(), Treatment(), MasterTreatment()):
        assert new.is_neutral
    assert Returns().is_neutral
    assert Strip().is_neutral
    assert MixState().is_neutral
    assert not MixState().is_treated


@pytest.mark.parametrize("name", TREATMENTS)
def test_each_treatment_counts(name: str) -> None:
    state = treated(name)
    assert not TREATMENTS[name].is_neutral
    assert not state.is_neutral
    assert state.is_treated
    assert not state.strip("drums").is_neutral
    assert (effective_gains(state, 2) == 1.0).all()


def test_the_master_counts() -> None:
    for master in (MasterTreatment(EQUALISER), MasterTreatment(compressor=COMPRESSOR)):
        assert MixState(master=master).is_treated
        assert not MixState(master=master).is_neutral


@pytest.mark.parametrize(
    "treatment",
    [
        Treatment(equaliser=replace(EQUALISER, on=False)),
        Treatment(equaliser=Equaliser(tuple(replace(b, on=False) for b in EQUALISER.bands))),
        Treatment(compressor=replace(COMPRESSOR, on=False)),
        Treatment(compressor=replace(COMPRESSOR, ratio=1.0)),
        Treatment(sends=Sends(-6.0, -6.0, on=False)),
        Treatment(automation=((0, 0.0), (99, 0.0))),
    ],
)
def test_bypass_is_neutral(treatment: Treatment) -> None:
    assert treatment.is_neutral
    assert MixState().with_strip("bass", treatment=treatment).is_neutral


def test_a_send_counts_while_it_is_heard() -> None:
    sending = MixState().with_treatment("bass", sends=Sends(reverb_db=-6.0))
    off = Returns(reverb=Reverb(on=False))
    silent = Returns(reverb=Reverb(level_db=-math.inf))
    assert not sending.is_neutral
    assert replace(sending, returns=off).is_neutral
    assert replace(sending, returns=silent).is_neutral
    assert not sending.with_strip("bass", mute=True).is_sending
    assert not sending.with_strip("bass", gain_db=-math.inf).is_sending
    assert not sending.with_strip("drums", solo=True).is_sending
    assert MixState(returns=ROOM).is_neutral


@pytest.mark.parametrize(
    ("make", "values", "words"),
    [
        (Band, {"freq_hz": 19.0}, "frequency 19 Hz is out of range: set 20 to 20000 Hz"),
        (Band, {"gain_db": 24.5}, "gain 24.5 dB is out of range: set -24 to 24 dB"),
        (Band, {"q": 0.0}, "Q 0 is out of range: set 0.1 to 18"),
        (Band, {"kind": "bell"}, "'bell' is not known: use one of low shelf, peak, high shelf"),
        (Equaliser, {"bands": (Band(),)}, "1 equaliser bands: give 4"),
        (Compressor, {"threshold_db": 1.0}, "threshold 1 dB is out of range: set -60 to 0 dB"),
        (Compressor, {"ratio": 0.5}, "ratio 0.5 is out of range: set 1 to 100"),
        (Compressor, {"attack_ms": 0.0}, "attack 0 ms is out of range: set 0.1 to 500 ms"),
        (Compressor, {"release_ms": math.nan}, "release nan ms is out of range"),
        (Compressor, {"key": "choir"}, "key 'choir' is not known: use one of vocals, bass"),
        (Sends, {"reverb_db": 13.0}, "reverb 13 dB is out of range: set -inf, or -60 to 12 dB"),
        (Treatment, {"width": -0.1}, "width -0.1 is out of range: set 0 to 2"),
        (Treatment, {"automation": ((5, 0.0), (5, 1.0))}, "sample 5 after one at 5"),
        (Treatment, {"automation": ((-1, 0.0),)}, "sample -1 .*rise from 0"),
        (Treatment, {"automation": ((1, 25.0),)}, "gain 25 dB is out of range"),
        (
            Treatment,
            {"automation": tuple((n, 0.0) for n in range(513))},
            "513 breakpoints of one stem: at most 512, remove some",
        ),
        (Reverb, {"decay_s": 0.0}, "decay 0 s is out of range: set 0.1 to 20 s"),
        (Delay, {"time": 1.0}, "time 1 ms is out of range: set 5 to 5000 ms"),
        (
            Delay,
            {"time": 16.0, "unit": BEATS, "bpm": 60.0},
            "16 beats at 60 bpm are 16 s of delay: set at most 5 s",
        ),
        (Reverb, {"unit": "bars"}, "the reverb's unit 'bars' is not known: use one of ms, beats"),
        (
            Reverb,
            {"unit": BEATS, "bpm": 60.0, "decay_beats": 30.0},
            r"decay \(30 beats at 60 bpm\) 30 s is out of range: set 0\.1 to 20 s",
        ),
        (
            Reverb,
            {"unit": BEATS, "bpm": 60.0, "predelay_beats": 0.5},
            r"predelay \(0\.5 beats at 60 bpm\) 0\.5 s is out of range: set 0 to 0\.25 s",
        ),
        (Delay, {"feedback": 1.0}, "feedback 1 is out of range: set 0 to 0.95"),
    ],
)
def test_what_cannot_be_is_refused(make: Any, values: dict[str, Any], words: str) -> None:
    with pytest.raises(SettingError, match=words):
        make(**values)


def test_mono_has_no_width() -> None:
    state = MixState().with_treatment("bass", width=0.5)
    with pytest.raises(SettingError, match=r"bass has a width of 0\.5 but the source is mono"):
        effective_gains(state, 1)
    assert state.playable(1) == MixState()
    assert state.playable(2) is state


def test_a_part_of_the_song_has_its_part_of_the_automation() -> None:
    points = ((100, 0.0), (200, 10.0), (300, -10.0))
    assert automation_from(points, 50) == ((50, 0.0), (150, 10.0), (250, -10.0))
    assert automation_from(points, 150) == ((0, 5.0), (50, 10.0), (150, -10.0))
    assert automation_from(points, 200) == ((0, 10.0), (100, -10.0))
    assert automation_from(points, 999) == ((0, -10.0),)
    state = MixState().with_treatment("bass", automation=points)
    assert state.from_sample(150).strips[1].treatment.automation == automation_from(points, 150)
    assert state.from_sample(0) == state


def test_both_returns_at_a_tempo_stay_within_their_limits() -> None:
    long = Returns(
        Reverb(unit=BEATS, bpm=400.0, decay_beats=64.0, predelay_beats=1.0),
        Delay(16.0, BEATS, 400.0),
    )
    slow = long.at(30.0)
    assert (slow.reverb.decay, slow.reverb.predelay, slow.delay.seconds) == (20.0, 0.25, 5.0)
    assert slow.at(30.0) == slow
    quick = Returns(Reverb(unit=BEATS, bpm=60.0, decay_beats=0.25)).at(400.0)
    assert quick.reverb.decay == pytest.approx(0.1)
    in_ms = Returns(Reverb(2.0 / 3.0, 1.0), Delay(4000.0)).at(240.0)
    assert (in_ms.reverb.decay, in_ms.delay.seconds) == (1.0, 4.0)
