"""The window's side of playing: says what is wished, and keeps the audio process alive."""

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from remixer.mixing.strips import MixState
from remixer.playback.jack import database, remove_abandoned
from remixer.playback.mailbox import SharedBlock
from remixer.playback.types import LOST, TROUBLE, Device, Monitor, Output, Snapshot, Sound
from remixer.playback.wire import Report, Wishes, pack, unpack_report

HANG_S = 5.0
"""An audio process that reports nothing for so long hangs, and is replaced."""
START_S = 15.0
"""What it is given to start."""
PATIENCE_S = 3.0
"""What it is given to end by itself."""
QUICK_S = 5.0
"""One that ends sooner than this after its start has died at once."""
PAUSES_S = (0.0, 0.5, 2.0, 10.0)
"""Before a restart, by how often in a row it has died at once; the last one for good."""
_WATCH_S = 0.1


def process_command(block: Path) -> list[str]:
    """The command that starts the audio process. A packaged program replaces it."""
    return [sys.executable, "-P", "-m", "remixer.playback.process", str(block), str(os.getpid())]


def memory_folder() -> str | None:
    """Where files are not written to a disk: a busy one would stop who writes to their memory."""
    folder = Path("/dev/shm")
    return str(folder) if folder.is_dir() and os.access(folder, os.W_OK) else None


