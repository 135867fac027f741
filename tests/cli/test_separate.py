from pathlib import Path

import numpy as np
import pytest

from remixer.separation.catalogue import DEFAULT
from tests.cli.conftest import Remixer
from tests.support import music, read_floats, read_ints, stems_of, tree, write


def test_stems_sum_to_the_file(remixer: Remixer, song: Path, tmp_path: Path) -> None:
    outcome = remixer("separate", song, "-o", "new/stems")
    assert outcome.code == 0, outcome.err
    assert outcome.err == "note: the folder new/stems was missing and is made\n"
    assert outcome.out.splitlines() == [
        "  new/stems/song - vocals.wav",
        "  new/stems/song - bass.wav",
        "  new/stems/song - drums.wav",
        "  new/stems/song - other.wav",
        "read back: the stems sum to song.wav with 0 differing samples "
        "(66 001 samples per channel)",
    ]
    stems = [read_ints(path) for path in stems_of(song, tmp_path / "new" / "stems")]
    np.testing.assert_array_equal(sum(stems), read_ints(song))
    assert all(np.any(stem) for stem in stems)


def test_for_scripts(remixer: Remixer, song: Path, tmp_path: Path) -> None:
    [found] = remixer("separate", song, "-o", "out", "--json").result["files"]
    assert [Path(stem).name for stem in found["stems"]] == [
        f"song - {stem}.wav" for stem in ("vocals", "bass", "drums", "other")
    ]
    assert (found["model"], found["format"], found["subtype"]) == (DEFAULT, "WAV", "PCM_16")
    assert (found["differing"], found["peak_dbfs"], found["moved"]) == (0, None, 0)
    assert found["rounded_bits"] is None


@pytest.mark.parametrize(
    ("options", "extension", "subtype"),
    [
        (["--format", "flac"], ".flac", "PCM_16"),
        (["--format", "AIFF", "--subtype", "pcm_24"], ".aiff", "PCM_24"),
        (["--subtype", "FLOAT"], ".wav", "FLOAT"),
        (["--format", "source", "--subtype", "source"], ".wav", "PCM_16"),
        (["--model", "bands"], ".wav", "PCM_16"),
    ],
)
def test_formats(
    remixer: Remixer, song: Path, tmp_path: Path, options: list[str], extension: str, subtype: str
) -> None:
    [found] = remixer("separate", song, "-o", "out", "--json", *options).result["files"]
    assert found["subtype"] == subtype
    assert found["differing"] == 0
    stems = [read_floats(path) for path in stems_of(song, tmp_path / "out", extension)]
    np.testing.assert_array_equal(sum(stems), read_floats(song))


def test_rounding_is_told(remixer: Remixer, tmp_path: Path) -> None:
    source = write(tmp_path / "a.wav", 0.5 * music(1, 9_001, 44_100), 44_100, "PCM_24")
    outcome = remixer("separate", source, "-o", "out", "--subtype", "PCM_16")
    assert outcome.code == 0
    assert "the stems sum exactly to a.wav rounded to 16 bits" in outcome.out


def test_excess_over_full_scale_is_told(remixer: Remixer, tmp_path: Path) -> None:
    """Without its treble, a square wave at full scale passes it."""
    square = np.sign(np.sin(2 * np.pi * 100 * np.arange(30_000) / 44_100))[:, None]
    source = write(tmp_path / "a.wav", square, 44_100, "PCM_16")
    outcome = remixer("separate", source, "-o", "out", "--model", "bands")
    assert outcome.code == 0
    stems = [read_ints(path) for path in stems_of(source, tmp_path / "out")]
    np.testing.assert_array_equal(sum(stems), read_ints(source))
    assert "passed full scale" in outcome.err
    assert "--subtype FLOAT" in outcome.err


