"""The examples of docs/api.md, run one after the other as a reader would."""

import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from tests.docs.reading import API, ROOT, blocks


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with the checkout's resources, and nothing of the user's."""
    (tmp_path / "resources").symlink_to(ROOT / "resources", target_is_directory=True)
    monkeypatch.setenv("REMIXER_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("REMIXER_MODELS", raising=False)
    monkeypatch.chdir(tmp_path)
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(site)
    threads = torch.get_num_threads()
    yield tmp_path
    torch.set_num_threads(threads)


def install(project: Path, site: Path) -> None:
    """As `pip install` does it, into a folder of its own."""
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--quiet", "--target", str(site)]
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install"]
    subprocess.run([*pip, *options, str(project)], check=True)
    importlib.invalidate_caches()


def test_the_examples_run(folder: Path) -> None:
    page = blocks(API)
    for block in (block for block in page if block.file):
        path = folder / block.file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.code)
    install(folder / "halves", folder / "site")
    examples = [block for block in page if block.language == "python" and not block.file]
    assert len(examples) > 5
    names: dict[str, object] = {}
    for block in examples:
        lines = "\n" * (block.line - 1)  # errors name the page's lines
        exec(compile(lines + block.code, str(block.page), "exec"), names)


def test_every_block_is_an_example_or_a_file() -> None:
    assert {block.language for block in blocks(API)} == {"python", "toml", "json"}
    assert all(block.file for block in blocks(API) if block.language != "python")
