"""Every file that cannot be used: one line that names the value, the limit and the remedy."""

import os
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from remixer.audio.formats import MAX_RATE, MIN_RATE
from remixer.audio.reader import open_audio
from remixer.errors import InputError

CHUNKED = [("WAV", "PCM_16"), ("RF64", "PCM_24"), ("W64", "FLOAT"), ("AIFF", "PCM_24")]


def refused(path: Path, told: str) -> None:
    with pytest.raises(InputError, match=told) as caught:
        open_audio(path)
    assert "\n" not in str(caught.value)
    assert ": " in str(caught.value)


def test_missing(tmp_path: Path) -> None:
    refused(tmp_path / "gone.wav", "gone.wav does not exist: check the name")


def test_a_folder(tmp_path: Path) -> None:
    refused(tmp_path, "is a folder: choose a file in it")


def test_no_regular_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.wav")
    refused(tmp_path / "pipe.wav", "is no regular file")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_no_permission(tmp_path: Path, make: Callable[..., object]) -> None:
    make(tmp_path / "a.wav", "WAV", "PCM_16")
    (tmp_path / "a.wav").chmod(0)
    refused(tmp_path / "a.wav", "may not be read: ask its owner")


def test_no_permission_by_the_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[..., object]
) -> None:
    make(tmp_path / "a.wav", "WAV", "PCM_16")

    def refuse(self: Path, *args: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    refused(tmp_path / "a.wav", "may not be read: ask its owner")


def test_empty(tmp_path: Path) -> None:
    (tmp_path / "a.wav").touch()
    refused(tmp_path / "a.wav", r"a\.wav is empty \(0 bytes\)")


@pytest.mark.parametrize(("format", "subtype"), [*CHUNKED, ("FLAC", "PCM_16")])
def test_no_samples(tmp_path: Path, format: str, subtype: str) -> None:
    soundfile.write(tmp_path / "a", np.zeros((0, 2)), 44_100, subtype, format=format)
    refused(tmp_path / "a", "a is empty")


@pytest.mark.parametrize("content", [b"hello", b"MZ\x90" + bytes(999), b"\0" * 5_000])
@pytest.mark.parametrize("name", ["a.wav", "a.mp3", "a.txt"])
def test_not_audio(tmp_path: Path, content: bytes, name: str) -> None:
    (tmp_path / name).write_bytes(content)
    refused(
        tmp_path / name, "is not audio that Remixer knows|is not MP3 that can be read|no samples"
    )


@pytest.mark.parametrize("magic", [b"RIFF", b"RF64", b"FORM", b"fLaC", b"OggS", b"\xff\xfb"])
def test_only_a_magic_number(tmp_path: Path, magic: bytes) -> None:
    (tmp_path / "a").write_bytes(magic + bytes(60))
    refused(tmp_path / "a", "a .*(cannot be read|can be read|is FLAC of 1 bits)")


@pytest.mark.parametrize(("format", "subtype"), CHUNKED)
@pytest.mark.parametrize("missing", [1, 1_000, 30_000])
def test_truncated(
    tmp_path: Path, format: str, subtype: str, missing: int, make: Callable[..., object]
) -> None:
    """libsndfile would open these, shorter than they were."""
    path = tmp_path / "cut"
    make(path, format, subtype, length=10_001, channels=1)
    size = 10_001 * {"PCM_16": 2, "PCM_24": 3, "FLOAT": 4}[subtype]
    data = path.read_bytes()
    start = {"AIFF": 54}.get(format, len(data) - size - size % 2 * (format != "W64"))
    path.write_bytes(data[: start + max(0, size - missing)])
    refused(path, f"cut is truncated: its header promises {size} bytes")


def test_streamed_wavs_of_unknown_size_are_fine(
    tmp_path: Path, make: Callable[..., np.ndarray]
) -> None:
    path = tmp_path / "a.wav"
    samples = make(path, "WAV", "PCM_16")
    data = bytearray(path.read_bytes())
    at = data.find(b"data") + 4
    for riff, size in [(0, 0), (36, 0), (2**32 - 1, 2**32 - 1), (0x7FFFF024, 0x7FFFF000)]:
        struct.pack_into("<I", data, 4, riff)
        struct.pack_into("<I", data, at, size)
        path.write_bytes(data)
        with open_audio(path) as reader:
            np.testing.assert_array_equal(reader.read(0, reader.length), samples)
            np.testing.assert_array_equal(reader.read(7, 100), samples[:, 7:107])


def test_an_empty_wav_with_tags_after_it_is_no_stream(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", np.zeros((0, 2)), 44_100, "PCM_16")
    data = bytearray((tmp_path / "a.wav").read_bytes()) + b"LIST\x04\0\0\0INFO"
    struct.pack_into("<I", data, 4, len(data) - 8)
    (tmp_path / "a.wav").write_bytes(data)
    refused(tmp_path / "a.wav", "0 samples")


def test_a_wav_past_4_gib_is_not_shortened(tmp_path: Path, make: Callable[..., object]) -> None:
    path = tmp_path / "a.wav"
    make(path, "WAV", "PCM_16", length=100)
    data = bytearray(path.read_bytes())
    struct.pack_into("<I", data, data.find(b"data") + 4, 2**32 - 1)
    path.write_bytes(data)
    os.truncate(path, 5 * 2**30)
    refused(path, r"5368709120 bytes, more than the 4 GiB.*convert it to RF64")


@pytest.mark.parametrize("keep", [0.2, 0.7, 0.999])
def test_a_flac_that_ends_early_tells_where(
    tmp_path: Path, keep: float, make: Callable[..., np.ndarray]
) -> None:
    path = tmp_path / "cut.flac"
    samples = make(path, "FLAC", "PCM_16", length=96_000)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * keep)])
    with open_audio(path) as reader:
        with pytest.raises(
            InputError, match=r"cut\.flac is .* after (\d\.\d+) s of 2\.000"
        ) as caught:
            reader.read(0, 96_000)
        told = float(str(caught.value).split("after ")[1].split()[0])
        assert 2 * keep - 0.2 < told <= 2 * keep
        np.testing.assert_array_equal(reader.read(0, 9_000), samples[:, :9_000])


