"""Runs targets on damaged files and keeps what should not have happened: other errors than the
program's own, more than a few seconds, more memory than a song needs. See
`benchmarks.fuzz`, which runs them in processes that may crash.
"""

import hashlib
import json
import resource
import shutil
import signal
import time
import traceback
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from types import FrameType

from remixer.errors import RemixerError
from tests.hardening.targets import TARGETS, Target

__all__ = ["TARGETS", "examine", "limit_memory", "limit_time", "loop", "timed"]

LIMIT_S = 10.0
"""Of processor time for one file, all that is done with it."""
WAIT_S = 120.0
"""For one file, however busy the machine is."""
GROWTH = 256 << 20
"""Bytes that the process may grow by over one file."""
ADDRESSES = 4 << 30
"""Bytes that it may ask for beyond what it has at the start: what is refused is a MemoryError."""


class TooLong(BaseException):
    """Nobody catches it but us."""


@dataclass
class Finding:
    """What went wrong, as one line that is the same for the same cause, and where."""

    what: str
    trace: str

    @property
    def name(self) -> str:
        """For files."""
        return hashlib.blake2b(self.what.encode(), digest_size=4).hexdigest()


@dataclass
class Tally:
    """How it goes."""

    target: str
    cases: int = 0
    seconds: float = 0.0
    cpu_s: float = 0.0
    findings: dict[str, str] = field(default_factory=dict)


def examine(target: Target, data: bytes, folder: Path) -> Finding | None:
    """One file. folder: emptied before."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    before = _peak()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            target.run(data, folder)
    except RemixerError:
        pass
    except TooLong as error:
        return _finding(error, f"longer than {LIMIT_S:.0f} s")
    except Exception as error:
        return _finding(error, f"{type(error).__name__}")
    if (grown := _peak() - before) > GROWTH:
        return Finding(f"{grown >> 20} MB of memory for {len(data)} bytes", "")
    return None


def _finding(error: BaseException, what: str) -> Finding:
    """Named by the kind of error and the last place of ours that it came through."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f for f in frames if "/remixer/" in f.filename] or frames
    place = f"{Path(ours[-1].filename).name}:{ours[-1].name}:{ours[-1].lineno}"
    return Finding(f"{what} in {place}", "".join(traceback.format_exception(error)))


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def keep(finding: Finding, name: str, data: bytes, folder: Path) -> None:
    """The file and what it did, once for each cause."""
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / f"{name}-{finding.name}"
    if not place.with_suffix(".txt").exists():
        place.with_suffix(".bin").write_bytes(data)
        place.with_suffix(".txt").write_text(f"{finding.what}\n\n{finding.trace}", errors="replace")


def limit_memory() -> None:
    """A request for all the memory there is fails instead of being granted."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = pages * resource.getpagesize() + ADDRESSES
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def limit_time() -> None:
    """`TooLong` comes when a timer that `timed` sets runs out."""

    def late(_number: int, _frame: FrameType | None) -> None:
        raise TooLong

    signal.signal(signal.SIGPROF, late)
    signal.signal(signal.SIGALRM, late)


def timed(target: Target, data: bytes, folder: Path) -> Finding | None:
    """`examine`, but not for ever: after `limit_time` only, in the main thread."""
    try:
        signal.setitimer(signal.ITIMER_PROF, LIMIT_S)
        signal.setitimer(signal.ITIMER_REAL, WAIT_S)
        return examine(target, data, folder)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)


def loop(name: str, seconds: float, seed: int, folder: Path) -> Tally:
    """Damage by chance for some time. The file under examination is FOLDER/case, so that one that
    ends the process is there afterwards; how it goes is in FOLDER/tally.json.
    """
    target, rng, tally = TARGETS[name], Random(seed), Tally(name)
    seeds = target.seeds()
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        data = target.case(seeds, rng) if tally.cases >= len(seeds) else seeds[tally.cases]
        (folder / "case").write_bytes(data)
        note(tally, timed(target, data, folder / "at"), data, began, folder)
    (folder / "tally.json").write_text(json.dumps(vars(tally)))
    return tally


def note(tally: Tally, finding: Finding | None, data: bytes, began: float, folder: Path) -> None:
    """Count a file; its finding is kept in `findings` beside the folder."""
    tally.cases += 1
    tally.seconds, tally.cpu_s = time.monotonic() - began, time.process_time()
    if finding is not None:
        tally.findings[finding.name] = finding.what
        keep(finding, tally.target, data, folder.parent / "findings")
    if tally.cases % 20 == 1 or finding is not None:
        (folder / "tally.json").write_text(json.dumps(vars(tally)))
