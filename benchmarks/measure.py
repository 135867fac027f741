"""How the benchmarks measure: medians of alternating runs, and whole processes with their peak
memory.
"""

import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DEMO = ROOT / "resources" / "demo" / "demo.flac"


def side_by_side(work: dict[str, Callable[[], object]], runs: int = 7) -> dict[str, float]:
    """Median seconds of each piece of work, run in turn: a drifting machine hits all alike."""
    for job in work.values():
        job()
    taken: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(runs):
        for name, job in work.items():
            start = time.perf_counter()
            job()
            taken[name].append(time.perf_counter() - start)
    return {name: statistics.median(values) for name, values in taken.items()}


def process(command: Sequence[str], environment: dict[str, str] | None = None) -> tuple[float, int]:
    """Wall seconds and peak resident bytes of a whole process. Raises CalledProcessError."""
    code = (
        "import resource, subprocess, sys, time; t = time.perf_counter();"
        "r = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL);"
        "print(time.perf_counter() - t, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss);"
        "sys.exit(r.returncode)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *command],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **(environment or {})},
    )
    seconds, kilobytes = done.stdout.split()
    return float(seconds), int(kilobytes) * 1024


def table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A markdown table."""
    lines = [f"### {title}", "", "| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def ratios(title: str, medians: dict[str, float], unit: str = "ms") -> str:
    """A table of medians with their ratio to the first, which is what Remixer uses."""
    first = next(iter(medians.values()))
    rows = [[n, f"{v * 1000:.2f} {unit}", f"{v / first:.2f}"] for n, v in medians.items()]
    return table(title, ("", "median", "ratio to ours"), rows)


def machine() -> str:
    """What the figures were measured on."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [x for x in cpuinfo.read_text().splitlines() if x.startswith("model name")]
        model = names[0].split(":", 1)[1].strip() if names else model
    return f"{cores} cores of {model}, {platform.system()}, Python {platform.python_version()}"


def own_peak() -> int:
    """Peak resident bytes of this process."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
