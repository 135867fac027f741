"""A process that is told lines and answers in lines."""

import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress

from remixer.session.separation_link import Command, Event, command_line, read_event

PATIENCE_S = 3.0
"""How long the process may take to end."""


class WorkerProcess:
    """A separation process that runs, and a thread that reads what it says.

    heard: called with each event. died: called with this and the exit code when the process has
    ended. Both from the reading thread. Raises OSError when it cannot be started.
    """

    def __init__(
        self,
        command: list[str],
        heard: Callable[[Event], None],
        died: Callable[["WorkerProcess", int], None],
    ) -> None:
        self.answered = False
        """Whether it has said anything."""
        self._heard, self._died = heard, died
        self._writing = threading.Lock()
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None if sys.stderr else subprocess.DEVNULL,
            encoding="utf-8",
            creationflags=getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0),
        )
        self._reader = threading.Thread(target=self._read, name="separation-events", daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    def send(self, command: Command) -> None:
        """Tell the process; one that is dead hears nothing, and `died` says so."""
        with self._writing, suppress(OSError, ValueError):
            assert self._process.stdin
            self._process.stdin.write(command_line(command))
            self._process.stdin.flush()

    def close(self) -> None:
        """End the process: it goes when its input ends, or is killed after 3 s."""
        with self._writing, suppress(OSError):
            assert self._process.stdin
            self._process.stdin.close()
        try:
            self._process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._reader.join()

    def _read(self) -> None:
        assert self._process.stdout
        with self._process.stdout as lines:
            for line in lines:
                if line.endswith("\n"):  # a killed process may leave half of one
                    self.answered = True
                    self._heard(read_event(line))
        code = self._process.wait()
        with self._writing, suppress(OSError):
            assert self._process.stdin
            self._process.stdin.close()
        self._died(self, code)
