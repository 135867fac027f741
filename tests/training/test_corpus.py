"""Which file is which stem of which song, on which side."""

from pathlib import Path

import pytest

from remixer.errors import InputError
from remixer.training.corpus import (
    estimated_sources,
    find_sources,
    licence_table,
    mix_licences,
    more_sources,
)

HEAD = "path,class,song,licence,split,seconds,notes\n"


def corpus(folder: Path, *rows: str) -> Path:
    (folder / "manifest.csv").write_text(HEAD + "".join(f"{row}\n" for row in rows))
    return folder


def touch(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


def test_a_fifth_of_the_songs_is_for_validation(songs: Path) -> None:
    sources = find_sources(songs)
    sides = {(s.song, s.split) for s in sources}
    assert len(sources) == 19
    assert len(sides) == 5  # every song is on one side
    assert sorted(s for s, split in sides if split == "valid") == ["song0"]


def test_the_user_says_which_songs_are_for_validation(songs: Path) -> None:
    sources = find_sources(songs, frozenset({"song3", "song4"}))
    assert {s.song for s in sources if s.split == "valid"} == {"song3", "song4"}


def test_songs_that_are_not_there_are_named_beside_those_that_are(songs: Path) -> None:
    with pytest.raises(InputError, match=r"no song song9 .*choose from song0, song1"):
        find_sources(songs, frozenset({"song9"}))


def test_a_manifest_says_what_is_what(tmp_path: Path) -> None:
    folder = corpus(
        tmp_path,
        "songs/a/vocals.opus,vocals,a,CC0,train,60,",
        "songs/a/other.opus,other,a,CC0,train,60,loud; bass_in_other: SYNTH",
        "songs/b/bass.opus,bass,b,BY,valid,60,",
        "songs/b/other.opus,other,b,BY,valid,60,",
        "vocals/x.opus,vocals,,GPL,train,30,",
        "mixes/m.opus,mix,m,BY,train,60,",
        "midi/m.mid,midi,m,BY,train,60,",
    )
    sources = find_sources(folder)
    assert [(s.song, s.stem, s.split) for s in sources] == [
        ("a", "vocals", "train"),
        ("a", "other", "train"),
        ("b", "bass", "valid"),
        ("b", "other", "valid"),
        ("vocals/x", "vocals", "train"),
    ]
    assert [s.alone for s in sources] == [False, False, False, False, True]
    assert [s.mixed for s in sources] == [False, True, False, False, False]
    table = licence_table(folder)
    assert table["vocals"] == {
        "CC0": {"files": 1, "minutes": 1.0},
        "GPL": {"files": 1, "minutes": 0.5},
    }
    assert "bass" not in table  # it is on the other side


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (
            ["songs/a/bass.opus,bass,a,CC0,both,1,"],
            "in the split 'both': use one of train, valid, test",
        ),
        (["songs/a/bass.opus,bass"], "cut short in line 2"),
        (
            ["songs/a/bass.opus,bass,a,C,train,1,", "songs/a/other.opus,other,a,C,valid,1,"],
            "a is on both sides",
        ),
        (
            ["songs/a/bass.opus,bass,a,C,train,1,", "songs/a/bass.wav,bass,a,C,train,1,"],
            "are both the bass of a",
        ),
        (["mixes/m.opus,mix,m,C,train,1,"], "holds no stems"),
    ],
)
def test_manifests_that_say_nonsense_are_refused(
    tmp_path: Path, rows: list[str], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        find_sources(corpus(tmp_path, *rows))


def test_a_manifest_without_columns_says_which(tmp_path: Path) -> None:
    (tmp_path / "manifest.csv").write_text("path,class\na,b\n")
    with pytest.raises(InputError, match="lacks the columns licence, seconds, split"):
        find_sources(tmp_path)


def test_two_files_of_one_stem_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"bass\.flac and .*bass\.wav are the same stem"):
        find_sources(touch(tmp_path, "song/bass.wav", "song/bass.flac"))


@pytest.mark.parametrize("find", [find_sources, more_sources])
def test_folders_without_stems_are_refused(tmp_path: Path, find: object) -> None:
    assert callable(find)
    with pytest.raises(InputError):
        find(touch(tmp_path, "song/mix.wav", "notes.txt"))
    with pytest.raises(InputError):
        find(tmp_path / "missing")


def test_more_songs_are_all_for_training_under_names_of_their_own(songs: Path) -> None:
    more = more_sources(songs)
    assert {s.split for s in more} == {"train"}
    assert {s.song for s in more} == {f"{songs.name}:song{n}" for n in range(5)}
    assert not any(s.alone for s in more)


def test_test_rows_are_not_for_training_and_absent_stems_are_declared(tmp_path: Path) -> None:
    folder = corpus(
        tmp_path,
        "songs/a/bass.opus,bass,a,CC0,train,60,absent=vocals+drums+other",
        "songs/b/bass.opus,bass,b,CC0,train,60,absent=vocals+drums",
        "songs/c/bass.opus,bass,c,CC0,test,60,absent=vocals",
    )
    assert [(s.path.name, s.song, s.stem) for s in find_sources(folder, frozenset({"a"}))] == [
        ("bass.opus", "a", "bass"),
        ("bass.opus", "b", "bass"),
        ("other.*", "b", "other"),
    ]
    assert licence_table(folder, frozenset({"a"})) == {"bass": {"CC0": {"files": 1, "minutes": 1}}}
    assert licence_table(folder, frozenset({"a"}), {"b"}) == {}


def test_what_separate_wrote_is_for_training_and_known_as_estimated(tmp_path: Path) -> None:
    for stem in ("vocals", "bass", "drums", "other"):
        (tmp_path / f"a - b - {stem}.flac").touch()
    (tmp_path / "a - b.json").touch()
    found = estimated_sources(tmp_path)
    assert {s.song for s in found} == {f"{tmp_path.name}:a - b"}
    assert [s.stem for s in found] == ["bass", "drums", "other", "vocals"]
    assert all(s.estimated and s.split == "train" and not s.alone for s in found)


def test_estimates_that_are_not_whole_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match='no "SONG - STEM" files'):
        estimated_sources(tmp_path)
    with pytest.raises(InputError, match="is not a folder"):
        estimated_sources(tmp_path / "none")
    for stem in ("vocals", "bass"):
        (tmp_path / f"a - {stem}.flac").touch()
    with pytest.raises(InputError, match=":a lacks drums, other: separate the song once more"):
        estimated_sources(tmp_path)


def test_licences_of_full_mixes(tmp_path: Path) -> None:
    rows = ["path,class,song,licence,split,seconds"]
    rows += [
        f"mixes/{n}.opus,mix,{n},{k},train,90" for n, k in (("a", "X"), ("b", "X"), ("c", "Y"))
    ]
    (tmp_path / "manifest.csv").write_text("\n".join(rows) + "\n")
    assert mix_licences(tmp_path, {"a", "b"}) == {"X": {"files": 2, "minutes": 3.0}}
    assert mix_licences(tmp_path / "none", {"a"}) == {}
