"""The licences of all that is in the bundle, gathered from what the parts say themselves."""

import shutil
import subprocess
from collections.abc import Iterator
from importlib.metadata import Distribution
from pathlib import Path

from native import Native, whose

HEAD = """\
Remixer is free software under the GNU General Public License, version 3 or later (LICENSE).
This package carries the parts below, under their own licences, whose texts are in licences/.
They are used through dynamic linking or as Python modules: libraries under the LGPL, such as Qt,
may be replaced by others of the same interface (files of the same name in this package's folder).
Some parts (x264, x265, FFmpeg as configured here) are under the GPL, as Remixer itself is.
The source of each part is where its line says, in the version that is named there.

The weights of the models are for non-commercial use: see `remixer models` and their cards.
"""
COMMON = [
    Path("/usr/share/common-licenses") / name
    for name in ("GPL-2", "GPL-3", "LGPL-2", "LGPL-2.1", "LGPL-3", "Apache-2.0", "MPL-2.0")
]
"""Texts that libraries without one of their own are under."""
TEXTS = ("licen", "copying", "notice", "authors", "patents")


def gather(bundle: Path, licences: Path) -> str:
    """The notices; the texts go into the folder `licences`.

    bundle: the folder of the program, on the machine that it was built on. Raises SystemExit that
    names a library that nobody knows.
    """
    parts = sorted(_packages(bundle, licences), key=str.casefold)
    libraries, system = _libraries(bundle, licences)
    blocks = [HEAD, "Python packages", *parts, "", "Libraries within them", *libraries]
    return "\n".join([*blocks, "", "Libraries of the system it was built on", *system, ""])


def _packages(bundle: Path, licences: Path) -> Iterator[str]:
    for info in sorted(bundle.rglob("*.dist-info")):
        package = Distribution.at(info)
        name, number = package.metadata["Name"], package.version
        copied = _copy_texts(info, licences / name)
        if name != "remixer" and not copied and not _is_qt(name):
            raise SystemExit(
                f"{name} {number} brings no licence text: put it into packaging/native.py"
            )
        yield f"  {name} {number}: {_licence(package)}"


def _is_qt(name: str) -> bool:
    return name.lower().startswith(("pyside6", "shiboken6"))


def _licence(package: Distribution) -> str:
    values = package.metadata
    if expression := values.get("License-Expression"):
        return str(expression)
    named = [c for c in values.get_all("Classifier") or [] if c.startswith("License ::")]
    text = str(values.get("License") or "see its text")
    short = text if "\n" not in text and len(text) < 80 else "see its text"
    return ", ".join(c.rsplit("::", 1)[1].strip() for c in named) or short


def _copy_texts(info: Path, target: Path) -> int:
    found = [p for p in info.rglob("*") if p.is_file() and p.name.lower().startswith(TEXTS)]
    found += [p for p in info.rglob("licenses/**/*") if p.is_file() and p not in found]
    for path in found:
        place = target / path.relative_to(info)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, place)
    return len(found)


def _libraries(bundle: Path, licences: Path) -> tuple[list[str], list[str]]:
    """Lines on the libraries of packages, and on those of Debian's packages."""
    known: dict[Native, set[str]] = {}
    system: dict[str, set[str]] = {}
    for path in sorted(p for p in bundle.rglob("*.so*") if p.is_file() and not p.is_symlink()):
        if _is_module(path):
            continue  # of the package that it lies in
        if native := whose(path.name):
            known.setdefault(native, set()).add(path.name)
        elif package := _of_system(path.name):
            system.setdefault(package, set()).add(path.name)
        else:
            raise SystemExit(f"nobody knows whose {path} is: put it into packaging/native.py")
    lines = [f"  {n.name}: {n.licence}, {n.source}" for n in sorted(known, key=lambda n: n.name)]
    for package in system:
        _copy(Path("/usr/share/doc") / package / "copyright", licences / "system" / package)
    for text in COMMON:
        _copy(text, licences / "common" / text.name)
    return lines, [
        f"  {package}: {', '.join(sorted(system[package]))}" for package in sorted(system)
    ]


def _is_module(path: Path) -> bool:
    """Whether Python imports it; Qt's are named for themselves."""
    module = ".cpython-" in path.name or path.name.endswith(".abi3.so")
    return module and not _is_qt(path.parent.name)


def _of_system(name: str) -> str | None:
    """The Debian package that has a library of this name."""
    command = ["dpkg-query", "-S", f"*/{name}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.split(":", 1)[0].split(",")[0].strip() or None


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(source, target)
