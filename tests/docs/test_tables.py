"""Tables of the guide and of the architecture page, held against the program."""

import ast
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from remixer import logs
from remixer.app.settings import Settings
from remixer.separation.cache import StemCache
from remixer.separation.catalogue import DEFAULT, model_folders
from remixer.session.autosave import recovery_folder
from remixer.session.own_presets import presets_file
from tests.docs import tables
from tests.docs.reading import ARCHITECTURE, GUIDE, ROOT, table_after

SOURCES = sorted((ROOT / "remixer").rglob("*.py"))
CARDS = [*(ROOT / "models").glob("*.json"), ROOT / "remixer" / "separation" / "spleeter.json"]
RENEW = "run python -m tests.docs.tables"


def test_the_formats_are_those_of_the_program() -> None:
    assert tables.written(GUIDE, "formats") == tables.formats_table(), RENEW


def test_the_shortcuts_are_those_of_the_window() -> None:
    """In a process of its own: a window and its helpers."""
    code = "from tests.docs.tables import shortcuts; print('\\n'.join(shortcuts()))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True)
    assert tables.written(GUIDE, "shortcuts") == done.stdout.decode().splitlines(), RENEW


def test_the_places_are_those_of_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    found = {cells[2].split("`")[1]: cells[1].strip("`") for cells in places()}
    variables = {name for path in SOURCES for name in _variables(path)}
    variables.remove("REMIXER_DEVICE")  # no place
    assert set(found) == variables
    if sys.platform != "linux":
        return
    for name in (*variables, "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    here = {
        "REMIXER_CACHE": StemCache().folder,
        "REMIXER_MODELS": model_folders()[0],
        "REMIXER_STATE": recovery_folder(),
        "REMIXER_LOGS": logs.path(),
        "REMIXER_PRESETS": presets_file(),
        "REMIXER_SETTINGS": Settings().path,
    }
    assert found == {name: f"~/{path.relative_to(Path.home())}" for name, path in here.items()}


def places() -> list[list[str]]:
    return table_after(GUIDE, "## Where things are")


def _variables(path: Path) -> list[str]:
    """Names of environment variables that a module says."""
    return re.findall(r'^\w*ENVIRONMENT = "(REMIXER_\w+)"', path.read_text(), re.MULTILINE)


@pytest.mark.parametrize("path", CARDS, ids=lambda path: path.stem)
def test_the_licence_of_every_card_is_told(path: Path) -> None:
    licence = json.loads(path.read_text())["licence"].split(":")[0].split(" (")[0]
    assert licence in GUIDE.read_text(), f"docs/guide.md says nothing of {licence}"


def test_the_models_are_in_the_table() -> None:
    rows = table_after(GUIDE, "## Models and their licences")
    listed = {cells[0].strip("`"): cells for cells in rows}
    assert "the default" in listed[DEFAULT][1]
    assert set(listed) == {path.stem for path in CARDS}
    for path in CARDS:
        assert (
            json.loads(path.read_text())["licence"].split(":")[0].split(" (")[0]
            in (listed[path.stem][3])
        )
    left_out = {name for name, cells in listed.items() if cells[2] == "checkout only"}
    packed = _packed_models()
    assert left_out == {path.stem for path in CARDS if path.parent.name == "models"} - packed


def _packed_models() -> set[str]:
    """The models whose cards `setup.py` puts into packages."""
    tree = ast.parse((ROOT / "setup.py").read_text())
    shared = next(
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "SHARED"
    )
    patterns = ast.literal_eval(shared)["models"]
    return {p.stem for pattern in patterns for p in ROOT.glob(pattern) if p.suffix == ".json"}


def test_the_rooms_are_those_of_the_package() -> None:
    named = set(
        re.findall(r"`(\w+)`", " ".join(r[0] for r in table_after(ARCHITECTURE, "## Rooms")))
    )
    rooms = {p.parent.name for p in (ROOT / "remixer").glob("*/__init__.py")}
    alone = {p.stem for p in (ROOT / "remixer").glob("*.py") if not p.stem.startswith("__")}
    assert named == rooms | alone


STARTERS = ("Thread", "ThreadPoolExecutor", "ProcessPoolExecutor", "Popen")


def test_whatever_starts_threads_and_processes_is_in_the_table() -> None:
    rows = table_after(ARCHITECTURE, "## Processes and threads")
    told = {file for cells in rows for file in re.findall(r"`([\w/]+\.py)`", cells[-1])}
    package = ROOT / "remixer"
    starting = {str(p.relative_to(package)) for p in SOURCES if any(_starts(p))}
    assert told == starting


def test_the_threads_have_the_names_of_the_table() -> None:
    text = " ".join(
        " ".join(cells) for cells in table_after(ARCHITECTURE, "## Processes and threads")
    )
    for path in SOURCES:
        for call in _starts(path):
            for keyword in call.keywords:
                named = keyword.arg in ("name", "thread_name_prefix")
                if named and isinstance(keyword.value, ast.Constant):
                    assert f"`{keyword.value.value}" in text, f"{path.name}: {keyword.value.value}"


def _starts(path: Path) -> Iterator[ast.Call]:
    """The calls of a module that make threads or processes."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in STARTERS:
                yield node


def test_the_import_contracts_are_told() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    page = " ".join(ARCHITECTURE.read_text().split())
    for contract in contracts["contracts"]:
        assert f"*{contract['name']}*" in page


@pytest.mark.parametrize("heading", ["## What the null light means", "## Troubleshooting"])
def test_what_the_program_is_quoted_with_it_says(heading: str) -> None:
    said = {text for path in SOURCES for text in _texts(path)}
    for cells in table_after(GUIDE, heading):
        for quoted in re.findall(r"(?<!\*)\*([^*]+)\*(?!\*)", cells[0]):
            assert any(quoted in text for text in said), f"nothing says {quoted!r}"


def _texts(path: Path) -> Iterator[str]:
    """The strings of a module, those of f-strings in pieces."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
