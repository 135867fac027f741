"""What programs and shared libraries ask the loader for."""

import subprocess
from collections.abc import Iterator
from pathlib import Path


def elves(folder: Path) -> Iterator[Path]:
    """Programs and shared libraries below a folder; links are left out."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            with path.open("rb") as file:
                if file.read(4) == b"\x7fELF":
                    yield path


def needed(path: Path) -> set[str]:
    """Names of the libraries that one is linked to."""
    said = subprocess.run(["objdump", "-p", path], capture_output=True, text=True, check=True)
    return {line.split()[1] for line in said.stdout.splitlines() if "NEEDED" in line}


def system_libraries() -> dict[str, Path]:
    """Where the loader finds the libraries of this machine's system, by name."""
    said = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True, check=True)
    found: dict[str, Path] = {}
    for line in said.stdout.splitlines():
        name, arrow, place = line.partition(" => ")
        if arrow and "x86-64" in name:
            found.setdefault(name.split()[0], Path(place))
    return found


def orphans(folder: Path, tree: Path) -> list[Path]:
    """Libraries of a folder that nothing in the tree is linked to, nor what is left of it."""
    wants = {path: needed(path) for path in elves(tree)}
    gone: list[Path] = []
    while True:
        asked = set().union(*(names for path, names in wants.items() if path not in gone))
        more = [p for p in wants if p.parent == folder and p not in gone and p.name not in asked]
        if not more:
            return gone
        gone += more
