import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from remixer.audio import spool
from remixer.audio.formats import BITS, CONTAINERS
from remixer.audio.reader import AudioReader, open_audio
from remixer.dsp.signal import SampleReader
from remixer.errors import InputError

KINDS = [(c.name, subtype) for c in CONTAINERS.values() for subtype in c.subtypes]
SPOOLED = [
    ("OGG", "VORBIS", 44_100),
    ("OPUS", "OPUS", 48_000),
    ("OPUS", "OPUS", 16_000),
    ("MP3", "MPEG_LAYER_III", 44_100),
    ("MP3", "MPEG_LAYER_III", 8_000),
    ("M4A", "AAC", 44_100),
    ("M4A", "ALAC_16", 44_100),
    ("M4A", "ALAC_24", 96_000),
]


def test_a_reader_is_a_sample_reader(tmp_path: Path, make: Callable[..., object]) -> None:
    make(tmp_path / "a.wav", "WAV", "PCM_16")
    with open_audio(tmp_path / "a.wav") as reader:
        anything: SampleReader = reader
        assert (anything.rate, anything.channels, anything.length) == (48_000, 2, 5_000)
        assert reader.path == tmp_path / "a.wav"


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32"])
def test_integers_are_read_exactly(tmp_path: Path, subtype: str) -> None:
    bits = BITS[subtype]
    rng = np.random.default_rng(1)
    integers = rng.integers(-(2 ** (bits - 1)), 2 ** (bits - 1), (501, 2)).astype(np.int32)
    soundfile.write(tmp_path / "a.wav", integers << (32 - bits), 8_000, subtype)
    with open_audio(tmp_path / "a.wav") as reader:
        assert reader.grid is not None
        assert reader.grid.bits == bits
        exact = reader.read_exact(3, 400)
        assert exact.dtype == np.int32
        np.testing.assert_array_equal(exact, integers[3:403].T)
        samples = reader.read(3, 400)
        assert samples.dtype == np.float64
        assert samples.flags.c_contiguous
        np.testing.assert_array_equal(samples / reader.grid.step, exact)
        assert reader.grid.holds(samples)


@pytest.mark.parametrize("subtype", ["FLOAT", "DOUBLE"])
def test_floats_are_read_as_stored(
    tmp_path: Path, subtype: str, make: Callable[..., np.ndarray]
) -> None:
    samples = make(tmp_path / "a.wav", "WAV", subtype)
    with open_audio(tmp_path / "a.wav") as reader:
        assert reader.grid is None
        assert not reader.lossy
        assert reader.read_exact(0, 9).dtype == (np.float32 if subtype == "FLOAT" else np.float64)
        np.testing.assert_array_equal(reader.read(0, 5_000), samples)


@pytest.mark.parametrize(("format", "subtype"), KINDS)
def test_what_a_file_says_of_itself(
    tmp_path: Path, format: str, subtype: str, make: Callable[..., object]
) -> None:
    path = tmp_path / "no.extension"
    make(path, format, subtype, channels=1, length=777)
    with open_audio(str(path)) as reader:
        assert (reader.format, reader.subtype) == (format, subtype)
        assert (reader.rate, reader.channels, reader.length) == (48_000, 1, 777)
        assert (reader.grid.bits if reader.grid else None) == BITS.get(subtype)
        assert reader.lossy == (subtype not in BITS and subtype not in ("FLOAT", "DOUBLE"))


@pytest.mark.parametrize(("format", "subtype", "rate"), SPOOLED)
@pytest.mark.parametrize("small", [spool.SMALL, 1_000])
def test_random_access_equals_decoding_in_order(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    format: str,
    subtype: str,
    rate: int,
    small: int,
    make: Callable[..., object],
) -> None:
    monkeypatch.setattr(spool, "SMALL", small)
    length = 2 * rate + 17
    make(tmp_path / "a", format, subtype, rate=rate, length=length)
    with open_audio(tmp_path / "a") as reader:
        whole = np.concatenate([block for _, block in reader.blocks(4_096)], axis=1)
    assert whole.shape == (2, length)
    check_random_access(open_audio(tmp_path / "a"), whole)


@pytest.mark.parametrize(("format", "subtype"), [("FLAC", "PCM_24"), ("WAV", "PCM_24")])
def test_random_access_equals_the_samples(
    tmp_path: Path, format: str, subtype: str, make: Callable[..., np.ndarray]
) -> None:
    samples = make(tmp_path / "a", format, subtype, length=100_001)
    check_random_access(open_audio(tmp_path / "a"), samples)


def check_random_access(reader: AudioReader, whole: np.ndarray) -> None:
    rng = np.random.default_rng(2)
    length = whole.shape[1]
    spans = [(length - 1, 1), (0, 1), (length, 0), (0, 0), (0, length)]
    starts = rng.integers(0, length, 40)
    spans += [(int(at), int(rng.integers(0, min(5_000, length - at)))) for at in starts]
    with reader:
        for start, count in spans:
            expected = whole[:, start : start + count]
            np.testing.assert_array_equal(reader.read(start, count), expected)


