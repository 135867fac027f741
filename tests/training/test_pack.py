"""The pack: what is read is what was recorded; what is damaged does not open."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from remixer.errors import InputError
from remixer.training.corpus import find_sources
from remixer.training.pack import AUDIO, INDEX, ActiveLevel, Pack, Source, build_pack


def written(path: Path, samples: np.ndarray, rate: int = 44_100) -> Source:
    soundfile.write(path, samples, rate, subtype="FLOAT")
    return Source(path, path.stem, "vocals", "train")


def packed(folder: Path, *sources: Source, rate: int = 44_100, channels: int = 2) -> Pack:
    list(build_pack(sources, folder, rate, channels))
    return Pack(folder)


def test_clips_are_the_files_samples(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    stereo = np.rint(rng.uniform(-0.5, 0.5, (50_000, 2)) * 32768) / 32768
    mono = np.rint(rng.uniform(-0.5, 0.5, 30_000) * 32768) / 32768
    pack = packed(
        tmp_path / "pack",
        written(tmp_path / "stereo.wav", stereo),
        written(tmp_path / "mono.wav", mono),
    )
    first, second = pack.clips
    assert np.array_equal(pack.read(first, 1_000, 5_000), stereo[1_000:6_000].T)
    assert np.array_equal(pack.read(second, 0, 30_000), np.stack([mono, mono]))
    # Outside a clip there is silence, not its neighbour.
    assert not pack.read(first, 50_000, 100).any()
    assert not pack.read(second, -50, 50).any()
    assert np.array_equal(pack.read(second, -50, 60)[:, 50:], np.stack([mono[:10]] * 2))
    assert pack.seconds("train")["vocals"] == pytest.approx(80_000 / 44_100)


def test_one_channel_is_the_mean(tmp_path: Path) -> None:
    samples = np.full((1_000, 2), [0.5, -0.25])
    pack = packed(tmp_path / "pack", written(tmp_path / "a.wav", samples), channels=1)
    assert pack.read(pack.clips[0], 0, 1_000).shape == (1, 1_000)
    assert np.abs(pack.read(pack.clips[0], 0, 1_000) - 0.125).max() < 1e-4


def test_other_rates_are_converted(tmp_path: Path) -> None:
    time = np.arange(48_000) / 48_000
    source = written(tmp_path / "a.wav", 0.5 * np.sin(2 * np.pi * 441 * time), 48_000)
    pack = packed(tmp_path / "pack", source)
    expected = 0.5 * np.sin(2 * np.pi * 441 * np.arange(44_100) / 44_100)
    assert pack.clips[0].length == 44_100
    heard = pack.read(pack.clips[0], 0, 44_100)[0]
    assert np.abs(heard - expected)[500:-500].max() < 1e-3


def test_the_level_is_of_what_sounds(tmp_path: Path) -> None:
    samples = np.zeros(44_100)
    samples[:22_050] = 0.2
    pack = packed(tmp_path / "pack", written(tmp_path / "a.wav", samples))
    assert pack.clips[0].level == pytest.approx(0.2, rel=1e-3)


def test_silence_has_no_level() -> None:
    level = ActiveLevel(44_100)
    level.add(np.zeros(10_000))
    assert level.level == 0


def test_stems_that_cannot_be_are_named(tmp_path: Path) -> None:
    loud = written(tmp_path / "loud.wav", np.full(1_000, 1.6))
    with pytest.raises(InputError, match=r"loud\.wav cannot be packed: it peaks at 1\.60"):
        packed(tmp_path / "pack", loud)
    (tmp_path / "text.wav").write_text("no sound")
    with pytest.raises(InputError, match=r"s: .*text\.wav cannot be used"):
        packed(tmp_path / "pack", Source(tmp_path / "text.wav", "s", "bass", "train"))
    with pytest.raises(InputError, match="holds no whole pack"):
        Pack(tmp_path / "pack")


def test_past_full_scale_is_clipped(tmp_path: Path) -> None:
    pack = packed(tmp_path / "pack", written(tmp_path / "a.wav", np.full(1_000, 1.2)))
    assert pack.read(pack.clips[0], 0, 1_000).max() == 32767 / 32768


def test_a_pack_cut_short_does_not_open(tmp_path: Path) -> None:
    packed(tmp_path, written(tmp_path / "a.wav", np.zeros(1_000)))
    (tmp_path / AUDIO).write_bytes(b"\0" * 400)
    with pytest.raises(InputError, match="holds 100 samples where its index has 1000"):
        Pack(tmp_path)
    index = json.loads((tmp_path / INDEX).read_text())
    del index["channels"]
    (tmp_path / INDEX).write_text(json.dumps(index))
    with pytest.raises(InputError, match="holds no whole pack"):
        Pack(tmp_path)


def test_a_pack_knows_what_it_holds(songs: Path, tmp_path: Path) -> None:
    sources = find_sources(songs)
    pack = packed(tmp_path / "pack", *sources, rate=8_000, channels=1)
    assert pack.holds(sources)
    assert not pack.holds(sources[1:])
    assert not pack.holds(find_sources(songs, frozenset({"song2"})))
