import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from remixer.dsp.gain import db_to_gain
from remixer.dsp.signal import STEMS, ArrayReader, Grid, Samples
from remixer.errors import Cancelled
from remixer.mixing.stems import ArrayStems, StemSet, to_grid
from remixer.mixing.strips import MixState
from remixer.separation.catalogue import Card, find_models, read_card
from remixer.session.quality import StemLevels, artefacts, measured_sdr, stem_levels
from remixer.session.spans import excerpts, separated_spans

RATE = 8_000
SDR = {"vocals": 6.0, "bass": 6.0, "drums": 0.0, "other": 3.0}
EVEN = StemLevels(np.full((4, 2), 0.25), np.ones(2))
"""Four stems of -6 dB each."""


def level(state: MixState, stem: str, sdr: dict[str, float] = SDR) -> float:
    return artefacts(state, EVEN, sdr)[stem].level_db


def test_the_rule_by_hand() -> None:
    """|g - 1|^2 * P / (1 + 10^(s/10)): -2.5 dB for -12 dB, -6 dB, -3 dB."""
    state = MixState().with_strip("drums", gain_db=-12.0)
    expected = 20 * math.log10(1 - db_to_gain(-12.0)) + 10 * math.log10(0.25) - 3.01
    assert level(state, "drums") == pytest.approx(expected, abs=0.01)
    assert list(artefacts(state, EVEN, SDR)) == ["drums"]


def test_nothing_moved_leaves_nothing() -> None:
    assert artefacts(MixState(), EVEN, SDR) == {}
    assert artefacts(MixState(master_db=-20.0), EVEN, SDR) == {}


def test_stems_that_move_together_leave_nothing() -> None:
    state = MixState()
    for stem in STEMS:
        state = state.with_strip(stem, gain_db=-6.0)
    assert artefacts(state, EVEN, SDR) == {}
    apart = state.with_strip("drums", gain_db=0.0)
    assert list(artefacts(apart, EVEN, SDR)) == ["drums"]


def test_a_better_model_leaves_less() -> None:
    state = MixState().with_strip("vocals", gain_db=-6.0)
    levels = [level(state, "vocals", {**SDR, "vocals": sdr}) for sdr in (-5.0, 0.0, 6.0, 12.0)]
    assert levels == sorted(levels, reverse=True)
    assert levels[2] - levels[3] == pytest.approx(5.3, abs=0.1)


def test_an_error_is_never_louder_than_its_stem() -> None:
    state = MixState().with_strip("vocals", mute=True)
    assert level(state, "vocals", {"vocals": -60.0}) == pytest.approx(-6.02, abs=0.01)


def test_small_moves_and_good_models_are_silent() -> None:
    state = MixState().with_strip("vocals", gain_db=0.5)
    assert artefacts(state, EVEN, {"vocals": 12.0}) == {}
    grave = artefacts(MixState().with_strip("vocals", gain_db=-12.0), EVEN, {"vocals": 0.0})
    slight = artefacts(MixState().with_strip("vocals", gain_db=1.5), EVEN, {"vocals": 6.0})
    assert grave["vocals"].is_notable
    assert not slight["vocals"].is_notable


def test_what_was_not_measured_is_not_judged() -> None:
    state = MixState().with_strip("vocals", mute=True).with_strip("bass", mute=True)
    assert list(artefacts(state, EVEN, {"vocals": 1.0})) == ["vocals"]
    assert artefacts(state, EVEN, {}) == {}
    silent = StemLevels(np.zeros((4, 2)), np.zeros(2))
    assert artefacts(state, silent, SDR) == {}


def test_pan_counts_on_the_side_that_it_takes_away() -> None:
    state = MixState().with_strip("other", pan=1.0)
    mute = MixState().with_strip("other", mute=True)
    assert level(state, "other") == pytest.approx(level(mute, "other") - 3.01, abs=0.01)
    mono = StemLevels(np.full((4, 1), 0.25), np.ones(1))
    assert artefacts(state, mono, SDR) == {}


@pytest.mark.parametrize(
    ("changes", "starts"),
    [
        (
            {"gain_db": -12.0},
            "Drums at −12 dB: artefacts are likely heard, about 12 dB under the mix.",
        ),
        ({"mute": True}, "Drums taken out: artefacts are likely heard, about 9 dB under the mix. "),
        ({"solo": True}, "Drums alone: artefacts are likely heard, about 9 dB under the mix. "),
        ({"pan": 1.0}, "Drums panned like this: artefacts are likely heard, about 12 dB under"),
        ({"gain_db": 24.0}, "Drums at +24 dB: artefacts are likely heard, as loud as the mix. "),
    ],
)
def test_words(changes: dict[str, Any], starts: str) -> None:
    found = artefacts(MixState().with_strip("drums", **changes), EVEN, SDR)["drums"]
    assert found.words.startswith(starts)
    assert found.words.endswith("SDR for drums is 0 dB on songs it was tested with")


