"""A real X server with a window manager, and a person's hands on it: mouse and keys by xdotool."""

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from tests.audio_server import wait_until

SIZE = "1600x1000x24"


class Screen:
    """Xvfb and openbox on a display of their own. `with Screen() as screen:`."""

    def __init__(self, size: str = SIZE) -> None:
        self._size = size
        self._folder = Path(tempfile.mkdtemp(prefix="screen-"))
        self._processes: list[subprocess.Popen[bytes]] = []
        self.display = ""

    @property
    def environment(self) -> dict[str, str]:
        """The variables that lead a program to this screen."""
        wanted = {"DISPLAY": self.display, "QT_QPA_PLATFORM": "xcb"}
        return {**os.environ, **wanted, "QT_SCALE_FACTOR": "1"}

    def __enter__(self) -> "Screen":
        read, write = os.pipe()
        command = ["Xvfb", "-displayfd", str(write), "-screen", "0", self._size, "-nolisten", "tcp"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self._processes.append(subprocess.Popen(command, pass_fds=[write], **quiet))
        os.close(write)
        with os.fdopen(read) as told:
            self.display = f":{told.readline().strip()}"
        environment = {**self.environment, "HOME": str(self._folder)}
        self._processes.append(subprocess.Popen(["openbox"], env=environment, **quiet))
        wait_until(lambda: self.tool("search", "--class", "openbox", check=False) is not None)
        return self

    def __exit__(self, *_: object) -> None:
        for process in reversed(self._processes):
            process.terminate()
            process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def tool(self, *arguments: object, check: bool = True) -> str:
        """Run xdotool; what it prints."""
        command = ["xdotool", *(str(a) for a in arguments)]
        done = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, check=check, timeout=60
        )
        return done.stdout.strip()

    def key(self, *names: str) -> None:
        """Press keys: "space", "ctrl+e"."""
        self.tool("key", "--clearmodifiers", *names)

    def type(self, text: str) -> None:
        """Type a text."""
        self.tool("type", "--delay", 5, "--", text)

    def click(self, x: int, y: int, button: int = 1) -> None:
        """Click at a place on the screen."""
        self.tool("mousemove", "--sync", x, y, "click", button)

    def double_click(self, x: int, y: int) -> None:
        """Click twice at a place on the screen."""
        self.tool("mousemove", "--sync", x, y, "click", "--repeat", 2, "--delay", 60, 1)

    def drag(self, x: int, y: int, to_x: int, to_y: int, steps: int = 12) -> None:
        """Press, move in steps, release; as slowly as a hand."""
        self.tool("mousemove", "--sync", x, y, "mousedown", 1)
        for step in range(1, steps + 1):
            part = step / steps
            self.tool("mousemove", round(x + (to_x - x) * part), round(y + (to_y - y) * part))
            time.sleep(0.01)
        time.sleep(0.05)
        self.tool("mouseup", 1)

    def place(self, title: str) -> tuple[int, int, int, int]:
        """Left, top, right and bottom of the window with a title, without its frame."""
        (name, *_) = self.tool("search", "--onlyvisible", "--name", title).splitlines()
        command = ["xwininfo", "-id", name]
        said = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, check=True
        )
        lines = [line.strip().partition(":") for line in said.stdout.splitlines()]
        told = {what: value.strip() for what, _, value in lines}
        x, y = (int(told[f"Absolute upper-left {axis}"]) for axis in "XY")
        return x, y, x + int(told["Width"]), y + int(told["Height"])

    def picture(self, path: Path) -> None:
        """Save what is on the screen as a PNG."""
        subprocess.run(
            ["scrot", "--overwrite", str(path)], env=self.environment, check=True, timeout=60
        )
