"""Where the files are that come with the program: models, the demo song, icons, its own icon."""

from pathlib import Path

_ROOT = Path(__file__).resolve().parents[1]
_CHECKOUT = {
    "models": "models",
    "demo": "resources/demo",
    "icons": "resources/icons",
    "program": "resources/program",
    "docs": "docs",
}
"""Where a source checkout has what a wheel carries as remixer/share/NAME (see setup.py)."""


def checkout() -> Path | None:
    """The source checkout that this code runs from; None where it is installed."""
    return _ROOT if (_ROOT / "pyproject.toml").is_file() else None


def folder(name: str) -> Path:
    """The folder of something in `_CHECKOUT`: a source checkout's, or installed.

    Where the package lies does not matter: in a virtual environment, a user's own folder
    (`pip install --user`, `--target`), or a packaged program.
    """
    root = checkout()
    return root / _CHECKOUT[name] if root else Path(__file__).with_name("share") / name
