import math
from pathlib import Path

import numpy as np
import pytest

from remixer.dsp.signal import ArrayReader, Grid
from remixer.errors import Cancelled
from remixer.mixing.stems import ArrayStems, StemSet, to_grid
from remixer.mixing.strips import MixState
from remixer.session.matching import (
    excerpt,
    loudness_difference_db,
    measure_match,
    still_fits,
)

RATE = 44_100


def stem_set(seconds: float = 3.0) -> StemSet:
    """A song that is vocals and nothing else."""
    rng = np.random.default_rng(0)
    vocals = to_grid(0.1 * rng.standard_normal((2, round(RATE * seconds))), Grid(24))
    stored = np.stack([vocals, np.zeros_like(vocals), np.zeros_like(vocals)])
    return StemSet(ArrayReader(vocals, RATE, Grid(24)), ArrayStems(stored))


def whole(stems: StemSet) -> tuple[int, int]:
    return 0, stems.mix.length


def test_a_gain_on_all_there_is_comes_back() -> None:
    stems = stem_set()
    state = MixState().with_strip("vocals", gain_db=3.0)
    assert loudness_difference_db(stems, state, whole(stems)) == pytest.approx(3.0, abs=0.01)


def test_neutral_and_silent_differ_by_nothing() -> None:
    stems = stem_set()
    assert loudness_difference_db(stems, MixState(), whole(stems)) == 0.0
    silent = MixState().with_strip("vocals", mute=True)
    assert loudness_difference_db(stems, silent, whole(stems)) == 0.0
    moved = MixState(master_db=-math.inf)
    assert loudness_difference_db(stems, moved, whole(stems)) == 0.0


def test_only_the_region_counts() -> None:
    stems = stem_set()
    state = MixState(master_db=-2.0)
    found = loudness_difference_db(stems, state, (RATE, 2 * RATE))
    assert found == pytest.approx(-2.0, abs=0.01)


def test_it_can_be_stopped() -> None:
    stems = stem_set()
    with pytest.raises(Cancelled):
        loudness_difference_db(stems, MixState(master_db=1.0), whole(stems), lambda: True)


@pytest.mark.parametrize(
    ("position", "length_s", "expected_s"),
    [(0, 300, (0, 60)), (150, 300, (120, 180)), (300, 300, (240, 300)), (10, 20, (0, 20))],
)
def test_a_minute_about_the_playhead(
    position: int, length_s: int, expected_s: tuple[int, int]
) -> None:
    found = excerpt(position * RATE, length_s * RATE, RATE, None)
    assert found == (expected_s[0] * RATE, expected_s[1] * RATE)


def test_the_loop_goes_first(tmp_path: Path) -> None:
    assert excerpt(0, 300 * RATE, RATE, (5, 10)) == (5, 10)


def test_the_original_so_turned_is_as_loud_and_its_peak_is_told() -> None:
    stems = stem_set()
    state = MixState().with_strip("vocals", gain_db=6.0)
    match = measure_match(stems, state, whole(stems))
    peak = 20 * math.log10(np.abs(stems.mix.read(0, stems.mix.length)).max())
    assert match.original_peak_dbfs == pytest.approx(peak + match.difference_db)
    assert match.remix_peak_dbfs == pytest.approx(peak + 6.0, abs=0.01)


def test_a_mono_song_is_measured_whatever_its_pans() -> None:
    stereo = stem_set()
    mono = to_grid(stereo.mix.read(0, stereo.mix.length)[:1], Grid(24))
    stored = np.stack([mono, np.zeros_like(mono), np.zeros_like(mono)])
    stems = StemSet(ArrayReader(mono, RATE, Grid(24)), ArrayStems(stored))
    state = MixState(master_db=-1.0).with_strip("vocals", pan=0.5)
    assert loudness_difference_db(stems, state, whole(stems)) == pytest.approx(-1.0, abs=0.01)


def test_a_measurement_is_renewed_when_the_playhead_has_gone_on() -> None:
    length = 300 * RATE
    here = excerpt(100 * RATE, length, RATE, None)
    assert still_fits(here, 100 * RATE, length, RATE, None)
    assert still_fits(here, 115 * RATE, length, RATE, None)
    assert not still_fits(here, 125 * RATE, length, RATE, None)
    assert not still_fits(here, 10 * RATE, length, RATE, None)
    start = excerpt(0, length, RATE, None)
    assert still_fits(start, 45 * RATE, length, RATE, None)
    assert still_fits((5, 10), 100, length, RATE, (5, 10))
    assert not still_fits((5, 10), 100, length, RATE, (5, 20))
