"""A hundred kills while editing, saving and exporting; `python -m benchmarks.kills` does more."""

import json
import subprocess
import sys
from pathlib import Path

from tests.kills import EDITING, EXPORTING, LIMIT_S, SAVING

ROOT = Path(__file__).resolve().parents[2]
COUNT = 100


def test_kills_corrupt_nothing_and_lose_little() -> None:
    """In a process of its own, as it forks."""
    command = [sys.executable, "-m", "benchmarks.kills", "--count", str(COUNT), "--json"]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    result = json.loads(done.stdout)
    assert result["problems"] == []
    assert result["kills"] == COUNT
    assert result["lost_s"] < LIMIT_S
    assert all(result["phases"].get(phase, 0) > 0 for phase in (EDITING, SAVING, EXPORTING))
    assert done.returncode == 0
