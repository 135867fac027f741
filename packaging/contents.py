"""What the bundle goes without, said by name: whatever is new is taken along.

Patterns are of paths within their folder, as fnmatch knows them (`*` crosses folders).
"""

from fnmatch import fnmatch

STDLIB = (
    *("test/*", "*/test/*", "*/tests/*", "idlelib/*", "tkinter/*", "turtle*", "ensurepip/*"),
    *("lib2to3/*", "distutils/*", "venv/*", "config-3*", "site-packages/*", "pydoc_data/*"),
    *("lib-dynload/_tkinter*", "lib-dynload/*test*", "lib-dynload/xx*", "lib-dynload/_dbm*"),
    *("lib-dynload/_gdbm*", "lib-dynload/_sqlite3*", "lib-dynload/readline*", "sqlite3/*"),
    *("lib-dynload/_curses*", "lib-dynload/nis*", "lib-dynload/ossaudiodev*", "*.a"),
    "lib-dynload/_crypt*",
)
"""Of Python itself: tests, editors, installers, databases, terminals."""

PACKAGES = (
    # tools, and what only they ask for
    *("bin/*", "setuptools/*", "setuptools-*", "_distutils_hack/*", "distutils-precedence.pth"),
    *("pkg_resources/*", "functorch/*", "isympy.py", "*/tests/*", "*.pyi", "*.a"),
    "*.dist-info/direct_url.json",
    # torch: headers, tests, build tools (torch_shm_manager has to be there when it starts)
    *("torch/include/*", "torch/share/*", "torch/test/*", "torch/bin/[!t]*", "torch/bin/te*"),
    *("torch/lib/libtorchbind_test.so", "torch/lib/libjitbackend_test.so"),
    *("torch/lib/libbackend_with_compiler.so", "torch/lib/libaoti_custom_ops.so"),
    *("torch/lib/libshm_windows/*", "torch/testing/_internal/common_[mnoq]*"),
    *("torch/testing/_internal/distributed/*", "torch/testing/_internal/generated/*"),
    "torch/testing/_internal/opinfo/*",
    # Qt: what makes programs with it, and plug-ins for what is not used (see QT)
    *("PySide6/Qt*.abi3.so", "PySide6/Qt/qml/*", "PySide6/Qt/translations/*", "PySide6/*.json"),
    *("PySide6/Qt/metatypes/*", "PySide6/Qt/libexec/*", "PySide6/include/*", "PySide6/scripts/*"),
    *("PySide6/typesystems/*", "PySide6/glue/*", "PySide6/doc/*", "PySide6/QtAsyncio/*"),
    *("PySide6/[!_lpQ]*", "PySide6/l[!i]*", "PySide6/linguist*", "PySide6/lib/*"),
    "PySide6/libpyside6qml*",
    *("*/plugins/designer/*", "*/plugins/egldeviceintegrations/*", "*/plugins/generic/*"),
    *("*/plugins/networkinformation/*", "*/plugins/printsupport/*", "*/plugins/qml*"),
    *("*/plugins/sqldrivers/*", "*/plugins/tls/*", "*/plugins/vectorimageformats/*"),
    *("*/plugins/wayland-graphics-integration-server/*", "*/platformthemes/libqgtk3.so"),
    *("*/platforms/libqeglfs.so", "*/platforms/libqlinuxfb.so", "*/platforms/libqminimal*"),
    *("*/platforms/libqvnc.so", "*/platforms/libqvkkhrdisplay.so", "*/imageformats/libqpdf.so"),
    "*/platforminputcontexts/libqtvirtualkeyboardplugin.so",
    # samples
    *("matplotlib/mpl-data/sample_data/*", "matplotlib/backends/web_backend/*"),
)
"""Of what Remixer requires: what it never runs."""

QT = ("QtCore", "QtGui", "QtWidgets", "QtSvg")
"""The modules of Qt that are taken along; their libraries come with them."""

SOURCES = ("remixer/*", "torch/*")
"""Packages whose modules come as source, too (torch reads its own). Of others, bytecode comes."""

CARRIED = (
    *("libpython3*.so.*", "libffi.so.*", "libbz2.so.*", "liblzma.so.*", "libuuid.so.*"),
    *("libssl.so.*", "libcrypto.so.*", "libexpat.so.*", "libzstd.so.*", "libxkbcommon*.so.*"),
    *("libxcb-cursor.so.*", "libxcb-icccm.so.*", "libxcb-image.so.*", "libxcb-keysyms.so.*"),
    *("libxcb-randr.so.*", "libxcb-render*.so.*", "libxcb-shape.so.*", "libxcb-shm.so.*"),
    *("libxcb-sync.so.*", "libxcb-util.so.*", "libxcb-xfixes.so.*", "libxcb-xkb.so.*"),
)
"""Libraries of the build machine that are taken along, as systems name them differently or lack
them. All others (C, C++, OpenGL, X11, fonts, sound) are the user's system's own.
"""


def matches(path: str, patterns: tuple[str, ...]) -> bool:
    """Whether the path within its folder matches one of the patterns."""
    return any(fnmatch(path, pattern) for pattern in patterns)


def left_out(path: str) -> bool:
    """Whether a path within site-packages is not taken along."""
    taken = path.startswith("PySide6/Qt") and path.endswith(".abi3.so")
    if taken and path.removeprefix("PySide6/").removesuffix(".abi3.so") in QT:
        return False
    return matches(path, PACKAGES)
