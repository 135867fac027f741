"""Songs with files that cannot be used: known before packing, named, skipped whole or refused."""

import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile

from remixer.errors import InputError, OutputError
from remixer.training.corpus import find_sources
from remixer.training.pack import AUDIO, Pack, Source, build_pack
from remixer.training.sources import SLACK_S, Trouble, pack_size, settle, survey
from tests.training.test_datasets import put_stem_mp4, tones

RATE = 44_100


def put(path: Path, samples: int = 6_000, rate: int = RATE, channels: int = 2) -> Path:
    """Noise; the same each time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(1).uniform(-0.1, 0.1, (samples, channels))
    soundfile.write(path, noise, rate)
    return path


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Three songs of two stems; "b" is the one that tests break."""
    for song in "abc":
        for stem in ("bass", "vocals"):
            put(tmp_path / "data" / song / f"{stem}.wav")
    return tmp_path / "data"


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def cut_flac(path: Path) -> None:
    path.unlink()
    cut(put(path.with_suffix(".flac"), 60_000))
    put(path.parent / "bass.wav", 60_000)


def cut_mp4(path: Path) -> None:
    """Of a download that broke off: the index, which comes first, is whole."""
    path.unlink()
    cut(put_stem_mp4(path.with_suffix(".m4a"), tones(1.0)[:1], index_first=True))


def text(path: Path) -> None:
    path.write_text("la la la")


def empty(path: Path) -> None:
    path.write_bytes(b"")


def surround(path: Path) -> None:
    put(path, channels=6)


def shorter(path: Path) -> None:
    put(path, 6_000 - round(SLACK_S * RATE) - 1)


def other_rate(path: Path) -> None:
    put(path, 6_000, 48_000)


DAMAGE = [
    (cut, r"vocals\.wav cannot be used: .*truncated"),
    (cut_flac, r"vocals\.flac cannot be used: it ends before the 1\.361 s"),
    (cut_mp4, r"vocals\.m4a cannot be used: it is truncated inside its sound"),
    (text, r"vocals\.wav cannot be used: .*is not audio"),
    (empty, r"vocals\.wav cannot be used: .*empty"),
    (surround, r"vocals\.wav cannot be used: .*6 channels"),
    (shorter, r"vocals\.wav has 1589 samples at 44100 Hz where the bass of its song has 6000"),
    (other_rate, r"vocals\.wav has 6000 samples at 48000 Hz where the bass of its song"),
]


@pytest.mark.parametrize(
    ("damage", "why"), DAMAGE, ids=lambda value: getattr(value, "__name__", "")
)
def test_what_is_wrong_is_named_before_packing(
    data: Path, tmp_path: Path, damage: Callable[[Path], None], why: str
) -> None:
    damage(data / "b" / "vocals.wav")
    sources = find_sources(data, frozenset({"a"}))
    with pytest.raises(InputError, match=f"^b: .*{why}"):
        next(build_pack(sources, tmp_path / "pack", RATE, 2))
    assert not (tmp_path / "pack").exists()
    told: list[Trouble] = []
    clips = list(build_pack(sources, tmp_path / "pack", RATE, 2, "skip", told.append))
    assert [t.song for t in told] == ["b"]
    assert {clip.song for clip in clips} == {"a", "c"}
    pack = Pack(tmp_path / "pack")
    assert pack.skipped == {"b": told[0].why}
    assert pack.holds(sources)  # what was skipped does not keep a run from going on


def test_a_small_difference_in_length_is_no_mistake(data: Path) -> None:
    put(data / "b" / "vocals.wav", 6_000 - round(SLACK_S * RATE))
    assert survey(find_sources(data), RATE, 2).troubles == ()


def test_what_only_decoding_shows_takes_the_whole_song_out(data: Path, tmp_path: Path) -> None:
    for song, level in (("b", 1.7), ("c", 0.2)):
        soundfile.write(data / song / "vocals.wav", np.full((6_000, 2), level), RATE, "FLOAT")
    sources = find_sources(data)
    told: list[Trouble] = []
    given = list(build_pack(sources, tmp_path / "pack", RATE, 2, "skip", told.append))
    assert "b" in {clip.song for clip in given}  # its bass was given before its vocals were seen
    assert [(t.song, "peaks at 1.70" in t.why) for t in told] == [("b", True)]
    pack = Pack(tmp_path / "pack")
    assert [(c.song, c.stem) for c in pack.clips] == [
        ("a", "bass"),
        ("a", "vocals"),
        ("c", "bass"),
        ("c", "vocals"),
    ]
    assert pack.read(pack.clips[3], 0, 6_000) == pytest.approx(0.2, abs=1e-4)
    assert pack.holds(sources)
    assert not pack.holds([s for s in sources if s.song != "c"])


