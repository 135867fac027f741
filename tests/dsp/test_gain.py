import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remixer.dsp.gain import db_to_gain, gain_to_db, peak_dbfs
from remixer.errors import SettingError


def test_neutral_and_off_are_exact() -> None:
    assert db_to_gain(0.0) == 1.0
    assert db_to_gain(-math.inf) == 0.0
    assert gain_to_db(1.0) == 0.0
    assert gain_to_db(0.0) == -math.inf


def test_known_levels() -> None:
    assert db_to_gain(20.0) == 10.0
    assert db_to_gain(1.5) == pytest.approx(1.1885022274370185, rel=1e-15)
    assert gain_to_db(0.5) == pytest.approx(-6.020599913279624, rel=1e-15)


@given(st.floats(-200.0, 24.0))
def test_gain_and_db_are_inverse(db: float) -> None:
    assert gain_to_db(db_to_gain(db)) == pytest.approx(db, abs=1e-12)


@pytest.mark.parametrize("gain", [-1e-300, -1.0, math.nan])
def test_a_negative_or_nan_gain_is_refused(gain: float) -> None:
    with pytest.raises(SettingError, match=f"gain {gain} .* give a linear gain"):
        gain_to_db(gain)


def test_peak_counts_the_negative_side_and_every_channel() -> None:
    assert peak_dbfs(np.array([[0.1, 0.2], [-1.0, 0.5]])) == 0.0
    assert peak_dbfs(np.array([0.1, -0.1])) == pytest.approx(-20.0)


def test_peak_of_silence_and_of_nothing() -> None:
    assert peak_dbfs(np.zeros((2, 3))) == -math.inf
    assert peak_dbfs(np.zeros((2, 0))) == -math.inf


def test_peak_of_the_smallest_denormal_is_a_number() -> None:
    assert peak_dbfs(np.array([[5e-324]])) == pytest.approx(-6466.1, abs=0.1)
