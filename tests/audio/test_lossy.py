"""Lengths and alignment of what decoders give: encoder delay and padding are left out once."""

import io
import re
import struct
from collections.abc import Callable
from pathlib import Path

import mutagen.mp4
import numpy as np
import pytest
import soundfile

from remixer.audio import mp4, mpeg
from remixer.audio.reader import open_audio
from remixer.errors import InputError

LENGTHS = [1, 2, 1_000, 1_024, 1_025, 2_049, 30_011]


def tone(length: int, rate: int, channels: int = 2) -> np.ndarray:
    time = np.arange(length) / rate
    chirp = 0.3 * np.sin(2 * np.pi * (200 + 300 * time) * time)
    return np.stack([chirp, 0.5 * chirp])[:channels]


def delay(decoded: np.ndarray, original: np.ndarray) -> int:
    """The lag in samples at which the two agree best."""
    a, b = decoded[0], original[0]
    size = 2 * len(a)
    product = np.fft.rfft(a, size) * np.conj(np.fft.rfft(b, size))
    return (int(np.argmax(np.fft.irfft(product))) + len(a)) % size - len(a)


@pytest.mark.parametrize(
    ("format", "subtype", "rate"),
    [
        ("M4A", "AAC", 44_100),
        ("M4A", "AAC", 8_000),
        ("MP3", "MPEG_LAYER_III", 44_100),
        ("MP3", "MPEG_LAYER_III", 8_000),
        ("OGG", "VORBIS", 44_100),
        ("OPUS", "OPUS", 24_000),
    ],
)
@pytest.mark.parametrize("length", LENGTHS)
def test_lengths_survive_lossy_files(
    tmp_path: Path, format: str, subtype: str, rate: int, length: int, make: Callable[..., object]
) -> None:
    make(tmp_path / "a", format, subtype, rate=rate, length=length)
    with open_audio(tmp_path / "a") as reader:
        assert reader.length == length
        assert reader.read(0, length).shape == (2, length)


@pytest.mark.parametrize(
    ("codec", "name", "options"),
    [
        ("aac", "a.m4a", {}),
        ("aac", "a.m4a", {"movie_timescale": "44100"}),
        ("aac", "a.mp4", {"movflags": "faststart"}),
        ("libmp3lame", "a.mp3", {}),
    ],
)
def test_other_programs_files_are_aligned_to_the_sample(
    tmp_path: Path, codec: str, name: str, options: dict[str, str], encode: Callable[..., None]
) -> None:
    for length in LENGTHS[2:] if name == "a.mp3" else LENGTHS:  # FFmpeg's MP3s hold 47 or more
        original = tone(length, 44_100)
        encode(tmp_path / name, codec, original, 44_100, options=options)
        with open_audio(tmp_path / name) as reader:
            assert reader.length == length
            decoded = reader.read(0, length)
    assert delay(decoded, original) == 0
    assert np.abs(decoded - original).mean() < 0.01


def test_alac_of_another_program_is_exact_on_its_grid(
    tmp_path: Path, encode: Callable[..., None], signal: Callable[..., np.ndarray]
) -> None:
    samples = signal("ALAC_24", length=9_001)
    encode(tmp_path / "a.m4a", "alac", samples, 44_100, kind="s32p")
    with open_audio(tmp_path / "a.m4a") as reader:
        assert (reader.subtype, reader.lossy) == ("ALAC_24", False)
        np.testing.assert_array_equal(reader.read(0, reader.length), samples)


def test_an_edit_list_of_another_encoder_is_followed(
    tmp_path: Path, encode: Callable[..., None]
) -> None:
    """Apple's encoder has 2112 samples of delay; the same packets with such an edit play later."""
    path = tmp_path / "a.m4a"
    encode(path, "aac", tone(40_000, 44_100), 44_100, options={"movie_timescale": "44100"})
    with open_audio(path) as reader:
        before = reader.read(0, reader.length)
    data = bytearray(path.read_bytes())
    struct.pack_into(">Ii", data, data.find(b"elst") + 12, 30_000, 2_112)
    path.write_bytes(data)
    with open_audio(path) as reader:
        assert reader.length == 30_000
        after = reader.read(0, 30_000)
    np.testing.assert_array_equal(after[:, 4_096:], before[:, 4_096 + 1_088 : 31_088])


def test_itunes_way_of_telling_the_length(tmp_path: Path, encode: Callable[..., None]) -> None:
    path = tmp_path / "a.m4a"
    original = tone(20_011, 44_100)
    encode(path, "aac", original, 44_100, options={"use_editlist": "0"})
    tagged = mutagen.mp4.MP4(path)
    text = f" 00000000 00000400 000001D5 {20_011:016X} 00000000 00000000"
    tagged["----:com.apple.iTunes:iTunSMPB"] = [text.encode()]
    tagged.save()
    with open_audio(path) as reader:
        assert reader.length == 20_011
        assert delay(reader.read(0, 20_011), original) == 0


