from dataclasses import dataclass
from pathlib import Path

import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from remixer.audio import formats
from remixer.audio.formats import BITS, CONTAINERS, FileFormat, fit, format_of, is_lossy, resolve
from remixer.dsp.signal import Grid
from remixer.errors import OutputError


@dataclass(frozen=True)
class Source:
    format: str = "WAV"
    subtype: str = "PCM_16"
    rate: int = 48_000
    channels: int = 2
    length: int = 1_000


@pytest.mark.parametrize(
    ("source", "format", "expected"),
    [
        (("WAV", "PCM_16"), "source", ("WAV", "PCM_16")),
        (("WAV", "PCM_16"), "FLAC", ("FLAC", "PCM_16")),
        (("WAV", "PCM_16"), "M4A", ("M4A", "ALAC_16")),
        (("WAV", "PCM_U8"), "FLAC", ("FLAC", "PCM_S8")),
        (("FLAC", "PCM_S8"), "WAV", ("WAV", "PCM_U8")),
        (("AIFF", "PCM_S8"), "source", ("AIFF", "PCM_S8")),
        (("WAV", "PCM_U8"), "M4A", ("M4A", "ALAC_16")),
        (("WAV", "PCM_32"), "AIFF", ("AIFF", "PCM_32")),
        (("M4A", "ALAC_20"), "source", ("M4A", "ALAC_24")),
        (("M4A", "ALAC_24"), "WAV", ("WAV", "PCM_24")),
        (("M4A", "ALAC_32"), "WAV", ("WAV", "PCM_32")),
        (("WAV", "FLOAT"), "wav", ("WAV", "FLOAT")),
        (("WAV", "DOUBLE"), "W64", ("W64", "DOUBLE")),
        (("MP3", "MPEG_LAYER_III"), "source", ("WAV", "FLOAT")),
        (("OGG", "VORBIS"), "AIFF", ("AIFF", "FLOAT")),
        (("WAV", "ULAW"), "source", ("WAV", "FLOAT")),
        (("RF64", "PCM_24"), "source", ("WAV", "PCM_24")),
        (("WAV", "PCM_24"), "OGG", ("OGG", "VORBIS")),
        (("WAV", "FLOAT"), "OPUS", ("OPUS", "OPUS")),
    ],
)
def test_the_sources_depth_is_kept_or_deepened(
    source: tuple[str, str], format: str, expected: tuple[str, str]
) -> None:
    assert resolve(Source(*source), format) == FileFormat(*expected)


@pytest.mark.parametrize(
    ("source", "format", "subtype", "told"),
    [
        (("WAV", "FLOAT"), "FLAC", "source", "FLAC cannot hold FLOAT.*choose WAV"),
        (("WAV", "DOUBLE"), "M4A", "source", "M4A cannot hold DOUBLE.*choose WAV"),
        (("WAV", "PCM_32"), "FLAC", "source", "32 bits, only PCM_24: choose WAV, or PCM_24"),
        (("WAV", "PCM_16"), "FLAC", "FLOAT", "FLAC cannot hold FLOAT, only PCM_S8"),
        (("WAV", "PCM_16"), "WAV", "VORBIS", "WAV cannot hold VORBIS.*choose OGG"),
        (("WAV", "PCM_16"), "XYZ", "source", "'XYZ' is no format; use one of WAV"),
        (("WAV", "PCM_16"), "FLAC", "ALAC", "FLAC cannot hold ALAC"),
    ],
)
def test_what_a_container_cannot_hold_is_refused_with_a_remedy(
    source: tuple[str, str], format: str, subtype: str, told: str
) -> None:
    with pytest.raises(OutputError, match=told):
        resolve(Source(*source), format, subtype)


def test_alac_is_at_the_sources_depth() -> None:
    assert resolve(Source("WAV", "PCM_16"), "M4A", "ALAC").subtype == "ALAC_16"
    assert resolve(Source("WAV", "PCM_24"), "M4A", "alac").subtype == "ALAC_24"
    assert resolve(Source("WAV", "PCM_24"), "M4A", "AAC").subtype == "AAC"


@given(
    st.sampled_from(sorted(CONTAINERS)),
    st.sampled_from([*BITS, "FLOAT", "DOUBLE", "VORBIS", "AAC"]),
)
def test_a_source_is_never_rounded_unasked(container: str, subtype: str) -> None:
    try:
        found = resolve(Source("WAV", subtype), container)
    except OutputError:
        assert BITS.get(subtype, 32) > 24
        return
    assert found.subtype in CONTAINERS[container].subtypes
    if subtype in BITS and not found.lossy:
        assert found.grid is not None
        assert found.grid.bits >= BITS[subtype]


@pytest.mark.parametrize("container", [c for c in CONTAINERS.values() if c.name != "M4A"])
def test_libsndfile_holds_what_the_table_says(container: formats.Container) -> None:
    name = "OGG" if container.name == "OPUS" else container.name
    for subtype in container.subtypes:
        assert soundfile.check_format(name, subtype)


def test_wav_past_4_gib_is_rf64_and_aiff_is_refused() -> None:
    hours_10 = 10 * 3_600 * 48_000
    assert fit("WAV", "PCM_16", rate=48_000, channels=2, length=hours_10).format == "RF64"
    assert fit("FLAC", "PCM_16", rate=48_000, channels=2, length=hours_10).format == "FLAC"
    assert resolve(Source(length=hours_10)).format == "RF64"
    with pytest.raises(OutputError, match=r"AIFF holds at most 4 GiB.*choose WAV"):
        fit("AIFF", "PCM_16", rate=48_000, channels=2, length=hours_10)


def test_the_limit_leaves_room_below_4_gib() -> None:
    most = formats.RIFF_LIMIT // 4
    assert fit("WAV", "PCM_16", rate=48_000, channels=2, length=most).format == "WAV"
    assert fit("WAV", "PCM_16", rate=48_000, channels=2, length=most + 1).format == "RF64"


@pytest.mark.parametrize(
    ("format", "subtype", "rate", "told"),
    [
        ("OPUS", "OPUS", 44_100, "OPUS cannot hold 44100 Hz, only 8000.*choose WAV"),
        ("MP3", "MPEG_LAYER_III", 96_000, "MP3 cannot hold 96000 Hz"),
        ("M4A", "AAC", 192_000, "M4A cannot hold 192000 Hz"),
        ("FLAC", "PCM_16", 96_001, "multiples of 10 Hz, not 96001 Hz"),
        ("WAV", "PCM_16", 7_999, "7999 Hz cannot be written"),
        ("WAV", "PCM_16", 192_001, "192001 Hz cannot be written"),
    ],
)
def test_rates_a_format_cannot_hold(format: str, subtype: str, rate: int, told: str) -> None:
    with pytest.raises(OutputError, match=told):
        fit(format, subtype, rate=rate, channels=2, length=1)


@pytest.mark.parametrize("channels", [0, 3, 6])
def test_only_mono_and_stereo(channels: int) -> None:
    with pytest.raises(OutputError, match="mono and stereo"):
        fit("WAV", "PCM_16", rate=48_000, channels=channels, length=1)


def test_extensions() -> None:
    assert format_of(Path("a.WAV")) == "WAV"
    assert format_of(Path("a.aif")) == "AIFF"
    assert format_of(Path("a.opus")) == "OPUS"
    assert FileFormat("M4A", "AAC").extension == ".m4a"
    assert all(format_of(Path(f"x{c.extensions[-1]}")) == c.name for c in CONTAINERS.values())
    with pytest.raises(OutputError, match=r"the extension '\.txt'; use one of \.wav"):
        format_of(Path("notes.txt"))


def test_grids_and_loss() -> None:
    assert FileFormat("WAV", "PCM_24").grid == Grid(24)
    assert FileFormat("WAV", "FLOAT").grid is None
    assert not is_lossy("FLOAT")
    assert not is_lossy("ALAC_16")
    assert is_lossy("AAC")
    assert is_lossy("ULAW")
