"""An odd number of bytes of samples: the byte that evens it out is no sample, for any reader."""

import struct
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from remixer.audio.reader import open_audio
from remixer.audio.tags import copy_tags, read_tags
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
