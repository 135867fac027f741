"""Every page is reachable, and whatever a page points to is there."""

import importlib.util
import re
from pathlib import Path

import pytest

from tests.docs.reading import PAGES, ROOT, anchors, blocks, inline_code, links

_SOURCE = re.compile(r"(?:\w[\w.-]*/)+[\w.-]*\.(?:py|md|json|txt|sh|svg|flac)")
_BUILT = {"remixer/commit.txt"}
"""Of a wheel."""
_MODULE = re.compile(r"python -m (benchmarks[\w.]*|tests[\w.]*)")
_TARGET = re.compile(r"\bmake ([a-z][\w-]*)")


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page: Path) -> None:
    for link in links(page):
        if link.startswith(("https://", "http://")):
            continue
        file, _, anchor = link.partition("#")
        target = (page.parent / file).resolve() if file else page
        assert target.exists(), f"{name(page)} links to {link}, which is not there"
        assert not anchor or anchor in anchors(target), f"{name(page)}: no heading for {link}"


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_files_that_are_named_are_there(page: Path) -> None:
    for text in inline_code(page):
        if _SOURCE.fullmatch(text) and text not in _BUILT:
            there = any((place / text).exists() for place in (ROOT, page.parent))
            below = (
                path for room in ("remixer", "packaging") for path in (ROOT / room).rglob(text)
            )
            assert there or any(below), f"{name(page)}: {text} is gone"


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_modules_and_make_targets_are_there(page: Path) -> None:
    code = [*inline_code(page), *(block.code for block in blocks(page))]
    rules = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    for text in code:
        for module in _MODULE.findall(text):
            assert importlib.util.find_spec(module), f"{name(page)}: no module {module}"
        for rule in _TARGET.findall(text):
            assert rule in rules, f"{name(page)}: no `make {rule}`"


def test_every_page_is_in_the_index() -> None:
    index = ROOT / "docs" / "README.md"
    listed = {(index.parent / link.partition("#")[0]).resolve() for link in links(index)}
    missing = {name(page) for page in PAGES if page != index and page not in listed}
    assert not missing, f"docs/README.md does not list {sorted(missing)}"
    assert "docs/README.md" in links(ROOT / "README.md")


def test_every_picture_is_shown() -> None:
    shown = {(page.parent / link).resolve() for page in PAGES for link in links(page)}
    pictures = {path for path in (ROOT / "docs" / "images").iterdir() if path.is_file()}
    assert not {name(path) for path in pictures - shown}


def test_pages_that_the_code_names_are_there() -> None:
    for folder in ("remixer", "benchmarks", "packaging"):
        for path in (ROOT / folder).rglob("*.py"):
            for page in re.findall(r"docs/\w+\.md", path.read_text(encoding="utf-8")):
                assert (ROOT / page).is_file(), f"{name(path)} sends to {page}, which is not there"
