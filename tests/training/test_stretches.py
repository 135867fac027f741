"""Examples for the U-Net, and the loss that judges them."""

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import torch
from torch import Tensor, nn

from remixer.dsp.stft import Stft
from remixer.errors import InputError
from remixer.training.corpus import find_sources
from remixer.training.losses import SpectralLoss
from remixer.training.pack import Clip, Pack, Source, build_pack
from remixer.training.stretches import (
    SongStretches,
    Stretches,
    StretchRecipe,
    joined,
    played,
    stretch_length,
    stretch_spectra,
    targets,
)

STFT, BINS = Stft(4096, 1024), 1024
STEMS = ("vocals", "bass", "drums", "other")
PLAIN: dict[str, Any] = {
    "batch": 1,
    "frames": 8,
    "coherent": 1.0,
    "song_gain_db": (0.0, 0.0),
    "mix_gain_db": (0.0, 0.0),
    "mono": 0.0,
    "tone_db": 0.0,
    "faster": 0.0,
}


@pytest.fixture(scope="module")
def pack(songs: Path, tmp_path_factory: pytest.TempPathFactory) -> Pack:
    folder = tmp_path_factory.mktemp("pack")
    list(build_pack(find_sources(songs), folder, 44_100, 2))
    return Pack(folder)


def stretches(pack: Pack, **values: Any) -> Stretches:
    return Stretches(pack, STFT, STEMS, BINS, StretchRecipe(**{**PLAIN, **values}))


class Clicks:
    """A pack whose clips are all the same audio."""

    channels = 2

    def __init__(self, audio: np.ndarray) -> None:
        self.audio = audio

    def read(self, _clip: Clip, start: int, count: int) -> np.ndarray:
        whole = np.pad(self.audio, ((0, 0), (0, start + count)))
        return whole[:, start : start + count].copy()


class Masks(nn.Module):
    """A network that knows the answer. masks: (batch, stems, channels, bins, frames)."""

    def __init__(self, masks: Tensor) -> None:
        super().__init__()
        self.masks = masks

    def forward(self, _seen: Tensor) -> Tensor:
        return self.masks


def tensors(batch: tuple[np.ndarray, ...]) -> tuple[Tensor, ...]:
    return tuple(torch.from_numpy(array) for array in batch)


def test_shapes_and_types(pack: Pack) -> None:
    mix, parts, levels, joint = stretches(pack, batch=3).draw(np.random.default_rng(1))
    assert mix.shape == (3, 2, BINS, 8)
    assert parts.shape == levels.shape == (3, 4, 2, BINS, 8)
    assert joint.shape == (3, 4)
    assert [a.dtype for a in (mix, parts, levels, joint)] == ["float32"] * 3 + ["bool"]


def test_the_parts_in_phase_add_up_to_the_mix(pack: Pack) -> None:
    for values in ({}, {"coherent": 0.0}, {"mono": 1.0, "tone_db": 6.0, "faster": 1.0}):
        mix, parts, levels, _ = stretches(pack, **values).draw(np.random.default_rng(2))
        assert mix.max() > 0
        assert np.abs(parts.sum(axis=1) - mix).max() < 1e-5 * mix.max()
        assert np.all(np.abs(parts) <= levels + 1e-6)


def test_the_same_state_draws_the_same_batch(pack: Pack) -> None:
    source = stretches(pack, coherent=0.5, mono=0.5, faster=0.5, tone_db=4.0)
    one, same, other = (source.draw(np.random.default_rng(seed)) for seed in (3, 3, 4))
    assert all(np.array_equal(a, b) for a, b in zip(one, same, strict=True))
    assert not np.array_equal(one[0], other[0])


def test_validation_songs_are_never_drawn(pack: Pack) -> None:
    source = stretches(pack)
    held = {c.song for c in pack.clips if c.split == "valid"}
    assert held == {"song0"}
    drawn = {c.song for song in source._songs for c in song.values()}
    assert drawn == {f"song{n}" for n in range(1, 5)}
    assert not any(c.song in held for pool in source._pools for c in [*pool.songs, *pool.alone])


