"""What each treatment does, held against what theory says it does."""

import math
from dataclasses import replace

import numpy as np
import pytest

from remixer.dsp.biquad import KINDS, response_db, section
from remixer.dsp.dynamics import hold_peaks, reduction_db
from remixer.dsp.signal import ArrayReader, Samples
from remixer.mixing.effects.filters import sections
from remixer.mixing.effects.reverb import LINES, line_lengths, mix_lines
from remixer.mixing.returns import BEATS, Delay, Returns, Reverb
from remixer.mixing.stems import ArrayStems, StemSet
from remixer.mixing.strips import MixState
from remixer.mixing.treatments import (
    CUTS,
    Automation,
    Compressor,
    MasterTreatment,
    Sends,
    Treatment,
)
from tests.mixing.treated import EQUALISER, RATE, lone, play

RATES = [44_100, 48_000, 96_000]


def impulse(length: int, channels: int = 2) -> Samples:
    samples = np.zeros((channels, length))
    samples[:, 0] = 1.0
    return samples


def on(treatment: Treatment, stem: str = "vocals", **changes: object) -> MixState:
    return MixState(**changes).with_strip(stem, treatment=treatment)  # type: ignore[arg-type]


def spectrum_db(samples: Samples) -> Samples:
    return 20.0 * np.log10(np.abs(np.fft.rfft(samples)))


# Equaliser


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("stem", ["vocals", "other"])
def test_the_equaliser_has_its_response(rate: int, stem: str) -> None:
    length = 1 << 16
    out = play(lone(stem, impulse(length), rate), {0: on(Treatment(equaliser=EQUALISER), stem)})
    frequencies = np.fft.rfftfreq(length, 1.0 / rate)
    inside = (frequencies > 5.0) & (frequencies < 0.4 * rate)
    expected = response_db(sections(EQUALISER, rate), frequencies[inside], rate)
    np.testing.assert_allclose(spectrum_db(out[0])[inside], expected, atol=1e-6)


def test_the_master_equaliser_has_the_same() -> None:
    stems = lone("bass", impulse(4096))
    strip = play(stems, {0: on(Treatment(equaliser=EQUALISER), "bass")})
    master = play(stems, {0: MixState(master=MasterTreatment(EQUALISER))})
    np.testing.assert_allclose(strip, master, atol=1e-15)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("gain_db", [-12.0, 7.5])
def test_bands_have_their_gains_where_they_should(rate: int, gain_db: float) -> None:
    def at(kind: str, freq_hz: float, probe_hz: float, q: float = math.sqrt(0.5)) -> float:
        row = section(kind, freq_hz, gain_db, q, rate)[None]
        return float(response_db(row, np.array([probe_hz]), rate)[0])

    assert at("peak", 1000.0, 1000.0, q=3.0) == pytest.approx(gain_db, abs=1e-9)
    assert at("peak", 1000.0, 20.0, q=3.0) == pytest.approx(0.0, abs=0.01)
    assert at("low shelf", 500.0, 0.0) == pytest.approx(gain_db, abs=1e-9)
    assert at("low shelf", 500.0, 500.0) == pytest.approx(gain_db / 2, abs=1e-9)
    assert at("high shelf", 2000.0, 2000.0) == pytest.approx(gain_db / 2, abs=1e-9)
    assert at("high shelf", 2000.0, rate / 2) == pytest.approx(gain_db, abs=1e-9)
    for kind in CUTS:
        assert at(kind, 1000.0, 1000.0) == pytest.approx(-3.0103, abs=1e-4)
    assert at("low cut", 1000.0, 100.0) == pytest.approx(-40.0, abs=0.3)
    assert at("high cut", 100.0, 1000.0) == pytest.approx(-40.0, abs=0.5)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rate", [8000, 44_100, 192_000])
def test_filters_are_stable_everywhere(kind: str, rate: int) -> None:
    for freq_hz in (20.0, 1000.0, 20_000.0):
        for q in (0.1, 18.0):
            for gain_db in (-24.0, 24.0):
                a = section(kind, freq_hz, gain_db, q, rate)[3:]
                assert np.abs(np.roots(a)).max() < 1.0


# Compressor


def steady(level_db: float, length: int = 48_000) -> Samples:
    """A level that peaks tell at every sample."""
    return np.full((2, length), 10.0 ** (level_db / 20.0)) * np.where(np.arange(length) % 2, 1, -1)


COMPRESSOR = Compressor(threshold_db=-20.0, ratio=4.0, attack_ms=5.0, release_ms=50.0, on=True)


