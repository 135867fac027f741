from collections.abc import Sequence
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from remixer.audio.multitrack import (
    Multitrack,
    StemFile,
    check_aligned,
    open_track,
    read_header,
)
from remixer.dsp.signal import STEMS
from remixer.errors import InputError
from remixer.training.corpus import find_sources, gather
from remixer.training.datasets import TRACKS, check_sides, find_songs, select
from remixer.training.datasets_known import MUSDB_VALID, bare_name
from remixer.training.pack import AUDIO, Pack, build_pack
from remixer.training.sources import Trouble, pack_size

RATE = 44_100


def put(path: Path, level: float = 0.1) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, np.full((64, 2), level), RATE)
    return path


def put_stems(folder: Path, names: Sequence[str] = STEMS, suffix: str = ".wav") -> None:
    for name in names:
        put(folder / f"{name}{suffix}")


def put_stem_mp4(
    path: Path, signals: Sequence[NDArray[np.float64]], index_first: bool = False
) -> Path:
    """An mp4 with a stereo AAC track for each (2, samples) signal, as Native Instruments' stems."""
    path.parent.mkdir(parents=True, exist_ok=True)
    options = {"movflags": "faststart"} if index_first else {}
    with av.open(str(path), "w", format="mp4", options=options) as out:
        streams = [out.add_stream("aac", rate=RATE, layout="stereo") for _ in signals]
        for stream, signal in zip(streams, signals, strict=True):
            stream.bit_rate = 256_000
            frame = av.AudioFrame.from_ndarray(signal.astype(np.float32), "fltp", "stereo")
            frame.sample_rate, frame.pts = RATE, 0
            for packet in [*stream.encode(frame), *stream.encode(None)]:
                out.mux(packet)
    return path


def tones(seconds: float = 0.5) -> list[NDArray[np.float64]]:
    """A tone for each track of MUSDB18, the first being their sum."""
    time = np.arange(round(RATE * seconds)) / RATE
    parts = [0.1 * np.sin(2 * np.pi * 200 * k * time) * np.ones((2, 1)) for k in (1, 2, 3, 4)]
    return [np.sum(parts, axis=0), *parts]


def dsd100(folder: Path) -> Path:
    for side, song in (
        ("Dev", "051 - AM Contra - Heart Peripheral"),
        ("Test", "001 - ANiMAL - Eh"),
    ):
        put_stems(folder / "Sources" / side / song)
        put(folder / "Mixtures" / side / song / "mixture.wav")
    return folder


def musdb_hq(folder: Path) -> Path:
    for side, song in (("train", "A - B"), ("train", "ANiMAL - Rockshow"), ("test", "C - D")):
        put_stems(folder / side / song, [*STEMS, "mixture"])
    return folder


def names(songs: Sequence[Multitrack]) -> dict[str, str]:
    return {song.name: song.split for song in songs}


def test_dsd100(tmp_path: Path) -> None:
    songs = find_songs(dsd100(tmp_path))
    assert names(songs) == {
        "051 - AM Contra - Heart Peripheral": "train",
        "001 - ANiMAL - Eh": "test",
    }
    assert all(set(song.stems) == set(STEMS) for song in songs)
    assert songs[0].mixture == StemFile(
        tmp_path / "Mixtures" / "Dev" / songs[0].name / "mixture.wav"
    )


def test_musdb18_hq_with_its_validation_songs(tmp_path: Path) -> None:
    songs = find_songs(musdb_hq(tmp_path))
    assert names(songs) == {"A - B": "train", "ANiMAL - Rockshow": "valid", "C - D": "test"}
    assert songs[0].mixture is not None
    assert "mixture" not in songs[0].stems


def test_musdb18s_validation_songs_are_fourteen() -> None:
    assert len(MUSDB_VALID) == 14


def test_musdb18(tmp_path: Path) -> None:
    signals = tones()
    put_stem_mp4(tmp_path / "train" / "A - B.stem.mp4", signals)
    put_stem_mp4(tmp_path / "test" / "C - D.stem.mp4", signals)
    songs = find_songs(tmp_path)
    assert names(songs) == {"A - B": "train", "C - D": "test"}
    files = {**songs[0].stems, "mixture": songs[0].mixture}
    for name, signal in zip(TRACKS, signals, strict=True):
        file = files[name]
        assert file is not None
        with file.open() as reader:
            heard = reader.read(0, reader.length)
        assert heard.shape == signal.shape
        inner = slice(4_096, -2_048)  # AAC needs a while to begin
        assert np.abs(heard - signal)[:, inner].max() < 0.01, name


