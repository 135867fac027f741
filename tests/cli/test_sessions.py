"""`remixer remix --session`: the session's song, or an error of one line where it is another."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from remixer.audio.reader import open_audio
from remixer.mixing.strips import MixState
from remixer.separation.catalogue import find_model
from remixer.session.locate import geometry_of, is_same
from remixer.session.saved import NamedRegion, SavedMix
from remixer.session.savefile import load_mix, save_mix
from remixer.session.separation_link import stamp_of
from tests.cli.conftest import Remixer
from tests.support import music, read_ints, tree, write

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


MOVES = {"strips": {"vocals": {"gain_db": 3}, "bass": {"treatment": {"compressor": {"ratio": 4}}}}}


def test_moves_are_saved_as_a_session_that_sounds_the_same(
    remixer: Remixer, tmp_path: Path
) -> None:
    song_at(tmp_path / "song.wav")
    (tmp_path / "moves.json").write_text(json.dumps(MOVES))
    command = ("remix", "song.wav", "--mix", "moves.json", "--gain", "drums=-2", "--model", "bands")
    saved = remixer(*command, "--save-session", "kept/song.remix", "--json")
    assert saved.code == 0, saved.err
    assert saved.result["files"] == [{"file": "song.wav", "ok": True, "session": "kept/song.remix"}]
    assert sorted(tree(tmp_path)) == ["kept", "kept/song.remix", "moves.json", "song.wav"]
    with open_audio(tmp_path / "song.wav") as source:
        found = load_mix(tmp_path / "kept" / "song.remix")
        assert is_same(found, source)
        assert found.content == source.content_hash()
    assert (found.model, found.fingerprint) == ("bands", find_model("bands").fingerprint)
    assert remixer(*command, "-o", "direct.wav").code == 0
    assert remixer("remix", "--session", "kept/song.remix", "-o", "session.wav").code == 0
    direct, by_session = read_ints(tmp_path / "direct.wav"), read_ints(tmp_path / "session.wav")
    assert (direct == by_session).all()
    assert (direct != read_ints(tmp_path / "song.wav")).any()


def test_a_remix_and_its_session_at_once(remixer: Remixer, tmp_path: Path) -> None:
    song_at(tmp_path / "song.wav")
    command = ("remix", "song.wav", "--gain", "bass=1", "--save-session", "s.remix", "-o")
    assert remixer(*command, "a.wav").out.splitlines()[-1] == "  s.remix"
    before = tree(tmp_path)
    again = remixer(*command, "b.wav")
    assert again.code == 1
    assert again.err == "error: s.remix exists: choose another name, or give --overwrite\n"
    assert tree(tmp_path) == before


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["song.wav", "--save-session", "s.json"], "a name that ends in .remix"),
        (["song.wav", "b.wav", "--save-session", "s.remix"], "is for one song, here are 2"),
        (["--session", "s.remix", "--save-session", "t.remix"], "--session has its song"),
    ],
)
def test_sessions_that_cannot_be_saved(
    remixer: Remixer, tmp_path: Path, options: list[str], message: str
) -> None:
    for name in ("song.wav", "b.wav"):
        song_at(tmp_path / name)
    before = tree(tmp_path)
    outcome = remixer("remix", *options)
    assert outcome.code in (1, 2)
    assert message in " ".join(outcome.err.split())
    assert tree(tmp_path) == before
