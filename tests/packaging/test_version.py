"""What the program says it is: the commit of its own checkout, never another one's."""

import subprocess
from pathlib import Path

import pytest

from remixer import resources, version


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", "-c", "user.name=Test", "-c", "user.email=t@example.org", *words],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q")
    (tmp_path / "file").write_text("one")
    git(tmp_path, "add", "file")
    git(tmp_path, "commit", "-q", "-m", "One")
    return tmp_path


def test_the_commit_of_a_checkout(repository: Path) -> None:
    assert version.commit_of(repository) == git(repository, "rev-parse", "HEAD")[:10]


def test_a_tag_does_not_hide_the_commit(repository: Path) -> None:
    git(repository, "tag", "v9")
    assert version.commit_of(repository) == git(repository, "rev-parse", "HEAD")[:10]


def test_changes_show(repository: Path) -> None:
    (repository / "file").write_text("two")
    assert str(version.commit_of(repository)).endswith("-dirty")


def test_a_folder_within_a_repository_is_not_it(repository: Path) -> None:
    """An environment often lies in the checkout of something else."""
    (repository / "within").mkdir()
    assert version.commit_of(repository / "within") is None


def test_a_broken_repository_is_none(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    assert version.commit_of(tmp_path) is None


def test_without_git_it_is_what_was_built(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "commit.txt").write_text("0123456789\n")
    monkeypatch.setattr(version, "checkout", lambda: tmp_path)
    monkeypatch.setattr(version, "BUILT", tmp_path / "commit.txt")
    assert version.full() == f"{version.number()} (commit 0123456789)"


def test_what_nobody_knows_is_called_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(version, "checkout", lambda: None)
    monkeypatch.setattr(version, "BUILT", tmp_path / "commit.txt")
    assert version.commit() == "unknown"


@pytest.mark.parametrize("name", ["models", "demo", "icons", "program"])
def test_resources_are_there(name: str) -> None:
    assert list(resources.folder(name).iterdir())


def test_installed_resources_lie_in_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "checkout", lambda: None)
    assert resources.folder("demo") == Path(resources.__file__).parent / "share" / "demo"
