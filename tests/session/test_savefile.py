import json
import math
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remixer.dsp.signal import STEMS
from remixer.errors import InputError, OutputError
from remixer.mixing.strips import MixState, Strip
from remixer.session.migrations import VERSION
from remixer.session.saved import Geometry, NamedRegion, SavedMix, View
from remixer.session.savefile import load_mix, note_song, save_mix
from tests.support import small_disk

NEUTRAL = MixState()
GEOMETRY = Geometry(44_100, 2, 100_000)
LEVELS = st.floats(-60, 24).map(lambda x: round(x, 3)) | st.just(-math.inf)
STRIPS = st.builds(
    Strip, gain_db=LEVELS, mute=st.booleans(), solo=st.booleans(), pan=st.floats(-1, 1)
)


@pytest.fixture
def song(tmp_path: Path) -> Path:
    path = tmp_path / "music" / "söng.wav"
    path.parent.mkdir()
    path.write_bytes(b"anything: only its place is looked at")
    return path


V1 = Path(__file__).with_name("files") / "v1.remix"
"""Saved by the Remixer that had format 1."""


def saved_mix(song: Path, mix: MixState = NEUTRAL) -> SavedMix:
    return SavedMix(
        song,
        GEOMETRY,
        mix,
        (10, 5_000),
        "cnn1",
        content="c0ffee",
        stamp=(37, 1_234_567_890_123_456_789),
        fingerprint="2:abc",
        regions=(NamedRegion("second verse", 70_000, 100_000),),
        view=View(0.5, 1.25, "masks", "linear"),
    )


@given(st.tuples(*[STRIPS] * 4), LEVELS)
def test_what_is_saved_comes_back(
    tmp_path_factory: pytest.TempPathFactory, strips: tuple[Strip, ...], master_db: float
) -> None:
    folder = tmp_path_factory.mktemp("saved")
    song = folder / "song.flac"
    song.touch()
    saved = saved_mix(song, MixState(strips, master_db))
    save_mix(folder / "moves.remix", saved)
    assert load_mix(folder / "moves.remix") == saved


def test_song_and_moves_may_travel_together(song: Path, tmp_path: Path) -> None:
    save_mix(song.parent / "moves.remix", saved_mix(song))
    moved = song.parent.rename(tmp_path / "elsewhere")
    assert load_mix(moved / "moves.remix").song == moved / song.name


def test_moves_alone_may_travel(song: Path, tmp_path: Path) -> None:
    save_mix(song.parent / "moves.remix", saved_mix(song))
    away = tmp_path / "away"
    away.mkdir()
    (song.parent / "moves.remix").rename(away / "moves.remix")
    assert load_mix(away / "moves.remix").song == song


def test_a_song_that_is_gone_is_named(song: Path) -> None:
    save_mix(song.parent / "moves.remix", saved_mix(song))
    song.unlink()
    with pytest.raises(InputError, match=r"söng\.wav.* put it back"):
        load_mix(song.parent / "moves.remix")


def test_a_newer_format_says_so(song: Path) -> None:
    target = song.parent / "moves.remix"
    save_mix(target, saved_mix(song))
    values = json.loads(target.read_text())
    target.write_text(json.dumps({**values, "remixer": VERSION + 1}))
    with pytest.raises(InputError, match=r"newer Remixer.*update"):
        load_mix(target)


def damaged(values: dict[str, Any], where: list[str], value: Any) -> dict[str, Any]:
    inner = values
    for key in where[:-1]:
        inner = inner[key]
    inner[where[-1]] = value
    return values


@pytest.mark.parametrize(
    ("where", "value"),
    [
        (["mix"], None),
        (["mix", "strips"], []),
        (["mix", "strips", "vocals", "gain_db"], "loud"),
        (["mix", "strips", "vocals", "gain_db"], 99),
        (["mix", "strips", "bass", "pan"], 2),
        (["mix", "master_db"], "nan"),
        (["loop"], [5, 5]),
        (["loop"], [0, 100_001]),
        (["loop"], "all"),
        (["song"], "song.wav"),
        (["song", "rate"], "fast"),
        (["song", "length"], 0),
        (["song", "stamp"], ["then"]),
        (["song", "content"], None),
        (["model"], "cnn1"),
        (["regions"], [{"name": "x", "start": 5}]),
        (["regions"], [{"name": 3, "start": 5, "stop": 6}]),
        (["regions"], [{"name": "x", "start": 5, "stop": 100_001}]),
        (["view"], {"start_s": 1.0, "stop_s": 1.0, "mode": "masks", "scale": "log"}),
        (["remixer"], 0),
    ],
)
def test_damage_is_an_error_of_one_line(song: Path, where: list[str], value: Any) -> None:
    target = song.parent / "moves.remix"
    save_mix(target, saved_mix(song))
    target.write_text(json.dumps(damaged(json.loads(target.read_text()), where, value)))
    with pytest.raises(InputError, match=r"moves\.remix is damaged") as caught:
        load_mix(target)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "{", "[]", '"x"', "{}", "[" * 100_000, '{"remixer": "1"}'])