def test_stem_files_without_a_split(tmp_path: Path) -> None:
    put_stem_mp4(tmp_path / "Song.stem.mp4", tones(0.1))
    assert names(find_songs(tmp_path)) == {"Song": ""}


def test_a_stem_file_with_too_few_tracks_is_named(tmp_path: Path) -> None:
    path = put_stem_mp4(tmp_path / "train" / "A.stem.mp4", tones(0.1)[:3])
    song = find_songs(tmp_path)[0]
    song.stems["drums"].open().close()
    with pytest.raises(InputError, match=r"A\.stem\.mp4 has 3 sound tracks, no number 4"):
        song.stems["vocals"].open()
    assert str(song.stems["vocals"]) == f"{path} (track 4)"


def test_a_stem_file_that_is_cut_is_named(tmp_path: Path) -> None:
    path = put_stem_mp4(tmp_path / "A.stem.mp4", tones())
    path.write_bytes(path.read_bytes()[:2_000])
    with pytest.raises(InputError, match=r"A\.stem\.mp4"):
        open_track(path, 0)


@pytest.mark.parametrize(("content", "what"), [(b"no mp4 at all", "is no mp4"), (None, "missing")])
def test_what_is_no_stem_file_is_named(tmp_path: Path, content: bytes | None, what: str) -> None:
    path = tmp_path / "A.stem.mp4"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=what):
        open_track(path, 0)


def manifest(folder: Path, rows: Sequence[tuple[str, str]]) -> Path:
    lines = ["path,class,split", *(f"{path},x,{split}" for path, split in rows)]
    (folder / "manifest.csv").write_text("\n".join(lines) + "\n")
    return folder


def test_a_corpus_with_a_manifest(tmp_path: Path) -> None:
    put_stems(tmp_path / "songs" / "one", ["vocals", "other"])
    put_stems(tmp_path / "songs" / "two", ["vocals", "other"])
    put_stems(tmp_path / "songs" / "lonely", ["drums"])
    rows = [("songs/one/vocals.wav", "train"), ("songs/two/vocals.wav", "valid")]
    rows += [("songs/lonely/drums.wav", "train"), ("vocals/somebody.wav", "train")]
    songs = find_songs(manifest(tmp_path, rows))
    assert names(songs) == {"one": "train", "two": "valid"}
    assert all(song.mixture is None for song in songs)


def test_a_manifest_that_puts_a_song_on_both_sides_is_refused(tmp_path: Path) -> None:
    put_stems(tmp_path / "songs" / "one", ["vocals", "other"])
    rows = [("songs/one/vocals.wav", "train"), ("songs/one/other.wav", "valid")]
    with pytest.raises(InputError, match="one on both sides"):
        find_songs(manifest(tmp_path, rows))


@pytest.mark.parametrize(
    ("text", "what"),
    [("path,class\nsongs/one/x.wav,y\n", "lacks the column 'split'"), (b"\xff\xfe\x00", "UTF-8")],
)
def test_a_manifest_that_is_none_is_named(tmp_path: Path, text: str | bytes, what: str) -> None:
    path = tmp_path / "manifest.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(InputError, match=what):
        find_songs(tmp_path)


def test_a_manifest_with_a_strange_split_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="'dev'"):
        find_songs(manifest(tmp_path, [("songs/one/vocals.wav", "dev")]))


def test_plain_folders_and_remixers_own_exports(tmp_path: Path) -> None:
    put_stems(tmp_path / "album" / "one", ["vocals", "bass"], ".flac")
    for stem in STEMS:
        put(tmp_path / f"two - {stem}.wav")
    put(tmp_path / "lonely" / "vocals.wav")
    (tmp_path / "notes" / "vocals.txt").parent.mkdir()
    (tmp_path / "notes" / "vocals.txt").write_text("la la")
    assert names(find_songs(tmp_path)) == {"one": "", "two": ""}


