"""The shipped default on two cores stays below 1 GB, whatever the rate: real processes."""

import subprocess
import sys
from pathlib import Path

import pytest

from remixer.separation import memory

LIMIT_MB = 900
SEPARATE = """
import os, sys
from pathlib import Path
import numpy as np
os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:2])
from remixer.dsp.signal import ArrayReader
from remixer.separation.catalogue import find_model
from remixer.separation.loading import load_separator
from remixer.separation.runner import separate
from remixer.separation.store import Layout, StemStore
rate, seconds = int(sys.argv[1]), float(sys.argv[2])
mix = np.random.default_rng(1).uniform(-0.5, 0.5, (2, round(rate * seconds)))
layout = Layout(rate, 2, mix.shape[1], 24)
with StemStore.create(Path(sys.argv[3]), layout, {}) as store:
    separator = load_separator(find_model("unet"))
    source = ArrayReader(mix, rate)
    for _ in separate(separator, source, store, to_grid=lambda estimates: estimates):
        pass
    assert store.complete
peak = Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]
print((int(peak) * 1024 - mix.nbytes) >> 20)  # ru_maxrss would count the parent's
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits the cores as Linux does")
@pytest.mark.parametrize("rate", [44_100, 96_000])
def test_two_workers_stay_below_the_limit(rate: int, tmp_path: Path) -> None:
    command = [sys.executable, "-c", SEPARATE, str(rate), "30", f"{tmp_path}/store"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert int(done.stdout) < LIMIT_MB


def test_other_c_libraries_are_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither those without the functions nor systems without a library of the process's own."""

    def none(_name: object) -> object:
        raise TypeError

    for library in (lambda _: object(), none):
        monkeypatch.setattr(memory.ctypes, "CDLL", library)
        memory.one_heap()
        memory.trim()