def test_what_is_no_remixer_file(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.remix").write_text(text)
    with pytest.raises(InputError, match="no Remixer file"):
        load_mix(tmp_path / "x.remix")


def test_a_huge_or_missing_file(tmp_path: Path) -> None:
    (tmp_path / "huge.remix").write_bytes(b" " * (1 << 20) + b"{}")
    with pytest.raises(InputError, match="larger than 1 MB"):
        load_mix(tmp_path / "huge.remix")
    with pytest.raises(InputError, match="cannot be read"):
        load_mix(tmp_path / "missing.remix")


def test_a_failed_save_leaves_the_old_file(song: Path) -> None:
    target = song.parent / "moves.remix"
    save_mix(target, saved_mix(song))
    before = target.read_bytes()
    with pytest.raises(OutputError):
        save_mix(song.parent / "missing" / "moves.remix", saved_mix(song))
    assert target.read_bytes() == before
    assert sorted(p.name for p in song.parent.iterdir()) == ["moves.remix", "söng.wav"]


def test_every_stem_has_its_name_in_the_file(song: Path) -> None:
    save_mix(song.parent / "moves.remix", saved_mix(song))
    values = json.loads((song.parent / "moves.remix").read_text())
    assert tuple(values["mix"]["strips"]) == STEMS


def test_a_file_of_the_first_format_opens(song: Path) -> None:
    old = song.parent / "v1.remix"
    old.write_bytes(V1.read_bytes())
    song.rename(song.parent / "song.wav")
    strips = (
        Strip(1.5, pan=-0.25),
        Strip(-3.0, mute=True),
        Strip(-math.inf),
        Strip(0.125, solo=True, pan=1.0),
    )
    place, geometry = song.parent / "song.wav", Geometry(44_100, 2, 9_001)
    expected = SavedMix(place, geometry, MixState(strips, -1.0), (1_000, 5_000), "bands")
    assert load_mix(old) == expected
    save_mix(old, load_mix(old))
    assert json.loads(old.read_text())["remixer"] == VERSION
    assert load_mix(old) == expected


def test_keys_of_nobody_are_ignored(song: Path) -> None:
    target = song.parent / "moves.remix"
    save_mix(target, saved_mix(song))
    values = json.loads(target.read_text())
    values["song"]["artist"] = values["mix"]["colour"] = values["later"] = "unknown"
    target.write_text(json.dumps(values))
    assert load_mix(target) == saved_mix(song)


def test_the_song_is_noted_and_all_else_stays(song: Path, tmp_path: Path) -> None:
    target = song.parent / "moves.remix"
    saved = replace(saved_mix(song), content="", stamp=())
    save_mix(target, saved)
    note_song(target, song, "beef", [1, 2])
    assert load_mix(target) == replace(saved, content="beef", stamp=(1, 2))
    elsewhere = song.rename(tmp_path / "moved.wav")
    note_song(target, elsewhere, "", [1, 3])
    assert load_mix(target) == replace(saved, song=elsewhere, content="beef", stamp=(1, 3))


def test_noting_what_is_known_writes_nothing(song: Path) -> None:
    target = song.parent / "moves.remix"
    saved = saved_mix(song)
    save_mix(target, saved)
    before = target.stat().st_ino
    note_song(target, song, saved.content, saved.stamp)
    assert target.stat().st_ino == before


def test_a_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "size=64k") as disk:
        song, target = disk / "song.wav", disk / "moves.remix"
        song.touch()
        save_mix(target, saved_mix(song))
        with suppress(OSError), (disk / "filler").open("wb", 0) as filler:
            while True:
                filler.write(bytes(4096))
        with pytest.raises(OutputError, match="could not be written"):
            save_mix(target, saved_mix(song, NEUTRAL.with_strip("bass", gain_db=3.0)))
        assert load_mix(target) == saved_mix(song)
        assert sorted(p.name for p in disk.iterdir()) == ["filler", "moves.remix", "song.wav"]
