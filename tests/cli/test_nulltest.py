from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import Remixer
from tests.support import music, read_ints, stems_of, write


def test_parts_that_sum_to_the_original_pass(remixer: Remixer, song: Path, tmp_path: Path) -> None:
    remixer("separate", song, "-o", "stems")
    outcome = remixer("nulltest", song, *stems_of(song, tmp_path / "stems"))
    assert outcome.code == 0
    assert outcome.out == "null: 0 of 132 002 samples differ\n"
    assert remixer("nulltest", song, song).code == 0


def test_one_lsb_in_one_sample_fails_and_is_found(
    remixer: Remixer, song: Path, tmp_path: Path
) -> None:
    samples = read_ints(song)
    samples[44_100, 1] += 1 << 16
    write(tmp_path / "other.wav", samples / 2.0**31, 44_100, "PCM_16")
    outcome = remixer("nulltest", song, "other.wav")
    assert outcome.code == 1
    assert outcome.out == (
        "not null: 1 of 132 002 samples differ, by up to -90.3 dBFS, at sample 44 100 "
        "(0:01.000), channel 2\n"
    )
    outcome = remixer("nulltest", song, "other.wav", "--json")
    assert outcome.code == 1
    assert outcome.result == {
        "passed": False,
        "differing": 1,
        "samples": 132_002,
        "peak_dbfs": pytest.approx(-90.309, abs=0.001),
        "position": 44_100,
        "seconds": 1.0,
        "channel": 1,
    }


def test_a_tolerance_lets_small_differences_pass(
    remixer: Remixer, song: Path, tmp_path: Path
) -> None:
    samples = read_ints(song)
    samples[7, 0] += 1 << 16
    write(tmp_path / "other.wav", samples / 2.0**31, 44_100, "PCM_16")
    assert remixer("nulltest", song, "other.wav", "--tolerance", "-90").code == 0
    assert remixer("nulltest", song, "other.wav", "--tolerance", "-91").code == 1


def test_a_missing_part_fails(remixer: Remixer, song: Path, tmp_path: Path) -> None:
    remixer("separate", song, "-o", "stems")
    assert remixer("nulltest", song, *stems_of(song, tmp_path / "stems")[1:]).code == 1


@pytest.mark.parametrize(
    ("rate", "channels", "length"), [(48_000, 2, 66_001), (44_100, 1, 66_001), (44_100, 2, 66_000)]
)
def test_parts_of_another_shape_are_an_error(
    remixer: Remixer, song: Path, tmp_path: Path, rate: int, channels: int, length: int
) -> None:
    write(tmp_path / "other.wav", np.zeros((length, channels)), rate, "PCM_16")
    outcome = remixer("nulltest", song, "other.wav")
    assert outcome.code == 1
    assert len(outcome.err.splitlines()) == 1
    assert outcome.out == ""


def test_depths_and_containers_may_differ(remixer: Remixer, song: Path, tmp_path: Path) -> None:
    samples = read_ints(song) / 2.0**31
    write(tmp_path / "a.flac", samples, 44_100, "PCM_24", "FLAC")
    assert remixer("nulltest", song, "a.flac").code == 0


def test_usage(remixer: Remixer, song: Path) -> None:
    assert remixer("nulltest", song).code == 2
    assert remixer("nulltest").code == 2
    missing = remixer("nulltest", song, "missing.wav")
    assert missing.code == 1
    assert "missing.wav does not exist" in missing.err


def test_music_that_is_not_the_song_fails(remixer: Remixer, song: Path, tmp_path: Path) -> None:
    write(tmp_path / "b.wav", 0.5 * music(2, 66_001, 44_100, seed=9), 44_100, "PCM_16")
    outcome = remixer("nulltest", song, "b.wav", "--json")
    assert outcome.code == 1
    assert outcome.result["differing"] > 100_000


@pytest.mark.parametrize(
    ("source", "stems", "hint"),
    [
        ("FLOAT", "PCM_24", "rounding song.wav to the parts' 24 bits leaves: --tolerance -144.4"),
        ("FLOAT", "PCM_16", "rounding song.wav to the parts' 16 bits leaves: --tolerance -96.3"),
        ("PCM_24", "PCM_16", "rounding song.wav to the parts' 16 bits leaves: --tolerance -96.3"),
        ("FLOAT", "FLOAT", "what stems written as FLOAT leave: --tolerance -140"),
        ("FLOAT", "DOUBLE", "what stems written as DOUBLE leave: --tolerance -300"),
    ],
)
def test_what_is_left_is_explained_by_the_parts_kinds(
    remixer: Remixer, song: Path, tmp_path: Path, source: str, stems: str, hint: str
) -> None:
    write(song, 0.7 * music(2, 20_001, 44_100), 44_100, source)
    assert remixer("separate", song, "-o", "stems", "--subtype", stems).code == 0
    parts = stems_of(song, tmp_path / "stems")
    outcome = remixer("nulltest", song, *parts)
    if outcome.code:  # sums of DOUBLE may be exact
        assert outcome.err == f"note: that is what {hint.removeprefix('what ')} allows it\n"
        assert remixer("nulltest", song, *parts, "--tolerance", hint.split()[-1]).code == 0
    else:
        assert stems == "DOUBLE"


def test_nothing_is_explained_that_the_kinds_do_not(
    remixer: Remixer, song: Path, tmp_path: Path
) -> None:
    samples = read_ints(song) / 2.0**31
    samples[5, 0] += 2.0**-31
    write(tmp_path / "near.wav", samples, 44_100, "PCM_32")
    outcome = remixer("nulltest", song, "near.wav")
    assert (outcome.code, outcome.err) == (1, "")
