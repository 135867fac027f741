"""The promise on files of every kind, checked with libsndfile and integer sums alone."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from remixer.mixing.strips import MixState
from remixer.separation.cache import StemCache
from remixer.separation.catalogue import Card
from remixer.session.jobs import remix_file, separate_file
from tests.support import (
    BITS,
    EXTENSIONS,
    LSB,
    RAISED,
    corpus_songs,
    excerpt,
    music,
    read_floats,
    read_ints,
    stems_of,
    to_ints,
    write,
)

RAISE = MixState().with_strip("vocals", gain_db=1.5)

NAMED = [("WAV", "PCM_16"), ("WAV", "PCM_24"), ("FLAC", "PCM_16"), ("FLAC", "PCM_24")]
NAMED += [("AIFF", "PCM_24")]
OTHERS = [("WAV", "PCM_U8"), ("WAV", "PCM_32"), ("W64", "PCM_24"), ("RF64", "PCM_16")]
OTHERS += [("AIFF", "PCM_S8"), ("AIFF", "PCM_16"), ("AIFF", "PCM_32"), ("FLAC", "PCM_S8")]
OTHERS += [("M4A", "ALAC_16"), ("M4A", "ALAC_24")]
FLOATS = [("WAV", "FLOAT"), ("WAV", "DOUBLE"), ("AIFF", "FLOAT"), ("AIFF", "DOUBLE")]
FLOATS += [("RF64", "FLOAT"), ("W64", "DOUBLE")]
LIMITS = {"FLOAT": 10 ** (-140 / 20), "DOUBLE": 10 ** (-300 / 20)}

SHAPES = [(rate, channels) for rate in (44_100, 48_000, 96_000) for channels in (1, 2)]
EVERY = [(*kind, *shape) for kind in NAMED for shape in SHAPES]
EVERY += [(*kind, 44_100, 2) for kind in OTHERS]
LENGTH = 9_001


def source_of(
    folder: Path, format: str, subtype: str, rate: int, channels: int, length: int = LENGTH
) -> Path:
    path = folder / f"song{EXTENSIONS.get(format, '.wav')}"
    return write(path, 0.7 * music(channels, length, rate), rate, subtype, format)


def check_integer_source(source: Path, subtype: str, card: Card, cache: StemCache) -> None:
    """Stems, the neutral remix and vocals +1.5 dB, in the source's own format."""
    original, out = read_ints(source), source.parent / "made"
    export = separate_file(source, out, card, cache=cache)
    stems = [read_ints(path) for path in stems_of(source, out)]
    np.testing.assert_array_equal(sum(stems), original)
    assert export.null.passed
    assert export.rounded_bits is None

    neutral = remix_file(source, out / f"same{source.suffix}", MixState(), card, cache=cache)
    np.testing.assert_array_equal(read_ints(neutral.file), original)
    assert neutral.identical

    raised = remix_file(source, out / f"raised{source.suffix}", RAISE, card, cache=cache)
    change = read_ints(raised.file) - original
    assert raised.clipped == 0
    assert np.abs(change - RAISED * stems[0]).max() <= LSB[BITS[subtype]]
    assert np.any(change)
    assert not raised.identical


@pytest.mark.parametrize(("format", "subtype", "rate", "channels"), EVERY)
def test_integer_sources(
    tmp_path: Path,
    card: Card,
    cache: StemCache,
    format: str,
    subtype: str,
    rate: int,
    channels: int,
) -> None:
    source = source_of(tmp_path, format, subtype, rate, channels)
    check_integer_source(source, subtype, card, cache)


@pytest.mark.parametrize(("rate", "channels"), SHAPES)
@pytest.mark.parametrize(("format", "subtype"), FLOATS)
def test_float_sources(
    tmp_path: Path,
    card: Card,
    cache: StemCache,
    format: str,
    subtype: str,
    rate: int,
    channels: int,
) -> None:
    source = source_of(tmp_path, format, subtype, rate, channels, length=5_003)
    original, out = read_floats(source), tmp_path / "made"
    for wanted in ("FLOAT", "DOUBLE"):
        separate_file(source, out, card, subtype=wanted, overwrite=True, cache=cache)
        stems = [read_floats(path) for path in stems_of(source, out)]
        assert np.abs(sum(stems) - original).max() <= LIMITS[wanted]

    neutral = remix_file(source, out / f"same{source.suffix}", MixState(), card, cache=cache)
    np.testing.assert_array_equal(read_floats(neutral.file), original)
    assert neutral.identical

    raised = remix_file(source, out / f"raised{source.suffix}", RAISE, card, cache=cache)
    change = read_floats(raised.file) - original
    assert np.abs(change - RAISED * stems[0]).max() <= 2**-23


@pytest.mark.parametrize(
    ("subtype", "format", "deeper"),
    [
        ("PCM_U8", "wav", "PCM_16"),
        ("PCM_16", "wav", "PCM_24"),
        ("PCM_16", "aiff", "PCM_32"),
        ("PCM_16", "flac", "PCM_24"),
        ("PCM_24", "wav", "PCM_32"),
        ("PCM_24", "w64", "PCM_24"),
        ("PCM_24", "M4A", "ALAC_24"),
    ],
)
def test_deeper_stems_add_up_too(
    tmp_path: Path, card: Card, cache: StemCache, subtype: str, format: str, deeper: str
) -> None:
    source = source_of(tmp_path, "WAV", subtype, 44_100, 2)
    export = separate_file(
        source, tmp_path / "made", card, format=format, subtype=deeper, cache=cache
    )
    assert export.subtype == deeper
    np.testing.assert_array_equal(sum(read_ints(path) for path in export.files), read_ints(source))


