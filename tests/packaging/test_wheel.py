"""The wheel, built from an sdist that was built from this source: what it carries, and that it
works from wherever it is installed. `packaging/test_wheel.sh` does the same in a fresh environment.
"""

import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from remixer.version import commit_of
from tests.support import read_ints

ROOT = Path(__file__).resolve().parents[2]
LEFT = shutil.ignore_patterns(
    ".git",
    ".venv",
    ".*_cache",
    ".hypothesis",
    "__pycache__",
    "*.egg-info",
    "build",
    "dist",
    "out",
    "runs",
    "stems",
    "images",
)
pytestmark = pytest.mark.skipif(
    not (ROOT / "setup.py").is_file(), reason="this is no source that packages are built from"
)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the source, in a git repository of its own of one commit."""
    source = tmp_path_factory.mktemp("source") / "remixer"
    shutil.copytree(ROOT, source, ignore=LEFT)
    who = ["-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=0"]
    for words in (["init", "-q"], ["add", "-A"], [*who, "commit", "-q", "-m", "All of it"]):
        subprocess.run(["git", *words], cwd=source, check=True, capture_output=True)
    return source


def build(source: Path, kind: str, target: Path) -> Path:
    """The "sdist" or the "wheel" of a source, built in `target`."""
    code = f"import setuptools.build_meta as b; b.build_{kind}({str(target)!r})"
    before = set(target.iterdir())
    subprocess.run([sys.executable, "-c", code], cwd=source, check=True, capture_output=True)
    (built,) = set(target.iterdir()) - before
    return built


@pytest.fixture(scope="module")
def sdist(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(source, "sdist", tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="module")
def wheel(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built where no git tells anything, from the sdist alone."""
    folder = tmp_path_factory.mktemp("wheel")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    (unpacked,) = folder.iterdir()
    return build(unpacked, "wheel", folder)


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that it is installed in, which is no environment's own."""
    folder = tmp_path_factory.mktemp("a folder")
    command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-index"]
    subprocess.run([*command, "--target", folder, wheel], check=True, capture_output=True)
    return folder


def run(installed: Path, folder: Path, *arguments: object) -> str:
    """What the installed program prints, run in a folder of no meaning."""
    kept = {name: text for name, text in os.environ.items() if name != "REMIXER_MODELS"}
    done = subprocess.run(
        [sys.executable, "-P", "-m", "remixer", *(str(a) for a in arguments)],
        cwd=folder,
        env={**kept, "PYTHONPATH": str(installed), "REMIXER_CACHE": str(folder / "cache")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def carried(wheel: Path) -> set[str]:
    return set(zipfile.ZipFile(wheel).namelist())


def test_building_leaves_the_source_as_it_was(source: Path, sdist: Path) -> None:
    said = subprocess.run(
        ["git", "status", "--porcelain"], cwd=source, check=True, capture_output=True, text=True
    )
    assert said.stdout == ""
    assert not (source / "remixer" / "commit.txt").exists()


def test_it_carries_all_the_code_and_nothing_else_of_the_repository(wheel: Path) -> None:
    code = {p.relative_to(ROOT).as_posix() for p in (ROOT / "remixer").rglob("*.py")}
    others = carried(wheel) - code
    assert code <= carried(wheel)
    assert {name.split("/")[0] for name in others} == {"remixer", "remixer-0.1.0.dist-info"}
    assert not [name for name in others if name.endswith(".py")]
    assert "remixer/py.typed" in others


def test_models_come_with_their_weights_and_stay_small(wheel: Path) -> None:
    there = {path.stem: path for path in (ROOT / "models").glob("*.json")}
    brought = {Path(name).stem for name in carried(wheel) if "/share/models/" in name}
    assert brought == {"unet", "cnn1", "CREDITS"}  # dnn and cnn2 are for comparison only
    brought.remove("CREDITS")
    assert {"dnn", "cnn2", "cnn2-binary"} < there.keys()
    for path in (there[name] for name in brought):
        weights = json.loads(path.read_text())["weights"]
        assert {f"remixer/share/models/{n}" for n in (path.name, weights)} <= carried(wheel)
        assert (path.parent / weights).stat().st_size < 40e6


@pytest.mark.parametrize("name", ["icons", "program"])
def test_drawings_come_along(wheel: Path, name: str) -> None:
    drawings = {path.name for path in (ROOT / "resources" / name).glob("*.svg")}
    assert drawings
    assert {f"remixer/share/{name}/{drawing}" for drawing in drawings} <= carried(wheel)


def test_the_demo_song_comes_along(wheel: Path) -> None:
    assert "remixer/share/demo/demo.flac" in carried(wheel)


def test_it_says_version_and_commit(source: Path, installed: Path, tmp_path: Path) -> None:
    commit = commit_of(source)
    assert commit
    assert run(installed, tmp_path, "--version") == f"remixer 0.1.0 (commit {commit})\n"


def test_it_works_from_any_folder(installed: Path, tmp_path: Path) -> None:
    """Its own models separate its own song, and the stems sum to it."""
    song = installed / "remixer" / "share" / "demo" / "demo.flac"
    said = json.loads(run(installed, tmp_path, "models", "--json"))
    assert str(installed) in json.dumps(said)
    run(installed, tmp_path, "separate", song, "-o", tmp_path / "stems", "--model", "cnn1")
    stems = sorted((tmp_path / "stems").iterdir())
    assert len(stems) == 4
    run(installed, tmp_path, "nulltest", song, *stems)
    assert (sum(read_ints(path) for path in stems) == read_ints(song)).all()
