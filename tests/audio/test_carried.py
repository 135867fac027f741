"""Chunks of WAV sources in exports: byte for byte, times and points of a part set right."""

import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

from remixer.audio.carried import MOST, Carry, carry_chunks
from remixer.audio.reader import open_audio
from remixer.audio.riff import chunks
from remixer.audio.tags import copy_tags, read_tags
from remixer.errors import OutputError
from tests.support import small_disk

RATE, LENGTH = 48_000, 5_001
SINCE = 3 * 3600 * RATE + 2**32 - 500
"""Samples since midnight, such that a part's time passes 32 bits."""
HISTORY = b"A=PCM,F=48000,W=16,M=stereo,T=odd one\r\n\0"


def bext(version: int = 2, since: int = SINCE) -> bytes:
    text = b"A mix".ljust(256, b"\0") + b"Me".ljust(32, b"\0") + b"REF".ljust(32, b"\0")
    date = b"2024-05-0612:34:56"
    levels = struct.pack("<5h", -2300, 700, -100, -1800, -2000)
    umid = bytes(range(64))
    head = text + date + struct.pack("<QH", since, version) + umid + levels
    return head + bytes(180) + HISTORY


def without_loudness(chunk: bytes) -> bytes:
    return chunk[:412] + struct.pack("<5h", *[0x7FFF] * 5) + chunk[422:]


def cue(*places: int) -> bytes:
    points = [
        struct.pack("<II4sIII", number + 1, place, b"data", 0, 0, place)
        for number, place in enumerate(places)
    ]
    return struct.pack("<I", len(points)) + b"".join(points)


def label(name: bytes, number: int, text: bytes) -> bytes:
    payload = struct.pack("<I", number) + text + b"\0"
    return name + struct.pack("<I", len(payload)) + payload + bytes(len(payload) % 2)


def ixml(since: int) -> bytes:
    low, high = since % 2**32, since >> 32
    return (
        "<?xml version='1.0'?><BWFXML><NOTE>Größe</NOTE>"
        f"<TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO>{low}</TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO>"
        f"<TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI>{high}</TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI>"
        "</BWFXML>"
    ).encode()


ADTL = (
    b"adtl" + label(b"labl", 1, b"Verse") + label(b"note", 2, b"odd") + label(b"labl", 2, b"Solo")
)
INFO = b"INFO" + b"INAM\x06\x00\x00\x00Title\0"
PLST = struct.pack("<IIII", 1, 1, 200, 3)
CHUNKS = [
    (b"bext", bext()),
    (b"iXML", ixml(SINCE)),
    (b"cue ", cue(100, 2_000, 5_000)),
    (b"LIST", ADTL),
    (b"LIST", INFO),
    (b"plst", PLST),
    (b"axml", b"<x/>\n"),
]


def sound(path: Path, format: str = "WAV", subtype: str = "PCM_16") -> Path:
    rng = np.random.default_rng(1)
    soundfile.write(path, rng.uniform(-1, 1, (LENGTH, 2)), RATE, subtype, format=format)
    return path


def with_chunks(path: Path, found: list[tuple[bytes, bytes]], at_end: bool = False) -> Path:
    """A WAV with chunks put in by hand: before `fmt `, or behind the samples."""
    data = sound(path).read_bytes()
    data += bytes(len(data) % 2)
    new = b"".join(name + struct.pack("<I", len(p)) + p + bytes(len(p) % 2) for name, p in found)
    data = data + new if at_end else data[:12] + new + data[12:]
    path.write_bytes(data[:4] + struct.pack("<I", len(data) - 8) + data[8:])
    return path


def found_in(path: Path) -> list[tuple[bytes, bytes]]:
    with path.open("rb") as file:
        there = []
        for chunk in list(chunks(file)):
            file.seek(chunk.start)
            there.append((chunk.name, file.read(chunk.size)))
    return there


def only(path: Path, name: bytes) -> list[bytes]:
    return [payload for found, payload in found_in(path) if found == name]


@pytest.mark.parametrize("at_end", [False, True])
@pytest.mark.parametrize("format", ["WAV", "RF64"])
@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_24", "FLOAT"])
def test_a_whole_file_has_them_byte_for_byte_before_the_samples(
    tmp_path: Path, format: str, subtype: str, at_end: bool
) -> None:
    source = with_chunks(tmp_path / "a.wav", CHUNKS, at_end)
    target = sound(tmp_path / "b.wav", format, subtype)
    before = soundfile.read(target)[0]
    names = carry_chunks(source, target)
    assert names == ("bext", "iXML", "cue", "LIST", "LIST", "plst", "axml")
    there = found_in(target)
    order = [name for name, _payload in there]
    if format == "RF64":  # its data chunk does not tell its size: see what lies around it
        data = target.read_bytes()
        ahead, behind = data.split(b"data\xff\xff\xff\xff")
        for name, payload in CHUNKS:
            at = behind if len(payload) % 2 else ahead
            assert name + struct.pack("<I", len(payload)) + payload in at
    else:
        assert [(name, payload) for name, payload in there if name in dict(CHUNKS)] == CHUNKS
        assert order.index(b"axml") + 1 == order.index(b"data")
    np.testing.assert_array_equal(soundfile.read(target)[0], before)
    with open_audio(target) as reader:
        assert (reader.format, reader.length) == (format, LENGTH)
        np.testing.assert_array_equal(reader.read(0, LENGTH).T, before)
    size = target.stat().st_size
    counted = target.read_bytes()[4:8] if format == "WAV" else target.read_bytes()[20:28]
    assert int.from_bytes(counted, "little") == size - 8


