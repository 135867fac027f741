"""What the bundle takes along, and whose libraries are in it."""

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.packaging.conftest import ROOT, script

contents, native, elf = script("contents"), script("native"), script("elf")


def imported(folder: Path) -> Iterator[str]:
    """Names of the modules that the files of a folder import, absolutely."""
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield node.module


def test_the_modules_of_qt_are_those_that_are_used() -> None:
    used = {
        name.split(".")[1] for name in imported(ROOT / "remixer") if name.startswith("PySide6.")
    }
    assert used == set(contents.QT)


def test_nothing_that_is_imported_is_left_out() -> None:
    """By name; that what this imports in turn is there, only running it shows."""
    names = {name for name in imported(ROOT / "remixer") if not name.startswith("remixer")}
    assert "PySide6.QtWidgets" in names
    for name in names:
        try:
            module = importlib.import_module(name)
        except ImportError:
            continue  # a Windows module, on Linux
        file = getattr(module, "__file__", None)
        if file and "site-packages" in file:
            assert not contents.left_out(file.split("site-packages/")[1]), name


@pytest.mark.parametrize(
    ("path", "out"),
    [
        ("PySide6/QtCore.abi3.so", False),
        ("PySide6/QtQml.abi3.so", True),
        ("PySide6/__init__.py", False),
        ("PySide6/libpyside6.abi3.so.6.11", False),
        ("PySide6/designer", True),
        ("PySide6/lupdate", True),
        ("PySide6/Qt/lib/libQt6Core.so.6", False),
        ("PySide6/Qt/plugins/platforms/libqxcb.so", False),
        ("PySide6/Qt/plugins/platforms/libqwayland.so", False),
        ("PySide6/Qt/plugins/imageformats/libqjpeg.so", False),
        ("PySide6/Qt/plugins/platforms/libqvnc.so", True),
        ("torch/bin/torch_shm_manager", False),
        ("torch/bin/protoc", True),
        ("torch/lib/libtorch_cpu.so", False),
        ("torch/include/ATen/ATen.h", True),
        ("scipy/signal/tests/test_windows.py", True),
        ("remixer/share/models/unet.safetensors", False),
        ("remixer-0.1.0.dist-info/METADATA", False),
        ("torch-2.13.0+cpu.dist-info/licenses/LICENSE", False),
    ],
)
def test_left_out(path: str, out: bool) -> None:
    assert contents.left_out(path) is out


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("libQt6Core.so.6", "Qt 6"),
        ("libqxcb.so", "Qt 6"),
        ("libavcodec-5e6b81c2.so.62.28.102", "FFmpeg, configured with GPL parts"),
        ("libx265-f5385bb8.so.216", "x265"),
        ("libsndfile_x86_64.so", "libsndfile, with FLAC, Ogg, Vorbis, Opus, LAME and mpg123"),
        ("libxcb-5ddf6756.so.1.1.0", "XCB and Xau"),
        ("libgomp-a1b2c3d4.so.1.0.0", "GCC's run-time libraries"),
    ],
)
def test_libraries_of_packages_have_owners(file: str, name: str) -> None:
    owner = native.whose(file)
    assert owner is not None
    assert owner.name == name
    assert re.fullmatch(r"https?://\S+", owner.source)


def test_a_library_that_nobody_knows() -> None:
    assert native.whose("libsomething.so.1") is None


def test_libraries_that_a_module_is_linked_to() -> None:
    import _ctypes

    modules = [path for path in elf.elves(Path(_ctypes.__file__).parent) if "_ctypes." in path.name]
    assert len(modules) == 1
    assert any(name.startswith("libffi") for name in elf.needed(modules[0]))


def test_orphans_are_what_nothing_asks_for(tmp_path: Path) -> None:
    import _ctypes

    (tmp_path / "lib").mkdir()
    (tmp_path / "module.so").write_bytes(Path(_ctypes.__file__).read_bytes())
    wanted = next(n for n in elf.needed(tmp_path / "module.so") if n.startswith("libffi"))
    for name in (wanted, "libnobody.so.1"):
        (tmp_path / "lib" / name).write_bytes(Path(_ctypes.__file__).read_bytes())
    assert [p.name for p in elf.orphans(tmp_path / "lib", tmp_path)] == ["libnobody.so.1"]


def test_each_package_is_asked_for_once() -> None:
    debian = script("debian")
    asked = debian.with_loaded(["libc6 (>= 2.35)", "libegl1", "libgl1 (>= 1.6)"])
    assert asked[:3] == ["libc6 (>= 2.35)", "libegl1", "libgl1 (>= 1.6)"]
    assert "libportaudio2" in asked
    assert len({one.split()[0] for one in asked}) == len(asked)
