"""Presets, parts, finishing and receipts on the command line."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from remixer.cli.delivery import parse_region
from remixer.dsp.signal import STEMS
from remixer.errors import SettingError
from remixer.session.presets import PRESETS
from tests.audio.test_carried import ADTL, cue, with_chunks
from tests.cli.conftest import Remixer
from tests.support import read_ints, tree, write

RATE = 44_100


def test_help_lists_the_presets(remixer: Remixer) -> None:
    told = " ".join(remixer("remix", "--help").out.split())
    for preset in PRESETS:
        assert f"{preset.id} (" in told


def test_a_preset_writes_into_a_folder(remixer: Remixer, song: Path, tmp_path: Path) -> None:
    outcome = remixer("remix", song, "--preset", "wav24", "-o", "out", "--gain", "vocals=1.5")
    assert outcome.code == 0
    assert soundfile.info(tmp_path / "out" / "song - remix.wav").subtype == "PCM_24"
    assert sorted(tree(tmp_path / "out")) == ["song - remix.wav"]


def test_all_at_once_for_several_songs(remixer: Remixer, song: Path, tmp_path: Path) -> None:
    write(tmp_path / "b.flac", 0.5 * np.ones((3_000, 1)), 48_000, "PCM_16", "FLAC")
    outcome = remixer("remix", song, "b.flac", "--preset", "all", "-o", "out", "--receipt")
    assert outcome.code == 0
    parts = ["remix", *STEMS, *(f"minus {stem}" for stem in STEMS)]
    for name, extension in (("song", ".wav"), ("b", ".flac")):
        folder = tmp_path / "out" / f"{name} - all"
        made = {f"{name} - {part}{extension}" for part in parts}
        made |= {f"{name} - all.receipt.{kind}" for kind in ("json", "html", "pdf")}
        assert set(tree(folder)) == made
    assert "the remix is identical to the source" in outcome.out


def test_a_preset_without_a_folder_is_for_this_one(
    remixer: Remixer, song: Path, tmp_path: Path
) -> None:
    command = ("remix", song, "--preset", "minus-one", "--without", "drums", "--name")
    assert remixer(*command, "{name} {preset} {part}").code == 0
    assert (tmp_path / "song minus-one minus drums.wav").is_file()


def test_a_part(remixer: Remixer, song: Path, tmp_path: Path) -> None:
    assert remixer("remix", song, "-o", "part.wav", "--region", "0.5-0:01.25").code == 0
    expected = read_ints(song)[22_050:55_125]
    np.testing.assert_array_equal(read_ints(tmp_path / "part.wav"), expected)
    assert remixer("remix", song, "-o", "rest.wav", "--region", "1-").code == 0
    np.testing.assert_array_equal(read_ints(tmp_path / "rest.wav"), read_ints(song)[44_100:])


def test_ceiling_and_dither_are_told(remixer: Remixer, song: Path, tmp_path: Path) -> None:
    command = ("remix", song, "--gain", "master=6", "--ceiling", "-1", "--dither", "on", "--json")
    outcome = remixer(*command, "-o", "new.wav")
    assert outcome.code == 0
    assert "the ceiling took away up to" in outcome.err
    [found] = outcome.result["files"]
    assert found["clipped"] == 0
    assert found["dithered_bits"] == 16
    assert found["ceiling_took_db"] > 1
    assert np.abs(read_ints(tmp_path / "new.wav")).max() <= 10 ** (-1 / 20) * 2**31


def test_options_leave_a_neutral_remix_alone(remixer: Remixer, song: Path, tmp_path: Path) -> None:
    command = ("remix", song, "--ceiling", "-12", "--dither", "on", "--receipt", "-o", "same.wav")
    outcome = remixer(*command)
    assert outcome.code == 0
    assert "identical to song.wav, 0 differing samples" in outcome.out
    assert "no moves: no ceiling" in outcome.err
    np.testing.assert_array_equal(read_ints(tmp_path / "same.wav"), read_ints(song))


def test_a_receipt_is_written_and_verified(remixer: Remixer, song: Path, tmp_path: Path) -> None:
    outcome = remixer("remix", song, "-o", "new.wav", "--receipt", "--gain", "vocals=2", "--json")
    assert outcome.code == 0
    [found] = outcome.result["files"]
    assert found["receipt"] == [f"new.receipt.{kind}" for kind in ("json", "html", "pdf")]
    values = json.loads((tmp_path / "new.receipt.json").read_text())
    assert values["model"]["id"]
    assert values["exports"][0]["null"]["differing"] == 0
    checked = remixer("receipt", "verify", "new.receipt.json")
    assert checked.code == 0
    assert checked.out.count("same") == 2
    (tmp_path / "new.wav").write_bytes(song.read_bytes())
    checked = remixer("receipt", "verify", "new.receipt.json", "--json")
    assert checked.code == 1
    assert not checked.result["passed"]
    assert [file["state"] for file in checked.result["files"]] == ["same", "changed"]
    assert remixer("remix", song, "-o", "good.wav", "--receipt").code == 0
    good, bad = "good.receipt.json", "new.receipt.json"
    assert remixer("receipt", "verify", good, good).code == 0
    several = remixer("receipt", "verify", good, bad, song)
    assert several.code == 1
    assert several.err == ""
    lines = several.out.splitlines()
    assert lines[:2] == [f"holds      {good}", f"fails      {bad}: new.wav changed"]
    assert lines[2].startswith(f"unreadable {song}: song.wav is no receipt")
    several = remixer("receipt", "verify", good, bad, "--json")
    assert [each["passed"] for each in several.result["receipts"]] == [True, False]


def test_a_session_with_its_loop(remixer: Remixer, song: Path, tmp_path: Path) -> None:
    from remixer.mixing.strips import MixState
    from remixer.session.saved import Geometry, SavedMix
    from remixer.session.savefile import save_mix

    state = MixState().with_strip("drums", mute=True)
    saved = SavedMix(song, Geometry(RATE, 2, 66_001), state, (1_000, 30_000), "bands")
    save_mix(tmp_path / "x.remix", saved)
    outcome = remixer(
        "remix", "--session", "x.remix", "--region", "loop", "--preset", "flac", "--receipt"
    )
    assert outcome.code == 0
    assert soundfile.info(tmp_path / "song - remix.flac").frames == 29_000
    values = json.loads((tmp_path / "song - remix.receipt.json").read_text())
    assert values["region"] == [1_000, 30_000]
    assert values["moves"]["words"] == "Drums muted"
    assert values["model"]["id"] == "bands"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--preset", "gold", "-o", "out"], "no preset is called 'gold': use source, wav24"),
        (["--preset", "flac", "-o", "out.flac"], "files go into a folder"),
        (["--preset", "flac", "--subtype", "PCM_16"], "give one of them"),
        (["--preset", "minus-one", "--without", "voice"], "no stem is called 'voice'"),
        (["--preset", "all", "--name", "{name}"], "the same for all"),
        (["-o", "a.wav", "--ceiling", "3"], "a ceiling of 3.0 dBTP is out of range"),
        (["-o", "a.wav", "--dither", "some"], "dither 'some' is not known"),
        (["-o", "a.wav", "--region", "5"], "it names no parts, use START-STOP, for example 1:02.5"),
        (["-o", "a.wav", "--region", "2-1"], "--region '2-1' is no part of song.wav"),
        (["-o", "a.wav", "--region", "1e300-1e301"], "use START-STOP"),
        (["-o", "a.wav", "--region", "loop"], "is for a --session"),
        (["--session", "x.remix", "-o", "a.wav"], "give no FILE and no moves"),
    ],
)
def test_wrong_options_are_one_line_and_leave_nothing(
    remixer: Remixer, song: Path, tmp_path: Path, options: list[str], message: str
) -> None:
    before = tree(tmp_path)
    outcome = remixer("remix", song, *options, "--gain", "vocals=1")
    assert outcome.code in (1, 2)
    assert message in outcome.err
    assert len(outcome.err.splitlines()) == 1
    assert tree(tmp_path) == before


def test_a_part_by_a_cue_point(remixer: Remixer, tmp_path: Path) -> None:
    path = with_chunks(tmp_path / "cued.wav", [(b"cue ", cue(100, 2_000)), (b"LIST", ADTL)])
    assert remixer("remix", path, "-o", "part.wav", "--region", "verse").code == 0
    np.testing.assert_array_equal(read_ints(tmp_path / "part.wav"), read_ints(path)[100:2_000])


@pytest.mark.parametrize(
    ("region", "message"),
    [
        ("1-10", "goes from 0:01.000 to 0:10.000, and the song is 0:01.497 long"),
        ("1:30-1:31", "begins at 1:30.000, and the song is 0:01.497 long"),
        ("2-", "begins at 0:02.000, and the song is 0:01.497 long"),
        ("0.5-0.500001", "ends at 0:00.500, not after it begins (0:00.500)"),
    ],
)
def test_a_part_beyond_the_song(
    remixer: Remixer, song: Path, tmp_path: Path, region: str, message: str
) -> None:
    outcome = remixer("remix", song, "-o", "a.wav", "--region", region)
    assert outcome.code == 1
    assert outcome.err == f"error: the part of song.wav {message}: choose one that lies within it\n"
    assert not (tmp_path / "a.wav").exists()


def test_a_length_as_it_was_told_is_the_end(remixer: Remixer, song: Path, tmp_path: Path) -> None:
    """66 001 samples are 1.49662 s, told as 0:01.497."""
    assert remixer("remix", song, "-o", "a.wav", "--region", "1-0:01.497").code == 0
    np.testing.assert_array_equal(read_ints(tmp_path / "a.wav"), read_ints(song)[RATE:])
    assert remixer("remix", song, "-o", "b.wav", "--region", "1-0:01.498").code == 1


def test_nothing_to_remix(remixer: Remixer) -> None:
    outcome = remixer("remix", "-o", "a.wav")
    assert outcome.code == 2
    assert "give a FILE, or a --session" in outcome.err


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", None),
        ("62-90", (62.0, 90.0)),
        ("1:02.5-1:30", (62.5, 90.0)),
        ("1:00:00-", (3600.0, None)),
        ("-0.5", (0.0, 0.5)),
    ],
)
def test_parts_as_text(text: str, expected: tuple[float, float | None] | None) -> None:
    assert parse_region(text) == expected


@pytest.mark.parametrize("text", ["a-b", "1-inf", "nan-2", "1--2", "1:2:x-3", "3-3"])
def test_parts_that_are_none(text: str) -> None:
    with pytest.raises(SettingError):
        parse_region(text)
