from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.cli.conftest import Remixer
from tests.support import music, write


def test_it_says_what_a_file_is(remixer: Remixer, song: Path) -> None:
    outcome = remixer("info", song)
    assert outcome.code == 0
    assert outcome.err == ""
    lines = outcome.out.splitlines()
    assert lines[0] == "song.wav"
    rows = {line[:14].strip(): line[14:].strip() for line in lines[1:]}
    assert rows["format"] == "WAV, PCM_16 (16-bit integer)"
    assert rows["rate"] == "44 100 Hz"
    assert rows["channels"] == "2 (stereo)"
    assert rows["length"] == "0:01.497 (66 001 samples)"
    assert rows["loudness"].endswith("LUFS integrated")
    assert rows["range"] == "none"  # 1.5 s long
    assert rows["loudest"].endswith("LUFS momentary (400 ms)")
    assert "short-term" not in rows["loudest"]
    assert rows["true peak"].endswith("dBTP")


def test_one_sample_is_one(remixer: Remixer, tmp_path: Path) -> None:
    write(tmp_path / "click.wav", np.full((1, 2), 0.5), 44_100, "PCM_16")
    assert "(1 sample)" in remixer("info", "click.wav").out
    done = remixer("separate", "click.wav")
    assert "(1 sample per channel)" in done.out, done.err


@pytest.mark.parametrize(
    ("format", "subtype", "name", "bits", "lossy"),
    [
        ("WAV", "PCM_24", "a.wav", 24, False),
        ("AIFF", "PCM_S8", "a.aiff", 8, False),
        ("FLAC", "PCM_16", "a.flac", 16, False),
        ("WAV", "DOUBLE", "a.wav", None, False),
        ("M4A", "ALAC_24", "a.m4a", 24, False),
        ("OPUS", "OPUS", "a.opus", None, True),
        ("MP3", "MPEG_LAYER_III", "a.mp3", None, True),
    ],
)
def test_for_scripts(
    remixer: Remixer,
    tmp_path: Path,
    format: str,
    subtype: str,
    name: str,
    bits: int | None,
    lossy: bool,
) -> None:
    path = write(tmp_path / name, 0.5 * music(1, 48_000, 48_000), 48_000, subtype, format)
    outcome = remixer("info", path, "--json")
    assert outcome.code == 0
    assert outcome.result["done"] == 1
    [found] = outcome.result["files"]
    assert found["ok"] is True
    assert (found["format"], found["subtype"]) == (format, subtype)
    assert (found["bits"], found["lossy"]) == (bits, lossy)
    assert (found["rate"], found["channels"], found["samples"]) == (48_000, 1, 48_000)
    assert found["seconds"] == 1.0
    assert -40 < found["integrated_lufs"] < 0
    assert found["sample_peak_dbfs"] <= found["true_peak_dbtp"] + 0.1


def test_levels_are_measured(remixer: Remixer, tmp_path: Path) -> None:
    """EBU Tech 3341: a stereo sine of 1 kHz at -23 dBFS is -23 LUFS."""
    sine = 10 ** (-23 / 20) * np.sin(2 * np.pi * 1000 * np.arange(20 * 48_000) / 48_000)
    soundfile.write(tmp_path / "a.wav", np.stack([sine, sine], axis=1), 48_000, "PCM_24")
    [found] = remixer("info", tmp_path / "a.wav", "--json").result["files"]
    assert found["integrated_lufs"] == pytest.approx(-23.0, abs=0.1)
    assert found["sample_peak_dbfs"] == pytest.approx(-23.0, abs=0.01)
    assert found["range_lu"] == pytest.approx(0.0, abs=0.1)
    assert found["short_term_max_lufs"] == pytest.approx(-23.0, abs=0.1)
    assert found["momentary_max_lufs"] == pytest.approx(-23.0, abs=0.1)
    out = remixer("info", tmp_path / "a.wav").out
    assert "range        0.0 LU (LRA)" in out
    assert "loudest      -23.0 LUFS short-term (3 s), -23.0 LUFS momentary (400 ms)" in out


def test_silence_has_no_level(remixer: Remixer, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", np.zeros((44_100, 2)), 44_100, "PCM_16")
    assert "loudness     silence" in remixer("info", "a.wav").out
    [found] = remixer("info", "a.wav", "--json").result["files"]
    assert found["integrated_lufs"] is found["true_peak_dbtp"] is None
    assert found["range_lu"] is found["short_term_max_lufs"] is found["momentary_max_lufs"] is None


def test_tags_are_shown_as_they_are(remixer: Remixer, tmp_path: Path) -> None:
    with soundfile.SoundFile(tmp_path / "a.flac", "w", 44_100, 1, "PCM_16") as file:
        file.title = "[bold]Über :smile:\n\x1b[31m red"
        file.write(np.zeros(44_100))
    outcome = remixer("info", "a.flac")
    assert "[bold]Über :smile:" in outcome.out
    assert "\x1b" not in outcome.out
    [found] = remixer("info", "a.flac", "--json").result["files"]
    assert found["tags"]["title"] == "[bold]Über :smile:\n\x1b[31m red"