@pytest.mark.parametrize("knee_db", [0.0, 12.0])
@pytest.mark.parametrize("level_db", [-50.0, -26.0, -24.0, -20.0, -16.0, -14.0, -3.0, 0.0])
def test_the_compressor_has_its_static_curve(knee_db: float, level_db: float) -> None:
    settings = replace(COMPRESSOR, knee_db=knee_db, makeup_db=1.5)
    out = play(lone("bass", steady(level_db)), {0: on(Treatment(compressor=settings), "bass")})
    over = level_db + 20.0
    if over <= -knee_db / 2:
        expected = level_db
    elif over < knee_db / 2:
        expected = level_db + (1 / 4 - 1) * (over + knee_db / 2) ** 2 / (2 * knee_db)
    else:
        expected = -20.0 + over / 4
    assert 20 * np.log10(np.abs(out[0, -1])) == pytest.approx(expected + 1.5, abs=1e-6)


def reduction_of(settings: Compressor, samples: Samples) -> Samples:
    """What a strip's compressor takes away, in dB by sample."""
    out = play(lone("drums", samples), {0: on(Treatment(compressor=settings), "drums")})
    return -20.0 * np.log10(out[0] / samples[0])


@pytest.mark.parametrize("attack_ms", [0.1, 5.0, 80.0])
def test_attack_takes_its_time_constant(attack_ms: float) -> None:
    settings = replace(COMPRESSOR, attack_ms=attack_ms, knee_db=0.0, release_ms=5000.0)
    samples = np.concatenate([steady(-40.0, 1000), steady(-4.0, 47_000)], axis=1)
    reduction = reduction_of(settings, samples)[1000:]
    time = (np.arange(reduction.size) + 1) / RATE
    expected = 12.0 * (1.0 - np.exp(-time / (attack_ms / 1000.0)))
    np.testing.assert_allclose(reduction, expected, atol=1e-6)


@pytest.mark.parametrize("release_ms", [5.0, 50.0, 400.0])
def test_release_takes_its_time_constant(release_ms: float) -> None:
    settings = replace(COMPRESSOR, attack_ms=0.1, release_ms=release_ms, knee_db=0.0)
    samples = np.concatenate([steady(-4.0, 24_000), steady(-40.0, 48_000)], axis=1)
    reduction = reduction_of(settings, samples)[24_000:]
    at = round(release_ms / 1000.0 * RATE)
    assert reduction[at] == pytest.approx(12.0 / math.e, rel=0.03)
    assert reduction[2 * at] == pytest.approx(12.0 / math.e**2, rel=0.03)


def test_peaks_are_held_as_the_recursion_says() -> None:
    random = np.random.default_rng(1)
    wanted = random.uniform(0, 20, 5000) * (random.random(5000) < 0.01)
    for factor in (math.exp(-1 / 40.0), math.exp(-1 / 24_000.0)):
        expected, before = np.empty(5000), 3.0
        for n in range(5000):
            before = expected[n] = max(wanted[n], factor * before)
        np.testing.assert_allclose(hold_peaks(wanted, 3.0, factor), expected, rtol=1e-12)


def test_a_compressor_never_turns_up() -> None:
    levels = np.linspace(-120.0, 20.0, 500)
    for knee_db in (0.0, 6.0, 30.0):
        taken = reduction_db(levels, -20.0, 100.0, knee_db)
        assert np.all(taken >= 0.0)
        assert np.all(np.diff(taken) >= 0.0)
        assert np.all(np.diff(levels - taken) >= 0.0)


def test_both_channels_get_one_gain() -> None:
    samples = np.stack([steady(-4.0)[0], steady(-40.0)[0]])
    out = play(lone("drums", samples), {0: on(Treatment(compressor=COMPRESSOR), "drums")})
    np.testing.assert_allclose(out[0] / samples[0], out[1] / samples[1], rtol=1e-9)
    assert out[0, -1] / samples[0, -1] < 0.5


def two_stems(vocals: Samples, drums: Samples) -> StemSet:
    stored = np.stack([vocals, np.zeros_like(vocals), drums])
    return StemSet(ArrayReader(vocals + drums, RATE), ArrayStems(stored))


@pytest.mark.parametrize("muted", [False, True])
def test_drums_duck_under_vocals(muted: bool) -> None:
    vocals = np.concatenate([np.zeros((2, 24_000)), steady(-8.0, 24_000)], axis=1)
    drums = steady(-12.0)
    settings = replace(COMPRESSOR, key="vocals", knee_db=0.0)
    state = on(Treatment(compressor=settings), "drums").with_strip("vocals", mute=muted)
    heard = play(two_stems(vocals, drums), {0: state}) - (0.0 if muted else vocals)
    ducked = 20.0 * np.log10(np.abs(heard[0] / drums[0]))
    np.testing.assert_allclose(ducked[:24_000], 0.0, atol=1e-9)
    assert ducked[-1] == pytest.approx(-12.0 * 3 / 4, abs=1e-6)