def test_a_damaged_flac_is_good_elsewhere(tmp_path: Path, make: Callable[..., np.ndarray]) -> None:
    path = tmp_path / "a.flac"
    samples = make(path, "FLAC", "PCM_16", length=96_000)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0x10
    path.write_bytes(data)
    with open_audio(path) as reader:
        with pytest.raises(InputError, match=r"damaged after (0\.9|1\.0)\d+ s of 2\.000 s"):
            reader.read(10, 95_000)
        for start in (0, 70_000, 90_000):
            expected = samples[:, start : start + 5_000]
            np.testing.assert_array_equal(reader.read(start, 5_000), expected)


def test_a_flac_of_unknown_length_is_counted(
    tmp_path: Path, make: Callable[..., np.ndarray]
) -> None:
    path = tmp_path / "a.flac"
    samples = make(path, "FLAC", "PCM_24", length=9_001)
    data = bytearray(path.read_bytes())
    data[21] &= 0xF0
    data[22:26] = bytes(4)
    path.write_bytes(data)
    with open_audio(path) as reader:
        assert reader.length == 9_001
        np.testing.assert_array_equal(reader.read(0, 9_001), samples)


def test_a_flac_of_32_bits(tmp_path: Path, make: Callable[..., object]) -> None:
    path = tmp_path / "a.flac"
    make(path, "FLAC", "PCM_24")
    data = bytearray(path.read_bytes())
    data[20] |= 1
    data[21] |= 0xF0
    path.write_bytes(data)
    refused(path, "FLAC of 32 bits; Remixer reads 8, 16 and 24: convert it to WAV")


@pytest.mark.parametrize(("format", "subtype"), [("OGG", "VORBIS"), ("OPUS", "OPUS")])
def test_ogg_that_is_cut_or_damaged(
    tmp_path: Path, format: str, subtype: str, make: Callable[..., object]
) -> None:
    path = tmp_path / "a.ogg"
    make(path, format, subtype, length=96_000)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    refused(path, "a.ogg is truncated inside an Ogg page")
    half = len(data) // 2
    path.write_bytes(data[:half] + bytes([data[half] ^ 1]) + data[half + 1 :])
    with (
        open_audio(path) as reader,
        pytest.raises(InputError, match=r"ends after \d\.\d+ s, its header promises 2\.000 s"),
    ):
        reader.read(0, reader.length)


