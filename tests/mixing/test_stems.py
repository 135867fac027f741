from fractions import Fraction
from itertools import permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from remixer.dsp.signal import STEMS, ArrayReader, Grid, Samples
from remixer.errors import CacheError, SettingError
from remixer.mixing.stems import ArrayStems, StemSet, complete, fit_full_scale, regrid, to_grid

GRIDS = [Grid(8), Grid(16), Grid(24), Grid(32)]
SHAPES = st.tuples(st.integers(1, 2), st.integers(1, 9))
quick = settings(deadline=None, max_examples=60)


class Untouchable:
    """A reader whose samples nobody may ask for."""

    rate, channels, length, grid = 44_100, 2, 100, None

    def read(self, start: int, count: int) -> Samples:
        raise AssertionError("read although nothing needed it")


def on_grid(grid: Grid, shape: tuple[int, ...]) -> st.SearchStrategy[Samples]:
    highest = 2 ** (grid.bits - 1) - 1
    steps = arrays.arrays(np.int64, shape, elements=st.integers(-highest - 1, highest))
    return steps.map(lambda array: array * grid.step)


def estimates(shape: tuple[int, ...], **bounds: Any) -> st.SearchStrategy[Samples]:
    return arrays.arrays(np.float64, shape, elements=st.floats(**bounds))


@st.composite
def pcm(draw: st.DrawFn) -> tuple[Grid, Samples, Samples]:
    """(grid, mix (channels, n), stored stems (3, channels, n)): anything a grid can hold."""
    grid = draw(st.sampled_from(GRIDS))
    shape = draw(SHAPES)
    return grid, draw(on_grid(grid, shape)), draw(on_grid(grid, (3, *shape)))


def exact(samples: Samples) -> list[Fraction]:
    return [Fraction(value) for value in samples.ravel().tolist()]


@quick
@given(pcm())
def test_pcm_stems_add_up_exactly_in_any_order(case: tuple[Grid, Samples, Samples]) -> None:
    _, mix, stored = case
    stems = complete(mix, stored)
    for order in permutations(range(4)):
        a, b, c, d = stems[list(order)]
        assert np.array_equal(((a + b) + c) + d, mix)


@quick
@given(pcm())
def test_the_pcm_residual_is_the_true_difference(case: tuple[Grid, Samples, Samples]) -> None:
    _, mix, stored = case
    residual = complete(mix, stored)[3]
    vocals, bass, drums = (exact(stem) for stem in stored)
    parts = zip(exact(mix), vocals, bass, drums, strict=True)
    assert exact(residual) == [m - v - b - d for m, v, b, d in parts]


@quick
@given(st.sampled_from(GRIDS), SHAPES.flatmap(lambda shape: estimates((3, *shape))))
def test_to_grid_gives_what_the_grid_holds(grid: Grid, raw: Samples) -> None:
    stored = to_grid(raw, grid)
    assert grid.holds(stored)
    inside = np.isfinite(raw) & (np.abs(raw) < grid.highest)
    assert np.all(np.abs(stored - raw)[inside] <= grid.step / 2)
    assert np.all(stored[raw == 2.0] == grid.highest)
    assert not stored[~np.isfinite(raw)].any()


def test_to_grid_clips_what_passes_full_scale() -> None:
    assert to_grid(np.array([1.7, -1.7, 1.0]), Grid(16)).tolist() == [
        32767 / 32768,
        -1.0,
        32767 / 32768,
    ]


@quick
@given(SHAPES.flatmap(lambda shape: estimates((3, *shape))))
def test_to_grid_without_a_grid_is_float32_on_steps_of_2_to_minus_31(raw: Samples) -> None:
    stored = to_grid(raw, None)
    assert np.array_equal(stored.astype(np.float32), stored)
    assert all((value * 2**31).denominator == 1 for value in exact(stored))
    assert np.abs(stored).max() <= 2.0**20
    inside = np.isfinite(raw) & (np.abs(raw) <= 2.0**20)
    tolerance = 2.0**-32 + np.abs(raw) * 2.0**-24
    assert np.all((np.abs(stored - raw) <= tolerance)[inside])


def test_to_grid_takes_a_networks_float32() -> None:
    stored = to_grid(np.array([0.1, np.nan], dtype=np.float32), Grid(16))
    assert stored.dtype == np.float64
    assert stored.tolist() == [3277 / 32768, 0.0]


