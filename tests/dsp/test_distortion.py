"""Signal-to-distortion ratio: known values, silence, perfection."""

import numpy as np
import pytest

from remixer.dsp.distortion import sdr_db


def noise(seed: int, shape: tuple[int, int] = (2, 4_000)) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape)


@pytest.mark.parametrize("distance_db", [-20.0, 0.0, 35.0])
def test_what_differs_counts_by_its_energy(distance_db: float) -> None:
    true, wrong = noise(1), noise(2)
    wrong *= np.sqrt((true**2).sum() / (wrong**2).sum()) * 10 ** (-distance_db / 20)
    assert sdr_db(true, true + wrong) == pytest.approx(distance_db, abs=1e-6)


def test_half_as_loud_is_6_db() -> None:
    true = noise(3).astype(np.float32)
    assert sdr_db(true, true / 2) == pytest.approx(20 * np.log10(2), abs=1e-6)


def test_silence_and_perfection_are_numbers() -> None:
    true, silence = noise(4), np.zeros((2, 4_000))
    assert sdr_db(true, true) > 100
    assert sdr_db(silence, silence) == 0
    assert sdr_db(silence, true) < -100
    assert sdr_db(true, silence) == pytest.approx(0, abs=1e-6)
