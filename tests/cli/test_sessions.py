"""`remixer remix --session`: the session's song, or an error of one line where it is another."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from remixer.audio.reader import open_audio
from remixer.mixing.strips import MixState
from remixer.session.locate import geometry_of
from remixer.session.saved import NamedRegion, SavedMix
from remixer.session.savefile import save_mix
from remixer.session.separation_link import stamp_of
from tests.cli.conftest import Remixer
from tests.support import music, read_ints, write

RATE = 44_100


def song_at(path: Path, seed: int = 0) -> Path:
    return write(path, music(2, RATE // 2, RATE, seed), RATE, "PCM_16")


@pytest.fixture
def session(tmp_path: Path) -> Path:
    """With a song that belongs to it, and the vocals raised."""
    song = song_at(tmp_path / "song.wav")
    mix = MixState().with_strip("vocals", gain_db=6.0)
    with open_audio(song) as source:
        content, geometry = source.content_hash(), geometry_of(source)
    saved = SavedMix(song, geometry, mix, None, "bands", content, tuple(stamp_of(song)))
    saved = replace(saved, regions=(NamedRegion("Verse 2", 1_000, 9_000),))
    save_mix(tmp_path / "moves.remix", saved)
    return tmp_path / "moves.remix"


def test_a_session_is_exported(remixer: Remixer, session: Path, tmp_path: Path) -> None:
    done = remixer("remix", "--session", session, "-o", tmp_path / "out.wav")
    assert done.code == 0, done.err
    assert (read_ints(tmp_path / "out.wav") != read_ints(tmp_path / "song.wav")).any()


def test_a_song_that_was_only_touched_is_the_same(
    remixer: Remixer, session: Path, tmp_path: Path
) -> None:
    os.utime(tmp_path / "song.wav")
    done = remixer("remix", "--session", session, "-o", tmp_path / "out.wav")
    assert done.code == 0, done.err


def test_a_song_that_has_changed_is_refused(
    remixer: Remixer, session: Path, tmp_path: Path
) -> None:
    song_at(tmp_path / "song.wav", seed=1)
    done = remixer("remix", "--session", session, "-o", tmp_path / "out.wav")
    assert done.code == 1
    assert "other samples than moves.remix was made with" in " ".join(done.err.split())
    assert not (tmp_path / "out.wav").exists()


def test_a_song_that_is_gone_is_named(remixer: Remixer, session: Path, tmp_path: Path) -> None:
    (tmp_path / "song.wav").unlink()
    done = remixer("remix", "--session", session, "-o", tmp_path / "out.wav")
    assert done.code == 1
    assert "put it back" in " ".join(done.err.split())


def test_a_part_by_its_name(remixer: Remixer, session: Path, tmp_path: Path) -> None:
    command = ("remix", "--session", session, "-o", tmp_path / "out.wav", "--region")
    done = remixer(*command, "verse 2")
    assert done.code == 0, done.err
    assert read_ints(tmp_path / "out.wav").shape == (8_000, 2)
    done = remixer(*command, "chorus", "--overwrite")
    assert done.code in (1, 2)
    assert (
        "--region 'chorus' is no part of song.wav: use one of its parts ('Verse 2'), or START-STOP"
    ) in " ".join(done.err.split())


def test_a_session_in_place_of_a_recording_is_told(remixer: Remixer, session: Path) -> None:
    done = remixer("remix", session, "-o", "out.wav")
    assert done.code == 2
    assert f"give it as --session {session}" in " ".join(done.err.split())


def test_a_region_beyond_the_song_is_told_as_people_read_time(
    remixer: Remixer, session: Path
) -> None:
    session.write_text(session.read_text().replace("9000", "90000"))
    done = remixer("remix", "--session", session, "-o", "out.wav", "--region", "verse 2")
    assert done.code == 1
    assert (
        "the region 'Verse 2' goes from 0:00.023 to 0:02.041, and the song is 0:00.500 long"
    ) in " ".join(done.err.split())