@given(data=st.data())
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_span_of_any_exact_file(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory, make: Callable[..., np.ndarray]
) -> None:
    format, subtype = data.draw(st.sampled_from([k for k in KINDS if k[1] in BITS]))
    length = data.draw(st.sampled_from([1, 2, 3, 1_025, 4_097]))
    channels = data.draw(st.integers(1, 2))
    path = tmp_path_factory.mktemp("span") / "a"
    samples = make(path, format, subtype, channels=channels, length=length)
    with open_audio(path) as reader:
        for _ in range(5):
            start = data.draw(st.integers(0, length))
            count = data.draw(st.integers(0, length - start))
            np.testing.assert_array_equal(
                reader.read(start, count), samples[:, start : start + count]
            )


def test_a_whole_file_is_the_same_in_blocks(
    tmp_path: Path, make: Callable[..., np.ndarray]
) -> None:
    samples = make(tmp_path / "a.flac", "FLAC", "PCM_16", length=10_001)
    with open_audio(tmp_path / "a.flac") as reader:
        blocks = dict(reader.blocks(3_000))
    assert list(blocks) == [0, 3_000, 6_000, 9_000]
    np.testing.assert_array_equal(np.concatenate(list(blocks.values()), axis=1), samples)


def test_outside_the_file_is_a_mistake(tmp_path: Path, make: Callable[..., object]) -> None:
    make(tmp_path / "a.wav", "WAV", "PCM_16", length=10)
    with open_audio(tmp_path / "a.wav") as reader:
        for start, count in [(-1, 1), (0, 11), (10, 1), (5, -1)]:
            with pytest.raises(ValueError, match="outside 0 to 10"):
                reader.read(start, count)


@pytest.mark.parametrize(("format", "subtype"), [("FLAC", "PCM_16"), ("OGG", "VORBIS")])
def test_threads_may_read_at_once(
    tmp_path: Path, format: str, subtype: str, make: Callable[..., object]
) -> None:
    make(tmp_path / "a", format, subtype, length=60_000)
    with open_audio(tmp_path / "a") as reader:
        whole = reader.read(0, reader.length)
    wrong: list[int] = []

    def visit(seed: int) -> None:
        rng = np.random.default_rng(seed)
        for start in rng.integers(0, 59_000, 40).tolist():
            same = np.array_equal(reader.read(start, 1_000), whole[:, start : start + 1_000])
            wrong.extend([] if same else [start])

    with open_audio(tmp_path / "a") as reader:
        threads = [threading.Thread(target=visit, args=(seed,)) for seed in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert wrong == []


def test_an_interrupted_decoder_does_not_shift_what_follows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[..., object]
) -> None:
    make(tmp_path / "a.ogg", "OGG", "VORBIS", length=90_000)

    def interrupt(*args: object) -> None:
        raise KeyboardInterrupt

    with open_audio(tmp_path / "a.ogg") as reader:
        before = reader.read(0, 100)
        with monkeypatch.context() as patch:
            patch.setattr(spool.Spool, "_keep", interrupt)
            with pytest.raises(KeyboardInterrupt):
                reader.read(80_000, 100)
        with pytest.raises(InputError, match=r"was interrupted.*open it again"):
            reader.read(80_000, 100)
        np.testing.assert_array_equal(reader.read(0, 100), before)


def test_the_hash_is_of_the_samples_not_of_the_file(
    tmp_path: Path, make: Callable[..., object]
) -> None:
    kinds = [("WAV", "PCM_16"), ("FLAC", "PCM_16"), ("AIFF", "PCM_16"), ("M4A", "ALAC_16")]
    kinds += [("W64", "PCM_16"), ("RF64", "PCM_16")]
    hashes = set()
    for format, subtype in kinds:
        make(tmp_path / format, format, subtype)
        with open_audio(tmp_path / format) as reader:
            hashes.add(reader.content_hash())
            assert reader.content_hash() in hashes
    assert len(hashes) == 1
    assert len(hashes.pop()) == 64


def test_the_hash_tells_geometry_and_samples_apart(
    tmp_path: Path, make: Callable[..., object]
) -> None:
    variants = [
        {"subtype": "PCM_16"},
        {"subtype": "PCM_24"},
        {"subtype": "FLOAT"},
        {"subtype": "PCM_16", "rate": 44_100},
        {"subtype": "PCM_16", "channels": 1, "length": 10_000},
        {"subtype": "PCM_16", "seed": 1},
    ]
    hashes = set()
    for number, variant in enumerate(variants):
        path = tmp_path / str(number)
        make(path, "WAV", **variant)
        with open_audio(path) as reader:
            hashes.add(reader.content_hash())
    assert len(hashes) == len(variants)


def test_real_music_at_random(corpus: Path) -> None:
    path = next(iter(sorted(corpus.glob("samples/*/*/*.opus"))), None)
    if path is None:
        pytest.skip("the corpus has no one-shots")
    with open_audio(path) as reader:
        assert (reader.format, reader.rate, reader.lossy) == ("OPUS", 48_000, True)
        whole = np.concatenate([block for _, block in reader.blocks()], axis=1)
    check_random_access(open_audio(path), whole)
