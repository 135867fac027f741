import json
import os
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from remixer.audio.multitrack import Multitrack
from remixer.errors import InputError, ModelError
from remixer.evaluation.evaluate import THREADS, evaluate, measure_song
from remixer.evaluation.oracles import oracle_estimates
from remixer.evaluation.results import Results
from remixer.evaluation.songs import Track, load
from remixer.evaluation.systems import estimates_of, fingerprints
from tests.evaluation.conftest import RATE
from tests.evaluation.signals import stems
from tests.support import make_models

torch.set_num_threads(1)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_models(tmp_path_factory.mktemp("models"))


@pytest.fixture(autouse=True)
def _installed(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REMIXER_MODELS", str(models))


def wanted(*systems: str) -> Results:
    return Results("v3", "data", "valid", fingerprints(systems))


def tones(rate: int = 22_050) -> Track:
    """Four stems that do not meet in frequency."""
    time = np.arange(3 * rate) / rate
    made = np.stack(
        [0.2 * np.sin(2 * np.pi * hertz * time) for hertz in (4_000, 100, 8_000, 1_000)]
    )
    return Track("tones", rate, made[:, np.newaxis], made.sum(axis=0)[np.newaxis])


@pytest.mark.parametrize("oracle", ["irm", "ibm", "wiener"])
def test_ideal_masks_take_apart_what_does_not_overlap(oracle: str) -> None:
    track = tones()
    found = oracle_estimates(track, oracle)
    inner = slice(4_096, -4_096)
    error = np.abs(found - track.stems)[..., inner].max()
    assert error < (2e-2 if oracle == "irm" else 2e-3)
    np.testing.assert_allclose(found.sum(axis=0), track.mixture, atol=1e-5)


def test_ideal_masks_do_not_depend_on_where_a_long_track_is_cut(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = stems(4, 2, 40_000)
    track = Track("noise", RATE, made, made.sum(axis=0))
    whole = oracle_estimates(track, "irm")
    monkeypatch.setattr("remixer.evaluation.oracles.CHUNK", 7_001)
    np.testing.assert_allclose(oracle_estimates(track, "irm"), whole, atol=1e-5)


def test_ideal_binary_masks_share_nothing() -> None:
    made = stems(4, 1, 40_000)
    track = Track("noise", RATE, made, made.sum(axis=0))
    assert not np.allclose(
        oracle_estimates(track, "ibm"), oracle_estimates(track, "irm"), atol=1e-3
    )


def test_the_mix_estimates_every_stem() -> None:
    track = tones()
    for estimate in estimates_of(track, "mix"):
        np.testing.assert_array_equal(estimate, track.mixture)


def test_a_model_gives_four_stems_that_sum_to_the_mix() -> None:
    track = tones()
    found = estimates_of(track, "bands")  # vocals are all above 430 Hz
    assert found.shape == track.stems.shape
    np.testing.assert_allclose(found.sum(axis=0), track.mixture, atol=1e-6)
    low = found[3, 0, 4_096:-4_096] - track.stems[1, 0, 4_096:-4_096]
    assert np.abs(low).max() < 2e-3


def test_an_unknown_system_is_named_with_what_there_is() -> None:
    with pytest.raises(ModelError, match=r"'cnn7'.*bands, cnn1.*mix, irm, ibm, wiener"):
        fingerprints(["mix", "cnn7"])


def test_fingerprints_change_with_the_weights(models: Path) -> None:
    found = fingerprints(["cnn1", "bands", "mix"])
    assert len(set(found.values())) == 3


def test_two_models_of_one_file_of_weights_are_told_apart(models: Path) -> None:
    card = json.loads((models / "cnn1.json").read_text())
    twin = {**card, "id": "twin", "config": {**card["config"], "binary": True}}
    (models / "twin.json").write_text(json.dumps(twin))
    found = fingerprints(["cnn1", "twin"])
    assert card["sha256"] == twin["sha256"]
    assert found["cnn1"] != found["twin"]


def test_oracles_are_ahead_of_doing_nothing(songs: list[Multitrack]) -> None:
    results = wanted("mix", "irm")
    assert [m.song for m in evaluate(songs, results, list(results.systems), 1, skip=False)] == [
        "song0",
        "song1",
        "song2",
    ]
    sdr = {(r.song, r.system): r.scores["vocals"].sdr for r in results.rows}
    assert all(sdr[s.name, "irm"] > sdr[s.name, "mix"] + 3 for s in songs)


def test_processes_give_what_one_gives_and_leave_the_environment(songs: list[Multitrack]) -> None:
    before = {name: os.environ.get(name) for name in THREADS}
    alone, many = wanted("mix", "bands"), wanted("mix", "bands")
    list(evaluate(songs[:2], alone, list(alone.systems), 1, skip=False))
    list(evaluate(songs[:2], many, list(many.systems), 2, skip=False))
    found = {(row.song, row.system): row.scores["bass"].sdr for row in many.rows}
    for row in alone.rows:
        assert found.pop((row.song, row.system)) == pytest.approx(row.scores["bass"].sdr, abs=1e-9)
    assert not found
    assert {name: os.environ.get(name) for name in THREADS} == before


def test_only_what_is_missing_is_measured(songs: list[Multitrack]) -> None:
    results = wanted("mix")
    list(evaluate(songs[:2], results, list(results.systems), 1, skip=False))
    results.systems |= fingerprints(["irm"])
    measured = list(evaluate(songs, results, list(results.systems), 1, skip=False))
    assert [[row.system for row in m.rows] for m in measured] == [["irm"], ["irm"], ["mix", "irm"]]
    assert list(evaluate(songs, results, list(results.systems), 1, skip=False)) == []


def damage(song: Multitrack) -> None:
    path = song.stems["bass"].path
    path.write_bytes(path.read_bytes()[:5_000])


@pytest.mark.parametrize("workers", [1, 2])
def test_a_broken_track_is_named_and_left_out(songs: list[Multitrack], workers: int) -> None:
    damage(songs[1])
    results = wanted("mix")
    measured = {
        m.song: m for m in evaluate(songs, results, list(results.systems), workers, skip=True)
    }
    assert "bass.wav" in str(measured["song1"].failure)
    assert results.failed == {"song1": measured["song1"].failure}
    assert sorted(row.song for row in results.rows) == ["song0", "song2"]


def test_a_broken_track_stops_where_the_user_wants_that(songs: list[Multitrack]) -> None:
    damage(songs[1])
    results = wanted("mix")
    with pytest.raises(InputError, match=r"song1: .*bass\.wav"):
        list(evaluate(songs, results, list(results.systems), 1, skip=False))
    assert results.rows == []  # known from its header, before the first song is measured


def test_a_track_that_was_mended_is_measured_the_next_time(songs: list[Multitrack]) -> None:
    path = songs[1].stems["bass"].path
    whole = path.read_bytes()
    damage(songs[1])
    results = wanted("mix")
    list(evaluate(songs, results, list(results.systems), 1, skip=True))
    path.write_bytes(whole)
    assert [m.song for m in evaluate(songs, results, list(results.systems), 1, skip=True)] == [
        "song1"
    ]
    assert results.failed == {}


def test_a_silent_song_is_refused(songs: list[Multitrack]) -> None:
    for file in songs[0].stems.values():
        soundfile.write(file.path, np.zeros((4_000, 2)), RATE)
    with pytest.raises(InputError, match="song0 is silent"):
        measure_song(songs[0], ["mix"], "v3")


def test_silent_stems_are_told(songs: list[Multitrack]) -> None:
    measured = measure_song(songs[0], ["mix"], "v3")
    assert measured.silent == ("drums",)
    assert set(measured.rows[0].scores) == {"vocals", "bass", "other"}


def test_v4_is_stereo_with_spatial_ratios(songs: list[Multitrack]) -> None:
    measured = measure_song(songs[0], ["mix"], "v4")
    assert load(songs[0], mono=False).stems.shape[1] == 2
    assert all(score.isr is not None for score in measured.rows[0].scores.values())