def test_a_coherent_example_is_the_song_at_one_moment(pack: Pack) -> None:
    """Drawn from a song of clicks, whose stems click together."""
    length = stretch_length(STFT, 8)
    source = stretches(pack)
    audio = np.zeros((2, 120_000), np.float32)
    audio[:, ::3_000] = 0.5
    source.pack = Clicks(audio)
    for seed in range(4):
        mix, _, levels, _ = source.draw(np.random.default_rng(seed))
        heard = [i for i in range(4) if levels[0, i].any()]
        assert len(heard) >= 3
        assert all(np.array_equal(levels[0, i], levels[0, heard[0]]) for i in heard)
        assert np.abs(mix - len(heard) * levels[:, heard[0]]).max() < 1e-4
    assert length < 120_000


def test_an_absent_stem_is_silence(pack: Pack) -> None:
    source = stretches(pack)
    source._songs = [song for song in source._songs if "vocals" not in song]
    _, parts, levels, _ = source.draw(np.random.default_rng(1))
    assert not levels[:, 0].any()
    assert not parts[:, 0].any()
    assert levels[:, 1:].max(axis=(0, 2, 3, 4)).min() > 0


def test_mono_examples_have_the_same_in_both_channels(pack: Pack) -> None:
    for coherent in (0.0, 1.0):
        mix, *_ = stretches(pack, mono=1.0, coherent=coherent).draw(np.random.default_rng(5))
        assert np.abs(mix[:, 0] - mix[:, 1]).max() < 1e-5 * mix.max()


@pytest.mark.parametrize("speed", [0.85, 0.97, 1.0, 1.13])
def test_faster_clips_are_higher(tmp_path: Path, speed: float) -> None:
    time = np.arange(400_000) / 44_100
    soundfile.write(tmp_path / "a.wav", 0.5 * np.sin(2 * np.pi * 1_000 * time), 44_100)
    list(build_pack([Source(tmp_path / "a.wav", "a", "bass", "train")], tmp_path, 44_100, 2))
    pack = Pack(tmp_path)
    heard = played(pack, pack.clips[0], 5_000, 260_000, speed)
    assert heard.shape == (2, 260_000)
    peak = np.argmax(np.abs(np.fft.rfft(heard[0] * np.hanning(260_000)))) * 44_100 / 260_000
    assert peak == pytest.approx(1_000 * speed, rel=0.02)
    assert np.abs(heard[0, 2_000:-2_000]).max() == pytest.approx(0.5, rel=0.02)


def test_validation_is_the_songs_as_they_were_mixed(pack: Pack) -> None:
    valid = SongStretches(pack, STFT, STEMS, BINS, 8, 0.5)
    batches = list(valid)
    assert len(batches) == 5  # 2.5 s less 0.26 s, every half second
    assert all(np.array_equal(a[0], b[0]) for a, b in zip(batches, valid, strict=True))
    song = {c.stem: c for c in pack.clips if c.song == "song0"}
    length = stretch_length(STFT, 8)
    audio = sum(pack.read(clip, 22_050, length) for clip in song.values())
    seen = np.abs(stretch_spectra(audio, STFT, BINS)) / (STFT.window / 4)
    assert np.abs(batches[1][0][0] - seen).max() < 1e-5


def test_songs_shorter_than_a_stretch_cannot_validate(pack: Pack) -> None:
    with pytest.raises(InputError, match="no song with two stems or more that lasts"):
        SongStretches(pack, STFT, STEMS, BINS, 4096, 1.0)


def test_the_best_masks_have_a_smaller_loss_than_any_other(pack: Pack) -> None:
    mix, parts, levels, joint = tensors(stretches(pack).draw(np.random.default_rng(1)))
    loss = SpectralLoss()
    best = (parts / mix[:, None].clamp_min(1e-9)).clamp(0, 1)
    others = [torch.full_like(best, 0.25), (best + 0.1).clamp(0, 1), best.flip(1)]
    least = float(loss(Masks(best), (mix, parts, levels, joint)))
    assert all(float(loss(Masks(m), (mix, parts, levels, joint))) > 1.2 * least for m in others)


