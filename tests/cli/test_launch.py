"""How the program starts: help, versions, commands, and the window where there is a screen."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from remixer import launch, version
from tests.cli.conftest import Remixer

COMMANDS = ("open", "info", "separate", "remix", "nulltest", "spectrogram", "models", "cache")


def test_help_shows_its_commands_on_lines_that_are_not_cut(
    remixer: Remixer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    for group in ([], ["preset"], ["receipt"], ["cache"]):
        outcome = remixer(*group, "--help")
        assert outcome.code == 0
        assert "..." not in outcome.out.partition("Commands:")[2]
    assert all(f"  {command} " in remixer("--help").out for command in COMMANDS)


@pytest.mark.parametrize("arguments", [[], ["open"], ["song.wav"], ["open", "song.wav"]])
def test_a_window_without_a_display_is_one_clear_line(
    remixer: Remixer, song: Path, arguments: list[str]
) -> None:
    outcome = remixer(*arguments)
    assert outcome.code == 1
    assert outcome.out == ""
    assert outcome.err.startswith("error: there is no display to open a window on (DISPLAY and ")
    assert "use remixer separate" in outcome.err
    assert len(outcome.err.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "opened"),
    [
        ([], None),
        (["open"], None),
        (["song.wav"], "song.wav"),
        (["open", "song.wav"], "song.wav"),
        (["open", "song.wav", "--play"], "song.wav"),
    ],
)
def test_a_display_gets_the_window_and_its_exit_code(
    remixer: Remixer,
    song: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    opened: str | None,
) -> None:
    """What is opened is the window's affair; here only that it is asked to."""
    asked: list[tuple[Path | None, bool]] = []

    def window(file: Path | None, play: bool = False) -> int:
        asked.append((file, play))
        return 7

    monkeypatch.setenv("DISPLAY", ":99")
    monkeypatch.setattr(launch, "open_window", window)
    outcome = remixer(*arguments)
    assert outcome.code == 7
    assert asked == [(Path(opened) if opened else None, "--play" in arguments)]


@pytest.mark.parametrize("name", ["missing.wav", "sub/missing", "./info"])
def test_a_file_that_is_not_there_is_called_so(remixer: Remixer, name: str) -> None:
    outcome = remixer(name)
    assert outcome.code == 2
    assert outcome.err.startswith(f"error: {name} does not exist")
    assert len(outcome.err.splitlines()) == 1


def test_several_files_want_a_command(remixer: Remixer, song: Path) -> None:
    outcome = remixer(song, song)
    assert outcome.code == 2
    assert "is no command" in outcome.err


def test_a_command_wins_over_a_file_of_its_name(remixer: Remixer, tmp_path: Path) -> None:
    (tmp_path / "models").write_text("a file")
    outcome = remixer("models")
    assert outcome.code == 0
    assert "cnn1" in outcome.out


@pytest.mark.parametrize(
    "arguments", [["frobnicate"], ["--what"], ["separate"], ["info"], ["info", "--loud", "a.wav"]]
)
def test_wrong_usage_is_2(remixer: Remixer, arguments: list[str]) -> None:
    outcome = remixer(*arguments)
    assert outcome.code == 2
    assert outcome.out == ""
    assert "Usage: remixer" in outcome.err


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(remixer: Remixer, command: str) -> None:
    outcome = remixer(command, "--help")
    assert outcome.code == 0
    assert f"Usage: remixer {command}" in outcome.out


def test_version(remixer: Remixer) -> None:
    outcome = remixer("--version")
    said = f"remixer {version.number()} (commit {version.commit()})\n"
    assert (outcome.code, outcome.out) == (0, said)


def test_the_module_is_the_program(
    start: Callable[..., "subprocess.Popen[str]"], song: Path
) -> None:
    process = start("info", song, "--json")
    out, err = process.communicate(timeout=120)
    assert (process.returncode, err) == (0, "")
    assert '"rate": 44100' in out


def test_a_reader_that_has_seen_enough_is_no_error(
    start: Callable[..., "subprocess.Popen[str]"], song: Path
) -> None:
    process = start("info", *[song] * 3)
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    err = process.stderr.read()
    assert process.wait(timeout=120) == 1
    assert "Traceback" not in err


def test_usage_errors_need_no_torch(start: Callable[..., "subprocess.Popen[str]"]) -> None:
    """Neither do commands that separate nothing: they are quick."""
    code = (
        "import sys; from remixer.launch import run\n"
        "try: run(['info', 'missing.wav'])\n"
        "except SystemExit as end: assert end.code == 1\n"
        "assert 'torch' not in sys.modules and 'PySide6' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