def test_a_pack_is_not_touched_when_its_songs_have_trouble(data: Path, tmp_path: Path) -> None:
    list(build_pack(find_sources(data), tmp_path, RATE, 2))
    before = (tmp_path / AUDIO).read_bytes()
    text(data / "b" / "vocals.wav")
    with pytest.raises(InputError, match=r"--on-error skip"):
        next(build_pack(find_sources(data), tmp_path, RATE, 2))
    assert (tmp_path / AUDIO).read_bytes() == before
    assert len(Pack(tmp_path).clips) == 6


def test_several_songs_with_trouble_are_told_at_once(data: Path) -> None:
    text(data / "a" / "bass.wav")
    text(data / "c" / "bass.wav")
    with pytest.raises(InputError, match=r"^a: .*bass.*\(1 more cannot be used: c\)"):
        settle(survey(find_sources(data), RATE, 2))


def test_when_no_song_is_left_that_is_an_error(data: Path, tmp_path: Path) -> None:
    for song in "abc":
        text(data / song / "bass.wav")
    with pytest.raises(InputError, match="no song is left"):
        next(build_pack(find_sources(data), tmp_path / "pack", RATE, 2, "skip"))


def test_a_track_that_a_file_lacks_is_named(tmp_path: Path) -> None:
    put_stem_mp4(tmp_path / "train" / "A - B.stem.mp4", tones(0.1)[:3])
    put_stem_mp4(tmp_path / "train" / "C - D.stem.mp4", tones(0.1))
    put_stem_mp4(tmp_path / "train" / "E - F.stem.mp4", tones(0.1))
    sources = find_sources(tmp_path)
    (trouble,) = survey(sources, RATE, 2).troubles
    assert trouble.song == "A - B"
    assert "track 3) cannot be used: A - B.stem.mp4 has 3 sound tracks" in trouble.why


@pytest.mark.parametrize(("rate", "channels"), [(RATE, 2), (22_050, 1), (16_000, 1)])
def test_the_size_told_beforehand_is_the_size(
    data: Path, tmp_path: Path, rate: int, channels: int
) -> None:
    put(data / "b" / "bass.wav", 7_001, 48_000, 1)
    put(data / "b" / "vocals.wav", 7_001, 48_000)
    sources = find_sources(data)
    told = pack_size(sources, rate, channels)
    list(build_pack(sources, tmp_path, rate, channels))
    assert (tmp_path / AUDIO).stat().st_size == told
    text(data / "b" / "vocals.wav")
    assert 0 < pack_size(sources, rate, channels, "skip") < told


def test_too_little_room_is_told_beforehand(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _place: SimpleNamespace(free=1_000))
    run = tmp_path / "run" / "pack"
    with pytest.raises(OutputError, match=r"take 0\.1 MB in .*run/pack, where 0\.0 MB are free"):
        next(build_pack(find_sources(data), run, RATE, 2))
    assert not run.exists()


def test_a_disk_that_fills_up_is_an_error_of_one_line(data: Path) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("needs /dev/full")
    run = data.parent / "run"
    run.mkdir()
    (run / AUDIO).symlink_to(full)
    with pytest.raises(OutputError, match="cannot be written: No space left on device"):
        list(build_pack(find_sources(data), run, RATE, 2))


def test_clips_that_stand_alone_are_skipped_alone(tmp_path: Path) -> None:
    good, bad = put(tmp_path / "x.wav"), tmp_path / "y.wav"
    text(bad)
    sources = [Source(p, f"vocals/{p.stem}", "vocals", "train") for p in (good, bad)]
    list(build_pack(sources, tmp_path / "pack", RATE, 1, "skip"))
    pack = Pack(tmp_path / "pack")
    assert [clip.song for clip in pack.clips] == ["vocals/x"]
    assert list(pack.skipped) == ["vocals/y"]
