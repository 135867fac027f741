"""The ceiling and dither on a changed mix, against the true-peak meter."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remixer.dsp.ceiling import AHEAD_S
from remixer.dsp.loudness import LoudnessMeter
from remixer.dsp.signal import ArrayReader, Grid, SampleReader, Samples
from remixer.errors import SettingError
from remixer.session.finishing import Dithered, Finish, Limited
from tests.support import music

GRID = Grid(16)


def sound(kind: str, rate: int, seconds: float = 1.5) -> Samples:
    length = int(rate * seconds) + 17
    rng = np.random.default_rng(1)
    if kind == "noise":
        return 0.4 * rng.standard_normal((2, length))
    if kind == "clicks":
        quiet = 0.1 * rng.standard_normal((2, length))
        quiet[:, rng.integers(0, length, 30)] = 3.0
        return quiet
    if kind == "between":  # a sine whose samples all miss its peaks
        return 1.2 * np.sin(np.pi / 2 * np.arange(length) + np.pi / 4)[None]
    if kind == "step":
        return np.where(np.arange(length) < length // 2, 0.0, 2.0)[None]
    return 1.5 * music(2, length, rate).T


def read_all(reader: SampleReader, size: int = 65_536) -> Samples:
    starts = range(0, reader.length, size)
    blocks = [reader.read(at, min(size, reader.length - at)) for at in starts]
    return np.concatenate(blocks, axis=1)


def true_peak(samples: Samples, rate: int) -> float:
    meter = LoudnessMeter(rate, len(samples))
    meter.add(samples)
    return meter.result().true_peak_dbtp


@pytest.mark.parametrize("kind", ["noise", "clicks", "between", "step", "music"])
@pytest.mark.parametrize("rate", [8_000, 44_100, 96_000, 192_000])
@pytest.mark.parametrize("ceiling_db", [-1.0, 0.0, -9.0])
def test_no_true_peak_passes_the_ceiling(kind: str, rate: int, ceiling_db: float) -> None:
    limited = Limited(ArrayReader(sound(kind, rate), rate), ceiling_db)
    peak_db = true_peak(read_all(limited), rate)
    assert peak_db <= ceiling_db
    if kind != "between":
        assert peak_db > ceiling_db - 0.1, "it takes no more than it must"


def test_the_ceiling_holds_on_the_grid_with_dither() -> None:
    samples = sound("noise", 44_100)
    for bits in (16, 24):
        grid = Grid(bits)
        limited = Limited(ArrayReader(samples, 44_100), -1.0, grid)
        written = read_all(Dithered(limited, grid))
        assert grid.holds(written)
        assert -1.1 < true_peak(written, 44_100) <= -1.0


def test_what_is_below_is_not_touched() -> None:
    rate = 44_100
    samples = sound("music", rate, 3.0) / 3
    limited = Limited(ArrayReader(samples, rate, GRID), -1.0)
    assert read_all(limited).tobytes() == samples.tobytes()
    assert (limited.limiting.deepest_db, limited.limiting.places) == (0.0, 0)
    samples[:, 60_000] = 1.4
    changed = np.flatnonzero((read_all(limited) != samples).any(axis=0))
    assert 60_000 - AHEAD_S * rate - 2 <= changed.min() < 60_000
    assert changed.max() < 60_000 + rate / 2
    limiting = limited.limiting
    assert limiting.places == 1
    assert 3.9 < limiting.deepest_db < 6.0
    assert 0 < limiting.samples <= changed.size


def test_channels_are_turned_down_alike() -> None:
    rate = 48_000
    samples = np.vstack((sound("clicks", rate)[0], 0.5 * np.ones(int(1.5 * rate) + 17)))
    limited = read_all(Limited(ArrayReader(samples, rate), -1.0))
    gains = limited[0] / samples[0]
    np.testing.assert_allclose(limited[1] / samples[1], gains, rtol=1e-12)


def test_a_steady_bass_keeps_its_wave() -> None:
    """Between the peaks of 50 Hz the attenuation falls by little: few harmonics."""
    rate = 48_000
    wave = 1.3 * np.sin(2 * np.pi * 50 * np.arange(4 * rate) / rate)[None]
    limited = read_all(Limited(ArrayReader(wave, rate), -1.0))[0, rate : 3 * rate]
    spectrum = np.abs(np.fft.rfft(limited * np.hanning(limited.size)))
    third = spectrum[290:311].max() / spectrum[90:111].max()
    assert 20 * np.log10(third) < -35


@settings(max_examples=15, deadline=None)
@given(
    st.integers(1, 60_000),
    st.lists(st.integers(1, 40_000), min_size=1, max_size=5),
    st.integers(0, 9),
)
def test_the_cut_makes_no_difference(length: int, sizes: list[int], seed: int) -> None:
    samples = 2 * music(2, length, 8_000, seed).T
    limited = Limited(ArrayReader(samples, 8_000), -3.0)
    whole = limited.read(0, length)
    at, parts = 0, []
    while at < length:
        size = min(sizes[len(parts) % len(sizes)], length - at)
        parts.append(limited.read(at, size))
        at += size
    assert np.concatenate(parts, axis=1).tobytes() == whole.tobytes()
    middle = length // 2
    assert limited.read(middle, length - middle).tobytes() == whole[:, middle:].tobytes()


def test_it_reads_in_order_and_once() -> None:
    class Watched(ArrayReader):
        def read(self, start: int, count: int) -> Samples:
            asked.append((start, count))
            return super().read(start, count)

    asked: list[tuple[int, int]] = []
    read_all(Limited(Watched(sound("noise", 8_000), 8_000), -1.0), 1_000)
    assert all(a + n == b for (a, n), (b, _m) in pairwise(asked))
    assert sum(count for _start, count in asked) == 12_017


@pytest.mark.parametrize(
    ("dither", "ceiling_db"),
    [("maybe", None), ("auto", 0.1), ("auto", -25.0), ("auto", float("nan")), ("", None)],
)
def test_settings_out_of_range(dither: str, ceiling_db: float | None) -> None:
    with pytest.raises(SettingError):
        Finish(dither, ceiling_db)


@pytest.mark.parametrize(
    ("dither", "source", "rendered", "target", "expected"),
    [
        ("auto", 24, None, 16, True),
        ("auto", None, None, 16, True),
        ("auto", 24, 24, 16, True),  # a stem left out: on the source's grid
        ("auto", 16, None, 16, False),  # the depth is not reduced
        ("auto", 16, None, 24, False),
        ("auto", 24, None, None, False),  # floating point
        ("on", 16, None, 16, True),
        ("on", 16, 16, 16, False),  # still on the grid: there is nothing to round
        ("on", 24, None, None, False),
        ("off", 24, None, 16, False),
    ],
)
def test_when_it_dithers(
    dither: str, source: int | None, rendered: int | None, target: int | None, expected: bool
) -> None:
    grids = [None if bits is None else Grid(bits) for bits in (source, rendered, target)]
    assert Finish(dither).dithers(*grids) is expected