def test_the_loss_hardly_depends_on_the_level(pack: Pack) -> None:
    mix, parts, levels, joint = tensors(stretches(pack).draw(np.random.default_rng(1)))
    masks = Masks(torch.full_like(parts, 0.25))
    loud, quiet = (
        float(SpectralLoss()(masks, (g * mix, g * parts, g * levels, joint))) for g in (1.0, 0.1)
    )
    assert quiet == pytest.approx(loud, rel=0.15)


def test_bass_and_other_that_nobody_told_apart_are_judged_by_their_sum() -> None:
    rng = np.random.default_rng(1)
    spectra = (rng.standard_normal((4, 2, 16, 8)) + 1j).astype(np.complex64)
    spectra[1] = 0  # the song's other holds its bass
    loss = SpectralLoss()

    def judged(bass: float, joint: bool) -> float:
        alike = np.array([False, joint, False, joint])
        batch = tuple(torch.from_numpy(a[np.newaxis]) for a in targets(spectra, alike, STFT))
        masks = torch.full((1, 4, 2, 16, 8), 0.25)
        masks[:, 1], masks[:, 3] = bass, 0.5 - bass
        return float(loss(Masks(masks), batch))

    assert judged(0.5, True) == pytest.approx(judged(0.0, True), rel=1e-6)
    assert judged(0.5, False) > 1.05 * judged(0.0, False)


def test_silence_has_a_finite_loss() -> None:
    batch = tuple(
        torch.from_numpy(a[np.newaxis])
        for a in targets(np.zeros((4, 2, 16, 8), np.complex64), np.zeros(4, bool), STFT)
    )
    masks = torch.full((1, 4, 2, 16, 8), 0.25, requires_grad=True)
    value = SpectralLoss()(Masks(masks), batch)
    value.backward()
    assert torch.isfinite(value)
    assert torch.isfinite(masks.grad).all()


def test_mixed_clips_make_joint_examples(pack: Pack) -> None:
    source = stretches(pack)
    flagged = [
        {s: Clip(**{**vars(c), "mixed": s == "other"}) for s, c in song.items()}
        for song in source._songs
    ]
    source._songs = flagged
    joint = source.draw(np.random.default_rng(1))[3]
    assert np.array_equal(joint, np.tile([False, True, False, True], (len(joint), 1)))


def test_songs_that_a_model_told_apart_are_heard_as_they_are(pack: Pack) -> None:
    whole = copy.copy(pack)
    whole.clips = [Clip(**{**vars(c), "estimated": c.song == "song3"}) for c in pack.clips]
    source = stretches(whole, song_gain_db=(-6.0, -3.0))
    assert not any(c.estimated for pool in source._pools for c in [*pool.songs, *pool.alone])
    source._songs = [s for s in source._songs if s["bass"].song == "song3"]
    mix, _, _, joint = source.draw(np.random.default_rng(1))
    assert np.array_equal(joint, np.tile([False, True, True, True], (len(joint), 1)))

    true = stretches(pack)
    true._songs = [s for s in true._songs if s["bass"].song == "song3"]
    same, _, _, told = true.draw(np.random.default_rng(1))
    assert not told.any()
    assert np.array_equal(mix, same)


def test_a_recipe_may_trust_more_of_what_a_model_told_apart(pack: Pack) -> None:
    whole = copy.copy(pack)
    whole.clips = [Clip(**{**vars(c), "estimated": True}) for c in pack.clips]
    clips = [c for c in whole.clips if c.song == "song3"]
    assert not joined(STEMS, clips, STEMS).any()
    assert joined(STEMS, clips, ("vocals", "bass")).tolist() == [False, False, True, True]