@st.composite
def float_case(draw: st.DrawFn, width: int) -> tuple[Samples, Samples]:
    """(mix, stored stems) of a float source within full scale: zeros, denormals, anything."""
    shape = draw(SHAPES)
    elements: st.SearchStrategy[float] = st.one_of(
        st.floats(-1.0, 1.0, width=width), st.sampled_from([-0.0, 1.0, -1.0, 2.0**-126, 2.0**-149])
    )
    mix = draw(arrays.arrays(np.float64, shape, elements=elements))
    raw = draw(estimates((3, *shape), min_value=-1.0, max_value=1.0))
    return mix, to_grid(raw, None)


@quick
@given(float_case(64))
def test_float_stems_add_up_within_2_to_minus_52(case: tuple[Samples, Samples]) -> None:
    mix, stored = case
    vocals, bass, drums, other = complete(mix, stored)
    total = vocals + bass + drums + other
    errors = [abs(a - b) for a, b in zip(exact(total), exact(mix), strict=True)]
    assert max(errors) <= Fraction(2) ** -52


@quick
@given(float_case(32))
def test_float32_samples_above_minus_174_dbfs_add_up_exactly(case: tuple[Samples, Samples]) -> None:
    mix, stored = case
    vocals, bass, drums, other = complete(mix, stored)
    total = vocals + bass + drums + other
    promised = ((np.abs(mix) >= 2.0**-29) | (mix == 0.0)) & (np.abs(other) <= 2.0)
    assert np.array_equal(total[promised], mix[promised])


def test_a_float_sample_too_fine_for_its_stems_is_lost_below_minus_313_dbfs() -> None:
    """Why float sources are promised a bound and not exactness."""
    mix = np.array([[2.0**-60]])
    vocals, bass, drums, other = complete(mix, np.array([[[0.5]], [[0.0]], [[0.0]]]))
    assert (vocals + bass + drums + other).item() == 0.0


@quick
@given(float_case(64))
def test_float_stems_in_float32_files_add_up_below_minus_144_dbfs(
    case: tuple[Samples, Samples],
) -> None:
    mix, stored = case
    stems = complete(mix, stored)
    vocals, bass, drums, other = stems.astype(np.float32).astype(np.float64)
    error = np.abs(vocals + bass + drums + other - mix)
    assert np.all(error[np.abs(stems[3]) < 2.0] <= 10 ** (-144 / 20))


@quick
@given(float_case(64))
def test_where_nothing_is_separated_the_residual_is_the_mix(case: tuple[Samples, Samples]) -> None:
    mix, stored = case
    assert complete(mix, np.zeros_like(stored))[3].tobytes() == mix.tobytes()


@quick
@given(pcm())
def test_full_scale_is_kept_and_sums_too(case: tuple[Grid, Samples, Samples]) -> None:
    grid, mix, stored = case
    stems = complete(mix, stored)
    fitted, moved = fit_full_scale(stems, grid)
    assert grid.holds(fitted)
    assert np.array_equal(fitted.sum(axis=0), mix)
    over = (stems[3] > grid.highest) | (stems[3] < -1.0)
    assert moved == over.sum()
    assert np.array_equal(fitted[:, ~over], stems[:, ~over])


@pytest.mark.parametrize("grid", GRIDS)
@pytest.mark.parametrize("side", [1, -1])
def test_the_worst_residual_takes_all_the_room_there_is(grid: Grid, side: int) -> None:
    high, low = (grid.highest, -1.0) if side > 0 else (-1.0, grid.highest)
    stems = complete(np.array([[high]]), np.full((3, 1, 1), low))
    fitted, moved = fit_full_scale(stems, grid)
    assert moved == 1
    assert grid.holds(fitted)
    assert fitted.sum() == high


def test_excess_goes_where_most_room_is() -> None:
    stems = np.array([0.5, -0.75, -0.5, 1.25]).reshape(4, 1, 1)
    fitted, moved = fit_full_scale(stems, Grid(16))
    assert moved == 1
    assert fitted.ravel().tolist() == [0.5, -0.5 + 2**-15, -0.5, 1 - 2**-15]


