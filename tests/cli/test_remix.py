import os
from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import Remixer
from tests.support import RAISED, music, read_ints, stems_of, tree, write

LSB = 1 << 16


@pytest.fixture
def stems(remixer: Remixer, song: Path, tmp_path: Path) -> list[np.ndarray]:
    """The song's stems as integers."""
    assert remixer("separate", song, "-o", "stems").code == 0
    return [read_ints(path) for path in stems_of(song, tmp_path / "stems")]


def test_no_moves_are_the_source(remixer: Remixer, song: Path, tmp_path: Path) -> None:
    outcome = remixer("remix", song, "-o", "same.wav")
    assert outcome.code == 0
    assert "identical to song.wav, 0 differing samples" in outcome.out
    np.testing.assert_array_equal(read_ints(tmp_path / "same.wav"), read_ints(song))


def test_a_lossy_source_without_moves_is_copied(remixer: Remixer, tmp_path: Path) -> None:
    source = write(tmp_path / "a.ogg", 0.5 * music(2, 30_000, 44_100), 44_100, "VORBIS", "OGG")
    outcome = remixer("remix", source, "-o", "b.ogg")
    assert outcome.code == 0
    assert "a copy of a.ogg" in outcome.out
    assert (tmp_path / "b.ogg").read_bytes() == source.read_bytes()


@pytest.mark.parametrize(
    ("options", "factors"),
    [
        (["--gain", "vocals=+1.5"], (RAISED, 0, 0, 0)),
        (["--gain", "vocals=1.5", "--gain", "DRUMS=-6"], (RAISED, 0, 10 ** (-6 / 20) - 1, 0)),
        (["--gain", "bass=-inf"], (0, -1, 0, 0)),
        (["--mute", "drums"], (0, 0, -1, 0)),
        (["--solo", "vocals"], (0, -1, -1, -1)),
        (["--solo", "vocals", "--solo", "bass"], (0, 0, -1, -1)),
    ],
)
def test_moves_change_only_what_they_move(
    remixer: Remixer,
    song: Path,
    tmp_path: Path,
    stems: list[np.ndarray],
    options: list[str],
    factors: tuple[float, ...],
) -> None:
    outcome = remixer("remix", song, "-o", "new.wav", *options)
    assert outcome.code == 0
    assert "exactly what was rendered" in outcome.out
    change = read_ints(tmp_path / "new.wav") - read_ints(song)
    expected = sum(factor * stem for factor, stem in zip(factors, stems, strict=True))
    assert np.abs(change - expected).max() <= LSB
    assert np.any(change)


def test_pan_moves_sides(
    remixer: Remixer, song: Path, tmp_path: Path, stems: list[np.ndarray]
) -> None:
    assert remixer("remix", song, "-o", "new.wav", "--pan", "vocals=1").code == 0
    change = read_ints(tmp_path / "new.wav") - read_ints(song)
    assert np.abs(change[:, 0] + stems[0][:, 0]).max() <= LSB  # gone on the left
    assert np.any(stems[0][:, 0])


def test_for_scripts(remixer: Remixer, song: Path, tmp_path: Path) -> None:
    outcome = remixer("remix", song, "-o", "new.flac", "--gain", "vocals=+1.5", "--json")
    [found] = outcome.result["files"]
    assert found["remix"] == "new.flac"
    assert (found["format"], found["subtype"]) == ("FLAC", "PCM_16")
    assert (found["identical"], found["verified"], found["clipped"]) == (False, True, 0)
    [same] = remixer("remix", song, "-o", "s.wav", "--json").result["files"]
    assert (same["identical"], same["verified"]) == (True, True)


def test_clipping_is_told_and_never_scaled(remixer: Remixer, song: Path, tmp_path: Path) -> None:
    outcome = remixer("remix", song, "-o", "new.wav", "--gain", "bass=+24", "--gain", "other=24")
    assert outcome.code == 0
    assert "samples passed full scale and were limited to it" in outcome.err
    [found] = remixer(
        "remix", song, "-o", "f.wav", "--subtype", "FLOAT", "--gain", "bass=24", "--json"
    ).result["files"]
    assert found["clipped"] == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--gain", "piano=1"], "no stem is called 'piano'"),
        (["--gain", "vocals"], "write it as STEM=NUMBER"),
        (["--gain", "vocals=loud"], "write it as STEM=NUMBER"),
        (["--gain", "vocals=nan"], "out of range"),
        (["--gain", "vocals=25"], "out of range"),
        (["--pan", "vocals=2"], "out of range"),
        (["--mute", "all"], "no stem is called 'all'"),
        (["--solo", ""], "no stem is called ''"),
        (["--subtype", "loud"], "--subtype 'LOUD' is not known"),
    ],
)
def test_wrong_settings_are_usage_errors(
    remixer: Remixer, song: Path, tmp_path: Path, options: list[str], message: str
) -> None:
    before = tree(tmp_path)
    outcome = remixer("remix", song, "-o", "new.wav", *options)
    assert outcome.code == 2
    assert message in outcome.err
    assert len(outcome.err.splitlines()) == 1
    assert tree(tmp_path) == before


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("song.wav", "is the source itself, which is never overwritten"),
        ("link.wav", "is the source itself"),
        ("hard.wav", "is the source itself"),
        ("./sub/../song.wav", "is the source itself"),
        ("new.xyz", "no format has the extension '.xyz'"),
        ("new", "no format has the extension ''"),
        ("missing/new.xyz", "no format has the extension '.xyz'"),
        ("song.wav/sub/new.wav", "song.wav is not a folder: give a folder to write in"),
    ],
)
def test_the_source_is_never_overwritten_and_bad_targets_are_one_line(
    remixer: Remixer, song: Path, tmp_path: Path, target: str, message: str
) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "link.wav").symlink_to(song)
    (tmp_path / "hard.wav").hardlink_to(song)
    before = tree(tmp_path)
    outcome = remixer("remix", song, "-o", target, "--overwrite", "--gain", "vocals=1")
    assert outcome.code == 1
    assert message in outcome.err
    assert len(outcome.err.splitlines()) == 1
    assert tree(tmp_path) == before