@pytest.mark.parametrize("subtype", ["PCM_16", "PCM_24", "PCM_32"])
@pytest.mark.parametrize("wanted", ["FLOAT", "DOUBLE"])
def test_floating_point_stems_of_integer_sources(
    tmp_path: Path, card: Card, cache: StemCache, subtype: str, wanted: str
) -> None:
    """Exact as numbers, but for 32 bits in FLOAT, which holds 24."""
    source = source_of(tmp_path, "WAV", subtype, 44_100, 2)
    export = separate_file(source, tmp_path / "made", card, subtype=wanted, cache=cache)
    left = np.abs(sum(read_floats(path) for path in export.files) - read_floats(source)).max()
    if (subtype, wanted) == ("PCM_32", "FLOAT"):
        assert 0 < left <= LIMITS["FLOAT"]
        assert not export.null.passed
    else:
        assert left == 0
        assert export.null.passed


def odd(format: str, subtype: str, length: int) -> Callable[..., Any]:
    """A mono source of an odd number of bytes, which its container pads to an even one."""
    return example(
        kind=(format, subtype), rate=44_100, channels=1, length=length, level=0.3, seed=0
    )


@settings(max_examples=40)
@odd("AIFF", "PCM_S8", 1)
@odd("AIFF", "PCM_S8", 1_001)
@odd("AIFF", "PCM_24", 1)
@odd("AIFF", "PCM_24", 1_001)
@odd("WAV", "PCM_U8", 1)
@odd("WAV", "PCM_U8", 1_001)
@odd("WAV", "PCM_24", 1)
@odd("WAV", "PCM_24", 1_001)
@given(
    kind=st.sampled_from([*NAMED, *OTHERS]),
    rate=st.sampled_from([8_000, 11_025, 22_050, 44_100, 48_000, 88_200, 192_000]),
    channels=st.integers(1, 2),
    length=st.integers(1, 3_000) | st.sampled_from([65_535, 65_536, 65_537]),
    level=st.sampled_from([0.0, 1e-4, 0.3, 1.0, 4.0]),
    seed=st.integers(0, 2**16),
)
def test_any_shape_and_level_adds_up(
    card: Card,
    kind: tuple[str, str],
    rate: int,
    channels: int,
    length: int,
    level: float,
    seed: int,
) -> None:
    """Down to one sample and silence, up to clipped noise."""
    format, subtype = kind
    samples = level * music(channels, length, rate, seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = write(
            folder / f"song{EXTENSIONS.get(format, '.wav')}", samples, rate, subtype, format
        )
        original = to_ints(samples, BITS[subtype])
        cache = StemCache(folder / "cache")
        separate_file(source, folder / "made", card, cache=cache)
        stems = stems_of(source, folder / "made")
        np.testing.assert_array_equal(sum(read_ints(path) for path in stems), original)
        target = folder / f"same{source.suffix}"
        remix_file(source, target, MixState(), card, cache=cache)
        np.testing.assert_array_equal(read_ints(target), original)


def decoded(path: Path) -> NDArray[np.float64]:
    """A lossy file's samples by the decoder's own library, (length, channels)."""
    if path.suffix in (".ogg", ".opus"):
        return read_floats(path)
    with av.open(str(path)) as file:
        return np.concatenate([frame.to_ndarray().T for frame in file.decode(audio=0)])


@pytest.mark.parametrize(
    ("format", "subtype"),
    [("MP3", "MPEG_LAYER_III"), ("OGG", "VORBIS"), ("OPUS", "OPUS"), ("M4A", "AAC")],
)
def test_lossy_sources(
    tmp_path: Path, card: Card, cache: StemCache, format: str, subtype: str
) -> None:
    source = tmp_path / f"song{EXTENSIONS[format]}"
    write(source, 0.5 * music(2, 30_000, 48_000), 48_000, subtype, format)
    target = tmp_path / f"same{source.suffix}"
    neutral = remix_file(source, target, MixState(), card, cache=cache)
    assert target.read_bytes() == source.read_bytes()
    assert neutral.identical

    export = separate_file(source, tmp_path / "made", card, cache=cache)
    assert (export.format, export.subtype) == ("WAV", "FLOAT")
    total = sum(read_floats(path) for path in export.files)
    assert len(total) == 30_000
    assert np.abs(total - decoded(source)[: len(total)]).max() <= LIMITS["FLOAT"]

    unpacked = remix_file(source, tmp_path / "same.wav", MixState(), card, cache=cache)
    np.testing.assert_array_equal(read_floats(unpacked.file), decoded(source)[: len(total)])


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize(
    ("format", "subtype"), [("WAV", "PCM_16"), ("FLAC", "PCM_24"), ("WAV", "FLOAT")]
)
def test_real_songs(
    tmp_path: Path, card: Card, cache: StemCache, place: int, format: str, subtype: str
) -> None:
    songs = corpus_songs()
    song = songs[place * (len(songs) - 1) // 2]
    mix, rate = excerpt(song, 2.0, at=0.4)
    mix = 0.7 * mix / np.abs(mix).max()
    source = write(tmp_path / f"song{EXTENSIONS.get(format, '.wav')}", mix, rate, subtype, format)
    if subtype in BITS:
        check_integer_source(source, subtype, card, cache)
        return
    separate_file(source, tmp_path / "made", card, cache=cache)
    total = sum(read_floats(path) for path in stems_of(source, tmp_path / "made"))
    assert np.abs(total - read_floats(source)).max() <= LIMITS["FLOAT"]
    remix_file(source, tmp_path / "same.wav", MixState(), card, cache=cache)
    np.testing.assert_array_equal(read_floats(tmp_path / "same.wav"), read_floats(source))
