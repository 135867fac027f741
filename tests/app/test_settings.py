import json
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray

from remixer.app.settings import ENVIRONMENT, RECENT, ExportChoices, Settings
from remixer.playback.types import Latency, Output
from remixer.separation.catalogue import DEFAULT


@pytest.fixture
def ini(tmp_path: Path) -> Path:
    return tmp_path / "remixer.ini"


def written(ini: Path) -> Settings:
    """Every setting off its default, on disk."""
    settings = Settings(ini)
    settings.theme = "light"
    settings.output = Output("USB, “Audio” ; = 1", Latency.LOW)
    settings.model = "other-model"
    settings.follow = False
    settings.matched = True
    settings.add_recent(ini.parent / "a; b, c=d.wav")
    settings.geometry = QByteArray(b"\0\1geometry\xff")
    settings.window_state = QByteArray(b"state")
    settings.set_splitter("lanes", QByteArray(b"sizes"))
    settings.export = ExportChoices("minus-one", "bass", "FLAC", "PCM_24", "{name}, {part}")
    settings.save()
    return settings


def test_first_run_has_defaults(ini: Path):
    settings = Settings(ini)
    assert settings.theme == "dark"
    assert settings.output == Output()
    assert (settings.model, settings.follow, settings.matched) == (DEFAULT, True, False)
    assert settings.recent == ()
    assert settings.geometry.isEmpty()
    assert settings.export == ExportChoices()
    assert not ini.exists(), "reading writes nothing"


def test_everything_comes_back(ini: Path):
    written(ini)
    moved = ini.with_name("copy.ini")  # no cache of an open file in between
    moved.write_bytes(ini.read_bytes())
    settings = Settings(moved)
    assert settings.theme == "light"
    assert settings.output == Output("USB, “Audio” ; = 1", Latency.LOW)
    assert (settings.model, settings.follow, settings.matched) == ("other-model", False, True)
    assert settings.recent == (ini.parent / "a; b, c=d.wav",)
    assert settings.geometry == QByteArray(b"\0\1geometry\xff")
    assert settings.window_state == QByteArray(b"state")
    assert settings.splitter("lanes") == QByteArray(b"sizes")
    assert settings.export == ExportChoices("minus-one", "bass", "FLAC", "PCM_24", "{name}, {part}")


def test_environment_names_the_file(ini: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(ENVIRONMENT, str(ini))
    settings = Settings()
    settings.theme = "system"
    settings.save()
    assert settings.path == ini
    assert "system" in ini.read_text()


@pytest.mark.parametrize(
    "line",
    [
        "theme=purple\nlatency=NEVER\nfollow=7\nmatched=perhaps\n",
        "theme=dark, light\nlatency=0.1\nfollow=@ByteArray(x)\nmatched=1, 2\n",
        "device=5\nmodel={\nrecent=nothing\ngeometry=5\nwindow_state=@Point(1 2)\n",
        'recent="[1, null, \\"relative.wav\\", \\"/a\\\\u0000b\\"]"\nexport\\what=7\n',
        'recent="{}"\nmodel="[]"\ndevice="null"\nexport\\format=@Invalid()\n',
        'recent="' + "[" * 100_000 + '"\n',
    ],
)
def test_damaged_values_are_defaults(ini: Path, line: str):
    ini.write_text("[General]\n" + line)
    settings = Settings(ini)
    assert settings.theme == "dark"
    assert settings.output == Output()
    assert (settings.model, settings.follow, settings.matched) == (DEFAULT, True, False)
    assert settings.recent == ()
    assert settings.geometry.isEmpty()
    assert settings.window_state.isEmpty()
    assert settings.export == ExportChoices()


@pytest.mark.parametrize("content", [b"\xff\xfe\0\0garbage\0", b"]]][[[\n=\n", b"\0" * 4096])
def test_a_damaged_file_is_replaced_by_what_is_set(ini: Path, content: bytes):
    ini.write_bytes(content)
    settings = Settings(ini)
    assert settings.theme == "dark"
    settings.theme = "light"
    settings.save()
    copy = ini.with_name("copy.ini")
    copy.write_bytes(ini.read_bytes())
    assert Settings(copy).theme == "light"


def test_a_file_that_cannot_be_written_holds_for_this_run(tmp_path: Path):
    (tmp_path / "file").touch()
    settings = Settings(tmp_path / "file" / "remixer.ini")
    settings.theme = "light"
    settings.save()
    assert settings.theme == "light"


def test_recent_files_newest_first_without_repeats(ini: Path, tmp_path: Path):
    settings = Settings(ini)
    paths = [tmp_path / f"{n}.wav" for n in range(RECENT + 3)]
    for path in (*paths, paths[5]):
        settings.add_recent(path)
    expected = [paths[5], *(p for p in reversed(paths) if p != paths[5])][:RECENT]
    assert list(settings.recent) == expected
    settings.clear_recent()
    assert settings.recent == ()


def test_recent_paths_are_absolute_and_any_name(
    ini: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    names = ["relative.wav", "Ünïcode ♫.wav", 'quote".wav', "line\nend.wav", "bad\udcff.wav"]
    settings = Settings(ini)
    for name in names:
        settings.add_recent(Path(name))
    settings.save()
    copy = ini.with_name("copy.ini")
    copy.write_bytes(ini.read_bytes())
    assert list(Settings(copy).recent) == [tmp_path / name for name in reversed(names)]


def test_export_choices_that_are_partly_damaged_keep_the_rest(ini: Path):
    settings = Settings(ini)
    settings.export = replace(ExportChoices(), what="stems", format="FLAC")
    settings.save()
    text = ini.read_text().replace(json.dumps("FLAC").replace('"', '\\"'), "{")
    copy = ini.with_name("copy.ini")
    copy.write_text(text)
    assert Settings(copy).export == replace(ExportChoices(), what="stems")
