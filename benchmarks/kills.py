"""Windows that are killed while they edit, save and export; what they leave must be whole, and at
most the last 5 s of edits may be lost. A thousand take about seven minutes.

python -m benchmarks.kills --count 1000 [--json]
"""

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path

from benchmarks.measure import machine, table
from tests.kills import LIMIT_S, Result, run


def report(result: Result) -> str:
    phases = ", ".join(f"{count} {phase}" for phase, count in result.phases.most_common())
    row = [str(result.kills), phases, str(result.edits)]
    row += [f"{result.lost_s:.2f} s of {LIMIT_S:.0f} s", str(len(result.problems))]
    head = ("SIGKILLs", "while", "edits", "most that was lost", "corrupt or late")
    told = f"{result.kills} kills, {len(result.problems)} corrupt or late, at most {row[3]} lost"
    return "\n".join([table("Kills", head, [row]), machine(), *result.problems, told])


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="remixer-kills-"))
    result = run(folder, asked.count, asked.seed)
    print(json.dumps(vars(result)) if asked.json else report(result))
    if result.problems:
        print(f"what looks wrong is in {folder}", file=sys.stderr)
        return 1
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
