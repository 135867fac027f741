from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remixer.dsp.signal import STEMS, ArrayReader, Samples
from remixer.dsp.spectrogram import (
    FLOOR_DB,
    STEM_COLOURS,
    StemShares,
    blend,
    spectrogram,
    stem_shares,
    window_for,
)
from remixer.errors import SettingError

RATE = 44_100


def sine(hz: float, seconds: float = 2.0, rate: int = RATE, channels: int = 2) -> Samples:
    time = np.arange(round(seconds * rate)) / rate
    return np.tile(np.sin(2 * np.pi * hz * time), (channels, 1))


def noise(length: int, channels: int = 2, seed: int = 1) -> Samples:
    return np.random.default_rng(seed).uniform(-0.5, 0.5, (channels, length))


@dataclass(frozen=True)
class Stems:
    """Four arrays as a MixWithStems."""

    parts: Samples  # (4, channels, samples)

    @property
    def mix(self) -> ArrayReader:
        return ArrayReader(self.parts.sum(axis=0), RATE)

    def read(self, start: int, count: int) -> tuple[Samples, Samples]:
        return self.mix.read(start, count), self.parts[:, :, start : start + count]


def row_of(edges_hz: Samples, hz: float) -> int:
    return int(np.searchsorted(edges_hz, hz)) - 1


@pytest.mark.parametrize("rate", [8_000, 44_100, 48_000, 192_000])
@pytest.mark.parametrize("channels", [1, 2])
def test_a_full_scale_sine_of_1_khz_is_at_0_db_in_its_row(rate: int, channels: int) -> None:
    picture = spectrogram(ArrayReader(sine(1000, 1.0, rate, channels), rate), 60, 300)
    middle = picture.levels[:, 10:50]
    assert np.abs(middle.max(axis=0)).max() < 0.5
    row = row_of(picture.edges_hz, 1000)
    assert np.abs(middle.argmax(axis=0) - row).max() <= 1
    octave = row_of(picture.edges_hz, 2000)
    assert middle[octave:].max() < -60


@given(hz=st.floats(100, 20_000))
def test_a_sine_of_any_frequency_keeps_its_level(hz: float) -> None:
    picture = spectrogram(ArrayReader(sine(hz, 0.5), RATE), 5, 400)
    assert picture.levels[:, 2].max() == pytest.approx(0.0, abs=0.4)


def test_channels_count_with_their_mean_power() -> None:
    left = sine(1000)
    left[1] = 0.0
    picture = spectrogram(ArrayReader(left, RATE), 10, 200)
    assert picture.levels.max() == pytest.approx(-3.01, abs=0.4)


@pytest.mark.parametrize("length", [0, 1, 2, 1000, RATE])
def test_silence_is_the_floor(length: int) -> None:
    picture = spectrogram(ArrayReader(np.zeros((2, length)), RATE), 33, 44)
    assert picture.levels.shape == (44, 33)
    assert (picture.levels == FLOOR_DB).all()


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e300, 5e-324])
def test_extreme_samples_give_finite_levels(value: float) -> None:
    samples = noise(5000)
    samples[0, 2500] = value
    parts = np.stack([samples, 0 * noise(5000), noise(5000), samples[::-1]])
    shown = stem_shares(Stems(parts), 50, 60)
    assert np.isfinite(shown.mix.levels).all()
    assert_shares(shown)


@pytest.mark.parametrize("length", [1, 37, 5_000, 300_001])
def test_a_picture_does_not_depend_on_how_the_signal_is_read(length: int) -> None:
    signal = ArrayReader(noise(length), RATE)
    whole = spectrogram(signal, 90, 120)
    for block in (1, 10_000, 100_000, 1 << 21):
        cut = spectrogram(signal, 90, 120, block=block)
        np.testing.assert_allclose(cut.levels, whole.levels, rtol=0, atol=1e-3)


def test_a_signal_is_read_in_bounded_blocks_and_never_outside() -> None:
    counts = []

    @dataclass(frozen=True)
    class Watched(ArrayReader):
        def read(self, start: int, count: int) -> Samples:
            assert start >= 0
            assert start + count <= self.length
            counts.append(count)
            return super().read(start, count)

    spectrogram(Watched(noise(60 * RATE, 1), RATE), 100, 50)
    assert max(counts) < 3 * RATE


def test_a_click_is_in_its_column_and_in_all_rows() -> None:
    samples = np.zeros((1, 10 * RATE))
    samples[0, round(4.25 * RATE)] = 1.0
    levels = spectrogram(ArrayReader(samples, RATE), 100, 50).levels
    assert set(levels.argmax(axis=1)) == {42}
    assert np.ptp(levels[:, 42]) < 0.1


def test_low_rows_are_narrower_than_a_bin_and_smooth() -> None:
    """From 60 to 150 Hz, 520 rows share 17 half-bins."""
    picture = spectrogram(ArrayReader(sine(100.3), RATE), 10, 4000)
    column = picture.levels[:, 5]
    assert picture.edges_hz[column.argmax()] == pytest.approx(100.3, rel=0.03)
    near = slice(row_of(picture.edges_hz, 60), row_of(picture.edges_hz, 150))
    assert np.abs(np.diff(column[near])).max() < 0.6


def test_rows_reach_from_20_hz_to_half_the_rate() -> None:
    edges = spectrogram(ArrayReader(noise(4000), RATE), 10, 20).edges_hz
    assert edges[0] == pytest.approx(20)
    assert edges[-1] == pytest.approx(RATE / 2)
    np.testing.assert_allclose(np.diff(np.log(edges)), np.log(RATE / 40) / 20)


