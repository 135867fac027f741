"""Every `remixer ...` that a page shows is a command that exists, with the options that it has."""

import contextlib
import io
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import typer
from typer.main import get_command

from remixer.cli import main
from tests.docs.reading import PAGES, ROOT, blocks, inline_code

_ASIDE = re.compile(r"\s{3,}.*")
"""What a listing says of a command, behind it."""
_SETTING = re.compile(r"[A-Z_]+=\S+")
_OPTION = re.compile(r"(?<![\w-])--?[a-z][\w-]*")


@dataclass(frozen=True)
class Shown:
    """A command as a page shows it. whole: in a block of its own, so that it could be run."""

    page: str
    text: str
    whole: bool

    @property
    def words(self) -> list[str]:
        """Behind the program's name."""
        words = shlex.split(self.text, comments=True)
        while _SETTING.fullmatch(words[0]):
            words.pop(0)
        return words[1:]

    def __str__(self) -> str:
        return f"{self.page}: {self.text}"


def shown() -> Iterator[Shown]:
    for page in PAGES:
        name = str(page.relative_to(ROOT))
        for block in blocks(page):
            for line in block.code.replace("\\\n", " ").splitlines():
                if _is_command(line):
                    yield Shown(name, _ASIDE.sub("", line), whole=True)
        for text in inline_code(page):
            if _is_command(text):
                yield Shown(name, text, whole=False)


def _is_command(line: str) -> bool:
    return bool(re.match(r"(?:[A-Z_]+=\S+ )*(?:\.venv/bin/)?remixer( |$)", line))


SHOWN = list(shown())


@pytest.fixture(scope="module")
def program() -> typer.core.TyperGroup:
    """The command line, as `remixer --help` knows it."""
    with contextlib.redirect_stdout(io.StringIO()), pytest.raises(SystemExit):
        main.run(["--version"])
    group = get_command(main.app)
    assert isinstance(group, typer.core.TyperGroup)
    return group


@pytest.mark.parametrize("example", SHOWN, ids=str)
def test_it_exists(example: Shown, program: typer.core.TyperGroup) -> None:
    command, words = program, list(example.words)
    if not words or words[0] == "COMMAND" or _is_a_file(words[0]):
        return
    assert words[0].startswith("-") or words[0] in program.commands, f"no command in {example}"
    name = "remixer"
    while words and words[0] in getattr(command, "commands", {}):
        name = words.pop(0)
        command = command.commands[name]
    known = {"--help", *_options(command)}
    for word in words:
        option = word.partition("=")[0]
        if _OPTION.fullmatch(option):
            assert option in known, f"{example}: there is no {option}"
    if example.whole:
        with command.make_context(name, words):  # raises for what it does not take
            pass


def _is_a_file(word: str) -> bool:
    return word == "FILE" or Path(word).suffix in (".wav", ".remix", ".flac")


def test_options_that_are_named_alone_exist(program: typer.core.TyperGroup) -> None:
    known = {"--help"} | {option for each in _all(program) for option in _options(each)}
    foreign = {"--nproc-per-node", "--no-deps", "--all", "--user", "--target"}
    """Of other programs, or of a benchmark's."""
    for page in PAGES:
        for text in inline_code(page):
            if re.match("--[a-z]", text):
                option = text.split()[0].partition("=")[0]
                if option.lower() in foreign or f"{page.name}:{option}" in ELSEWHERE:
                    continue
                assert option in known, f"{page.name}: no command has {option}"


ELSEWHERE = {"README.md:--hour"}
"""Options of `python -m benchmarks...`."""


def _all(group: typer.core.TyperGroup) -> Iterator[object]:
    yield group
    for command in group.commands.values():
        if isinstance(command, typer.core.TyperGroup):
            yield from _all(command)
        else:
            yield command


def _options(command: object) -> Iterator[str]:
    for parameter in command.params:  # type: ignore[attr-defined]
        yield from (*parameter.opts, *parameter.secondary_opts)


def test_the_readme_shows_every_command(program: typer.core.TyperGroup) -> None:
    readme = {each.words[0] for each in SHOWN if each.page == "README.md" and each.words}
    guide = {each.words[0] for each in SHOWN if each.page.startswith("docs/") and each.words}
    missing = set(program.commands) - readme - guide - {"open"}
    assert not missing, f"no page shows {sorted(missing)}"
