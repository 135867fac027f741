"""An odd number of bytes, of samples or of a chunk: the byte that evens it out is none of them."""

import struct
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from remixer.audio.carried import carry_chunks
from remixer.audio.reader import open_audio
from remixer.audio.tags import copy_tags, read_tags
from remixer.audio.writer import AudioWriter
from remixer.errors import InputError

ODD = [("AIFF", "PCM_S8"), ("AIFF", "PCM_U8"), ("AIFF", "PCM_24"), ("WAV", "PCM_U8")]
ODD += [("WAV", "PCM_24"), ("RF64", "PCM_24"), ("W64", "PCM_24"), ("W64", "PCM_U8")]
RATE_44100 = bytes.fromhex("400eac44000000000000")


def aiff(values: bytes, bits: int, *, counted: bool, padded: bool) -> bytes:
    """An AIFF by hand. counted: the data chunk's size has the padding byte in it; padded: the byte
    is there.
    """
    common = struct.pack(">4sIhIh", b"COMM", 18, 1, len(values) * 8 // bits, bits) + RATE_44100
    size = 8 + len(values) + (1 if counted else 0)
    sound = struct.pack(">4sIII", b"SSND", size, 0, 0) + values + (b"\0" if padded else b"")
    return struct.pack(">4sI4s", b"FORM", 4 + len(common + sound), b"AIFF") + common + sound


@pytest.mark.parametrize("length", [1, 3, 5_001])
@pytest.mark.parametrize("bits", [8, 24])
@pytest.mark.parametrize(
    ("counted", "padded"), [(False, True), (False, False), (True, True), (True, False)]
)
def test_the_files_own_count_is_its_length(
    tmp_path: Path, length: int, bits: int, counted: bool, padded: bool
) -> None:
    values = bytes(1 + n % 100 for n in range(length * bits // 8))
    path = tmp_path / "a.aiff"
    path.write_bytes(aiff(values, bits, counted=counted, padded=padded))
    with open_audio(path) as reader:
        assert reader.length == length
        samples = reader.read_exact(0, length)[0]
        np.testing.assert_array_equal(samples >> (bits - 8), list(values[:: bits // 8]))
        assert reader.read(length - 1, 1).shape == (1, 1)


def test_a_missing_sample_is_still_missed(tmp_path: Path) -> None:
    path = tmp_path / "a.aiff"
    path.write_bytes(aiff(bytes(101), 8, counted=True, padded=False)[:-1])
    with pytest.raises(InputError, match=r"a\.aiff is truncated"):
        open_audio(path)


@pytest.mark.parametrize("length", [1, 3, 1_001])
@pytest.mark.parametrize(("format", "subtype"), ODD)
def test_every_reader_finds_the_length_that_was_written(
    tmp_path: Path, format: str, subtype: str, length: int, make: Callable[..., np.ndarray]
) -> None:
    path = tmp_path / "a.bin"
    make(path, format, subtype, channels=1, length=length)
    assert soundfile.info(path).frames == len(soundfile.read(path)[0]) == length
    with open_audio(path) as reader:
        assert reader.length == length
    if format != "W64":
        with av.open(str(path)) as file:
            assert sum(frame.samples for frame in file.decode(audio=0)) == length


@pytest.mark.parametrize(("format", "subtype"), [("AIFF", "PCM_S8"), ("WAV", "PCM_24")])
def test_tags_after_it_are_found_and_harm_nothing(
    tmp_path: Path, format: str, subtype: str, make: Callable[..., np.ndarray]
) -> None:
    with soundfile.SoundFile(tmp_path / "t.wav", "w", 8_000, 1) as file:
        file.title = "Odd"
        file.write(np.zeros(10))
    samples = make(tmp_path / "a.bin", format, subtype, channels=1, length=1_001)
    assert copy_tags(tmp_path / "t.wav", tmp_path / "a.bin")
    assert read_tags(tmp_path / "a.bin") == {"title": "Odd"}
    with open_audio(tmp_path / "a.bin") as reader:
        np.testing.assert_array_equal(reader.read(0, reader.length), samples)
    assert soundfile.info(tmp_path / "a.bin").frames == 1_001


def chunk(name: bytes, payload: bytes) -> bytes:
    return name + struct.pack("<I", len(payload)) + payload + bytes(len(payload) % 2)


def rf64(
    samples: np.ndarray, before: bytes = b"", after: bytes = b"", magic: bytes = b"RF64"
) -> bytes:
    """24 bits, one channel, by hand, as other programs write it. samples: integers."""
    data = b"".join(int(value).to_bytes(3, "little", signed=True) for value in samples)
    form = chunk(b"fmt ", struct.pack("<HHIIHH", 1, 1, 48_000, 144_000, 3, 24))
    sound = struct.pack("<4sI", b"data", 2**32 - 1) + data + bytes(len(data) % 2)
    whole = 4 + 36 + len(before + form + sound + after)
    wide = chunk(b"ds64", struct.pack("<QQQI", whole, len(data), len(samples), 0))
    head = struct.pack("<4sI4s", magic, 2**32 - 1, b"WAVE")
    return head + wide + before + form + sound + after


NOTES = [
    chunk(b"bext", b"x" * 605),
    chunk(b"JUNK", b"12345"),
    chunk(b"axml", b"<a/>\n") + chunk(b"chna", bytes(4)),
]


@pytest.mark.parametrize("magic", [b"RF64", b"BW64"])
@pytest.mark.parametrize("behind", [False, True])
@pytest.mark.parametrize("notes", [b"", *NOTES])
def test_wide_files_of_other_programs(
    tmp_path: Path, magic: bytes, behind: bool, notes: bytes
) -> None:
    """libsndfile takes an odd chunk's padding for the next chunk's name there."""
    samples = np.random.default_rng(2).integers(-(2**23), 2**23, 5_001)
    before, after = (b"", notes) if behind else (notes, b"")
    path = tmp_path / "a.wav"
    path.write_bytes(rf64(samples, before, after, magic))
    with open_audio(path) as reader:
        shape = (reader.format, reader.subtype, reader.rate, reader.length)
        assert shape == ("RF64", "PCM_24", 48_000, 5_001)
        np.testing.assert_array_equal(reader.read_exact(0, 5_001)[0], samples)
        np.testing.assert_array_equal(reader.read_exact(4_321, 300)[0], samples[4_321:4_621])
        np.testing.assert_array_equal(reader.read_exact(17, 1)[0], samples[17:18])


def test_wide_files_of_other_programs_that_are_cut(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(rf64(np.arange(1_000), NOTES[0])[:-7])
    with pytest.raises(InputError, match=r"a\.wav is truncated"):
        open_audio(path)
    path.write_bytes(rf64(np.arange(1_000), NOTES[0]).replace(b"\x01\0\x01\0\x80\xbb", b"abcdef"))
    with pytest.raises(InputError, match=r"a\.wav cannot be read"):
        open_audio(path)


def test_odd_chunks_of_wide_files_go_along(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(rf64(np.arange(1_001), NOTES[0]))
    with open_audio(tmp_path / "a.wav") as source:
        with AudioWriter(
            tmp_path / "b.wav",
            rate=48_000,
            channels=1,
            length=1_001,
            format="RF64",
            subtype="PCM_24",
        ) as writer:
            writer.write(source.read(0, 1_001))
            writer.commit()
        expected = source.content_hash()
    assert carry_chunks(tmp_path / "a.wav", tmp_path / "b.wav") == ("bext",)
    with open_audio(tmp_path / "b.wav") as written:
        assert written.content_hash() == expected
    assert soundfile.info(tmp_path / "b.wav").frames == 1_001  # for programs that build on it


def test_big_endian_wav(tmp_path: Path) -> None:
    samples = np.random.default_rng(3).integers(-(2**15), 2**15, 1_001)
    form = struct.pack(">4sIHHIIHH", b"fmt ", 16, 1, 1, 44_100, 88_200, 2, 16)
    data = samples.astype(">i2").tobytes()
    body = b"WAVE" + form + struct.pack(">4sI", b"data", len(data)) + data
    (tmp_path / "a.wav").write_bytes(struct.pack(">4sI", b"RIFX", len(body)) + body)
    with open_audio(tmp_path / "a.wav") as reader:
        np.testing.assert_array_equal(reader.read_exact(0, 1_001)[0], samples)