def test_links_to_songs_are_followed_and_hidden_folders_are_not(tmp_path: Path) -> None:
    put_stems(tmp_path / "store" / "one")
    put_stems(tmp_path / "data" / ".two.part")
    (tmp_path / "data" / "one").symlink_to(tmp_path / "store" / "one")
    (tmp_path / "data" / "round").symlink_to(tmp_path / "data")
    assert names(find_songs(tmp_path / "data")) == {"one": ""}
    assert {s.path.parent.name for s in find_sources(tmp_path / "data")} == {"one"}


def test_plain_folders_with_splits(tmp_path: Path) -> None:
    put_stems(tmp_path / "train" / "one")
    put_stems(tmp_path / "test" / "two")
    assert names(find_songs(tmp_path)) == {"one": "train", "two": "test"}


def test_the_same_stem_twice_is_refused(tmp_path: Path) -> None:
    put_stems(tmp_path / "one")
    put(tmp_path / "one" / "bass.flac")
    with pytest.raises(InputError, match=r"bass\.flac and .*bass\.wav are the same stem"):
        find_songs(tmp_path)


def test_two_songs_of_one_name_are_refused(tmp_path: Path) -> None:
    put_stems(tmp_path / "a" / "song")
    put_stems(tmp_path / "b" / "song")
    with pytest.raises(InputError, match="two songs called song"):
        find_songs(tmp_path)


@pytest.mark.parametrize("missing", ["bass", "mixture"])
def test_a_song_of_dsd100_that_is_not_whole_has_a_file_that_is_missing(
    tmp_path: Path, missing: str
) -> None:
    gone = next(dsd100(tmp_path).rglob(f"{missing}.wav"))
    gone.unlink()
    files = [f for s in find_songs(tmp_path) for f in (*s.stems.values(), s.mixture) if f]
    assert [file.path for file in files if not file.path.exists()] == [gone]


def test_a_stem_that_the_notes_do_not_call_absent_is_missing(tmp_path: Path) -> None:
    put_stems(tmp_path / "songs" / "one", ["vocals", "other"])
    put_stems(tmp_path / "songs" / "two", ["vocals", "other"])
    lines = ["path,class,split,notes"]
    lines += [f"songs/one/{s}.wav,{s},train,dry; absent=bass+drums" for s in ("vocals", "other")]
    lines += [f"songs/two/{s}.wav,{s},train,absent=bass" for s in ("vocals", "other")]
    (tmp_path / "manifest.csv").write_text("\n".join(lines))
    one, two = find_songs(tmp_path)
    assert set(one.stems) == {"vocals", "other"}
    assert set(two.stems) == {"vocals", "other", "drums"}
    with pytest.raises(InputError, match=r"two.drums\.\* is missing, and nobody says"):
        read_header(two.stems["drums"])


def test_a_file_that_the_manifest_names_is_missing(tmp_path: Path) -> None:
    put_stems(tmp_path / "songs" / "one", ["vocals", "other"])
    rows = [("songs/one/vocals.wav", "train"), ("songs/one/bass.flac", "train")]
    (song,) = find_songs(manifest(tmp_path, rows))
    assert set(song.stems) == {"vocals", "other", "bass"}
    with pytest.raises(InputError, match=r"bass\.flac is missing"):
        check_aligned(song.stems)


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no songs"):
        find_songs(tmp_path)
    with pytest.raises(InputError, match="is not a folder"):
        find_songs(tmp_path / "none")


def test_a_song_of_two_data_sets_is_on_one_side_only() -> None:
    one = Multitrack("051 - AM Contra - Heart Peripheral", "train", {})
    two = Multitrack("AM Contra - heart peripheral", "test", {})
    with pytest.raises(InputError, match="both in train and in test"):
        check_sides([one, two])
    check_sides([one, Multitrack("AM Contra - Other", "test", {})])


@pytest.mark.parametrize(
    ("name", "bare"),
    [("051 - Ölfass - Für", "ölfassfür"), ("5 - X", "x"), ("---", "---"), ("1979", "1979")],
)
def test_bare_names(name: str, bare: str) -> None:
    assert bare_name(name) == bare


def test_selection(tmp_path: Path) -> None:
    songs = find_songs(musdb_hq(tmp_path))
    assert [s.name for s in select(songs, None, tmp_path)] == ["C - D"]
    assert [s.name for s in select(songs, "train", tmp_path)] == ["A - B"]
    assert [s.name for s in select(songs[:2], None, tmp_path)] == ["ANiMAL - Rockshow"]
    with pytest.raises(
        InputError, match=r"no songs in the split 'dev'; there is test, train, valid"
    ):
        select(songs, "dev", tmp_path)


