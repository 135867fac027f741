"""Which Remixer this is: its version, and the commit that it was built from."""

import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from remixer.resources import checkout

UNKNOWN = "unknown"
BUILT = Path(__file__).with_name("commit.txt")
"""Written into packages by setup.py; a checkout has none."""


def number() -> str:
    """The version of the installed package; "unknown" where nothing is installed."""
    try:
        return version("remixer")
    except PackageNotFoundError:
        return UNKNOWN


def commit() -> str:
    """The commit's first ten digits: of the checkout, or as the package was built.

    "-dirty" follows where files were changed since. "unknown" where nobody can say.
    """
    root = checkout()
    return (commit_of(root) if root else None) or _built() or UNKNOWN


def full() -> str:
    """Both, for people."""
    return f"{number()} (commit {commit()})"


def commit_of(root: Path) -> str | None:
    """The commit of the git checkout that lies at `root` itself; None where it is none."""
    if not (root / ".git").exists():  # a folder above may be one, of something else
        return None
    where = [f"--git-dir={root / '.git'}", f"--work-tree={root}"]
    what = ["describe", "--always", "--exclude=*", "--abbrev=10", "--dirty"]
    try:
        done = subprocess.run(
            ["git", *where, *what], capture_output=True, text=True, check=True, timeout=10
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() or None


def _built() -> str | None:
    try:
        return BUILT.read_text(encoding="ascii").strip() or None
    except (OSError, ValueError):
        return None
