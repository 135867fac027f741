"""The app as a process of its own on a screen and an audio server, asked through `probe.py`."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.audio_server import wait_until
from tests.gui.screen import Screen

PROBE = Path(__file__).with_name("probe.py")
ROOT = Path(__file__).resolve().parents[2]


class RunningApp:
    """`with RunningApp(screen, environment, [song]) as app:`. Ends the app if the test did not."""

    def __init__(
        self, screen: Screen, environment: dict[str, str], arguments: Iterable[object] = ()
    ) -> None:
        self.screen = screen
        command = [sys.executable, str(PROBE), *(str(a) for a in arguments)]
        self.process = subprocess.Popen(
            command,
            env={**environment, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> "RunningApp":
        wait_until(lambda: self.state["visible"])
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.stdout.close()

    def ask(self, question: str) -> Any:
        """An answer of the probe."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(question + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, f"the app ended with {self.process.wait()}"
        return json.loads(line)

    @property
    def state(self) -> dict[str, Any]:
        """See `probe.state`."""
        values: dict[str, Any] = self.ask("state")
        return values

    def until(self, **wanted: Any) -> dict[str, Any]:
        """Wait for values of the state; returns it."""
        wait_until(lambda: {k: self.state.get(k) for k in wanted} == wanted)
        return self.state

    def centre(self, name: str) -> tuple[int, int]:
        """The middle of the widget with an accessible name, on the screen."""
        wait_until(lambda: self.ask(f"where {name}"))
        x, y, width, height = self.ask(f"where {name}")
        return x + width // 2, y + height // 2

    def click(self, name: str, button: int = 1) -> None:
        """Click the widget with an accessible name, once it has stopped moving."""
        places = [self.centre(name)]

        def still() -> bool:
            time.sleep(0.1)  # a window that was just opened lays itself out more than once
            places.append(self.centre(name))
            return places[-1] == places[-2]

        wait_until(still)
        self.screen.click(*places[-1], button)

    def double_click(self, name: str) -> None:
        """Click the widget with an accessible name twice."""
        self.screen.double_click(*self.centre(name))

    def children(self) -> list[int]:
        """The processes that the app has started and that still run."""
        return descendants(self.process.pid)

    def quit(self) -> int:
        """Close the window as a person does; the exit code."""
        self._press_quit()
        return self.process.wait(30)

    def quit_without_saving(self) -> int:
        """Close the window, and answer that the moves may be lost; the exit code."""
        self._press_quit()
        self.let_go()
        return self.process.wait(30)

    def _press_quit(self) -> None:
        """Once a window of the app has the keyboard."""
        wait_until(lambda: self.state["active"] != "NoneType")
        self.screen.key("ctrl+q")

    def let_go(self) -> None:
        """If the app asks about unsaved moves, discard them; return when it has ended."""

        def ended() -> bool:
            if self.process.poll() is None and self._asks():
                self.screen.key("alt+d")
            return self.process.poll() is not None

        wait_until(ended)

    def _asks(self) -> bool:
        try:
            return self.state["dialog"] == "QMessageBox"
        except (AssertionError, OSError, KeyError):
            return False  # it is ending


def descendants(parent: int) -> list[int]:
    """Processes that come from one, from /proc; zombies count."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            pid, rest = int(stat.parent.name), stat.read_text().rpartition(")")[2].split()
        except (OSError, ValueError):
            continue
        children.setdefault(int(rest[1]), []).append(pid)
    found, open_ = [], [parent]
    while open_:
        new = children.get(open_.pop(), [])
        found += new
        open_ += new
    return found


def alive(pid: int) -> bool:
    """Whether a process is there; a zombie is."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
