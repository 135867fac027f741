"""`remixer preset`: presets of one's own hold what `remixer remix` then does."""

from pathlib import Path

import numpy as np
import pytest

from remixer.audio.multitrack import open_track
from tests.cli.conftest import Remixer
from tests.support import read_ints, tree


def test_a_stem_file(remixer: Remixer, song: Path, tmp_path: Path) -> None:
    saved = remixer("preset", "save", "For decks", "--what", "stem-file", "--name", "{name} dj")
    assert saved.code == 0, saved.err
    assert saved.out == "For decks: song and stems in one stem.mp4, named {name} dj\n"
    assert remixer("remix", song, "--preset", "for decks", "-o", "out").code == 0
    assert sorted(tree(tmp_path / "out")) == ["song dj.stem.mp4"]
    with open_track(tmp_path / "out" / "song dj.stem.mp4", 0) as track:
        np.testing.assert_array_equal(track.read(0, 66_001) * 2**31, read_ints(song).T)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--what", "stems", "--format", "stem.mp4"], "song and stems in one stem.mp4"),
        (["--what", "stem-file", "--format", "STEM.MP4"], "song and stems in one stem.mp4"),
        (["--what", "stem-file", "--subtype", "aac"], "song and stems in one stem.mp4 AAC"),
        (["--what", "stems"], "stems as source"),
    ],
)
def test_ways_to_say_it(remixer: Remixer, options: list[str], told: str) -> None:
    assert remixer("preset", "save", "mine", *options).out == f"mine: {told}\n"
    assert f"mine         {told} (your own)" in remixer("preset", "list").out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--what", "stem"], "choose remix, stems, minus-one, all, stem-file"),
        (["--what", "stem-file", "--format", "flac"], "stem-file can be written as stem.mp4, sou"),
        (["--what", "stem-file", "--subtype", "FLOAT"], "a stem file's tracks are ALAC or AAC"),
        (["--what", "remix", "--format", "stem.mp4"], "remix can be written as WAV"),
        (["--format", "wave"], "--format wave: remix can be written as WAV, FLAC"),
    ],
)
def test_what_cannot_be_is_one_line(remixer: Remixer, options: list[str], message: str) -> None:
    outcome = remixer("preset", "save", "mine", *options)
    assert outcome.code == 2
    assert message in outcome.err
    assert len(outcome.err.splitlines()) == 1
    assert "mine" not in remixer("preset", "list").out


def test_a_receipt_that_the_preset_asks_for_can_be_declined(
    remixer: Remixer, song: Path, tmp_path: Path
) -> None:
    assert remixer("preset", "save", "proved", "--format", "WAV", "--receipt").code == 0
    assert remixer("remix", song, "--preset", "proved", "-o", "no", "--no-receipt").code == 0
    assert sorted(tree(tmp_path / "no")) == ["song - remix.wav"]
    assert remixer("remix", song, "--preset", "proved", "-o", "yes").code == 0
    assert len(tree(tmp_path / "yes")) == 4