def test_stems_that_fit_are_left_alone() -> None:
    stems = np.zeros((4, 2, 5))
    fitted, moved = fit_full_scale(stems, Grid(16))
    assert fitted is stems
    assert moved == 0


def test_fitting_does_not_write_into_its_argument() -> None:
    stems = np.array([0.5, -0.75, -0.5, 1.25]).reshape(4, 1, 1)
    before = stems.copy()
    fit_full_scale(stems, Grid(16))
    assert np.array_equal(stems, before)


def test_a_mix_beyond_full_scale_cannot_be_fitted() -> None:
    stems = np.array([0.9, 0.9, 0.9, 1.5]).reshape(4, 1, 1)
    with pytest.raises(SettingError, match="16-bit PCM stems cannot hold it: write FLOAT stems"):
        fit_full_scale(stems, Grid(16))


@st.composite
def finer(draw: st.DrawFn) -> tuple[Samples, Samples]:
    """(mix, stems) of a 24-bit or float source, the float one up to 6 dB beyond full scale."""
    shape = draw(SHAPES)
    grid = draw(st.sampled_from([Grid(24), None]))
    bounds = {"min_value": -2.0, "max_value": 2.0}
    mix = draw(estimates(shape, **bounds) if grid is None else on_grid(grid, shape))
    return mix, complete(mix, to_grid(draw(estimates((3, *shape), **bounds)), grid))


@quick
@given(finer(), st.sampled_from([Grid(8), Grid(16)]))
def test_regridded_parts_add_up_to_the_rounded_mix(
    case: tuple[Samples, Samples], grid: Grid
) -> None:
    mix, stems = case
    coarse, parts = regrid(mix, stems, grid)
    assert grid.holds(coarse)
    assert np.all(np.abs(coarse - np.clip(mix, -1.0, grid.highest)) <= grid.step / 2)
    assert np.all(np.abs(parts[:3] - np.clip(stems[:3], -1.0, grid.highest)) <= grid.step / 2)
    fitted, _ = fit_full_scale(parts, grid)
    assert grid.holds(fitted)
    assert np.array_equal(fitted.sum(axis=0), coarse)


def small_set(grid: Grid | None = GRIDS[1]) -> tuple[StemSet, Samples, Samples]:
    random = np.random.default_rng(1)
    mix = to_grid(random.uniform(-1, 1, (2, 50)), grid)
    stored = to_grid(random.uniform(-1, 1, (3, 2, 50)), grid)
    return StemSet(ArrayReader(mix, 44_100, grid), ArrayStems(stored)), mix, stored


def test_reading_a_part_is_the_part_of_the_whole() -> None:
    stems, mix, stored = small_set()
    part_mix, part_stems = stems.read(7, 11)
    assert np.array_equal(part_mix, mix[:, 7:18])
    assert np.array_equal(part_stems, complete(mix, stored)[:, :, 7:18])


@pytest.mark.parametrize("name", STEMS)
@pytest.mark.parametrize("grid", [Grid(16), None])
def test_each_stem_reads_as_a_signal_with_the_mixes_geometry(name: str, grid: Grid | None) -> None:
    stems, mix, stored = small_set(grid)
    reader = stems.reader(name)
    assert (reader.rate, reader.channels, reader.length, reader.grid) == (44_100, 2, 50, grid)
    expected = complete(mix, stored)[STEMS.index(name)]
    assert np.array_equal(reader.read(0, 50), expected)
    assert np.array_equal(reader.read(49, 1), expected[:, 49:])


def test_a_stored_stem_is_read_without_the_mix() -> None:
    stored = np.ones((3, 2, 100))
    reader = StemSet(Untouchable(), ArrayStems(stored)).reader("drums")
    assert np.array_equal(reader.read(0, 100), stored[2])


def test_an_unknown_stem_is_refused_by_name() -> None:
    with pytest.raises(SettingError, match="'piano': use one of vocals, bass, drums, other"):
        small_set()[0].reader("piano")


@pytest.mark.parametrize("shape", [(3, 1, 50), (3, 2, 49), (4, 2, 50)])
def test_stored_stems_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    stems = StemSet(ArrayReader(np.zeros((2, 50)), 44_100), ArrayStems(np.zeros(shape)))
    with pytest.raises(CacheError, match=r"needs \(3, 2, 50\): separate the source again"):
        stems.read(0, 50)