class Player:
    """Plays songs through a process of its own, which it restarts when that dies or hangs.

    Every method returns at once and none raises for troubles with sound: `snapshot` tells them.
    """

    def __init__(self, output: Output | None = None) -> None:
        handle, name = tempfile.mkstemp(prefix="remixer-playback-", dir=memory_folder())
        os.close(handle)
        self.shared = Path(name)
        """The file that the two processes share."""
        self._block = SharedBlock(self.shared)
        self._lock = threading.RLock()
        self._wishes = Wishes(output=output or Output())
        self._report = Report()
        self._seen = 0
        self._number = 0
        self._notice = ("", "", 0)
        self._dead = ""
        self._closing = threading.Event()
        self._publish()
        self._keeper = threading.Thread(target=self._keep, name="audio keeper", daemon=True)
        self._keeper.start()

    def open(self, path: Path, position: int = 0) -> None:
        """A new song, paused at `position` (samples of the source); the stems are forgotten."""
        with self._lock:
            self._wish(
                song=str(Path(path).absolute()),
                song_number=self._next(),
                stems="",
                loop=None,
                **self._transport(playing=False, position=position),
            )

    def close_song(self) -> None:
        """No song: the process lets go of its files."""
        with self._lock:
            self._wish(
                song="",
                song_number=self._next(),
                stems="",
                loop=None,
                **self._transport(playing=False, position=0),
            )

    def set_stems(self, folder: Path | None) -> None:
        """The folder of the song's StemStore, which may be incomplete."""
        self._wish(stems=str(Path(folder).absolute()) if folder else "")

    @property
    def state(self) -> MixState:
        """The mix that is heard."""
        return self._wishes.state

    @state.setter
    def state(self, state: MixState) -> None:
        self._wish(state=state)

    @property
    def monitor(self) -> Monitor:
        """How it is listened to."""
        return self._wishes.monitor

    @monitor.setter
    def monitor(self, monitor: Monitor) -> None:
        self._wish(monitor=monitor)

    @property
    def output(self) -> Output:
        """Where the sound goes."""
        return self._wishes.output

    @output.setter
    def output(self, output: Output) -> None:
        self._wish(output=output)

    def play(self) -> None:
        """Play from where it is; from the start when it is at the end."""
        self._wish(**self._transport(playing=True))

    def pause(self) -> None:
        """Stay where it is."""
        self._wish(**self._transport(playing=False))

    def stop(self) -> None:
        """Pause, and go to the loop's start, or the song's."""
        loop = self._wishes.loop
        self._wish(**self._transport(playing=False, position=loop[0] if loop else 0))

    def seek(self, position: int) -> None:
        """Go to a sample of the source, playing or not."""
        self._wish(**self._transport(position=position))

    def set_loop(self, region: tuple[int, int] | None) -> None:
        """Samples [start, stop) to be played over and over; None for the whole song, once."""
        self._wish(loop=(int(region[0]), int(region[1])) if region else None)

    def devices(self) -> list[Device]:
        """The output devices, as the process last told."""
        return list(self._latest().devices)

    def refresh_devices(self) -> None:
        """Have the devices looked for again; while playing, once it is paused."""
        self._wish(look_number=self._next())

    def reset_meters(self) -> None:
        """Begin the true peak anew."""
        self._wish(meters_number=self._next())

    def snapshot(self) -> Snapshot:
        """How it stands now: what was wished, until the process has taken it up."""
        with self._lock:
            report, wishes = self._latest(), self._wishes
            if not self._closing.is_set():
                self._block.taken = self._seen
            notice, about, number = self._notice
            shot = replace(report.snapshot, notice=notice, notice_about=about, notice_number=number)
            if self._dead:
                return replace(shot, sound=Sound.NO_DEVICE, playing=False, position=wishes.position)
            current = report.song_number == wishes.song_number
            if wishes.song and not (current and report.seek_number == wishes.seek_number):
                shot = replace(shot, position=wishes.position)
            if wishes.song and not (current and report.play_number == wishes.play_number):
                shot = replace(shot, playing=wishes.playing)
            return shot

    def close(self) -> None:
        """End the process; nothing is left of it."""
        if self._closing.is_set():
            return
        self._closing.set()
        self._keeper.join()
        with self._lock:
            self._block.close()
            self.shared.unlink(missing_ok=True)

    # What is wished

    def _next(self) -> int:
        with self._lock:
            self._number += 1
            return self._number

    def _transport(
        self, playing: bool | None = None, position: int | None = None
    ) -> dict[str, Any]:
        wishes: dict[str, Any] = {}
        if playing is not None:
            wishes |= {"playing": playing, "play_number": self._next()}
        if position is not None:
            wishes |= {"position": max(int(position), 0), "seek_number": self._next()}
        return wishes

    def _wish(self, **changes: Any) -> None:
        with self._lock:
            self._wishes = replace(self._wishes, **changes)
            self._publish()

    def _publish(self) -> None:
        if not self._closing.is_set():
            self._block.wishes.write(pack(self._wishes))

    def _latest(self) -> Report:
        with self._lock:
            if self._closing.is_set():
                return self._report
            if self._block.reports.number != self._seen and (found := self._block.reports.read()):
                before = self._report.snapshot.notice_number
                self._seen, self._report = found[0], unpack_report(found[1])
                shot = self._report.snapshot
                if shot.notice_number > before:
                    self._tell(shot.notice, shot.notice_about)
            return self._report

    def _tell(self, notice: str, about: str) -> None:
        self._notice = (notice, about, self._notice[2] + 1)

    # The process

    def _keep(self) -> None:
        """Start the process, and start it again, until the player is closed."""
        quick = 0
        while not self._closing.is_set():
            begun = time.monotonic()
            hung = self._run()
            if self._closing.is_set():
                return
            quick = quick + 1 if time.monotonic() < begun + QUICK_S else 0
            self._after_death(hung, hopeless=quick >= len(PAUSES_S) - 1)
            self._closing.wait(PAUSES_S[min(quick, len(PAUSES_S) - 1)])

    def _run(self) -> bool:
        """One process, from start to end; whether it hung."""
        try:
            process = subprocess.Popen(
                process_command(self.shared),
                stdin=subprocess.PIPE,
                start_new_session=True,  # Linux shares its cores out to sessions first
            )
        except OSError:
            return False
        try:
            return self._watch(process)
        finally:
            end(process)

    def _watch(self, process: subprocess.Popen[bytes]) -> bool:
        """Return when the process has died, the player is closed, or (True) the process hangs."""
        number, patience = self._block.reports.number, START_S
        since = time.monotonic()
        while process.poll() is None and not self._closing.wait(_WATCH_S):
            if self._block.reports.number != number:
                number, patience = self._block.reports.number, HANG_S
                since, self._dead = time.monotonic(), ""
            elif time.monotonic() > since + patience:
                if patience == START_S:
                    remove_abandoned(database())
                return True
        return False

    def _after_death(self, hung: bool, hopeless: bool) -> None:
        """Wish that the next process goes on where this one was; after a hang, which the device
        may have caused, paused.
        """
        with self._lock:
            shot = self.snapshot()
            position = self._report.rendered if shot.playing else shot.position
            if self._report.seek_number != self._wishes.seek_number:
                position = self._wishes.position
            self._wishes = replace(
                self._wishes,
                **self._transport(playing=shot.playing and not hung, position=position),
            )
            self._report = replace(
                self._report, snapshot=replace(self._report.snapshot, notice_number=0)
            )
            self._publish()
            if hung and shot.playing:
                self._tell(
                    "The sound hung: playing is paused; it goes on when you press play", LOST
                )
            if hopeless and not self._dead:
                self._dead = "There is no sound: the audio process ends as soon as it starts"
                self._tell(self._dead, TROUBLE)


def end(process: subprocess.Popen[bytes]) -> None:
    """Have the process end by itself, which it does when its standard input ends; else kill it."""
    assert process.stdin
    process.stdin.close()
    try:
        process.wait(PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def wait_for(player: Player, what: Callable[[Snapshot], bool], patience_s: float) -> bool:
    """Poll snapshots until one is as wanted; whether it came in time. For scripts and tests."""
    end = time.monotonic() + patience_s
    while not what(player.snapshot()):
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True