def test_libsndfile_reads_points_and_labels(tmp_path: Path) -> None:
    source = with_chunks(tmp_path / "a.wav", CHUNKS)
    target = sound(tmp_path / "b.wav")
    carry_chunks(source, target)
    with soundfile.SoundFile(target) as file:
        assert "Cue ID :  2  Pos :  2000" in file.extra_info
        assert "labl : 1 : Verse" in file.extra_info


def test_the_samples_are_longer_than_what_is_moved_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("remixer.audio.carried._BLOCK", 1_000)
    source, target = with_chunks(tmp_path / "a.wav", CHUNKS), sound(tmp_path / "b.wav")
    before = soundfile.read(target)[0]
    carry_chunks(source, target)
    np.testing.assert_array_equal(soundfile.read(target)[0], before)


def test_tags_and_artwork_go_beside_them(tmp_path: Path) -> None:
    source, target = with_chunks(tmp_path / "a.wav", CHUNKS), sound(tmp_path / "b.wav")
    copy_tags(source, target)
    carry_chunks(source, target)
    assert read_tags(target) == {"title": "Title"}
    assert only(target, b"bext") == [bext()]


def test_a_part_has_its_own_times_and_points(tmp_path: Path) -> None:
    source, target = with_chunks(tmp_path / "a.wav", CHUNKS), sound(tmp_path / "b.wav")
    names = carry_chunks(source, target, Carry((1_500, 4_999)))
    assert names == ("bext", "iXML", "cue", "LIST", "LIST", "axml")
    assert only(target, b"bext") == [without_loudness(bext(since=SINCE + 1_500))]
    assert only(target, b"iXML") == [ixml(SINCE + 1_500)]
    [points] = only(target, b"cue ")
    assert points == struct.pack("<III4sIII", 1, 2, 500, b"data", 0, 0, 500)
    labels = b"adtl" + label(b"note", 2, b"odd") + label(b"labl", 2, b"Solo")
    assert only(target, b"LIST") == [labels, INFO]
    assert only(target, b"axml") == [b"<x/>\n"]


def test_a_part_without_points_has_no_cue_chunk(tmp_path: Path) -> None:
    source, target = with_chunks(tmp_path / "a.wav", CHUNKS), sound(tmp_path / "b.wav")
    names = carry_chunks(source, target, Carry((2_001, 4_999)))
    assert "cue" not in names
    assert only(target, b"LIST") == [INFO]


@pytest.mark.parametrize("version", [1, 2])
def test_a_changed_sound_does_not_claim_the_levels_of_the_other(
    tmp_path: Path, version: int
) -> None:
    source = with_chunks(tmp_path / "a.wav", [(b"bext", bext(version))])
    target = sound(tmp_path / "b.wav")
    carry_chunks(source, target, Carry(changed=True))
    [found] = only(target, b"bext")
    assert found == (without_loudness(bext(version)) if version == 2 else bext(version))


DAMAGED = [
    [(b"cue ", struct.pack("<I", 2**31) + cue(5)[4:])],
    [(b"cue ", b"\x01")],
    [(b"LIST", b"adtl" + b"labl" + struct.pack("<II", 2**31, 1))],
    [(b"bext", b"short")],
    [(b"iXML", b"<TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO>x</")],
    [(b"bext", b""), (b"iXML", b"")],
]


@pytest.mark.parametrize("found", DAMAGED)
@pytest.mark.parametrize("carry", [Carry(), Carry((0, 100), changed=True)])
def test_damage_is_carried_or_left_but_the_sound_is_whole(
    tmp_path: Path, found: list[tuple[bytes, bytes]], carry: Carry
) -> None:
    source, target = with_chunks(tmp_path / "a.wav", found), sound(tmp_path / "b.wav")
    before = soundfile.read(target)[0]
    carry_chunks(source, target, carry)
    np.testing.assert_array_equal(soundfile.read(target)[0], before)


def test_what_is_too_large_to_be_a_description_stays(tmp_path: Path) -> None:
    source = with_chunks(tmp_path / "a.wav", [(b"axml", bytes(MOST + 1)), (b"bext", bext())])
    target = sound(tmp_path / "b.wav")
    assert carry_chunks(source, target) == ("bext",)


@pytest.mark.parametrize(("format", "name"), [("FLAC", "b.flac"), ("AIFF", "b.aiff")])
def test_other_kinds_are_left_alone(tmp_path: Path, format: str, name: str) -> None:
    source, target = with_chunks(tmp_path / "a.wav", CHUNKS), sound(tmp_path / name, format)
    before = target.read_bytes()
    assert carry_chunks(source, target) == ()
    assert carry_chunks(target, source) == ()
    assert target.read_bytes() == before


def test_a_full_disk_is_told(tmp_path: Path) -> None:
    source = with_chunks(tmp_path / "a.wav", [(b"axml", bytes(100_000))])
    with small_disk(tmp_path / "disk", "size=64k") as folder:
        target = sound(folder / "b.wav")
        with pytest.raises(OutputError, match="could not be carried over"):
            carry_chunks(source, target)
