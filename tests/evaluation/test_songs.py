from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from remixer.audio.multitrack import Multitrack, StemFile
from remixer.dsp.signal import STEMS
from remixer.errors import InputError
from remixer.evaluation.songs import load
from tests.evaluation.conftest import RATE, write_song
from tests.support import write


@pytest.fixture
def song(tmp_path: Path) -> Multitrack:
    return write_song(tmp_path / "song")


def test_stems_in_order_and_the_mix_is_their_sum(song: Multitrack) -> None:
    track = load(song, mono=False)
    assert track.rate == RATE
    assert track.stems.shape == (4, 2, 12_000)
    for stem, samples in zip(STEMS, track.stems, strict=True):
        np.testing.assert_array_equal(samples.T, soundfile.read(song.stems[stem].path)[0])
    np.testing.assert_array_equal(track.mixture, track.stems.sum(axis=0))
    assert track.mix.length == 12_000
    assert track.silent == ()


def test_mono_is_the_mean_of_the_channels(song: Multitrack) -> None:
    both, one = load(song, mono=False), load(song, mono=True)
    np.testing.assert_allclose(one.stems, both.stems.mean(axis=1, keepdims=True), atol=1e-15)


def test_a_mixture_with_a_file_is_taken_from_it(song: Multitrack, tmp_path: Path) -> None:
    samples = 0.1 * np.sin(np.arange(12_000))[:, None]
    mixture = StemFile(write(tmp_path / "mixture.wav", samples, RATE, "PCM_24"))
    track = load(replace(song, mixture=mixture), mono=False)
    np.testing.assert_allclose(track.mixture, np.repeat(samples.T, 2, axis=0), atol=1e-6)


def test_an_absent_stem_is_silent(song: Multitrack) -> None:
    stems = {stem: file for stem, file in song.stems.items() if stem != "bass"}
    track = load(replace(song, stems=stems), mono=True)
    assert track.silent == ("bass",)
    assert not track.stems[1].any()


@pytest.mark.parametrize(("samples", "rate"), [(11_999, RATE), (12_000, RATE + 1)])
def test_stems_that_do_not_fit_are_named(song: Multitrack, samples: int, rate: int) -> None:
    path = song.stems["drums"].path
    soundfile.write(path, np.zeros((samples, 2)), rate)
    with pytest.raises(InputError, match=rf"drums\.wav has {samples} samples at {rate} Hz.*song"):
        load(song, mono=True)


def test_a_cut_file_is_named_with_its_song(song: Multitrack) -> None:
    path = song.stems["vocals"].path
    path.write_bytes(path.read_bytes()[:9_000])
    with pytest.raises(InputError, match=r"^song: .*vocals\.wav cannot be measured against"):
        load(song, mono=True)


def test_a_missing_file_is_named_with_its_song(song: Multitrack) -> None:
    song.stems["other"].path.unlink()
    with pytest.raises(InputError, match=r"^song: .*other\.wav"):
        load(song, mono=True)


def test_a_song_without_stems_is_refused() -> None:
    with pytest.raises(InputError, match="nothing has no stems"):
        load(Multitrack("nothing", "", {}), mono=True)
