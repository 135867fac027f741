"""BSS Eval v4 against museval: its numbers, kept in museval.json, and itself where it is there."""

import json
from pathlib import Path

import numpy as np
import pytest

from remixer.evaluation.bss_v4 import bss_eval_images
from tests.evaluation.signals import Floats, estimates, stems

RATE = 4_000
CASES = ("stereo", "mono", "silence", "short")
EXPECTED = json.loads(Path(__file__).with_name("museval.json").read_text())


def case(name: str) -> tuple[Floats, Floats]:
    """True stems and estimates, (stems, channels, samples)."""
    samples = RATE * 3 // 4 if name == "short" else 3 * RATE + 321
    true = stems(3, 1, samples) if name == "mono" else stems(2, 2, samples)
    guessed = estimates(true)
    if name == "silence":
        true[1, :, RATE : 2 * RATE] = 0
        guessed[0, :, 2 * RATE : 3 * RATE] = 0
    return true, guessed


def expected(name: str) -> Floats:
    return np.array(EXPECTED[name], np.float64)


@pytest.mark.parametrize("name", CASES)
def test_equals_what_museval_gave(name: str) -> None:
    found = bss_eval_images(*case(name), RATE)
    assert np.isnan(found).sum() == (16 if name == "silence" else 0)  # two of three frames
    np.testing.assert_allclose(found, expected(name), rtol=0, atol=1e-6)


@pytest.mark.parametrize("name", CASES)
def test_equals_museval_itself(name: str) -> None:
    metrics = pytest.importorskip("museval.metrics")
    true, guessed = (signals.transpose(0, 2, 1) for signals in case(name))
    theirs = np.stack(metrics.bss_eval(true, guessed, window=RATE, hop=RATE)[:4])
    np.testing.assert_allclose(bss_eval_images(*case(name), RATE), theirs, rtol=0, atol=1e-6)


def test_a_filtered_stem_has_spatial_distortion_and_nothing_else() -> None:
    true = stems(2, 2, 2 * RATE)
    guessed = true.copy()
    guessed[:, :, 5:] += 0.5 * true[:, :, :-5]
    sdr, isr, sir, sar = bss_eval_images(true, guessed, RATE)
    np.testing.assert_allclose(sdr, isr, atol=0.2)
    assert sir.min() > 20
    assert sar.min() > 20


def test_the_signals_of_the_fixture_are_the_ones_it_was_made_from() -> None:
    true, guessed = case("stereo")
    assert true.sum() == pytest.approx(EXPECTED["sums"][0], abs=1e-9)
    assert guessed.sum() == pytest.approx(EXPECTED["sums"][1], abs=1e-9)
