"""Files damaged by chance, given to all that reads files. What should not happen is any other error
than the program's own, a crash, more than ten seconds of processor time, or more memory than a song
needs. Targets take turns, each in a process of its own. Of the two engines, atheris (where it is
installed) follows the branches that the bytes take, ours does not.

python -m benchmarks.fuzz --minutes 20 [--engine ours] [--targets wav,session] [--record]
"""

import argparse
import faulthandler
import importlib
import importlib.util
import json
import os
import shutil
import signal
import sys
import time
import traceback
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from types import ModuleType

from benchmarks.measure import table

ENGINES = {"ours": "tests.hardening.fuzzing", "atheris": "tests.hardening.guided"}
TURN_S = 60.0
SLACK_S = 300.0
"""How long a process may go on after its turn before it counts as hanging."""
TOTALS = Path(__file__).with_name("fuzz_totals.json")
"""What all runs that were recorded came to."""


@dataclass
class Total:
    """Of one target. findings: {engine-name: what}."""

    cases: int = 0
    seconds: float = 0.0
    cpu_s: float = 0.0
    findings: dict[str, str] = field(default_factory=dict)

    def add(self, other: "Total") -> None:
        """Another run of the same target."""
        self.cases += other.cases
        self.seconds, self.cpu_s = self.seconds + other.seconds, self.cpu_s + other.cpu_s
        self.findings |= other.findings


def turn(engine: ModuleType, target: str, seconds: float, seed: int, out: Path) -> Total:
    """One engine on one target for some time, or until it crashes."""
    total, folder = Total(), out / f"{target}-{engine.__name__.rpartition('.')[2]}"
    folder.mkdir(parents=True, exist_ok=True)
    for file in ("case", "tally.json"):
        (folder / file).unlink(missing_ok=True)
    child = os.fork()
    if not child:
        _work(engine, target, seconds, seed, folder)
    code = _ended(child, seconds + SLACK_S)
    _add(total, folder)
    if code:
        _keep_crash(total, target, code, folder, out / "findings")
    return total


def _work(engine: ModuleType, target: str, seconds: float, seed: int, folder: Path) -> None:
    """The child's part; it does not return."""
    log = os.open(folder / "log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(log, 1)
    os.dup2(log, 2)
    faulthandler.enable()
    code = 1
    try:
        engine.limit_memory()
        engine.limit_time()
        engine.loop(target, seconds, seed, folder)
        code = 0
    except SystemExit as ended:
        code = int(ended.code or 0)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def _ended(child: int, seconds: float) -> int:
    """How a child ended: its exit code, or minus the signal."""
    stop = time.monotonic() + seconds
    while True:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() > stop:
            os.kill(child, signal.SIGKILL)
        time.sleep(0.2)


def _add(total: Total, folder: Path) -> None:
    try:
        tally = json.loads((folder / "tally.json").read_text())
    except (OSError, ValueError):
        return
    total.add(Total(*(tally[name] for name in ("cases", "seconds", "cpu_s", "findings"))))


def _keep_crash(total: Total, target: str, code: int, folder: Path, kept: Path) -> None:
    """The file that was under examination when the process ended, and the end of what it said."""
    kept.mkdir(parents=True, exist_ok=True)
    log = (folder / "log").read_text(errors="replace")[-3000:]
    name = f"{target}-exit{code}-{len(list(kept.iterdir()))}"
    total.findings[name] = f"the process ended with {code}"
    (kept / f"{name}.txt").write_text(log)
    if (folder / "case").exists():
        shutil.copy(folder / "case", kept / f"{name}.bin")


def report(totals: dict[str, Total]) -> str:
    """A table of all targets."""
    whole = Total()
    for name, total in totals.items():
        whole.add(replace(total, findings={f"{name}:{k}": v for k, v in total.findings.items()}))
    rows = [
        [name, f"{t.cases:,}", f"{t.seconds / 60:.1f}", f"{t.cpu_s:.0f}", str(len(t.findings))]
        for name, t in {**totals, "**all**": whole}.items()
    ]
    head = ("target", "files", "minutes", "processor, s", "findings")
    return table("Fuzzing", head, rows)


def totals() -> dict[str, Total]:
    """What was recorded."""
    if not TOTALS.exists():
        return {}
    return {name: Total(**values) for name, values in json.loads(TOTALS.read_text()).items()}


def record(found: dict[str, Total]) -> None:
    """Add a run to what was recorded."""
    known = totals()
    for name, new in found.items():
        known.setdefault(name, Total()).add(new)
    TOTALS.write_text(json.dumps({k: asdict(v) for k, v in sorted(known.items())}, indent=1) + "\n")


def asked() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--engine", choices=ENGINES, default="")
    parser.add_argument("--targets", default="", help="with commas between; else all")
    parser.add_argument("--out", type=Path, default=Path("out/fuzz"))
    parser.add_argument("--seed", type=int, default=int(time.time()) % 1_000_000)
    parser.add_argument("--record", action="store_true", help=f"add it to {TOTALS.name}")
    return parser.parse_args()


def main() -> int:
    wanted = asked()
    os.environ |= {"OMP_NUM_THREADS": "1", "QT_QPA_PLATFORM": "offscreen"}
    name = wanted.engine or ("atheris" if importlib.util.find_spec("atheris") else "ours")
    engine = importlib.import_module(ENGINES[name])
    names = wanted.targets.split(",") if wanted.targets else list(engine.TARGETS)
    for target in engine.TARGETS.values():
        target.seeds()  # made once, here
    turn_s = min(TURN_S, wanted.minutes * 60 / len(names))
    found: dict[str, Total] = {}
    stop, number = time.monotonic() + wanted.minutes * 60, 0
    while time.monotonic() < stop or number < len(names):
        target = names[number % len(names)]
        one = turn(engine, target, turn_s, wanted.seed + number, wanted.out)
        found.setdefault(target, Total()).add(one)
        if wanted.record:
            record({target: one})
        number += 1
        print(f"{target}: {one.cases} files {'; '.join(one.findings.values())}", flush=True)
    print(f"\nengine {name}, seed {wanted.seed}\n\n{report(found)}")
    for target, total in found.items():
        for what in total.findings.values():
            print(f"- {target}: {what}")
    return 1 if any(t.findings for t in found.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
