"""What PortAudio does not tell: the rate at which a sound server really plays.

PulseAudio and PipeWire take every rate and convert it themselves, out of sight. Asking them lets
Remixer say so, and convert better.
"""

import re
import shutil
import subprocess

_NAMES = ("default", "pulse", "pipewire")
_PATIENCE_S = 2.0


def server_rate(device: str) -> int | None:
    """Rate in Hz of the sink behind a PortAudio device; None where no server is, or none tells."""
    if device not in _NAMES or not shutil.which("pactl"):
        return None
    sink = _ask("get-default-sink").strip()
    for line in _ask("list", "short", "sinks").splitlines():
        columns = line.split("\t")
        if len(columns) > 3 and columns[1] == sink and (rate := re.search(r"(\d+)Hz", columns[3])):
            return int(rate[1])
    return None


def _ask(*question: str) -> str:
    try:
        done = subprocess.run(
            ["pactl", *question],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_PATIENCE_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout
