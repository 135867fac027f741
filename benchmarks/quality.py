"""Writes the tables of docs/quality.md anew: each between `<!-- NAME -->` and `<!-- end -->`, by
the command that the page names. What takes minutes is only written when it is asked for by name.

`startup` and `size` measure what `make packages` has built; `startup` wants a quiet machine.

python -m benchmarks.quality [nulls faults fuzz slow startup size]
"""

import re
import subprocess
import sys
from collections.abc import Callable

from benchmarks import record
from benchmarks.fuzz import report, totals
from benchmarks.measure import ROOT, table

PAGE = ROOT / "docs" / "quality.md"
CHEAP = ("faults", "fuzz", "slow")


def output(module: str, *arguments: str) -> str:
    """What a benchmark prints. Raises CalledProcessError when it fails."""
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout


def faults() -> str:
    """The faults and the tests that make them happen; each test is there."""
    from tests.hardening.faults import FAULTS

    rows = []
    for fault, (says, tests) in FAULTS.items():
        for test in tests:
            check(test)
        rows.append([fault, says, "<br>".join(f"`{test}`" for test in tests)])
    return table("Faults survived", ("fault", "what happens", "tests"), rows)


def check(test: str) -> None:
    """Raises LookupError when there is no such test: "session/test_kills.py::test_name"."""
    file, _, name = test.partition("::")
    path = ROOT / "tests" / file
    if not path.exists() or f"def {name}(" not in path.read_text(encoding="utf-8"):
        raise LookupError(f"there is no test {test}")


def fuzz() -> str:
    """What all recorded runs of `make fuzz` came to."""
    known = totals()
    return report(known) if known else "Nothing is recorded yet.\n"


TABLES: dict[str, Callable[[], str]] = {
    "nulls": lambda: output("benchmarks.nulls"),
    "faults": faults,
    "fuzz": fuzz,
    "slow": record.report,
    "startup": lambda: (
        output("benchmarks.startup") + output("benchmarks.bundle", "--only", "start")
    ),
    "size": lambda: output("benchmarks.bundle", "--only", "sizes"),
}


def put(page: str, name: str, text: str) -> str:
    """The page with a table in its place. Raises LookupError where it has none."""
    place = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end -->)", re.S)
    if not place.search(page):
        raise LookupError(f"{PAGE} has no place for {name}")
    return place.sub(lambda found: f"{found[1]}{text.strip()}\n{found[2]}", page)


def main() -> None:
    for name in sys.argv[1:] or CHEAP:
        made = TABLES[name]()
        PAGE.write_text(put(PAGE.read_text(encoding="utf-8"), name, made), encoding="utf-8")
        print(f"{name}: written")


if __name__ == "__main__":
    main()