def test_a_fragmented_mp4_is_counted_by_decoding(
    tmp_path: Path, encode: Callable[..., None]
) -> None:
    flags = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}
    encode(tmp_path / "a.m4a", "aac", tone(30_011, 44_100), 44_100, options=flags)
    assert mp4.promised_samples(tmp_path / "a.m4a", 44_100) is None
    with open_audio(tmp_path / "a.m4a") as reader:
        assert 30_011 <= reader.length <= 30_011 + 3 * 1_024


def test_bare_aac_is_counted_by_decoding(tmp_path: Path, encode: Callable[..., None]) -> None:
    encode(tmp_path / "a.aac", "aac", tone(30_011, 44_100), 44_100)
    with open_audio(tmp_path / "a.aac") as reader:
        assert (reader.format, reader.subtype) == ("M4A", "AAC")
        assert 30_011 <= reader.length <= 30_011 + 3 * 1_024


def mp3_frames(data: bytes) -> list[bytes]:
    """Frames of an MP3 at 44.1 kHz."""
    kilobits = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320]
    frames, at = [], 0
    while at + 4 < len(data) and data[at] == 0xFF:
        size = 144_000 * kilobits[data[at + 2] >> 4] // 44_100 + (data[at + 2] >> 1 & 1)
        frames.append(data[at : at + size])
        at += size
    return frames


@pytest.fixture
def mp3(tmp_path: Path) -> bytes:
    file = io.BytesIO()
    quiet_then_loud = tone(88_200, 44_100) * np.linspace(0, 1, 88_200) ** 4
    with soundfile.SoundFile(
        file, "w", 44_100, 2, "MPEG_LAYER_III", format="MP3", bitrate_mode="VARIABLE"
    ) as mp3:
        mp3.write(quiet_then_loud.T)
    return file.getvalue()


def test_an_mp3_without_header_is_counted_by_decoding(tmp_path: Path, mp3: bytes) -> None:
    """libsndfile estimates its length by the first frame's bit rate, and stops there."""
    path = tmp_path / "a.mp3"
    path.write_bytes(mp3)
    assert mpeg.promised_samples(path) == 88_200
    frames = mp3_frames(mp3)[1:]
    path.write_bytes(b"".join(frames))
    assert mpeg.promised_samples(path) is None
    assert soundfile.info(path).frames != 1_152 * len(frames)
    with open_audio(path) as reader:
        assert reader.length == 1_152 * len(frames)


def test_mp3s_joined_end_to_end_are_all_read(tmp_path: Path, mp3: bytes) -> None:
    (tmp_path / "a.mp3").write_bytes(mp3 + mp3)
    with open_audio(tmp_path / "a.mp3") as reader:
        assert reader.length >= 2 * 88_200


def test_an_mp3_after_tags_and_without_delay_in_its_header(tmp_path: Path, mp3: bytes) -> None:
    tag = b"ID3\x04\0\0" + bytes([0, 0, 2, 0]) + bytes(256)
    (tmp_path / "a.mp3").write_bytes(tag + mp3)
    assert mpeg.promised_samples(tmp_path / "a.mp3") == 88_200
    plain = bytearray(mp3)
    at = plain.find(b"LAME")
    plain[at + 21 : at + 24] = bytes(3)
    (tmp_path / "a.mp3").write_bytes(plain)
    assert mpeg.promised_samples(tmp_path / "a.mp3") is None
    with open_audio(tmp_path / "a.mp3") as reader:
        assert reader.length >= 88_200


@pytest.mark.parametrize("keep", [0.3, 0.9])
def test_a_truncated_mp3_tells_where_it_ends(tmp_path: Path, mp3: bytes, keep: float) -> None:
    (tmp_path / "a.mp3").write_bytes(mp3[: int(len(mp3) * keep)])
    with open_audio(tmp_path / "a.mp3") as reader:
        reader.read(0, 5_000)
        for _ in range(2):
            with pytest.raises(InputError, match=r"a\.mp3 .*(ends|damaged) after \d\.\d+ s"):
                reader.read(0, reader.length)
        reader.read(0, 5_000)


@pytest.mark.parametrize("codec", ["aac", "alac"])
@pytest.mark.parametrize("change", ["cut", "hole"])
def test_a_damaged_mp4_tells_where(
    tmp_path: Path, codec: str, change: str, encode: Callable[..., None]
) -> None:
    path = tmp_path / "a.m4a"
    kind = "fltp" if codec == "aac" else "s32p"
    rng = np.random.default_rng(5)
    noisy = tone(60_000, 44_100) + 0.1 * rng.standard_normal((2, 60_000))
    encode(path, codec, noisy, 44_100, kind=kind, options={"movflags": "faststart"})
    data = path.read_bytes()
    half = len(data) // 2
    path.write_bytes(
        data[:half] if change == "cut" else data[:half] + b"\xff" * 4_000 + data[half + 4_000 :]
    )
    with open_audio(path) as reader:
        assert reader.length == 60_000
        with pytest.raises(InputError, match=r"(ends|damaged) after \d\.\d+ s") as caught:
            reader.read(0, 60_000)
    seconds = re.search(r"after (\d\.\d+) s", str(caught.value))
    assert seconds
    assert 0.4 < float(seconds[1]) < 1.1