def test_what_exists_is_kept_unless_overwriting(
    remixer: Remixer, song: Path, tmp_path: Path
) -> None:
    (tmp_path / "new.wav").write_bytes(b"mine")
    outcome = remixer("remix", song, "-o", "new.wav")
    assert outcome.code == 1
    assert outcome.err == ("error: new.wav exists: choose another name, or give --overwrite\n")
    assert (tmp_path / "new.wav").read_bytes() == b"mine"
    assert remixer("remix", song, "-o", "new.wav", "--overwrite").code == 0
    np.testing.assert_array_equal(read_ints(tmp_path / "new.wav"), read_ints(song))


def test_a_folder_that_is_missing_is_made_and_told(
    remixer: Remixer, song: Path, tmp_path: Path
) -> None:
    outcome = remixer("remix", song, "-o", "new/folder/same.wav")
    assert outcome.code == 0
    assert outcome.err == "note: the folder new/folder was missing and is made\n"
    np.testing.assert_array_equal(read_ints(tmp_path / "new/folder/same.wav"), read_ints(song))
    again = remixer("remix", song, "-o", "new/folder/same.wav", "--overwrite")
    assert (again.code, again.err) == (0, "")


def test_an_output_must_be_named(remixer: Remixer, song: Path) -> None:
    outcome = remixer("remix", song)
    assert outcome.code == 2
    assert "--output" in outcome.err


def test_several_files_go_into_a_folder(remixer: Remixer, song: Path, tmp_path: Path) -> None:
    write(tmp_path / "b.flac", 0.5 * music(1, 9_000, 48_000), 48_000, "PCM_24", "FLAC")
    outcome = remixer("remix", song, "b.flac", "-o", "out", "--gain", "vocals=-2")
    assert outcome.code == 0
    assert sorted(tree(tmp_path / "out")) == ["b - remix.flac", "song - remix.wav"]
    before = tree(tmp_path)
    outcome = remixer("remix", song, "b.flac", "-o", "out.wav")
    assert outcome.code == 2
    assert "several files go into a folder" in outcome.err
    assert tree(tmp_path) == before


def test_a_mix_from_json(remixer: Remixer, song: Path, tmp_path: Path) -> None:
    """The example of docs/treatments.md, with a move on top; and back to nothing."""
    document = (Path(__file__).parents[2] / "docs" / "treatments.md").read_text(encoding="utf-8")
    (tmp_path / "mix.json").write_text(document.split("```json")[1].split("```")[0])
    outcome = remixer("remix", song, "-o", "a.wav", "--mix", "mix.json", "--gain", "bass=-2")
    assert outcome.code == 0
    assert "exactly what was rendered" in outcome.out
    assert np.any(read_ints(tmp_path / "a.wav") != read_ints(song))
    (tmp_path / "none.json").write_text("{}")
    outcome = remixer("remix", song, "-o", "b.wav", "--mix", "none.json")
    assert "identical to song.wav, 0 differing samples" in outcome.out


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"strips": {"bass": {"treatment": {"width": 9}}}}', "strips.bass.treatment: width 9 is"),
        ("[]", "the mix is []: give an object"),
        ("{", "mix.json holds no mix ("),
        (None, "cannot be read"),
    ],
)
def test_a_mix_that_cannot_be(
    remixer: Remixer, song: Path, tmp_path: Path, text: str | None, words: str
) -> None:
    if text is not None:
        (tmp_path / "mix.json").write_text(text)
    outcome = remixer("remix", song, "-o", "a.wav", "--mix", "mix.json")
    assert outcome.code != 0
    assert words in outcome.err
    assert not (tmp_path / "a.wav").exists()


def test_a_mix_that_is_no_file_of_settings_is_named(remixer: Remixer, song: Path) -> None:
    outcome = remixer("remix", song, "-o", "a.wav", "--mix", os.devnull)
    assert outcome.code == 1
    assert outcome.err.startswith(f"error: {os.devnull} holds no mix (it is no regular file): give")
