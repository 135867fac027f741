"""What a package takes along besides the code; everything else is said in pyproject.toml.

A wheel gets remixer/share/ (see SHARED) and remixer/commit.txt; an sdist the latter
only, as it has the former where a checkout has them. Nothing is written into the source tree.
"""

import shutil
import sys
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py
from setuptools.command.sdist import sdist

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT))

from remixer.version import UNKNOWN, commit  # noqa: E402

SHARED = {
    # models that are for comparison only stay out
    "models": ["models/unet.*", "models/cnn1.*", "models/CREDITS.md"],
    "demo": ["resources/demo/demo.flac"],
    "icons": ["resources/icons/*.svg"],
    "program": ["resources/program/*.svg"],
    "docs": ["docs/*.md"],
    "docs/images": ["docs/images/*.png"],
}


def write_commit(package: Path) -> None:
    """Say which commit this is; nothing where nobody knows."""
    if (known := commit()) != UNKNOWN:
        target = package / "commit.txt"
        target.unlink(missing_ok=True)  # an sdist's files are hard links to the source's
        target.write_text(known + "\n", encoding="ascii")


class BuildWithShared(build_py):
    """The code, what it needs beside it, and the commit. An editable build has the checkout."""

    def run(self) -> None:
        """Build it."""
        super().run()
        if not self.editable_mode:
            package = Path(self.build_lib) / "remixer"
            shutil.rmtree(package / "share", ignore_errors=True)
            for name, patterns in SHARED.items():
                (package / "share" / name).mkdir(parents=True)
                for path in (path for pattern in patterns for path in ROOT.glob(pattern)):
                    shutil.copy(path, package / "share" / name)
            write_commit(package)


class SdistWithCommit(sdist):
    """The source, which no longer has git to tell the commit."""

    def make_release_tree(self, base_dir: str, files: list[str]) -> None:
        """Lay it out in `base_dir`."""
        super().make_release_tree(base_dir, files)
        write_commit(Path(base_dir) / "remixer")


setup(cmdclass={"build_py": BuildWithShared, "sdist": SdistWithCommit})
