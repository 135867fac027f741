"""What a desktop is told, and the tarball's script that installs and removes."""

import configparser
import os
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from PySide6.QtGui import QImage

from remixer.audio.formats import CONTAINERS
from remixer.session.savefile import SUFFIX
from tests.packaging.conftest import PACKAGING, ROOT, script

LINUX = PACKAGING / "linux"
FACTS = {"version": "1.2.3", "date": "2026-01-31"}
MIME = "application/x-remixer-session"


@pytest.fixture(scope="module")
def share(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("packaging") / "share"
    made: Path = script("linux").lay_out(Path(sys.executable), target, FACTS)
    return made


def desktop_entry(path: Path) -> configparser.SectionProxy:
    entry = configparser.ConfigParser(interpolation=None)
    entry.optionxform = str  # type: ignore[assignment, method-assign]
    entry.read_string(path.read_text(encoding="utf-8"))
    return entry["Desktop Entry"]


def test_everything_is_where_desktops_look(share: Path) -> None:
    files = {path.relative_to(share).as_posix() for path in share.rglob("*") if path.is_file()}
    assert {
        "applications/remixer.desktop",
        "metainfo/org.remixer.remixer.metainfo.xml",
        "mime/packages/remixer.xml",
        "icons/hicolor/scalable/apps/remixer.svg",
        "icons/hicolor/scalable/mimetypes/application-x-remixer-session.svg",
    } <= files


def test_icons_have_the_size_of_their_folder_and_something_on_them(share: Path) -> None:
    drawn = sorted(share.glob("icons/hicolor/*x*/apps/remixer.png"))
    assert len(drawn) == 8
    for path in drawn:
        image = QImage(str(path))
        side = int(path.parts[-3].split("x")[0])
        assert (image.width(), image.height()) == (side, side)
        assert image.pixelColor(0, 0).alpha() == 0
        assert image.pixelColor(side // 2, side // 5).alpha() == 255


def test_sessions_open_with_it() -> None:
    types = ElementTree.parse(LINUX / "remixer.xml").getroot()
    space = "{http://www.freedesktop.org/standards/shared-mime-info}"
    kind = next(kind for kind in types.findall(f"{space}mime-type") if kind.get("type") == MIME)
    assert [glob.get("pattern") for glob in kind.findall(f"{space}glob")] == [f"*{SUFFIX}"]
    assert MIME in desktop_entry(LINUX / "remixer.desktop")["MimeType"].split(";")


def test_it_is_offered_for_all_that_it_reads(share: Path, tmp_path: Path) -> None:
    """By the system's list of types with ours added. A .mp4 is a film to it."""
    system = Path("/usr/share/mime/packages/freedesktop.org.xml")
    if shutil.which("update-mime-database") is None or not system.exists():
        pytest.skip("shared-mime-info is not installed")
    packages = tmp_path / "mime" / "packages"
    shutil.copytree(share / "mime" / "packages", packages)
    shutil.copy(system, packages)
    subprocess.run(["update-mime-database", tmp_path / "mime"], check=True)
    globs = (tmp_path / "mime" / "globs2").read_text().splitlines()
    types: dict[str, set[str]] = {}
    for _, kind, glob in (line.split(":")[:3] for line in globs if not line.startswith("#")):
        types.setdefault(glob, set()).add(kind)
    offered = set(desktop_entry(LINUX / "remixer.desktop")["MimeType"].split(";"))
    extensions = {x for container in CONTAINERS.values() for x in container.extensions}
    for extension in sorted(extensions - {".mp4"}):
        assert types[f"*{extension}"] & offered, extension


def test_the_store_page_names_version_and_entry(share: Path) -> None:
    root = ElementTree.parse(share / "metainfo/org.remixer.remixer.metainfo.xml").getroot()
    release = root.find("releases/release")
    assert release is not None
    assert (release.get("version"), release.get("date")) == ("1.2.3", "2026-01-31")
    assert root.findtext("launchable") == "remixer.desktop"
    assert (share / "applications" / "remixer.desktop").is_file()


@pytest.mark.parametrize(
    ("tool", "options", "file"),
    [
        ("desktop-file-validate", [], "applications/remixer.desktop"),
        ("appstreamcli", ["validate", "--no-net"], "metainfo/org.remixer.remixer.metainfo.xml"),
    ],
)
def test_the_desktops_own_tools_agree(
    share: Path, tool: str, options: list[str], file: str
) -> None:
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} is not installed")
    done = subprocess.run(
        [tool, *options, share / file], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def unpacked(share: Path, tmp_path: Path) -> Path:
    """What the tarball holds, with a program that only says its arguments."""
    tree = tmp_path / "un packed"
    (tree / "bin").mkdir(parents=True)
    shutil.copy(LINUX / "install.sh", tree)
    shutil.copy(LINUX / "remixer.sh", tree / "remixer")
    (tree / "remixer").chmod(0o755)
    (tree / "bin" / "python3").write_text('#!/bin/sh\necho "$0 $@ $PYTHONPATH"\n')
    (tree / "bin" / "python3").chmod(0o755)
    shutil.copytree(share, tree / "share")
    return tree


def sh(script: Path, *arguments: str, **variables: str) -> str:
    done = subprocess.run(
        [script, *arguments],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_launcher_runs_its_own_python(unpacked: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").symlink_to(unpacked / "remixer")
    said = sh(tmp_path / "elsewhere", "info", "a b.wav", PYTHONPATH="/another")
    assert said == f"{unpacked}/bin/python3 -P -m remixer info a b.wav \n"


def test_it_installs_and_leaves_what_is_the_users(unpacked: Path, tmp_path: Path) -> None:
    home = tmp_path / "ho me"
    prefix = home / ".local"
    (prefix / "share" / "remixer" / "models").mkdir(parents=True)
    (prefix / "share" / "remixer" / "models" / "mine.json").write_text("{}")
    (prefix / "share" / "applications").mkdir()
    (prefix / "share" / "applications" / "other.desktop").write_text("")
    before = {path for path in home.rglob("*") if path.is_file()}
    for _ in range(2):  # over itself, too
        sh(unpacked / "install.sh", HOME=str(home), PREFIX=str(prefix))
    command = prefix / "bin" / "remixer"
    assert f"{prefix}/lib/remixer/bin/python3 -P -m remixer --help" in sh(command, "--help")
    entry = desktop_entry(prefix / "share" / "applications" / "remixer.desktop")
    assert entry["Exec"] == f'"{command}" open %f'
    assert entry["TryExec"] == str(command)
    sh(prefix / "lib" / "remixer" / "install.sh", "--remove", PREFIX=str(prefix))
    lists = {"mimeinfo.cache", "mime.cache", "icon-theme.cache"}
    after = {p for p in home.rglob("*") if p.is_file() and p.name not in lists}
    assert {p for p in after if p.parent != prefix / "share" / "mime"} == before


def test_it_is_drawn_in_the_stems_colours() -> None:
    from remixer.dsp.spectrogram import STEM_COLOURS

    drawing = (ROOT / "resources" / "program" / "remixer.svg").read_text(encoding="utf-8")
    assert all(colour in drawing for colour in STEM_COLOURS.values())
