"""Places that files name by themselves."""

import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

from remixer.audio.cues import MOST, Cue, read_cues
from tests.audio.test_carried import ADTL, cue, label, sound, with_chunks


def region(number: int, length: int) -> bytes:
    payload = struct.pack("<II4sHHHH", number, length, b"rgn ", 0, 0, 0, 0)
    return b"ltxt" + struct.pack("<I", len(payload)) + payload


def test_points_have_their_labels_or_a_number(tmp_path: Path) -> None:
    found = [(b"cue ", cue(2_000, 100, 5_000)), (b"LIST", ADTL)]
    assert read_cues(with_chunks(tmp_path / "a.wav", found)) == (
        Cue("Solo", 100),
        Cue("Verse", 2_000),
        Cue("Cue 3", 5_000),
    )


def test_regions_have_a_length(tmp_path: Path) -> None:
    adtl = b"adtl" + region(1, 700) + label(b"labl", 1, "Größe".encode("latin-1"))
    path = with_chunks(tmp_path / "a.wav", [(b"cue ", cue(100)), (b"LIST", adtl)], at_end=True)
    assert read_cues(path) == (Cue("Größe", 100, 700),)


def test_markers_of_aiff(tmp_path: Path) -> None:
    path = tmp_path / "a.aiff"
    soundfile.write(path, np.zeros((1_000, 2)), 48_000, format="AIFF")
    marks = struct.pack(">H", 2)
    for number, place, name in ((1, 700, b"Two"), (2, 30, b"Ones")):
        text = bytes([len(name)]) + name
        marks += struct.pack(">HI", number, place) + text + bytes(len(text) % 2)
    data = path.read_bytes() + b"MARK" + struct.pack(">I", len(marks)) + marks
    path.write_bytes(data[:4] + struct.pack(">I", len(data) - 8) + data[8:])
    assert read_cues(path) == (Cue("Ones", 30), Cue("Two", 700))


def test_files_without_any(tmp_path: Path) -> None:
    assert read_cues(sound(tmp_path / "a.wav")) == ()
    assert read_cues(tmp_path / "nothing.wav") == ()
    (tmp_path / "b.wav").write_bytes(b"RIFF")
    assert read_cues(tmp_path / "b.wav") == ()


@pytest.mark.parametrize("keep", [0, 3, 4, 20, 27])
def test_damaged_chunks_give_what_is_whole(tmp_path: Path, keep: int) -> None:
    found = [(b"cue ", cue(7)[:keep]), (b"LIST", ADTL[: keep + 4])]
    assert read_cues(with_chunks(tmp_path / "a.wav", found)) == ()


def test_a_count_that_is_not_true_is_limited(tmp_path: Path) -> None:
    many = cue(*range(2 * MOST))
    assert len(read_cues(with_chunks(tmp_path / "a.wav", [(b"cue ", many)]))) == MOST
    claimed = struct.pack("<I", 2**31) + cue(1, 2)[4:]
    assert len(read_cues(with_chunks(tmp_path / "b.wav", [(b"cue ", claimed)]))) == 2