@pytest.mark.parametrize("gain_db", [-2.0, -1.0, 1.0, 1.5, 2.0])
def test_small_moves_are_no_warning_and_say_how_to_listen(gain_db: float) -> None:
    """Not even with a stem that is half error."""
    found = artefacts(MixState().with_strip("drums", gain_db=gain_db), EVEN, SDR)["drums"]
    assert not found.is_notable
    assert "inaudible to most" in found.words
    assert "Press D or Shift+C to listen" in found.words
    assert "SDR" not in found.words


def test_the_rule_holds_for_real_errors() -> None:
    """Estimates with errors that add up to zero: what is predicted is what is there."""
    random = np.random.default_rng(0)
    true = random.standard_normal((4, 1, 200_000))
    errors = 0.3 * random.standard_normal((4, 1, 200_000))
    errors -= errors.mean(axis=0)
    estimates = true + errors
    sdr = 10 * np.log10(np.sum(true**2, axis=(1, 2)) / np.sum(errors**2, axis=(1, 2)))
    levels = StemLevels(np.mean(estimates**2, axis=2), np.mean(np.sum(true, axis=0) ** 2, axis=1))
    state = MixState().with_strip("bass", gain_db=-6.0)
    found = artefacts(state, levels, dict(zip(STEMS, sdr.tolist(), strict=True)))
    added = (db_to_gain(-6.0) - 1.0) * errors[1]
    real = 10 * np.log10(np.mean(added**2) / np.mean(true.sum(axis=0) ** 2))
    assert found["bass"].level_db == pytest.approx(real, abs=0.1)


def stem_set(vocals: Samples, bass: Samples) -> StemSet:
    mix = to_grid(vocals + bass, Grid(24))
    stored = np.stack([to_grid(vocals, Grid(24)), to_grid(bass, Grid(24)), np.zeros_like(mix)])
    return StemSet(ArrayReader(mix, RATE, Grid(24)), ArrayStems(stored))


def test_levels_are_of_the_spans_only() -> None:
    vocals = np.full((2, 4 * RATE), 0.1)
    vocals[:, 2 * RATE :] = 0.5
    stems = stem_set(vocals, np.zeros_like(vocals))
    levels = stem_levels(stems, [(0, 2 * RATE)])
    np.testing.assert_allclose(levels.stems[0], 0.01, rtol=1e-4)
    np.testing.assert_allclose(levels.stems[1:], 0.0, atol=1e-9)
    np.testing.assert_allclose(levels.mix, 0.01, rtol=1e-4)
    assert stem_levels(stems, []).mix.sum() == 0.0
    with pytest.raises(Cancelled):
        stem_levels(stems, [(0, RATE)], lambda: True)


def test_long_songs_are_sampled_evenly() -> None:
    spans = [(0, 100), (200, 1000)]
    found = list(excerpts(spans, 10, 9))
    assert len(found) == 9
    assert all(stop - start == 10 for start, stop in found)
    assert found[0] == (0, 10)
    assert found[-1][0] > 850
    assert list(excerpts([(5, 12)], 10, 9)) == [(5, 12)]


def test_spans() -> None:
    done = [True, True, False, True, False]
    assert separated_spans((0, 45), done, 10) == [(0, 20), (30, 40)]
    assert separated_spans((5, 35), done, 10) == [(5, 20), (30, 35)]
    assert separated_spans((20, 30), done, 10) == []


def test_sdr_of_cards(card: Card, tmp_path: Path) -> None:
    assert measured_sdr(card) == {}
    shipped = read_card(Path(__file__).parents[2] / "models" / "cnn1.json")
    assert measured_sdr(shipped)["vocals"] == shipped.measured["sdr_db"]["cnn1"]["vocals"]
    assert set(measured_sdr(shipped)) == set(STEMS)


@pytest.mark.parametrize(
    "measured",
    [
        {"sdr_db": None},
        {"sdr_db": {"another": {"vocals": 1.0}}},
        {"sdr_db": {"cnn1": [1, 2]}},
        {"sdr_db": {"cnn1": {"vocals": "good", "bass": math.nan, "piano": 3.0}}},
    ],
)
def test_cards_with_odd_tables_have_no_sdr(card: Card, measured: dict[str, Any]) -> None:
    odd = Card(**{**vars(card), "measured": measured})
    assert measured_sdr(odd) == {}


def test_every_model_that_is_shipped_can_be_judged() -> None:
    for card in find_models([Path(__file__).parents[2] / "models"]).values():
        assert set(measured_sdr(card)) == set(STEMS), card.id
