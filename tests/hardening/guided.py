"""Fuzzing that looks where the bytes lead: libFuzzer by atheris, which follows the branches of our
Python and of mutagen's. Optional: `pip install atheris`.
"""

import sys
import time
from pathlib import Path
from random import Random

import atheris

with atheris.instrument_imports(include=["remixer", "mutagen"]):
    from tests.hardening.fuzzing import Tally, examine, limit_memory, note
    from tests.hardening.targets import TARGETS

__all__ = ["TARGETS", "limit_memory", "limit_time", "loop"]

MOST_BYTES = 1 << 16
TIMEOUT_S = 120
"""Wall time, as libFuzzer counts it; on a busy machine a file takes long."""


def limit_time() -> None:
    """libFuzzer does."""


def loop(name: str, seconds: float, seed: int, folder: Path) -> None:
    """As `fuzzing.loop`; does not return: libFuzzer ends the process."""
    target, tally, began = TARGETS[name], Tally(name), time.monotonic()
    found = folder / "corpus"
    found.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(target.seeds()):
        (found / f"seed-{number}").write_bytes(data)

    def one(data: bytes) -> None:
        (folder / "case").write_bytes(data)
        finding = examine(target, data, folder / "at")
        note(tally, finding, data, began, folder)

    def mutated(data: bytes, most: int, number: int) -> bytes:
        rng = Random(number)
        if rng.random() < 0.5:
            return target.case([data], rng)[:most]
        return bytes(atheris.Mutate(data, most))

    options = [
        *(f"-max_total_time={max(1, round(seconds))}", f"-seed={seed + 1}"),
        *(f"-max_len={MOST_BYTES}", f"-timeout={TIMEOUT_S}", "-rss_limit_mb=4096"),
        *(f"-artifact_prefix={folder}/crash-", "-verbosity=0", "-detect_leaks=0"),
    ]
    atheris.Setup([sys.argv[0], str(found), *options], one, custom_mutator=mutated)
    atheris.Fuzz()
