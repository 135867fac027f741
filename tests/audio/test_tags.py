from collections.abc import Callable
from pathlib import Path

import mutagen.flac
import mutagen.id3
import mutagen.mp4
import mutagen.wave
import numpy as np
import pytest
import soundfile

from remixer.audio.reader import open_audio
from remixer.audio.tagforms import Cover, Tags
from remixer.audio.tags import copy_tags, read_tags
from remixer.audio.writer import AudioWriter
from remixer.errors import InputError, OutputError

TAGGED = [
    ("WAV", "PCM_16"),
    ("AIFF", "PCM_24"),
    ("FLAC", "PCM_16"),
    ("OGG", "VORBIS"),
    ("OPUS", "OPUS"),
    ("MP3", "MPEG_LAYER_III"),
    ("M4A", "AAC"),
    ("M4A", "ALAC_16"),
]
JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 20
EXPECTED = {
    "title": "Über den Wolken",
    "artist": "One; Two",
    "album": "Songs",
    "albumartist": "Various",
    "date": "1999-05",
    "track": "3/12",
    "disc": "1",
    "genre": "Rock",
    "comment": "first\nsecond",
    "composer": "C",
    "lyrics": "la la",
    "bpm": "120",
    "mood": "odd",
}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory, make: Callable[..., object]) -> Path:
    path = tmp_path_factory.mktemp("tags") / "source.flac"
    make(path, "FLAC", "PCM_16")
    file = mutagen.flac.FLAC(path)
    for name, value in EXPECTED.items():
        file[name] = value.split("; ")
    del file["track"], file["disc"]
    file["TRACKNUMBER"], file["TRACKTOTAL"], file["DISCNUMBER"] = "3", "12", "1"
    file["REPLAYGAIN_TRACK_GAIN"], file["ENCODER"] = "-7 dB", "something"
    picture = mutagen.flac.Picture()
    picture.type, picture.mime, picture.data = 3, "image/jpeg", JPEG
    file.add_picture(picture)
    file.save()
    return path


@pytest.mark.parametrize(("format", "subtype"), TAGGED)
def test_tags_and_artwork_cross_containers_and_the_audio_stays(
    tmp_path: Path, source: Path, format: str, subtype: str, make: Callable[..., object]
) -> None:
    target, back = tmp_path / "target", tmp_path / "back.flac"
    make(target, format, subtype)
    make(back, "FLAC", "PCM_16")
    with open_audio(target) as reader:
        before = reader.content_hash()
    assert copy_tags(source, target)
    assert read_tags(target) == EXPECTED
    with open_audio(target) as reader:
        assert reader.content_hash() == before
        assert (reader.format, reader.length) == (format, 5_000)
    assert copy_tags(target, back)
    assert read_tags(back) == EXPECTED
    assert [picture.data for picture in mutagen.flac.FLAC(back).pictures] == [JPEG]


@pytest.mark.parametrize(("format", "subtype"), [("W64", "PCM_16"), ("RF64", "PCM_16")])
def test_containers_without_tags(
    tmp_path: Path, source: Path, format: str, subtype: str, make: Callable[..., object]
) -> None:
    make(tmp_path / "a", format, subtype)
    content = (tmp_path / "a").read_bytes()
    assert not copy_tags(source, tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == content
    assert read_tags(tmp_path / "a") == {}


def test_a_source_without_tags_changes_nothing(tmp_path: Path, make: Callable[..., object]) -> None:
    make(tmp_path / "a.wav", "WAV", "PCM_16")
    make(tmp_path / "b.flac", "FLAC", "PCM_16")
    content = (tmp_path / "b.flac").read_bytes()
    assert copy_tags(tmp_path / "a.wav", tmp_path / "b.flac")
    assert (tmp_path / "b.flac").read_bytes() == content


def test_wav_info_chunks_are_read(tmp_path: Path) -> None:
    with soundfile.SoundFile(tmp_path / "a.wav", "w", 44_100, 1, "PCM_16") as file:
        file.title, file.artist, file.tracknumber = "Name", "Somebody", "4"
        file.software = "a program"
        file.write(np.zeros(10))
    assert read_tags(tmp_path / "a.wav") == {"title": "Name", "artist": "Somebody", "track": "4"}


def test_id3_genres_are_named_and_itunes_comments_are_not_comments(
    tmp_path: Path, make: Callable[..., object]
) -> None:
    make(tmp_path / "a.mp3", "MP3", "MPEG_LAYER_III")
    frames = mutagen.id3.ID3()
    frames.add(mutagen.id3.TCON(3, ["(17)"]))
    frames.add(mutagen.id3.COMM(3, "eng", "iTunNORM", ["00000A"]))
    frames.save(tmp_path / "a.mp3")
    assert read_tags(tmp_path / "a.mp3") == {"genre": "Rock"}


def test_odd_values_are_kept_or_left_out_without_error(
    tmp_path: Path, make: Callable[..., object]
) -> None:
    make(tmp_path / "a.flac", "FLAC", "PCM_16")
    file = mutagen.flac.FLAC(tmp_path / "a.flac")
    file["date"], file["tracknumber"], file["bpm"] = "spring", "A1", "fast"
    file["discnumber"] = "99999999"
    file.save()
    for format, subtype in TAGGED:
        make(tmp_path / "b", format, subtype)
        assert copy_tags(tmp_path / "a.flac", tmp_path / "b")
        found = read_tags(tmp_path / "b")
        assert (found["track"], found["bpm"], found["disc"]) == ("A1", "fast", "99999999")


def test_damaged_tags_do_not_hide_the_sound(tmp_path: Path, make: Callable[..., object]) -> None:
    make(tmp_path / "a.flac", "FLAC", "PCM_16")
    make(tmp_path / "b.flac", "FLAC", "PCM_16")
    content = bytearray((tmp_path / "a.flac").read_bytes())
    at = content.find(b"reference libFLAC") - 4
    content[at : at + 4] = b"\xff\xff\xff\x7f"
    (tmp_path / "a.flac").write_bytes(content)
    assert read_tags(tmp_path / "a.flac") == {}
    assert copy_tags(tmp_path / "a.flac", tmp_path / "b.flac")


def test_files_that_are_not_there(tmp_path: Path, source: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_tags(tmp_path / "gone.wav")
    (tmp_path / "a.flac").write_bytes(b"fLaC" + bytes(9))
    with pytest.raises(OutputError, match=r"tags of a\.flac could not be written.*without tags"):
        copy_tags(source, tmp_path / "a.flac")


def test_a_temporary_is_tagged_before_it_takes_its_name(tmp_path: Path, source: Path) -> None:
    with (
        open_audio(source) as reader,
        AudioWriter(
            tmp_path / "a.m4a",
            rate=reader.rate,
            channels=reader.channels,
            format="M4A",
            subtype="ALAC_16",
            length=reader.length,
        ) as writer,
    ):
        for _, block in reader.blocks():
            writer.write(block)
        writer.close()
        assert writer.temporary.suffix == ".m4a"
        assert copy_tags(source, writer.temporary)
        expected = reader.content_hash()
    assert read_tags(tmp_path / "a.m4a") == EXPECTED
    with open_audio(tmp_path / "a.m4a") as reader:
        assert reader.content_hash() == expected


def test_several_values_and_covers_are_not_doubled() -> None:
    tags = Tags(covers=[Cover("image/png", 3, "", b"x")])
    tags.add("Artist", ["A", "B"])
    tags.add("artist", ["A", " ", "C"])
    assert tags.text == {"artist": ["A", "B", "C"]}
