import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remixer.dsp.pyramid import TRANSFORMED, Raster, RowMap, peaks, pool, to_cells, to_db
from remixer.dsp.spectrogram import FLOOR_DB

RATES = (8000, 22_050, 44_100, 48_000, 96_000, 192_000)
LEVELS = range(TRANSFORMED)


def reader(samples):
    return lambda start, count: samples[..., start : start + count]


def sine(rate, frequency, length, channels=2, level=1.0):
    wave = level * np.sin(2 * np.pi * frequency * np.arange(length) / rate)
    return np.tile(wave, (channels, 1))


def test_stored_levels_are_half_decibels():
    levels = np.arange(-120, 8, 0.5)
    cells = to_cells(10 ** (levels / 10))
    assert [to_db(int(cell)) for cell in cells] == pytest.approx(list(levels))
    assert to_cells(np.array([0.0, 1e-30, 1e9])).tolist() == [0, 0, 255]
    assert to_db(0) == FLOOR_DB


@pytest.mark.parametrize("columns", [1, 2, 3, 8, 255])
def test_pooling_takes_the_higher_of_two_and_leaves_an_odd_one(columns):
    cells = np.random.default_rng(columns).integers(0, 256, (2, 5, columns), np.uint8)
    pooled = pool(cells)
    assert pooled.shape == (2, 5, (columns + 1) // 2)
    for k in range(pooled.shape[-1]):
        assert np.array_equal(pooled[..., k], cells[..., 2 * k : 2 * k + 2].max(axis=-1))


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("channels", [1, 2])
def test_sine_is_at_its_level_in_its_row(rate, channels):
    raster = Raster(rate, rate)
    frequency = rate / 9.7
    cells = raster.transform(reader(sine(rate, frequency, rate, channels, 0.1)), 0, 0, 40)
    assert cells.shape == (raster.rows, 40)
    row = int(cells[:, 20].argmax())
    assert raster.centres_hz[row] == pytest.approx(frequency, rel=0.02)
    assert to_db(int(cells[row, 20])) == pytest.approx(-20.0, abs=1.5)


@pytest.mark.parametrize("rate", RATES)
def test_rows_cover_all_bins_once_and_are_few(rate):
    raster = Raster(rate, rate)
    bins = raster.window // 2 + 1
    assert raster.starts[0] == 0
    assert (np.diff(raster.starts) >= 1).all()
    assert bins - raster.starts[-1] <= 2 * max(np.diff(raster.starts))
    assert raster.rows <= 1024
    assert (np.diff(raster.centres_hz) > 0).all()


@pytest.mark.parametrize("length", [1, 2, 511, 4097])
@pytest.mark.parametrize("level", LEVELS)
def test_short_and_odd_lengths_have_all_their_columns(length, level):
    raster = Raster(44_100, length)
    samples = np.full((1, length), 0.5)
    cells = raster.transform(reader(samples), level, 0, raster.columns(level))
    assert cells.shape == (raster.rows, raster.columns(level))
    assert cells[:, 0].any()


def test_silence_is_zero_and_what_is_not_finite_counts_as_silence():
    raster = Raster(44_100, 10_000)
    for value in (0.0, np.nan, np.inf):
        cells = raster.transform(reader(np.full((2, 10_000), value)), 1, 0, raster.columns(1))
        assert not cells.any()


def test_huge_samples_are_limited():
    raster = Raster(44_100, 10_000)
    cells = raster.transform(reader(np.full((2, 10_000), 1e300)), 0, 0, 5)
    assert cells.max() == 255


@pytest.mark.parametrize("level", LEVELS)
def test_parts_are_the_same_as_the_whole(level):
    length = 30_011
    raster = Raster(44_100, length)
    samples = np.random.default_rng(1).uniform(-1, 1, (4, 2, length))
    count = raster.columns(level)
    whole = raster.transform(reader(samples), level, 0, count)
    assert whole.shape == (4, raster.rows, count)
    cut = count // 3
    parts = (
        raster.transform(reader(samples), level, 0, cut),
        raster.transform(reader(samples), level, cut, count - cut),
    )
    assert np.array_equal(np.concatenate(parts, axis=-1), whole)
    alone = raster.transform(reader(samples[2]), level, 0, count)
    assert np.array_equal(alone, whole[2])


@settings(max_examples=25)
@given(st.integers(1, 60_000), st.data())
def test_columns_within_a_range_depend_on_nothing_else(length, data):
    start = data.draw(st.integers(0, length - 1))
    stop = data.draw(st.integers(start + 1, length))
    level = data.draw(st.integers(0, 4))
    raster = Raster(8000, length)
    first, last = raster.columns_within(level, start, stop)
    assert 0 <= first <= raster.columns(level)
    assert 0 <= last <= raster.columns(level)
    if start == 0 and stop == length:
        assert (first, last) == (0, raster.columns(level))
    samples = np.random.default_rng(0).uniform(-1, 1, (1, length))
    other = np.zeros_like(samples)
    other[:, start:stop] = samples[:, start:stop]
    if last > first:
        cells = [_level(raster, x, level)[:, first:last] for x in (samples, other)]
        assert np.array_equal(*cells)


def _level(raster, samples, level):
    base = min(level, TRANSFORMED - 1)
    cells = raster.transform(reader(samples), base, 0, raster.columns(base))
    for _ in range(level - base):
        cells = pool(cells)
    return cells


@pytest.mark.parametrize("scale", ["log", "linear"])
@pytest.mark.parametrize("rows", [1, 40, 147, 900, 2000])
@pytest.mark.parametrize("rate", [8000, 44_100, 192_000])
def test_screen_rows_show_the_highest_of_what_lies_in_them(rate, rows, scale):
    raster = Raster(rate, rate)
    cells = np.random.default_rng(0).integers(0, 256, (2, raster.rows, 3), np.uint8)
    rowmap = RowMap.between(raster, scale, rows)
    shown = rowmap.apply(cells)
    assert shown.shape == (2, rows, 3)
    edges, centres = rowmap.edges_hz, raster.centres_hz
    for row in range(rows):
        low, high = edges[rows - 1 - row], edges[rows - row]
        held = (centres >= low) & (centres < high)
        if held.any():
            assert np.array_equal(shown[:, row], cells[:, held].max(axis=1))
        else:
            k = int(np.clip(np.searchsorted(centres, (low + high) / 2), 1, len(centres) - 1))
            around = cells[:, max(k - 2, 0) : k + 2]
            assert (shown[:, row] >= around.min(axis=1)).all()
            assert (shown[:, row] <= around.max(axis=1)).all()


@given(st.integers(1, 300), st.integers(1, 50), st.integers(1, 2))
def test_peaks_are_those_of_each_bucket(length, bucket, channels):
    samples = np.random.default_rng(length).uniform(-1, 1, (channels, length))
    low, high, body = peaks(samples, bucket)
    assert len(low) == -(-length // bucket)
    for k in range(len(low)):
        part = samples[:, k * bucket : (k + 1) * bucket]
        assert low[k] == np.float32(part.min())
        assert high[k] == np.float32(part.max())
        assert body[k] == pytest.approx(np.sqrt((part**2).mean()), rel=1e-5)


def test_peaks_of_nothing_and_of_nan():
    assert peaks(np.zeros((2, 0)), 10).shape == (3, 0)
    assert not peaks(np.full((2, 30), np.nan), 10).any()
