"""Runs a slow part and keeps how it ended, for the table in docs/quality.md: when, of which commit,
how long it took, and its last words.

python -m benchmarks.record NAME -- COMMAND...        (or `make NAME RECORD=1`)
"""

import json
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.measure import ROOT, machine, table
from remixer.version import commit

RESULTS = Path(__file__).with_name("slow_results.json")
PARTS = {
    "unit": "every test; `make test` is that, after lint, types and import contracts",
    "kills": "a thousand processes killed while they edit, save and export",
    "packages": "wheel, sdist, bundle, tarball, Debian package",
    "packages-test": "the Debian package in a clean root without Python, the wheel in a fresh one",
    "bench": "every benchmark that takes minutes",
}
"""Slow targets whose results have no table of their own, and what they do."""
ELSEWHERE = {
    "nulls": ("every format, rate and number of channels by every way", "[above](#null-matrix)"),
    "fuzz": ("damaged files for all that reads files", "[above](#fuzzing)"),
}


@dataclass(frozen=True)
class Run:
    """How a part ended. day: as in 2026-01-31. code: its exit code. said: its last line."""

    day: str
    commit: str
    minutes: float
    code: int
    said: str
    machine: str


def run(command: list[str]) -> Run:
    """Do it, and show what it says meanwhile."""
    which, begun, said = commit(), time.monotonic(), ""
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            sys.stdout.write(line)
            sys.stdout.flush()
            said = line.strip() or said
    minutes = (time.monotonic() - begun) / 60
    said = said.replace(f"{ROOT}/", "").strip("= ")
    return Run(time.strftime("%F"), which, round(minutes, 1), process.returncode, said, machine())


def results() -> dict[str, Run]:
    """What was kept."""
    if not RESULTS.exists():
        return {}
    return {name: Run(**values) for name, values in json.loads(RESULTS.read_text()).items()}


def keep(name: str, how: Run) -> None:
    """In the place of an older run of the same part."""
    known = {**results(), name: how}
    values = {part: asdict(known[part]) for part in PARTS if part in known}
    RESULTS.write_text(json.dumps(values, indent=1) + "\n")


def report() -> str:
    """All slow parts and their last runs."""
    known = results()
    rows = [[f"`make {name}`", what, *_row(known.get(name))] for name, what in PARTS.items()]
    rows += [[f"`make {name}`", what, "", "", at] for name, (what, at) in ELSEWHERE.items()]
    head = ("target", "what", "last run", "minutes", "result")
    return table("Slow parts", head, rows)


def _row(how: Run | None) -> list[str]:
    if how is None:
        return ["not recorded yet", "", ""]
    said = how.said.replace("|", "/")
    result = said if how.code == 0 else f"**failed ({how.code})**: {said}"
    return [f"{how.day}, {how.commit}", f"{how.minutes:g}", result]


def main() -> int:
    name, dashes, *command = sys.argv[1:]
    if name not in PARTS or dashes != "--" or not command:
        raise SystemExit(__doc__)
    how = run(command)
    keep(name, how)
    return how.code


if __name__ == "__main__":
    sys.exit(main())
