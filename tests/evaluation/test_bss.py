import warnings

import numpy as np
import pytest

from remixer.dsp.signal import STEMS
from remixer.evaluation.bss import SILENT, scores
from remixer.evaluation.bss_v3 import bss_eval_sources
from remixer.evaluation.bss_v4 import bss_eval_images
from remixer.evaluation.filters import BLOCK, FILTER, Filters, correlations, projected
from remixer.evaluation.songs import Track
from tests.evaluation.signals import Floats, estimates, noise, stems

RATE = 8_000


def reference(true: Floats, guessed: Floats) -> Floats:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # mir_eval 0.8 announces that 0.9 drops this
        from mir_eval.separation import bss_eval_sources as mir

        return np.stack(mir(true, guessed, compute_permutation=False)[:3])


@pytest.mark.parametrize("samples", [4_096, BLOCK - FILTER + 1, BLOCK, BLOCK + 1, 2 * BLOCK + 777])
def test_v3_equals_mir_eval(samples: int) -> None:
    true = stems(3, 1, samples)
    found = bss_eval_sources(true[:, 0], estimates(true)[:, 0])
    expected = reference(true[:, 0], estimates(true)[:, 0])
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6)


def test_v3_does_not_depend_on_levels() -> None:
    true = stems(2, 1, 9_000)[:, 0]
    guessed = estimates(true[:, None])[:, 0]
    found = bss_eval_sources(true * np.array([[1e-7], [40]]), guessed * np.array([[1e5], [1e-9]]))
    np.testing.assert_allclose(found, bss_eval_sources(true, guessed), rtol=0, atol=1e-6)


def test_a_delayed_and_filtered_stem_is_perfect_in_v3() -> None:
    true = stems(2, 1, 20_000)[:, 0]
    guessed = np.pad(true, ((0, 0), (200, 0)))[:, :20_000] * 0.3
    sdr, sir, _ = bss_eval_sources(true, guessed)
    assert sdr.min() > 15  # what the end cut off is all that is missing
    assert sir.min() > 30


def test_stems_that_are_copies_are_measured_without_a_crash() -> None:
    one = stems(1, 1, 9_000)[:, 0]
    ratios = bss_eval_sources(
        np.repeat(one, 2, axis=0), np.repeat(one, 2, axis=0) + 0.1 * noise(5, 2, 9_000)
    )
    assert np.isfinite(ratios[0]).all()


def test_correlations_are_the_sums_they_stand_for() -> None:
    true = noise(6, 2, BLOCK + 1_500)
    guessed = noise(7, 2, BLOCK + 1_500)
    gram, cross = correlations(true, guessed)
    for i, a, j, b in ((0, 0, 0, 0), (0, 3, 1, 500), (1, 511, 0, 2), (1, 7, 1, 400)):
        shift = [np.pad(true[k], (d, FILTER - d)) for k, d in ((i, a), (j, b))]
        assert gram[i * FILTER + a, j * FILTER + b] == pytest.approx(shift[0] @ shift[1], abs=1e-8)
    late = np.pad(true[1], (500, 0))[: true.shape[1]]
    assert cross[FILTER + 500, 0] == pytest.approx(late @ guessed[0], abs=1e-8)
    np.testing.assert_allclose(gram, gram.T, atol=1e-8)


def test_projections_block_by_block_are_convolutions() -> None:
    true = stems(2, 1, BLOCK + 999)
    guessed = estimates(true)
    filters = Filters(true, guessed)
    blocks = list(projected(filters, true, guessed))
    explained, own, guess = (np.concatenate(parts, axis=2) for parts in zip(*blocks, strict=True))
    by_hand = sum(np.convolve(true[i, 0], filters.every[i, :, 1, 0]) for i in range(2))
    np.testing.assert_allclose(explained[1, 0], by_hand, atol=1e-9)
    by_hand = np.convolve(true[1, 0], filters.own[1, 0, :, 0])
    np.testing.assert_allclose(own[1, 0], by_hand, atol=1e-9)
    np.testing.assert_array_equal(guess[:, :, : guessed.shape[2]], guessed)
    assert guess.shape[2] == guessed.shape[2] + FILTER - 1


def test_a_track_shorter_than_a_frame_is_one_frame_and_a_rest_is_left() -> None:
    true = stems(2, 1, RATE)
    assert bss_eval_images(true[..., :3_000], estimates(true[..., :3_000]), RATE).shape == (4, 2, 1)
    assert bss_eval_images(true, estimates(true), RATE, 0.3).shape == (4, 2, 3)


def track(true: Floats) -> Track:
    return Track("song", RATE, true, true.sum(axis=0))


@pytest.mark.parametrize("measure", ["v3", "v4"])
def test_silent_stems_have_no_score_and_silent_estimates_the_worst(measure: str) -> None:
    true = stems(4, 1, 3 * RATE)
    guessed = estimates(true)
    true[1] = 0
    guessed[2] = 0
    found = scores(track(true), guessed, measure)
    assert list(found) == [STEMS[0], STEMS[2], STEMS[3]]
    assert found[STEMS[2]] == SILENT
    assert np.isfinite([found["vocals"].sdr, found["other"].sar]).all()
    assert (found["vocals"].isr is None) == (measure == "v3")


def test_what_is_silent_in_one_frame_is_measured_in_the_others() -> None:
    true = stems(4, 1, 3 * RATE)
    guessed = estimates(true)
    true[0, :, :RATE] = 0
    found = scores(track(true), guessed, "v4")
    frames = bss_eval_images(true, guessed, RATE)
    assert found["vocals"].sdr == pytest.approx(np.median(frames[0, 0, 1:]))
    assert found["other"].sar == pytest.approx(np.median(frames[3, 3, 1:]))


def test_nothing_that_can_be_measured_is_not_a_number() -> None:
    true = stems(4, 1, 2 * RATE)
    true[0, :, :RATE] = 0
    true[1, :, RATE:] = 0
    assert np.isnan(scores(track(true), true + 0.1, "v4")["vocals"].sdr)
