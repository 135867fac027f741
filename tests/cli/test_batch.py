from pathlib import Path

import numpy as np
import pytest

from remixer.cli.batch import expand
from tests.cli.conftest import Remixer
from tests.support import music, read_ints, stems_of, tree, write


@pytest.fixture
def album(tmp_path: Path) -> Path:
    """Two songs, two broken ones between them, and what is none of its songs."""
    folder = tmp_path / "album"
    folder.mkdir()
    write(folder / "1 first.wav", 0.5 * music(2, 20_000, 44_100), 44_100, "PCM_16")
    (folder / "2 text.flac").write_text("no sound")
    (folder / "3 empty.wav").touch()
    write(folder / "4 last.FLAC", 0.5 * music(1, 9_000, 48_000), 48_000, "PCM_24", "FLAC")
    (folder / "cover.jpg").write_bytes(b"\xff\xd8")
    (folder / ".hidden.wav").touch()
    (folder / "sub.wav").mkdir()
    return folder


def test_a_folder_goes_on_past_failures(remixer: Remixer, album: Path, tmp_path: Path) -> None:
    before = tree(album)
    outcome = remixer("separate", album, "-o", "out")
    assert outcome.code == 1
    note, *errors = outcome.err.splitlines()
    assert note == "note: the folder out was missing and is made"
    assert len(errors) == 2
    assert errors[0].startswith("error: 2 text.flac is not audio that Remixer knows")
    assert errors[1].startswith("error: 3 empty.wav is empty")
    assert outcome.out.splitlines()[-1] == "2 of 4 files done, 2 failed"
    for name, extension in (("1 first.wav", ".wav"), ("4 last.FLAC", ".flac")):
        stems = [read_ints(p) for p in stems_of(album / name, tmp_path / "out", extension)]
        np.testing.assert_array_equal(sum(stems), read_ints(album / name))
    assert len(tree(tmp_path / "out")) == 8
    assert tree(album) == before


def test_for_scripts(remixer: Remixer, album: Path) -> None:
    outcome = remixer("separate", album, "missing.wav", "-o", "out", "--json")
    assert outcome.code == 1
    result = outcome.result
    assert (result["done"], result["failed"]) == (2, 3)
    assert [file["ok"] for file in result["files"]] == [True, False, False, True, False]
    assert [Path(file["file"]).name for file in result["files"]][-1] == "missing.wav"
    assert result["files"][4]["error"] == "missing.wav does not exist: check the name"
    assert "stems" in result["files"][0]


@pytest.mark.parametrize("command", [("info",), ("remix", "-o", "out")])
def test_the_other_commands_too(remixer: Remixer, album: Path, command: tuple[str, ...]) -> None:
    outcome = remixer(*command, album)
    assert outcome.code == 1
    assert outcome.out.splitlines()[-1] == "2 of 4 files done, 2 failed"
    errors = [line for line in outcome.err.splitlines() if line.startswith("error: ")]
    assert len(errors) == 2


def test_all_well_is_0_and_one_file_has_no_summary(remixer: Remixer, album: Path) -> None:
    outcome = remixer("info", album / "1 first.wav", album / "4 last.FLAC")
    assert outcome.code == 0
    assert outcome.out.splitlines()[-1] == "2 of 2 files done, 0 failed"
    assert "files done" not in remixer("info", album / "1 first.wav").out


def test_all_failed_leaves_nothing(remixer: Remixer, album: Path, tmp_path: Path) -> None:
    before = tree(tmp_path)
    outcome = remixer("separate", album / "2 text.flac", album / "3 empty.wav", "-o", "out")
    assert outcome.code == 1
    assert tree(tmp_path) == before


def test_a_second_run_does_not_separate_its_own_results(remixer: Remixer, album: Path) -> None:
    (album / "2 text.flac").unlink()
    (album / "3 empty.wav").unlink()
    assert remixer("separate", album, "-o", album).code == 0
    assert remixer("remix", album, "-o", album).code == 0
    songs = [path.name for path in expand([album])]
    assert songs == ["1 first.wav", "4 last.FLAC"]
    outcome = remixer("separate", album, "-o", album, "--overwrite")
    assert outcome.out.splitlines()[-1] == "2 of 2 files done, 0 failed"


def test_a_folder_without_songs_is_an_error(remixer: Remixer, tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    outcome = remixer("separate", "none")
    assert outcome.code == 1
    assert "none holds no audio files" in outcome.err


def test_each_file_is_done_once(album: Path, tmp_path: Path) -> None:
    first = album / "1 first.wav"
    again = tmp_path / "album" / ".." / "album" / "1 first.wav"
    assert expand([first, album, again, first]) == [
        first,
        album / "2 text.flac",
        album / "3 empty.wav",
        album / "4 last.FLAC",
    ]


def test_a_song_that_is_called_like_a_product_is_a_song(tmp_path: Path) -> None:
    for name in ("a.wav", "a - vocals.flac", "b - remix.wav", "other.wav", "a - vocals - bass.wav"):
        (tmp_path / name).touch()
    assert [path.name for path in expand([tmp_path])] == ["a.wav", "b - remix.wav", "other.wav"]
