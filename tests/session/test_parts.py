"""Parts of a song by name."""

from pathlib import Path

import pytest

from remixer.audio.reader import open_audio
from remixer.errors import SettingError
from remixer.session.parts import find_part, named_parts
from remixer.session.saved import NamedRegion
from tests.audio.test_carried import ADTL, LENGTH, cue, with_chunks
from tests.audio.test_cues import region

KEPT = (NamedRegion("Bridge", 5, 10), NamedRegion("solo", 20, 30))


def test_a_cue_point_goes_to_the_next_one_or_the_end(tmp_path: Path) -> None:
    chunks = [(b"cue ", cue(100, 2_000, LENGTH + 5)), (b"LIST", ADTL)]
    with open_audio(with_chunks(tmp_path / "a.wav", chunks)) as source:
        parts = named_parts(source, KEPT)
    assert parts == (
        *KEPT,
        NamedRegion("Verse", 100, 2_000),
        NamedRegion("Solo", 2_000, LENGTH),
    )
    assert find_part(" SOLO ", parts, "a.wav") == KEPT[1]  # the session's own first


def test_a_region_of_the_file_has_its_own_end(tmp_path: Path) -> None:
    adtl = b"adtl" + region(1, 50) + region(2, 10 * LENGTH)
    chunks = [(b"cue ", cue(100, 2_000)), (b"LIST", adtl)]
    with open_audio(with_chunks(tmp_path / "a.wav", chunks)) as source:
        parts = named_parts(source)
    assert [(part.start, part.stop) for part in parts] == [(100, 150), (2_000, LENGTH)]


def test_names_that_there_are_not() -> None:
    with pytest.raises(
        SettingError, match=r"use one of its parts \('Bridge', 'solo'\), or START-STOP"
    ):
        find_part("verse", KEPT, "a.wav")
    with pytest.raises(SettingError, match="it names no parts, use START-STOP"):
        find_part("verse", (), "a.wav")