def test_the_master_ducks_under_a_stem() -> None:
    vocals, drums = steady(-8.0), steady(-40.0)
    settings = replace(COMPRESSOR, key="vocals", knee_db=0.0)
    state = MixState(master=MasterTreatment(compressor=settings))
    out = play(two_stems(vocals, drums), {0: state})
    assert 20 * np.log10(out[0, -1] / (vocals + drums)[0, -1]) == pytest.approx(-9.0, abs=1e-6)


# Polarity, width, automation


def test_polarity_turns_the_stem() -> None:
    samples = np.random.default_rng(0).uniform(-0.5, 0.5, (2, 3000))
    out = play(lone("vocals", samples), {0: on(Treatment(invert=True))})
    np.testing.assert_allclose(out, -samples, atol=1e-15)


@pytest.mark.parametrize("width", [0.0, 0.25, 1.0, 2.0])
def test_width_scales_the_side_only(width: float) -> None:
    samples = np.random.default_rng(0).uniform(-0.5, 0.5, (2, 3000))
    left, right = play(lone("vocals", samples), {0: on(Treatment(width=width))})
    np.testing.assert_allclose(left + right, samples.sum(axis=0), atol=1e-15)
    np.testing.assert_allclose(left - right, width * (samples[0] - samples[1]), atol=1e-15)


def test_automation_is_accurate_to_the_sample() -> None:
    points: Automation = ((100, 0.0), (101, 6.0), (1101, 6.0), (3101, -14.0))
    out = play(lone("other", np.ones((1, 4000))), {0: on(Treatment(automation=points), "other")})
    level = 20.0 * np.log10(out[0])
    np.testing.assert_allclose(level[:101], 0.0, atol=1e-12)
    np.testing.assert_allclose(level[101:1102], 6.0, atol=1e-12)
    np.testing.assert_allclose(level[1101:3102], 6.0 - 0.01 * np.arange(2001), atol=1e-9)
    np.testing.assert_allclose(level[3101:], -14.0, atol=1e-12)


def test_automation_adds_to_the_fader_and_sends() -> None:
    state = on(
        Treatment(automation=((0, 6.0),), sends=Sends(delay_db=-6.0)),
        returns=Returns(delay=Delay(5.0, feedback=0.0)),
    ).with_strip("vocals", gain_db=-4.0)
    out = play(lone("vocals", impulse(1000)), {0: state})
    assert 20 * np.log10(out[0, 0]) == pytest.approx(2.0, abs=1e-9)
    assert 20 * np.log10(out[0, 240]) == pytest.approx(-4.0, abs=1e-9)


# Delay


@pytest.mark.parametrize(
    ("delay", "seconds"),
    [
        (Delay(123.0, feedback=0.5, tone_hz=20_000.0), 0.123),
        (Delay(0.5, BEATS, 120.0, 0.5, 20_000.0), 0.25),
        (Delay(0.75, BEATS, 97.3, 0.5, 20_000.0), 0.75 * 60 / 97.3),
    ],
)
@pytest.mark.parametrize("rate", [44_100, 48_000])
def test_echoes_come_in_time_and_fall_by_the_feedback(
    delay: Delay, seconds: float, rate: int
) -> None:
    state = on(Treatment(sends=Sends(delay_db=-6.0)), returns=Returns(delay=delay))
    out = play(lone("vocals", impulse(2 * rate), rate), {0: state})
    step = round(seconds * rate)
    places = np.arange(step, 2 * rate, step)
    assert np.flatnonzero(out[0]).tolist() == [0, *places.tolist()]
    expected = 10 ** (-6 / 20) * 0.5 ** np.arange(places.size)
    np.testing.assert_allclose(out[0, places], expected, rtol=1e-12)


def test_the_tone_takes_treble_from_each_further_echo() -> None:
    delay = Delay(50.0, feedback=1.0 * 0.95, tone_hz=1000.0)
    state = on(Treatment(sends=Sends(delay_db=0.0)), returns=Returns(delay=delay))
    out = play(lone("vocals", impulse(RATE)), {0: state})[0]
    step = 2400
    first, second, third = (spectrum_db(out[k * step : (k + 1) * step]) for k in (1, 2, 3))
    at = 1000 * step // RATE
    pole = math.exp(-2 * math.pi * 1000 / RATE)
    fall = 20 * np.log10((1 - pole) / abs(1 - pole * np.exp(-2j * np.pi * 1000 / RATE)))
    for one, other in ((first, second), (second, third)):
        assert (other - one)[at] == pytest.approx(20 * math.log10(0.95) + fall, abs=0.01)
        assert (other - one)[0] == pytest.approx(20 * math.log10(0.95), abs=0.01)


