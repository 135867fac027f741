"""The log turns over, can be read, and holds nothing private beyond file names."""

import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from remixer import logs
from tests.cli.conftest import Remixer, cache, environment, models, remixer  # noqa: F401
from tests.support import small_disk

ROOT = Path(__file__).parents[2]
_log = logging.getLogger("remixer.somewhere")


@pytest.fixture(autouse=True)
def own_log(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    home = tmp_path / "home" / "ada"
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv(logs.ENVIRONMENT, str(home / "logs"))
    yield home / "logs"
    logs.stop()


def text(folder: Path) -> str:
    return "".join(file.read_text() for file in sorted(folder.iterdir()))


def test_it_turns_over(own_log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four files of a megabyte at most, whatever goes wrong how often."""
    monkeypatch.setattr(logs, "SIZE", 10_000)
    logs.start()
    for number in range(2_000):
        _log.warning("trouble number %d, which is written in a line of some length", number)
    files = sorted(own_log.iterdir())
    assert [file.name for file in files] == [logs.NAME, *(f"{logs.NAME}.{n}" for n in (1, 2, 3))]
    assert all(file.stat().st_size <= 10_000 for file in files)
    assert "trouble number 1999" in files[0].read_text()


def test_the_same_line_is_written_a_few_times(own_log: Path) -> None:
    logs.start()
    for _ in range(1_000):
        _log.warning("a painting fails")
    assert text(own_log).count("a painting fails") == logs.REPEATS
    assert "not written again" in text(own_log)


def test_it_says_which_remixer_on_what(own_log: Path) -> None:
    logs.start()
    logs.start()
    assert text(own_log).count("Python 3") == 1


def test_the_home_is_a_tilde_and_the_environment_stays_out(
    own_log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What an error says of a file is its name; what lies in variables is not told."""
    home = Path(os.environ["HOME"])
    monkeypatch.setenv("A_TOKEN", "s3cret-of-ada")
    logs.start()
    samples = [0.123456789] * 9
    try:
        open_it(home / "music" / "söng.wav", samples)
    except OSError as error:
        logs.failure(type(error), error, error.__traceback__)
    _log.error("in %s and %s:", home, f"{home}/x y.wav")
    _log.info("beside %s", f"{home}la/other")
    written = text(own_log)
    assert "~/music/söng.wav" in written
    assert "in ~ and ~/x y.wav:" in written
    assert f"{home}la/other" in written  # another user's name that begins alike
    assert f"{home}/" not in written
    assert "s3cret" not in written
    assert "0.123456789" not in written


def open_it(path: Path, samples: list[float]) -> None:
    path.open().write(str(samples))


def test_names_that_are_no_text_are_written(own_log: Path) -> None:
    logs.start()
    _log.warning("%s is odd", os.fsdecode(b"/x/\xff.wav"))
    assert r"\udcff.wav is odd" in text(own_log)


def test_a_disk_that_refuses_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with small_disk(tmp_path / "full", "size=64k") as disk:
        (disk / "rest").write_bytes(bytes(64 << 10))
        monkeypatch.setenv(logs.ENVIRONMENT, str(disk / "logs"))
        logs.start()
        for number in range(100):
            _log.warning("trouble %d, of which nothing can be written %s", number, "x" * 200)
        logs.stop()
    with small_disk(tmp_path / "readonly", "ro") as disk:
        monkeypatch.setenv(logs.ENVIRONMENT, str(disk / "logs"))
        logs.start()
        _log.warning("trouble")
        logs.stop()
    assert "Logging error" not in capsys.readouterr().err


def test_the_command_line_says_where_it_is(remixer: Remixer, own_log: Path) -> None:  # noqa: F811
    outcome = remixer("--log")
    assert outcome.code == 0
    assert Path(outcome.out.strip()) == own_log / logs.NAME


FAILING = """
import sys
from remixer.cli import info
def broken(*arguments):
    raise ZeroDivisionError("nobody expects it")
info.open_audio = broken
from remixer.launch import run
run(["info", sys.argv[1]])
"""


def test_an_unexpected_error_of_a_command_is_a_line_and_in_the_log(
    own_log: Path, tmp_path: Path
) -> None:
    (tmp_path / "song.wav").write_bytes(b"x")
    done = subprocess.run(
        [sys.executable, "-c", FAILING, str(tmp_path / "song.wav")],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "something went wrong (ZeroDivisionError: nobody expects it)" in done.stderr
    assert "Traceback" in text(own_log)
