import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from remixer.dsp.masks import (
    Lattice,
    apply_masks,
    binary_masks,
    extend_band,
    loudest_stem,
    map_masks,
    normalise_masks,
    ratio_masks,
)

EXTREMES = {
    np.float32: [0.0, 1e-45, 1e-40, 1.2e-38, 1e-20, 0.3, 1.0, 1e20, 3.4e38],
    np.float64: [0.0, 5e-324, 1e-310, 1e-200, 0.3, 1.0, 1e200, 1.7e308],
}
SEEDS = st.integers(0, 1 << 20)
MODEL = Lattice(22_050 / 2048, 256 / 22_050, 1025, 12)


def native(rate: int, window: int, frames: int = 9, first: int = 1) -> Lattice:
    hop = window // 8
    return Lattice(rate / window, hop / rate, window // 2 + 1, frames, first * hop / rate)


LATTICES = [
    native(44_100, 4096),
    native(48_000, 4096),
    native(32_000, 4096),
    native(96_000, 8192),
    native(8_000, 1024),
]


def random_masks(seed: int, bins: int, frames: int, dtype: type = np.float64) -> np.ndarray:
    values = np.random.default_rng(seed).uniform(0, 1, (4, bins, frames))
    return normalise_masks(values.astype(dtype))


@st.composite
def magnitudes(draw: st.DrawFn) -> np.ndarray:
    dtype = draw(st.sampled_from(sorted(EXTREMES, key=str)))
    shape = (4, draw(st.integers(1, 5)), draw(st.integers(1, 5)))
    top = float(np.finfo(dtype).max)
    width = 32 if dtype is np.float32 else 64
    anything = st.floats(0, top, width=width)
    known = st.sampled_from([float(dtype(value)) for value in EXTREMES[dtype]])
    return draw(arrays.arrays(dtype, shape, elements=st.one_of(anything, known)))


def test_ratio_masks_are_equation_8() -> None:
    sources = np.array([1.0, 2.0, 4.0, 1.0]).reshape(4, 1, 1)
    assert ratio_masks(sources).ravel().tolist() == [0.125, 0.25, 0.5, 0.125]


@given(magnitudes())
def test_ratio_masks_share_all_of_every_bin(sources: np.ndarray) -> None:
    masks = ratio_masks(sources)
    assert masks.dtype == sources.dtype
    assert masks.shape == sources.shape
    assert masks.min() >= 0
    assert masks.max() <= 1
    assert np.abs(masks.sum(axis=0) - 1).max() <= 4 * np.finfo(sources.dtype).eps
    silent = (sources == 0).all(axis=0)
    assert np.all(masks[:, silent] == 0.25)
    assert np.all(masks[:, ~silent][sources[:, ~silent] == 0] == 0)


@given(magnitudes(), st.sampled_from([2.0**-10, 2.0, 2.0**40]))
def test_ratio_masks_do_not_depend_on_level(sources: np.ndarray, gain: float) -> None:
    moderate = np.clip(sources, 1e-20, 1e20).astype(sources.dtype)
    scaled = moderate * sources.dtype.type(gain)
    # Scaling by a power of two is exact unless it leaves the format's normal numbers: it does not.
    assert np.array_equal(ratio_masks(scaled), ratio_masks(moderate))


@pytest.mark.parametrize("level", [5e-324, 1e-310, 1e-30, 1.0, 1e300, 1.7e308])
def test_equal_stems_share_equally_at_any_level(level: float) -> None:
    assert np.all(ratio_masks(np.full((4, 2, 3), level)) == 0.25)


def test_denormals_and_huge_numbers_keep_their_ratio() -> None:
    small, large = np.array([5e-324, 1e308]), np.array([3 * 5e-324, 1e308])
    masks = ratio_masks(np.stack([small, large, 0 * small, 0 * small])[:, :, None])
    assert masks[:, 0, 0].tolist() == [0.25, 0.75, 0, 0]
    assert masks[:, 1, 0].tolist() == [0.5, 0.5, 0, 0]


def test_binary_masks_are_equations_4_and_5() -> None:
    sources = np.array([[1, 5, 2, 0], [3, 5, 1, 0], [2, 1, 2, 0], [0, 4, 1, 0]], np.float32)
    sources = sources[:, None]
    assert loudest_stem(sources).tolist() == [[1, 0, 0, 0]]  # the first one on a tie
    assert binary_masks(sources)[:, 0].tolist() == [
        [0, 1, 1, 1],
        [1, 0, 0, 0],
        [0, 0, 0, 0],
        [0, 0, 0, 0],
    ]
    assert binary_masks(sources).dtype == np.float32


@given(magnitudes())
def test_binary_masks_give_each_bin_to_one_stem(sources: np.ndarray) -> None:
    masks = binary_masks(sources)
    assert set(np.unique(masks)) <= {0, 1}
    assert np.all(masks.sum(axis=0) == 1)
    assert np.array_equal((masks * sources).max(axis=0), sources.max(axis=0))


def test_stem_spectra_are_equation_2() -> None:
    rng = np.random.default_rng(1)
    spectrum = rng.standard_normal((2, 5, 3)) + 1j * rng.standard_normal((2, 5, 3))
    masks = random_masks(2, 5, 3)
    stems = apply_masks(spectrum, masks)
    assert stems.shape == (4, 2, 5, 3)
    assert stems[2, 1, 4, 0] == spectrum[1, 4, 0] * masks[2, 4, 0]
    assert np.allclose(stems.sum(axis=0), spectrum, rtol=1e-14)


@given(SEEDS)
def test_maps_onto_the_same_lattice_change_nothing(seed: int) -> None:
    masks = random_masks(seed, 33, 7)
    lattice = Lattice(10.7666, 0.011609, 33, 7, 5 * 0.011609)
    # No bit more than the rounding of k * bin_hz / bin_hz.
    assert np.abs(map_masks(masks, lattice, lattice) - masks).max() < 1e-13


def test_maps_onto_every_other_point_pick_these_points() -> None:
    masks = random_masks(3, 17, 9)
    mapped = map_masks(masks, Lattice(10.0, 0.25, 17, 9), Lattice(20.0, 0.5, 9, 5))
    assert np.abs(mapped - masks[:, ::2, ::2]).max() < 1e-14


@pytest.mark.parametrize("target", LATTICES, ids=lambda lattice: f"{lattice.band_hz:.0f}")
@pytest.mark.parametrize("axis", ["hertz", "seconds"])
def test_maps_are_exact_where_masks_are_lines(axis: str, target: Lattice) -> None:
    def line(lattice: Lattice) -> np.ndarray:
        hertz = np.minimum(np.arange(lattice.bins) * lattice.bin_hz, MODEL.band_hz)[:, None]
        seconds = (lattice.first_s + np.arange(lattice.frames) * lattice.frame_s)[None]
        last = (MODEL.frames - 1) * MODEL.frame_s
        values = hertz / 12_000 if axis == "hertz" else np.clip(seconds, 0, last)
        grid = np.broadcast_to(values, (lattice.bins, lattice.frames))
        return np.stack([grid / 3, grid / 3, grid / 3, 1 - grid])

    assert np.abs(map_masks(line(MODEL), MODEL, target) - line(target)).max() < 1e-13


@given(st.sampled_from(LATTICES), SEEDS, st.booleans())
def test_mapped_masks_still_sum_to_one(target: Lattice, seed: int, single: bool) -> None:
    dtype = np.float32 if single else np.float64
    masks = map_masks(random_masks(seed, MODEL.bins, MODEL.frames, dtype), MODEL, target)
    assert masks.dtype == dtype
    assert masks.shape == (4, target.bins, target.frames)
    eps = float(np.finfo(dtype).eps)
    assert np.abs(masks.sum(axis=0) - 1).max() <= 6 * eps
    assert masks.min() >= -eps
    assert masks.max() <= 1 + eps


def test_outside_the_source_the_edge_holds() -> None:
    masks = random_masks(5, 3, 4)
    target = Lattice(10.0, 1.0, 6, 12, first_s=-4.0)
    mapped = map_masks(masks, Lattice(10.0, 1.0, 3, 4), target)
    assert np.allclose(mapped[:, :3, :4], masks[:, :, :1], atol=1e-15)
    assert np.allclose(mapped[:, :3, 7:], masks[:, :, 3:], atol=1e-15)
    assert np.allclose(mapped[:, 3:, 4:8], masks[:, 2:], atol=1e-15)


def test_one_point_is_a_lattice() -> None:
    masks = random_masks(6, 1, 1)
    mapped = map_masks(masks, Lattice(10.0, 1.0, 1, 1), Lattice(3.0, 0.5, 4, 5))
    assert np.array_equal(mapped, np.broadcast_to(masks, (4, 4, 5)))


def test_the_band_is_extended_by_its_top_octave() -> None:
    masks = random_masks(7, 20, 3)
    mix = np.random.default_rng(8).uniform(0, 1, (20, 3))
    extended = extend_band(masks, mix, 9)
    for frame in range(3):
        for stem in range(4):
            mean = np.average(masks[stem, 5:9, frame], weights=mix[5:9, frame])
            assert np.allclose(extended[stem, 9:, frame], mean, rtol=1e-12)
    assert np.array_equal(extended[:, :9], masks[:, :9])


def test_what_owns_the_treble_owns_the_air() -> None:
    masks = np.full((4, 16, 2), 0.25)
    masks[:, 6] = np.array([0.0, 0.0, 1.0, 0.0])[:, None]  # drums, where the mix sounds
    mix = np.zeros((16, 2))
    mix[6, 0] = 1e-3  # the second frame is silent: equal weights
    extended = extend_band(masks, mix, 8)
    assert np.allclose(extended[:, 8:, 0].T, [0, 0, 1, 0], atol=1e-12)
    assert np.allclose(extended[:, 8:, 1], masks[:, 4:8, 1].mean(axis=1)[:, None])


def test_the_band_s_extension_ignores_what_lay_there() -> None:
    masks = random_masks(9, 12, 2)
    mix = np.ones((12, 2))
    spoilt = masks.copy()
    spoilt[:, 7:] = np.nan
    assert np.array_equal(extend_band(spoilt, mix, 7), extend_band(masks, mix, 7))
    assert np.isnan(spoilt[:, 7:]).all()  # the argument is left alone


@given(SEEDS, st.integers(1, 40), st.sampled_from([0.0, 1e-45, 1e-30, 1.0, 1e30]))
def test_extended_masks_still_sum_to_one(seed: int, band: int, level: float) -> None:
    masks = random_masks(seed, 40, 3, np.float32)
    mix = np.random.default_rng(seed).uniform(0, 1, (40, 3)) * level
    extended = extend_band(masks, mix.astype(np.float32), band)
    assert extended.dtype == np.float32
    assert np.abs(extended.sum(axis=0) - 1).max() <= 4 * np.finfo(np.float32).eps


def test_a_band_that_reaches_the_top_is_left_alone() -> None:
    masks = random_masks(10, 8, 2)
    assert np.array_equal(extend_band(masks, np.ones((8, 2)), 8), masks)
    assert np.array_equal(extend_band(masks, np.ones((8, 2)), 1412), masks)


def test_a_lattice_knows_its_band() -> None:
    assert MODEL.band_hz == 11_025.0
