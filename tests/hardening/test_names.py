"""Nothing is written outside what the user chose, whatever sessions, presets and songs say."""

import json
import os
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remixer.audio.reader import open_audio
from remixer.errors import InputError, OutputError, RemixerError, SettingError
from remixer.session.export_plan import ExportPlan
from remixer.session.naming import FIELDS, file_name
from remixer.session.savefile import note_song, read_mix
from tests.hardening import corpus
from tests.support import tree, write

TEXTS = st.text(
    st.sampled_from("{}name prt./\\:!0CONcom1~-\0\n\u202e\u0301é\ud800$¹ "), max_size=24
)
TRICKS = ("../x", "/etc/x", "..", ".", "a/../../x", "..\\x", "C:x", "x\0y", "\u202evaw.x", "~/x")


@given(template=TEXTS, name=TEXTS, preset=TEXTS)
def test_a_name_is_one_name(template: str, name: str, preset: str) -> None:
    values = {"name": name, "part": "bass", "date": "2025-01-01", "model": "m", "preset": preset}
    try:
        made = file_name(template, values)
    except SettingError:
        return
    assert made == made.strip()
    assert not set(made) & set("/\0")
    assert Path("/chosen", made + ".wav").parent == Path("/chosen")
    assert made.strip(". ")
    assert made.partition(".")[0].upper() not in {"CON", "NUL", "COM1", "COM¹", "CONIN$"}


@pytest.mark.parametrize("trick", TRICKS)
@pytest.mark.parametrize("field", [field for field in FIELDS if field != "name"])
def test_a_field_leads_nowhere_else(trick: str, field: str) -> None:
    """Presets are files that people give each other, with names of their own."""
    values = {"name": "song", "part": "bass", field: trick}
    template = f"{{name}} - {{part}} {{{field}}}"
    made = file_name(template, values)
    assert not set(made) & set('/\\\0:*?"<>|\u202e')


@pytest.mark.parametrize(
    "template", [*TRICKS[:2], "a\\b", "CONIN$", "lpt³.{part}", "x\u202e{part}"]
)
def test_templates_that_trick(template: str) -> None:
    with pytest.raises(SettingError):
        file_name(template, {"name": "song", "part": "bass"})


def test_what_is_written_in_any_script_is_kept() -> None:
    """Composed or not, as it was typed; joiners are part of words."""
    for text in (
        "Übung",
        unicodedata.normalize("NFD", "Übung"),
        "می\u200cخواهم",
        "日本語",
        "👩\u200d🎤",
    ):
        assert file_name(text + " {part}", {"part": "bass"}) == f"{text} bass"


def plan(folder: Path, **changes: object) -> ExportPlan:
    return ExportPlan("stems", folder, format="WAV", subtype="PCM_16", **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("trick", TRICKS)
def test_a_plan_stays_in_its_folder(tmp_path: Path, trick: str) -> None:
    source = write(tmp_path / "song.wav", np.zeros((100, 2)), 8_000, "PCM_16")
    naming = "{preset} {part}"
    with open_audio(source) as reader:
        asked = plan(tmp_path / "out", naming=naming, preset=trick, receipt=True)
        try:
            files = asked.targets(reader)
        except RemixerError:
            return
    for file in files:
        assert Path(os.path.normpath(file)).parent == tmp_path / "out"


@pytest.mark.parametrize("length", [247, 251, 255])
def test_names_longer_than_the_system_allows_are_told_before_anything_is_done(
    tmp_path: Path, length: int
) -> None:
    """255 bytes; "é" takes two."""
    name = "é" * ((length - 4) // 2) + "a" * ((length - 4) % 2) + ".wav"
    source = write(tmp_path / name, np.zeros((100, 2)), 8_000, "PCM_16")
    before = tree(tmp_path)
    with (
        open_audio(source) as reader,
        pytest.raises(OutputError, match="use a shorter name"),
    ):
        plan(tmp_path / "out", naming="{name} - {part}").targets(reader)
    assert tree(tmp_path) == before


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("song", "path"), "../../../etc/passwd"),
        (("song", "beside"), "../../../../../etc/passwd"),
        (("song", "path"), "/etc/passwd"),
        (("song", "path"), "/dev/zero"),
        (("song", "beside"), "x" * 5_000),
        (("model", "id"), "../../x"),
        (("view", "mode"), "../../x"),
    ],
)
def test_a_session_writes_only_itself(tmp_path: Path, place: tuple[str, str], value: str) -> None:
    """Its song may be anywhere: it is only read. Noting where it is changes the session alone."""
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    values = json.loads(corpus.sessions()[0])
    values[place[0]][place[1]] = value
    session = folder / "a.remix"
    session.write_text(json.dumps(values))
    song = write(folder / "song.wav", np.zeros((100, 2)), 8_000, "PCM_16")
    saved = read_mix(session)
    assert saved.geometry.rate == 44_100
    note_song(session, song, "c0ffee", (1, 2))
    assert read_mix(session).song == song
    assert sorted(tree(tmp_path)) == ["a", "a/b", "a/b/a.remix", "a/b/song.wav"]


@pytest.mark.parametrize("path", ["/music/a\0b.wav", "/music/\ud800.wav"])
def test_what_no_disk_can_hold_is_no_path(tmp_path: Path, path: str) -> None:
    values = json.loads(corpus.sessions()[0])
    values["song"]["path"] = path
    (tmp_path / "a.remix").write_text(json.dumps(values))
    with pytest.raises(InputError, match=r"damaged|is no Remixer file .*half a character"):
        read_mix(tmp_path / "a.remix")