def test_what_exists_is_kept_unless_overwriting(
    remixer: Remixer, song: Path, tmp_path: Path
) -> None:
    (tmp_path / "song - drums.wav").write_bytes(b"mine")
    before = tree(tmp_path)
    outcome = remixer("separate", song)
    assert outcome.code == 1
    assert outcome.err.startswith("error: song - drums.wav exists")
    assert len(outcome.err.splitlines()) == 1
    assert tree(tmp_path) == before
    assert remixer("separate", song, "--overwrite").code == 0
    stems = [read_ints(path) for path in stems_of(song, tmp_path)]
    np.testing.assert_array_equal(sum(stems), read_ints(song))


def test_another_source_is_never_overwritten(remixer: Remixer, song: Path, tmp_path: Path) -> None:
    """What would be a stem's file is one of the songs."""
    other = write(tmp_path / "song - vocals.wav", music(2, 5_000, 44_100), 44_100, "PCM_16")
    before = other.read_bytes()
    outcome = remixer("separate", song, other, "--overwrite")
    assert outcome.code == 1
    assert "song.wav would be written over song - vocals.wav" in outcome.err
    assert other.read_bytes() == before
    assert (tmp_path / "song - vocals - vocals.wav").exists()


def test_two_songs_of_one_name_do_not_take_each_others_stems(
    remixer: Remixer, tmp_path: Path
) -> None:
    for place, folder in enumerate(("a", "b")):
        (tmp_path / folder).mkdir()
        samples = 0.5 * music(1, 5_000, 44_100, seed=place)
        write(tmp_path / folder / "song.wav", samples, 44_100, "PCM_16")
    outcome = remixer("separate", "a", "b", "-o", "out", "--overwrite")
    assert outcome.code == 1
    assert "made from a/song.wav" in outcome.err
    stems = [read_ints(path) for path in stems_of(tmp_path / "a" / "song.wav", tmp_path / "out")]
    np.testing.assert_array_equal(sum(stems), read_ints(tmp_path / "a" / "song.wav"))


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["--format", "mp9"], 2, "--format 'MP9' is not known"),
        (["--subtype", "PCM_12"], 2, "--subtype 'PCM_12' is not known"),
        (["--format", "flac", "--subtype", "FLOAT"], 1, "FLAC cannot hold FLOAT"),
        (["--model", "nope"], 1, "model 'nope' is not installed; there is bands, cnn1"),
        (["-o", "song.wav"], 1, "song.wav is not a folder"),
        (["-o", "song.wav/deeper"], 1, "song.wav is not a folder"),
    ],
)
def test_what_cannot_be_is_one_line_before_any_work(
    remixer: Remixer, song: Path, tmp_path: Path, options: list[str], code: int, message: str
) -> None:
    before = tree(tmp_path)
    outcome = remixer("separate", song, "-o", "out", *options)
    assert outcome.code == code
    assert message in outcome.err
    assert len(outcome.err.splitlines()) == 1
    assert outcome.out == ""
    assert tree(tmp_path) == before


NAMES = [
    "[bold]brackets[] [red] \\[x].wav",
    "emoji 🎸 :guitar:.wav",
    "two\nlines\tand \x1b[31mred.wav",
    "日本語 Ж é.wav",
    "-o --overwrite.wav",
    " spaces .wav",
    "no text \udcff.wav",
    "a.b..wav",
]


@pytest.mark.parametrize("name", NAMES)
def test_any_name_a_file_may_have(remixer: Remixer, song: Path, tmp_path: Path, name: str) -> None:
    source = song.rename(tmp_path / name)
    outcome = remixer("separate", "-o", "out", "--", name)
    assert outcome.code == 0, outcome.err
    stems = stems_of(source, tmp_path / "out")
    np.testing.assert_array_equal(sum(read_ints(path) for path in stems), read_ints(source))
    assert len(outcome.out.splitlines()) == 5
    assert "\x1b" not in outcome.out
    if name.isprintable():
        assert f"out/{source.stem} - vocals.wav" in outcome.out
    missing = remixer("info", "--", f"missing {name}")
    assert missing.code == 1
    assert len(missing.err.splitlines()) == 1