@pytest.mark.parametrize(
    ("rate", "window"), [(8_000, 1024), (44_100, 4096), (48_000, 4096), (192_000, 16_384)]
)
def test_windows_last_about_93_ms(rate: int, window: int) -> None:
    assert window_for(rate) == window


def test_progress_ends_with_the_whole() -> None:
    seen: list[tuple[float, float]] = []
    signal = ArrayReader(noise(20 * RATE, 1), RATE)
    spectrogram(signal, 50, 50, on_progress=lambda done, total: seen.append((done, total)))
    assert len(seen) > 3
    assert seen == sorted(seen)
    assert seen[-1] == (20.0, 20.0)


@pytest.mark.parametrize(("columns", "rows"), [(0, 10), (10, 0), (-1, 5)])
def test_an_empty_picture_is_refused(columns: int, rows: int) -> None:
    with pytest.raises(SettingError, match="give 1 or more"):
        spectrogram(ArrayReader(noise(100), RATE), columns, rows)


def test_a_rate_without_a_band_is_refused() -> None:
    with pytest.raises(SettingError, match="40 Hz"):
        spectrogram(ArrayReader(noise(100), 40), 10, 10)


def assert_shares(shown: StemShares) -> None:
    assert shown.shares.min() >= 0.0
    np.testing.assert_allclose(shown.shares.sum(axis=0), 1.0, rtol=0, atol=1e-6)


@given(
    length=st.integers(1, 9000),
    channels=st.integers(1, 2),
    silent=st.sets(st.integers(0, 3)),
)
def test_shares_sum_to_one(length: int, channels: int, silent: set[int]) -> None:
    parts = np.stack([noise(length, channels, seed) for seed in range(4)])
    parts[list(silent)] = 0.0
    shown = stem_shares(Stems(parts), 30, 40)
    assert shown.shares.shape == (4, 40, 30)
    assert_shares(shown)


def test_a_stem_that_sounds_alone_owns_its_cells() -> None:
    parts = np.zeros((4, 2, 2 * RATE))
    parts[0, :, :RATE] = sine(1000, 1.0)
    parts[1, :, RATE:] = 0.1 * sine(100, 1.0)
    shown = stem_shares(Stems(parts), 20, 100)
    edges = shown.mix.edges_hz
    assert shown.shares[0, row_of(edges, 1000), 2:8].min() > 0.999
    assert shown.shares[1, row_of(edges, 100), 12:18].min() > 0.999


def test_shares_are_ratios_of_magnitudes() -> None:
    tone = sine(1000)
    parts = np.stack([tone, 2 * tone, tone, 0 * tone])
    shown = stem_shares(Stems(parts), 10, 80)
    row = row_of(shown.mix.edges_hz, 1000)
    np.testing.assert_allclose(shown.shares[:, row, 5], [0.25, 0.5, 0.25, 0], rtol=0, atol=1e-4)


def test_a_cell_follows_its_loudest_bins() -> None:
    """One row holds a loud and a quiet sine of two stems: energies 100 to 1."""
    parts = np.zeros((4, 1, 2 * RATE))
    parts[2, 0] = sine(4000, channels=1)[0]
    parts[3, 0] = 0.1 * sine(6000, channels=1)[0]
    shown = stem_shares(Stems(parts), 8, 4)  # the last row begins at 3826 Hz
    assert shown.shares[2, 3, 4] == pytest.approx(100 / 101, abs=0.003)


def test_silence_belongs_to_all() -> None:
    shown = stem_shares(Stems(np.zeros((4, 1, 3000))), 10, 12)
    np.testing.assert_array_equal(shown.shares, 0.25)
    assert (shown.mix.levels == FLOOR_DB).all()


def test_the_mix_of_the_shares_is_its_spectrogram() -> None:
    parts = np.stack([noise(50_000, 2, seed) for seed in range(4)])
    shown = stem_shares(Stems(parts), 60, 50)
    alone = spectrogram(Stems(parts).mix, 60, 50)
    np.testing.assert_allclose(shown.mix.levels, alone.levels, rtol=0, atol=1e-3)


def test_shares_do_not_depend_on_how_the_stems_are_read() -> None:
    stems = Stems(np.stack([noise(50_000, 2, seed) for seed in range(4)]))
    whole = stem_shares(stems, 60, 50)
    cut = stem_shares(stems, 60, 50, block=20_000)
    np.testing.assert_allclose(cut.shares, whole.shares, rtol=0, atol=1e-5)


@pytest.mark.parametrize("stem", range(4))
def test_a_sole_owner_has_its_own_colour_and_silence_the_grounds(stem: int) -> None:
    shares = np.zeros((4, 1, 2))
    shares[stem] = 1.0
    pixels = blend(shares, np.array([[0.0, 1.0]]), (0.2, 0.4, 0.6))
    assert pixels.dtype == np.uint8
    assert pixels[0, 0].tolist() == [51, 102, 153]
    assert "#" + pixels[0, 1].tobytes().hex().upper() == STEM_COLOURS[STEMS[stem]]


def test_equal_shares_favour_no_colour() -> None:
    pixel = blend(np.full((4, 1, 1), 0.25), np.ones((1, 1)), (0, 0, 0))[0, 0]
    assert np.ptp(pixel.astype(int)) < 40
