"""Where a session's song is looked for, and which of several is taken."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from remixer.audio.reader import open_audio
from remixer.errors import InputError
from remixer.mixing.strips import MixState
from remixer.session.locate import fitted, geometry_of, has_stamp, is_same, locate
from remixer.session.saved import Geometry, NamedRegion, SavedMix
from remixer.session.savefile import load_mix, read_mix, save_mix
from remixer.session.separation_link import stamp_of
from tests.support import music, write

RATE = 8_000


def song_at(path: Path, seconds: float = 0.5, seed: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return write(path, music(2, round(RATE * seconds), RATE, seed), RATE, "PCM_16")


def saved_of(song: Path) -> SavedMix:
    with open_audio(song) as source:
        content, geometry = source.content_hash(), geometry_of(source)
    stamp = tuple(stamp_of(song))
    return SavedMix(song, geometry, MixState(), None, "cnn1", content=content, stamp=stamp)


@pytest.fixture
def song(tmp_path: Path) -> Path:
    return song_at(tmp_path / "music" / "song.wav")


@pytest.fixture
def session(tmp_path: Path, song: Path) -> Path:
    target = tmp_path / "sessions" / "moves.remix"
    target.parent.mkdir()
    save_mix(target, saved_of(song))
    return target


def place(session: Path, *folders: Path) -> Path | None:
    found = locate(read_mix(session), session, folders)
    return found.song if found else None


def test_where_it_was(session: Path, song: Path) -> None:
    assert place(session) == song


def test_beside_the_session(session: Path, song: Path) -> None:
    moved = song.rename(session.parent / song.name)
    assert place(session) == moved


def test_in_a_folder_that_is_given(session: Path, song: Path, tmp_path: Path) -> None:
    moved = tmp_path / "archive" / song.name
    moved.parent.mkdir()
    song.rename(moved)
    assert place(session) is None
    assert place(session, tmp_path / "nowhere", moved.parent) == moved


def test_nowhere(session: Path, song: Path) -> None:
    song.unlink()
    assert place(session) is None
    with pytest.raises(InputError, match="put it back"):
        load_mix(session)


def test_another_song_of_the_same_name_beside_the_session_is_not_taken(
    session: Path, song: Path
) -> None:
    song_at(session.parent / song.name, 0.25)
    assert place(session) == song
    os.utime(song)  # the stamp is another, the geometry still tells
    assert place(session) == song
    song.unlink()
    assert place(session) == session.parent / song.name


def test_a_file_that_is_no_song_is_the_last_resort(session: Path, song: Path) -> None:
    (session.parent / song.name).write_text("notes")
    assert place(session) == song


def test_the_stamp_tells_only_with_the_content(session: Path, song: Path) -> None:
    saved = read_mix(session)
    assert has_stamp(saved, song)
    assert not has_stamp(replace(saved, content=""), song)
    song_at(song, seed=1)
    assert not has_stamp(saved, song)
    song.unlink()
    assert not has_stamp(saved, song)


def test_what_fits_a_shorter_mono_song() -> None:
    pan = MixState().with_strip("bass", gain_db=3.0, pan=0.5)
    regions = (NamedRegion("in", 0, 50), NamedRegion("out", 50, 101))
    stereo = Geometry(RATE, 2, 200)
    saved = SavedMix(Path("x.wav"), stereo, pan, (10, 150), "cnn1", "c", regions=regions)
    mono = fitted(saved, Geometry(RATE, 1, 100))
    assert mono.mix == MixState().with_strip("bass", gain_db=3.0)
    assert (mono.loop, mono.regions, mono.content) == (None, regions[:1], "")
    assert fitted(saved, stereo) == replace(saved, content="")


def test_content_is_of_the_samples(tmp_path: Path, song: Path) -> None:
    """A FLAC in place of the WAV is the same song."""
    samples = music(2, RATE // 2, RATE)
    as_flac = write(tmp_path / "song.flac", samples, RATE, "PCM_16", "FLAC")
    assert saved_of(as_flac).content == saved_of(song).content
    changed = write(tmp_path / "song.wav", np.roll(samples, 1), RATE, "PCM_16")
    assert saved_of(changed).content != saved_of(song).content


def test_a_song_is_the_same_by_its_samples(session: Path, song: Path) -> None:
    saved = read_mix(session)
    os.utime(song)
    with open_audio(song) as source:
        assert is_same(saved, source)
    song_at(song, seed=1)
    with open_audio(song) as source:
        assert not is_same(saved, source)
        assert is_same(replace(saved, content=""), source)  # nobody can tell
    song_at(song, 0.25)
    with open_audio(song) as source:
        assert not is_same(replace(saved, content=""), source)
