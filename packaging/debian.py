"""The Debian package, made of the bundle: /usr/lib/remixer, a command, the desktop's files."""

import gzip
import shutil
import subprocess
import tempfile
from pathlib import Path

from elf import elves, needed, system_libraries

HERE = Path(__file__).resolve().parent
LOADED = [
    "libportaudio2",
    "libgl1",
    "libegl1",
    "fonts-dejavu-core | fonts-freefont-ttf | ttf-bitstream-vera",
]
"""What is not linked but opened by name, or looked for: sound, OpenGL, a font."""
RECOMMENDED = ["libasound2-plugins", "pulseaudio-utils", "xdg-utils", "xdg-desktop-portal"]
SUGGESTED = ["fluidsynth", "timgm6mb-soundfont"]
CONTROL = """\
Package: remixer
Version: {version}
Architecture: amd64
Section: sound
Priority: optional
Maintainer: The Remixer contributors <maintainers@remixer.invalid>
Installed-Size: {size}
Depends: {depends}
Recommends: {recommends}
Suggests: {suggests}
Description: move vocals, bass, drums and other of a finished recording
 A neural network separates a recording into vocals, bass, drums and other,
 you move their faders, and Remixer writes the result. With every fader at
 unity the output is the original, bit for bit.
 .
 It reads and writes WAV, RF64, W64, AIFF, FLAC, Ogg Vorbis, Opus, MP3 and m4a.
 All of it is done on this computer; the models come with the package.
"""


def make_deb(bundle: Path, share: Path, out: Path, facts: dict[str, str]) -> Path:
    """The package, in `out`."""
    day, commit = facts["date"].replace("-", ""), facts["commit"].replace("-", ".")
    version = f"{facts['version']}+git{day}.{commit}"
    root = out / "deb"
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(bundle, root / "usr/lib/remixer", symlinks=True, copy_function=_link)
    shutil.copytree(share, root / "usr/share")
    (root / "usr/bin").mkdir(parents=True)
    (root / "usr/bin/remixer").symlink_to("../lib/remixer/remixer")
    _documents(root, version, facts)
    _modes(root)
    control = CONTROL.format(
        version=version,
        size=sum(path.lstat().st_size for path in root.rglob("*")) // 1024,
        depends=", ".join(with_loaded(depends(root / "usr/lib/remixer"))),
        recommends=", ".join(RECOMMENDED),
        suggests=", ".join(SUGGESTED),
    )
    (root / "DEBIAN").mkdir(mode=0o755)
    (root / "DEBIAN" / "control").write_text(control, encoding="utf-8")
    target = out / f"remixer_{version}_amd64.deb"
    how = ["--root-owner-group", "-Zzstd", "-z12", "--build"]
    command = ["env", f"SOURCE_DATE_EPOCH={facts['seconds']}", "dpkg-deb", *how, root, target]
    subprocess.run(command, check=True)
    shutil.rmtree(root)
    return target


def depends(folder: Path) -> list[str]:
    """Packages of what the bundle's files are linked to and does not carry, with their versions."""
    files = list(elves(folder))
    carried = {path.name for path in folder.rglob("*.so*")}
    asked = set().union(*(needed(path) for path in files)) - carried
    places = system_libraries()
    packages = {_package_of(places[name]) for name in asked if name in places}
    return [one for one in _dependencies(files) if one.split()[0] in packages]


def with_loaded(linked: list[str]) -> list[str]:
    """Each package once: what is linked to, and what is opened by name."""
    names = {one.split()[0] for one in linked}
    return linked + [one for one in LOADED if one not in names]


def _package_of(library: Path) -> str:
    """The name of the installed package that has a file."""
    said = ""
    for place in (library, library.resolve(), Path("/usr") / str(library).lstrip("/")):
        command = ["dpkg-query", "-S", place]
        said = said or subprocess.run(command, capture_output=True, text=True, check=False).stdout
    return said.split(":")[0]


def _dependencies(files: list[Path]) -> list[str]:
    """What dpkg-shlibdeps says of files, including what the bundle carries itself."""
    private = sorted({f"-l{path.parent}" for path in files})
    with tempfile.TemporaryDirectory() as work:
        (Path(work) / "debian").mkdir()
        control = "Source: remixer\n\nPackage: remixer\nArchitecture: any\n"
        (Path(work) / "debian" / "control").write_text(control)
        command = ["dpkg-shlibdeps", "-O", "--ignore-missing-info", "--warnings=0", *private]
        command += [f"-e{path}" for path in files]
        done = subprocess.run(command, cwd=work, check=False, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr.splitlines()[-1])
    return done.stdout.strip().removeprefix("shlibs:Depends=").split(", ")


def _documents(root: Path, version: str, facts: dict[str, str]) -> None:
    """Copyright and changelog, where Debian has them."""
    place = root / "usr/share/doc/remixer"
    place.mkdir(parents=True)
    notices = root / "usr/lib/remixer/THIRD_PARTY.txt"
    head = f"Remixer {facts['version']}, commit {facts['commit']}\n\n"
    (place / "copyright").write_text(head + notices.read_text(encoding="utf-8"), encoding="utf-8")
    news = f"remixer ({version}) unstable; urgency=medium\n\n  * See CHANGELOG.md in the source.\n"
    (place / "changelog.Debian.gz").write_bytes(gzip.compress(news.encode(), mtime=0))


def _modes(root: Path) -> None:
    """Readable by everyone, whatever the builder's umask."""
    for path in root.rglob("*"):
        if not path.is_symlink():
            runs = path.is_dir() or path.stat().st_mode & 0o100
            path.chmod(0o755 if runs else 0o644)


def _link(source: str, target: str) -> None:
    Path(target).hardlink_to(source)