def test_songs_without_a_split_are_in_every_split(tmp_path: Path) -> None:
    put_stems(tmp_path / "one")
    songs = find_songs(tmp_path)
    assert select(songs, "valid", tmp_path) == songs == select(songs, None, tmp_path)


def test_stems_that_nobody_knows_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="guitar"):
        Multitrack("song", "", {"guitar": StemFile(Path("guitar.wav"))})


def test_training_takes_dsd100_without_its_test_songs(tmp_path: Path) -> None:
    dsd100(tmp_path)
    for number in range(5):
        put_stems(tmp_path / "Sources" / "Dev" / f"10{number} - More - Song")
        put(tmp_path / "Mixtures" / "Dev" / f"10{number} - More - Song" / "mixture.wav")
    sources = find_sources(tmp_path)
    assert len({s.song for s in sources}) == 6
    assert not [s for s in sources if "ANiMAL" in s.song]
    assert len({s.song for s in sources if s.split == "valid"}) == 2  # one in five, and one more


def test_training_keeps_musdbs_validation_songs_apart(tmp_path: Path) -> None:
    sources = find_sources(musdb_hq(tmp_path))
    assert {s.song: s.split for s in sources} == {"A - B": "train", "ANiMAL - Rockshow": "valid"}
    assert len(sources) == 8


def test_training_takes_the_tracks_of_musdb18(tmp_path: Path) -> None:
    for name in ("A - B", "C - D", "E - F"):
        put_stem_mp4(tmp_path / "train" / f"{name}.stem.mp4", tones(0.4))
    put_stem_mp4(tmp_path / "test" / "G - H.stem.mp4", tones(0.1))
    sources = find_sources(tmp_path)
    assert {s.song: s.split for s in sources} == {
        "A - B": "valid",
        "C - D": "train",
        "E - F": "train",
    }
    list(build_pack(sources, tmp_path / "pack", RATE, 2))
    pack = Pack(tmp_path / "pack")
    assert len(pack.clips) == 12
    for clip in pack.clips:
        signal = tones(0.4)[TRACKS.index(clip.stem)]
        heard = pack.read(clip, 4_096, 8_192)
        assert np.abs(heard - signal[:, 4_096:12_288]).max() < 0.01, clip.stem
    assert pack_size(sources, RATE, 2) == (tmp_path / "pack" / AUDIO).stat().st_size


def test_training_packs_dsd100(tmp_path: Path) -> None:
    dsd100(tmp_path / "DSD100")
    put_stems(tmp_path / "DSD100" / "Sources" / "Dev" / "052 - X - Y")
    sources = find_sources(tmp_path / "DSD100")
    list(build_pack(sources, tmp_path / "pack", 22_050, 1))
    pack = Pack(tmp_path / "pack")
    assert {(c.song, c.length) for c in pack.clips} == {(s.song, 32) for s in sources}
    assert pack.read(pack.clips[0], 8, 16).mean() == pytest.approx(0.1, rel=0.2)


def test_training_leaves_test_folders_and_rows_out(tmp_path: Path) -> None:
    put_stems(tmp_path / "a" / "train" / "one")
    put_stems(tmp_path / "a" / "valid" / "two")
    put_stems(tmp_path / "a" / "test" / "three")
    found = find_sources(tmp_path / "a")
    assert {(s.song, s.split) for s in found} == {("one", "train"), ("two", "valid")}
    put_stems(tmp_path / "b", [f"Song - {stem}" for stem in STEMS])
    assert {s.song for s in find_sources(tmp_path / "b")} == {"Song"}


def test_more_data_does_not_bring_back_what_is_held_out(tmp_path: Path) -> None:
    musdb_hq(tmp_path / "hq")
    for song in ("012 - C - D", "013 - ANiMAL - Rockshow", "014 - New - Song"):
        put_stems(tmp_path / "dsd" / "Sources" / "Dev" / song)
    told: list[Trouble] = []
    sources = gather(tmp_path / "hq", more=[tmp_path / "dsd"], told=told.append)
    assert {s.song for s in sources if s.song.startswith("dsd:")} == {"dsd:014 - New - Song"}
    assert {t.song for t in told} == {"dsd:012 - C - D", "dsd:013 - ANiMAL - Rockshow"}
    assert "keeps this song for validation or testing" in str(told[0])