# Reverb


def room(reverb: Reverb, seconds: float, rate: int = RATE, channels: int = 2) -> Samples:
    """The room's answer to an impulse on all channels."""
    state = on(Treatment(sends=Sends(reverb_db=0.0)), returns=Returns(reverb))
    samples = impulse(round(seconds * rate), channels)
    return play(lone("vocals", samples, rate), {0: state}) - samples


def rt60(response: Samples, rate: int) -> float:
    """Of (n,), from the slope between -5 and -35 dB of the energy that is left (Schroeder 1965)."""
    left = np.cumsum(response[::-1] ** 2)[::-1]
    level = 10 * np.log10(left / left[0] + 1e-30)
    inside = np.flatnonzero((level < -5.0) & (level > -35.0))
    slope = np.polyfit(inside / rate, level[inside], 1)[0]
    return float(-60.0 / slope)


@pytest.mark.parametrize("rate", [44_100, 96_000])
@pytest.mark.parametrize("size", [0.0, 1.0])
@pytest.mark.parametrize("decay_s", [0.5, 2.0])
def test_a_room_decays_in_its_time(decay_s: float, size: float, rate: int) -> None:
    for response in room(Reverb(size, decay_s, 0.0, 0.0), 1.3 * decay_s, rate):
        assert rt60(response, rate) == pytest.approx(decay_s, rel=0.06)


def test_damping_shortens_the_treble_and_leaves_the_bass() -> None:
    from scipy.signal import butter, sosfilt

    response = room(Reverb(0.5, 1.5, 0.6, 0.0), 2.0)[0]
    low = sosfilt(butter(4, [60, 200], "bandpass", fs=RATE, output="sos"), response)
    high = sosfilt(butter(4, [6000, 9000], "bandpass", fs=RATE, output="sos"), response)
    assert rt60(low, RATE) == pytest.approx(1.5, rel=0.12)
    assert rt60(high, RATE) < 0.6


def test_times_in_beats_are_those_in_seconds() -> None:
    in_beats = Reverb(unit=BEATS, bpm=90.0, decay_beats=3.0, predelay_beats=0.0625)
    assert (in_beats.decay, in_beats.predelay) == (2.0, 60.0 / 90.0 / 16.0)
    in_ms = Reverb(decay_s=2.0, predelay_ms=1000.0 / 24.0)
    np.testing.assert_array_equal(room(in_beats, 0.5), room(in_ms, 0.5))


def test_predelay_is_silence_first() -> None:
    quick, late = room(Reverb(predelay_ms=0.0), 0.5), room(Reverb(predelay_ms=40.0), 0.5)
    shift = round(0.040 * RATE)
    assert not late[:, :shift].any()
    assert np.any(quick[:, :1] != 0.0)
    np.testing.assert_allclose(late[:, shift:], quick[:, :-shift], atol=1e-12)


@pytest.mark.parametrize("decay_s", [0.3, 1.0, 5.0])
def test_a_send_at_0_db_comes_back_as_loud_as_it_went(decay_s: float) -> None:
    samples = np.random.default_rng(0).normal(0.0, 0.1, (2, 6 * RATE))
    state = on(Treatment(sends=Sends(reverb_db=0.0)), returns=Returns(Reverb(0.5, decay_s, 0.0)))
    back = play(lone("vocals", samples), {0: state}) - samples
    half = back[:, 3 * RATE :]
    for channel in half:
        assert 20 * np.log10(channel.std() / 0.1) == pytest.approx(0.0, abs=1.5)
    assert abs(np.corrcoef(half)[0, 1]) < 0.2


def test_the_room_is_wide_and_mono_sources_keep_one_channel() -> None:
    left, right = room(Reverb(), 1.0)
    assert abs(np.corrcoef(left, right)[0, 1]) < 0.3
    assert room(Reverb(), 0.2, channels=1).shape[0] == 1


def test_the_lines_lose_nothing_to_each_other() -> None:
    matrix = mix_lines(np.eye(LINES))
    np.testing.assert_allclose(matrix @ matrix.T, np.eye(LINES), atol=1e-15)
    for rate in (8000, 48_000, 192_000):
        lengths = line_lengths(0.0, rate)
        assert len(set(lengths)) == LINES
        assert min(lengths) > 0.01 * rate
