"""Packaging's scripts, which are no package: modules by their files."""

import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]
PACKAGING = ROOT / "packaging"


def script(name: str, folder: Path = PACKAGING) -> ModuleType:
    """A script as a module; it may import those beside it, as it does when it is run."""
    sys.path.insert(0, str(folder))
    try:
        return import_module(name)
    finally:
        sys.path.remove(str(folder))
