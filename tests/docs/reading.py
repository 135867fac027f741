"""The pages as tests see them: blocks of code, headings, links."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
GUIDE = ROOT / "docs" / "guide.md"
API = ROOT / "docs" / "api.md"
ARCHITECTURE = ROOT / "docs" / "architecture.md"

_FENCE = re.compile(r"^```(\w*)\s*$")
_FILE = re.compile(r"^<!-- file: (.+) -->$")
_CODE = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\[[^\]\n]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+?)\s*$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A fenced block. line: of its first line of code, from 1. file: what a comment above it says
    it is to be saved as, "" for none.
    """

    page: Path
    line: int
    language: str
    code: str
    file: str = ""


def blocks(page: Path) -> list[Block]:
    """The fenced blocks of a page."""
    lines = page.read_text(encoding="utf-8").splitlines()
    found: list[Block] = []
    start: int | None = None
    for number, line in enumerate(lines):
        fence = _FENCE.match(line)
        if fence and start is None:
            start, language = number + 1, fence[1]
        elif fence and start is not None:
            named = _FILE.match(lines[start - 2]) if start > 1 else None
            code = "\n".join(lines[start:number]) + "\n"
            found.append(Block(page, start + 1, language, code, named[1] if named else ""))
            start = None
    assert start is None, f"{page.name}: a block of code does not end"
    return found


def prose(page: Path) -> str:
    """A page without its fenced blocks, as many lines."""
    lines, inside = [], False
    for line in page.read_text(encoding="utf-8").splitlines():
        fence = _FENCE.match(line)
        lines.append("" if inside or fence else line)
        inside ^= bool(fence)
    return "\n".join(lines)


def inline_code(page: Path) -> list[str]:
    """What stands between backticks."""
    return _CODE.findall(prose(page))


def links(page: Path) -> list[str]:
    """Targets of links and pictures."""
    return _LINK.findall(_CODE.sub("", prose(page)))


def anchors(page: Path) -> set[str]:
    """What headings are called in links, as GitHub makes it."""
    return {_slug(heading) for heading in _HEADING.findall(prose(page))}


def _slug(heading: str) -> str:
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
    return re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")


def table_after(page: Path, heading: str) -> list[list[str]]:
    """Cells of the first table below a heading, without its head."""
    text = page.read_text(encoding="utf-8")
    rest = text[text.index(f"\n{heading}\n") :].splitlines()
    rows = list(_first_table(rest))
    return [[cell.strip() for cell in row.strip().strip("|").split("|")] for row in rows[2:]]


def _first_table(lines: list[str]) -> Iterator[str]:
    begun = False
    for line in lines:
        if line.startswith("|"):
            begun = True
            yield line
        elif begun:
            return
