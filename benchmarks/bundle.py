"""Packages: how large, and how soon the packaged program shows its window, from outside, as a
person sees it. Medians of several starts, after one that reads the files from the disk.

python -m benchmarks.bundle [--only sizes|start] [build/packages]
"""

import argparse
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from benchmarks.measure import machine, table
from tests.gui.screen import Screen

RUNS = 7
TITLE = "Remixer$"


def start(program: Path, screen: Screen) -> tuple[float, float, bool]:
    """Seconds until the window is on the screen, CPU seconds till then, whether torch is loaded."""
    with tempfile.TemporaryDirectory() as home:
        names = ("REMIXER_CACHE", "REMIXER_STATE", "REMIXER_LOGS")
        places = {name: f"{home}/{name}" for name in names}
        environment = {**os.environ, **screen.environment, **places, "HOME": home}
        environment["REMIXER_SETTINGS"] = f"{home}/settings.ini"
        begun = time.perf_counter()
        process = subprocess.Popen([program], env=environment)
        while not _visible(environment):
            assert process.poll() is None, f"{program} ended with {process.returncode}"
        took = time.perf_counter() - begun
        used, torch = _cpu(process.pid), _has_torch(process.pid)
        process.terminate()
        process.wait()
        return took, used, torch


def _visible(environment: dict[str, str]) -> bool:
    command = ["xdotool", "search", "--onlyvisible", "--name", TITLE]
    return not subprocess.run(command, env=environment, capture_output=True, check=False).returncode


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _has_torch(pid: int) -> bool:
    return "libtorch" in Path(f"/proc/{pid}/maps").read_text()


def starts(program: Path) -> list[list[str]]:
    with Screen() as screen:
        start(program, screen)
        runs = [start(program, screen) for _ in range(RUNS)]
    walls, cpu, torch = zip(*runs, strict=True)
    assert not any(torch), "the window's process has loaded torch"
    return [
        ["window visible, wall time", f"{statistics.median(walls):.2f} s"],
        ["window visible, best", f"{min(walls):.2f} s"],
        ["its process's CPU time till then", f"{statistics.median(cpu):.2f} s"],
        ["torch loaded by then", "no"],
    ]


def size(path: Path) -> int:
    """Bytes of a file, or of all below a folder."""
    files = [path] if path.is_file() else path.rglob("*")
    return sum(file.stat().st_size for file in files if file.is_file() and not file.is_symlink())


def sizes(folder: Path) -> list[list[str]]:
    built = [*folder.glob("*.deb"), *folder.glob("*.tar.*"), *folder.glob("dist/*.*")]
    rows = [[path.name, f"{size(path) / 1e6:.0f} MB"] for path in sorted(built)]
    packages = next((folder / "remixer" / "lib").glob("python3*/site-packages"))
    parts = {part: size(packages / part) for part in ("torch", "PySide6", "remixer")}
    for part in ("scipy", "numpy", "av", "matplotlib"):
        parts[part] = sum(size(path) for path in packages.glob(f"{part}*") if path.is_dir())
    whole = size(folder / "remixer")
    rows.append(["unpacked", f"{whole / 1e6:.0f} MB"])
    rows += [[f"- {part}", f"{bytes_ / 1e6:.0f} MB"] for part, bytes_ in parts.items()]
    rows.append(["- the rest", f"{(whole - sum(parts.values())) / 1e6:.0f} MB"])
    return rows


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", choices=("sizes", "start"), default="")
    parser.add_argument("folder", nargs="?", type=Path, default=Path("build/packages"))
    asked = parser.parse_args()
    folder = asked.folder.resolve()
    if not asked.only:
        print(machine() + "\n")
    if asked.only != "start":
        print(table("Packages for Linux", ("file", "size"), sizes(folder)))
    if asked.only != "sizes":
        head = ("from a new process on", "")
        rows = starts(folder / "remixer" / "remixer")
        print(table(f"Start of the bundle, warm, {RUNS} times, without a song", head, rows))


if __name__ == "__main__":
    main()
