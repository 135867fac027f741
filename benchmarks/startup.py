"""How soon the window is there, plays, and has its first stems: `remixer open --play` on the demo
song, nothing cached, on a screen and a sound server of its own. Medians of several starts.

python -m benchmarks.startup
"""

import statistics
import tempfile
import time

from benchmarks.measure import DEMO, machine, table
from tests.audio_server import AudioServer
from tests.gui.running import RunningApp
from tests.gui.screen import Screen

RUNS = 5
WHEN = ("window visible", "playing", "first stems live", "all stems")


def start(screen: Screen, server: AudioServer) -> list[float]:
    """Seconds from the start of the process to each of WHEN."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **server.environment,
            "DISPLAY": screen.display,
            "QT_QPA_PLATFORM": "xcb",
            "REMIXER_SETTINGS": f"{folder}/settings.ini",
            "REMIXER_CACHE": f"{folder}/cache",
            "REMIXER_STATE": f"{folder}/state",
            "REMIXER_LOGS": f"{folder}/logs",
        }
        begun = time.perf_counter()
        seen: dict[str, float] = {}
        with RunningApp(screen, environment, [DEMO, "--play"]) as app:
            while len(seen) < len(WHEN):
                state = app.state
                assert state["separation"] != "failed", state["error"]
                now = time.perf_counter() - begun
                known = (
                    state["visible"],
                    state["position"] > 0,
                    state["separated_s"] > 0,
                    state["separation"] == "done",
                )
                for name, so in zip(WHEN, known, strict=True):
                    if so:
                        seen.setdefault(name, now)
                time.sleep(0.01)
        return [seen[name] for name in WHEN]


def main() -> None:
    with AudioServer() as server, Screen() as screen:
        start(screen, server)  # files come from the disk only once
        runs = [start(screen, server) for _ in range(RUNS)]
    medians = [statistics.median(times) for times in zip(*runs, strict=True)]
    rows = [
        [name, f"{median:.2f} s", f"{median - medians[0]:+.2f} s"]
        for name, median in zip(WHEN, medians, strict=True)
    ]
    print(machine() + "\n")
    head = ("demo song, 44 s", "from the start", "from the window")
    print(table(f"Start, median of {RUNS}, the default model", head, rows))


if __name__ == "__main__":
    main()
