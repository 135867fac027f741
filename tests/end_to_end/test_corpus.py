"""The promise on real music, in every format of the main job. The songs stay where they are."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from remixer.audio.resample import resample
from tests.end_to_end.conftest import Remixer
from tests.support import (
    BITS,
    EXTENSIONS,
    LSB,
    RAISED,
    corpus_songs,
    excerpt,
    read_floats,
    read_ints,
    stems_of,
    write,
)

KINDS = [("WAV", "PCM_16"), ("WAV", "PCM_24"), ("WAV", "FLOAT"), ("FLAC", "PCM_16")]
KINDS += [("FLAC", "PCM_24"), ("AIFF", "PCM_24")]
RATES = (44_100, 48_000, 96_000)
EVERY = [(*kind, rate, channels) for kind in KINDS for rate in RATES for channels in (1, 2)]
SECONDS = 1.0


def decoded(place: int, rate: int, channels: int) -> np.ndarray:
    """Some seconds of one of the songs at a rate, (length, channels)."""
    songs = corpus_songs()
    mix, own_rate = excerpt(songs[place % len(songs)], SECONDS, at=0.2 + 0.6 * place / len(EVERY))
    mix = np.broadcast_to(
        mix.mean(axis=1, keepdims=True) if channels == 1 else mix, (len(mix), channels)
    )
    return 0.8 * resample(mix.T, own_rate, rate).T / max(np.abs(mix).max(), 0.1)


@pytest.mark.parametrize("place", range(len(EVERY)), ids=["-".join(map(str, e)) for e in EVERY])
def test_real_music_adds_up(remixer: Remixer, tmp_path: Path, place: int) -> None:
    format, subtype, rate, channels = EVERY[place]
    source = tmp_path / f"song{EXTENSIONS.get(format, '.wav')}"
    write(source, decoded(place, rate, channels), rate, subtype, format)
    assert remixer("separate", source, "-o", "stems").code == 0
    assert remixer("remix", source, "-o", f"same{source.suffix}").code == 0
    assert remixer("remix", source, "-o", f"up{source.suffix}", "--gain", "vocals=+1.5").code == 0
    assert remixer("nulltest", source, f"same{source.suffix}").code == 0
    stems = stems_of(source, tmp_path / "stems")
    if subtype in BITS:
        assert remixer("nulltest", source, *stems).code == 0
        check_integers(source, stems, LSB[BITS[subtype]])
    else:
        assert remixer("nulltest", source, *stems, "--tolerance", "-140").code == 0
        check_floats(source, stems)


def check_integers(source: Path, stems: list[Path], lsb: int) -> None:
    original, parts = read_ints(source), [read_ints(path) for path in stems]
    np.testing.assert_array_equal(sum(parts), original)
    np.testing.assert_array_equal(read_ints(source.with_name(f"same{source.suffix}")), original)
    change = read_ints(source.with_name(f"up{source.suffix}")) - original
    assert np.abs(change - RAISED * parts[0]).max() <= lsb
    assert np.any(change)


def check_floats(source: Path, stems: list[Path]) -> None:
    original, parts = read_floats(source), [read_floats(path) for path in stems]
    assert np.abs(sum(parts) - original).max() <= 10 ** (-140 / 20)
    np.testing.assert_array_equal(read_floats(source.with_name(f"same{source.suffix}")), original)
    change = read_floats(source.with_name(f"up{source.suffix}")) - original
    assert np.abs(change - RAISED * parts[0]).max() <= 2**-23


def test_a_whole_recording_with_the_shipped_model(shipped: Remixer, tmp_path: Path) -> None:
    """Lossy, as it came: the remix without moves is the file, the stems sum to what it decodes to.

    The shortest of the mixes, as it takes an eighth of its length.
    """
    mixes = corpus_songs()[0].parents[1] / "mixes"
    source = min(mixes.glob("*.opus"), key=lambda path: soundfile.info(path).frames)
    before = (source.read_bytes(), source.stat().st_mtime_ns)
    assert shipped("separate", source, "-o", "stems").code == 0
    stems = stems_of(source, tmp_path / "stems", ".wav")
    difference = sum(read_floats(path) for path in stems) - read_floats(source)
    assert np.abs(difference).max() <= 10 ** (-140 / 20)
    assert shipped("remix", source, "-o", "same.opus").code == 0
    assert (tmp_path / "same.opus").read_bytes() == source.read_bytes()
    assert (source.read_bytes(), source.stat().st_mtime_ns) == before
