import math

import numpy as np
import pytest

from remixer.dsp.signal import ArrayReader, Grid
from remixer.errors import Cancelled
from remixer.mixing.render import RenderedMix
from remixer.mixing.stems import ArrayStems, StemSet, to_grid
from remixer.mixing.strips import MixState
from remixer.session.comparison import compare, remix_blocks

RATE = 8_000
LOUDER = MixState().with_strip("vocals", gain_db=3.0)


def stem_set(seconds: float = 8.0, channels: int = 2) -> StemSet:
    """A voice at 1 kHz and a bass at 100 Hz; the voice doubles half way."""
    time = np.arange(round(RATE * seconds)) / RATE
    swell = np.where(time < seconds / 2, 0.1, 0.2)
    vocals = to_grid(np.tile(swell * np.sin(2 * np.pi * 1000 * time), (channels, 1)), Grid(24))
    bass = to_grid(np.tile(0.2 * np.sin(2 * np.pi * 100 * time), (channels, 1)), Grid(24))
    stored = np.stack([vocals, bass, np.zeros_like(bass)])
    return StemSet(ArrayReader(vocals + bass, RATE, Grid(24)), ArrayStems(stored))


def whole(stems: StemSet) -> tuple[int, int]:
    return 0, stems.mix.length


def test_a_stem_that_is_raised_shows_where_it_is() -> None:
    stems = stem_set()
    found = compare(stems, LOUDER, whole(stems), [whole(stems)])
    change = found.remix.levels - found.original.levels
    near = np.abs(np.log2(found.frequencies / 1000.0)) < 0.1
    low = np.abs(np.log2(found.frequencies / 100.0)) < 0.1
    np.testing.assert_allclose(change[near], 3.0, atol=0.05)
    np.testing.assert_allclose(change[low], 0.0, atol=0.05)
    assert 0.5 < found.remix.loudness.integrated_lufs - found.original.loudness.integrated_lufs < 3
    assert found.remix.loudness.true_peak_dbtp > found.original.loudness.true_peak_dbtp
    assert found.remix.loudness.range_lu is not None
    assert found.share == 1.0


def test_the_master_shifts_everything_alike() -> None:
    stems = stem_set()
    found = compare(stems, MixState(master_db=-2.0), whole(stems), [whole(stems)])
    first, second = found.original, found.remix
    for name in ("integrated_lufs", "true_peak_dbtp", "sample_peak_dbfs", "short_term_max_lufs"):
        difference = getattr(second.loudness, name) - getattr(first.loudness, name)
        assert difference == pytest.approx(-2.0, abs=0.02), name
    assert second.loudness.range_lu == pytest.approx(first.loudness.range_lu, abs=0.03)
    curves = second.short_term - first.short_term
    np.testing.assert_allclose(curves[~np.isnan(curves)], -2.0, atol=0.01)


def test_neutral_is_the_very_same() -> None:
    stems = stem_set()
    found = compare(stems, MixState(), whole(stems), [whole(stems)])
    assert found.remix is found.original


def test_the_curve_is_short_term_loudness_at_every_tenth() -> None:
    stems = stem_set()
    curve = compare(stems, LOUDER, whole(stems), [whole(stems)]).original.short_term
    assert curve.size == 80
    assert np.all(np.isnan(curve[:29]))
    assert not np.any(np.isnan(curve[29:]))
    assert np.ptp(curve[29:40]) < 0.1
    assert curve[-1] > curve[35] + 1.0


def test_only_what_is_separated_is_measured() -> None:
    stems = stem_set()
    half = stems.mix.length // 2
    found = compare(stems, LOUDER, whole(stems), [(half, 2 * half)])
    alone = compare(stems, LOUDER, (half, 2 * half), [(half, 2 * half)])
    assert found.share == 0.5
    assert found.remix.loudness == alone.remix.loudness
    np.testing.assert_array_equal(found.remix.levels, alone.remix.levels)
    np.testing.assert_array_equal(found.remix.short_term[40:], alone.remix.short_term)
    assert np.all(np.isnan(found.remix.short_term[:40]))


def test_gaps_are_not_joined() -> None:
    stems = stem_set(10.0)
    second = RATE
    spans = [(0, 2 * second), (5 * second, 7 * second)]
    found = compare(stems, LOUDER, whole(stems), spans)
    assert found.original.loudness.short_term_max_lufs == -math.inf
    assert found.original.loudness.momentary_max_lufs > -30
    assert np.all(np.isnan(found.original.short_term))


def test_nothing_separated_measures_nothing() -> None:
    stems = stem_set()
    found = compare(stems, LOUDER, whole(stems), [])
    assert found.share == 0.0
    assert found.original.loudness.integrated_lufs == -math.inf
    assert np.all(np.isneginf(found.original.levels))


@pytest.mark.parametrize("channels", [1, 2])
def test_the_remix_is_the_one_that_is_exported(channels: int) -> None:
    stems = stem_set(3.0, channels)
    expected = RenderedMix(stems, LOUDER).read(500, 20_000)
    for size in (700, 100_000):
        blocks = list(remix_blocks(stems, LOUDER, (500, 20_500), size))
        np.testing.assert_array_equal(np.concatenate(blocks, axis=1), expected)


def test_progress_and_stopping() -> None:
    stems = stem_set()
    shares: list[float] = []
    compare(stems, LOUDER, whole(stems), [(0, 16_000), (32_000, 64_000)], shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert len(shares) == 6
    with pytest.raises(Cancelled):
        compare(stems, LOUDER, whole(stems), [whole(stems)], cancelled=lambda: len(shares) > 0)
