"""What every Linux package has: the desktop's files; and the tarball."""

import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
SIZES = (16, 24, 32, 48, 64, 128, 256, 512)


def lay_out(python: Path, share: Path, facts: dict[str, str]) -> Path:
    """Make a share/ folder: icons, desktop entry, MIME type, AppStream data."""
    shutil.rmtree(share, ignore_errors=True)
    drawing = ROOT / "resources" / "program" / "remixer.svg"
    icons = {size: share / f"icons/hicolor/{size}x{size}/apps/remixer.png" for size in SIZES}
    pairs = [word for size, path in icons.items() for word in (_new(path), str(size))]
    subprocess.run([python, HERE / "draw.py", drawing, *pairs], check=True)
    shutil.copy(drawing, _new(share / "icons/hicolor/scalable/apps/remixer.svg"))
    shutil.copy(
        drawing, _new(share / "icons/hicolor/scalable/mimetypes/application-x-remixer-session.svg")
    )
    shutil.copy(HERE / "linux/remixer.desktop", _new(share / "applications/remixer.desktop"))
    shutil.copy(HERE / "linux/remixer.xml", _new(share / "mime/packages/remixer.xml"))
    name = "org.remixer.remixer.metainfo.xml"
    text = (HERE / "linux" / name).read_text(encoding="utf-8")
    text = text.replace("@VERSION@", facts["version"]).replace("@DATE@", facts["date"])
    _new(share / "metainfo" / name).write_text(text, encoding="utf-8")
    return share


def _new(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def tarball(bundle: Path, share: Path, out: Path, facts: dict[str, str]) -> Path:
    """The bundle with a script that installs it for one user, and removes it again."""
    name = f"remixer-{facts['version']}-linux-x86_64"
    tree = out / "tarball" / name
    shutil.rmtree(tree.parent, ignore_errors=True)
    shutil.copytree(bundle, tree, symlinks=True, copy_function=_link)
    shutil.copytree(share, tree / "share")
    for script in ("install.sh", "README.txt"):
        shutil.copy(HERE / "linux" / script, tree)
    target = out / f"{name}.tar.zst"
    plain = [
        "--sort=name",
        "--owner=0",
        "--group=0",
        "--numeric-owner",
        f"--mtime=@{facts['seconds']}",
    ]
    packer = ["-I", "zstd -12 -T0"]
    subprocess.run(["tar", *plain, *packer, "-C", tree.parent, "-cf", target, name], check=True)
    shutil.rmtree(tree.parent)
    return target


def _link(source: str, target: str) -> None:
    """Copy by a hard link: the bundle is large."""
    Path(target).hardlink_to(source)