def test_chained_ogg_streams(tmp_path: Path, make: Callable[..., object]) -> None:
    make(tmp_path / "a.ogg", "OGG", "VORBIS", seed=1)
    make(tmp_path / "b.ogg", "OGG", "VORBIS", seed=2)
    one, two = (tmp_path / "a.ogg").read_bytes(), (tmp_path / "b.ogg").read_bytes()
    if one[14:18] == two[14:18]:
        pytest.skip("libsndfile gave both streams one serial number")
    (tmp_path / "c.ogg").write_bytes(one + two)
    refused(tmp_path / "c.ogg", "chains several Ogg streams; Remixer reads one: split it")


@pytest.mark.parametrize(("channels", "layout"), [(3, "3 channels"), (6, r"5\.1 \(6 channels\)")])
def test_more_than_stereo(tmp_path: Path, channels: int, layout: str) -> None:
    soundfile.write(tmp_path / "mix.wav", np.zeros((10, channels)), 44_100)
    refused(
        tmp_path / "mix.wav",
        rf"mix\.wav is {layout}; Remixer reads mono and stereo: downmix it first",
    )


@pytest.mark.parametrize("rate", [MIN_RATE - 1, MAX_RATE + 1, 384_000, 1])
def test_rates_outside_8_to_192_khz(tmp_path: Path, rate: int) -> None:
    soundfile.write(tmp_path / "a.wav", np.zeros((10, 1)), rate)
    refused(tmp_path / "a.wav", rf"is at {rate} Hz; Remixer reads 8000 to 192000 Hz: resample")


@pytest.mark.parametrize("rate", [MIN_RATE, MAX_RATE])
def test_rates_at_the_limits(tmp_path: Path, rate: int) -> None:
    soundfile.write(tmp_path / "a.wav", np.zeros((10, 1)), rate)
    with open_audio(tmp_path / "a.wav") as reader:
        assert reader.rate == rate


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("subtype", ["FLOAT", "DOUBLE"])
def test_what_is_no_sound_is_named_not_replaced(tmp_path: Path, value: float, subtype: str) -> None:
    samples = np.zeros((2_000, 2))
    samples[1_500, 1] = samples[1_700, 0] = value
    soundfile.write(tmp_path / "a.wav", samples, 48_000, subtype)
    with open_audio(tmp_path / "a.wav") as reader:
        reader.read(0, 1_500)
        told = r"a\.wav holds -?(nan|inf) at 0\.031250 s \(sample 1500\), right channel"
        with pytest.raises(InputError, match=told):
            reader.read(1_000, 1_000)
        with pytest.raises(InputError, match=told):
            reader.content_hash()
        reader.read(1_501, 100)


def test_an_mp4_without_sound_or_of_another_codec(
    tmp_path: Path, encode: Callable[..., None]
) -> None:
    encode(tmp_path / "a.mp4", "ac3", np.zeros((2, 5_000)), 44_100)
    refused(tmp_path / "a.mp4", "a.mp4 holds ac3; Remixer reads AAC and ALAC in mp4: convert it")


def test_no_room_to_decode(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    mounted: Callable[[str], Path],
    make: Callable[..., object],
) -> None:
    make(tmp_path / "a.ogg", "OGG", "VORBIS", length=96_000)
    monkeypatch.setattr("tempfile.tempdir", str(mounted("size=256k")))
    monkeypatch.setattr("remixer.audio.spool.SMALL", 1_000)
    with (
        open_audio(tmp_path / "a.ogg") as reader,
        pytest.raises(InputError, match=r"no room .*\(No space left on device\): free some"),
    ):
        reader.read(0, reader.length)


@given(data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_damage_anywhere_is_an_error_or_sound(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory, make: Callable[..., object]
) -> None:
    kinds = [*CHUNKED, ("FLAC", "PCM_16"), ("OGG", "VORBIS"), ("M4A", "AAC"), ("M4A", "ALAC_16")]
    path = tmp_path_factory.mktemp("damage") / "a"
    make(path, *data.draw(st.sampled_from(kinds)), length=3_000)
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    try:
        with open_audio(path) as reader:
            if reader.length < 10**6:
                assert np.isfinite(reader.read(0, reader.length)).all()
    except InputError as error:
        message = str(error)
        assert message.startswith(("a ", str(path)))
