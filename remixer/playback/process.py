"""The audio process: plays what the window wishes, by itself, whatever the window is doing.

python -m remixer.playback.process FILE PID, where FILE is a `SharedBlock` and PID the process that
starts it. It ends when its standard input does.
"""

import gc
import os
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np

from remixer.dsp.signal import Samples
from remixer.mixing.engine import load_treatments
from remixer.playback.deck import Deck
from remixer.playback.mailbox import Mailbox, SharedBlock
from remixer.playback.metering import loudness_meter
from remixer.playback.speaker import Play, Speaker
from remixer.playback.types import LOST, TROUBLE, Meters, Snapshot
from remixer.playback.wire import Report, Wishes, pack, unpack_wishes

TICK_S = 0.015
WISH_S = 0.002
"""How often the window's wishes are looked at: what a fader move waits here at most."""
PRIORITY = -11
"""As sound servers have it."""
ORPHAN_CHECKS = 20
"""How often, a tick apart, it is looked whether the window was killed."""
END_S = 5.0
"""What the main thread is given to end."""
SWITCH_S = 0.0005
"""Longest that another thread keeps the interpreter from the callback."""


class Wishing:
    """The latest wishes, decoded by a thread of its own as they come: too long a work for a
    callback, which only reads `latest`.
    """

    def __init__(self, box: Mailbox) -> None:
        self._box = box
        self._number = 0
        self.latest = Wishes()
        self._look()
        threading.Thread(target=self._follow, name="wishes", daemon=True).start()

    def _follow(self) -> None:
        while True:
            time.sleep(WISH_S)
            self._look()

    def _look(self) -> None:
        """Take the wishes now; those of before stay while they are replaced."""
        if self._box.number != self._number and (message := self._box.read()):
            self.latest = unpack_wishes(message[1])
            self._number = message[0]


class AudioProcess:
    """The main thread: songs, devices, reports. The callback runs in PortAudio's thread."""

    def __init__(self, block: SharedBlock) -> None:
        self._block = block
        self._wishing = Wishing(block.wishes)
        self._deck: Deck | None = None
        self._coming: Deck | None = None
        self._notice, self._about, self._notice_number = "", "", 0
        self._told: dict[str, str] = {}
        self._heard = 0
        self._resets = self._looks = 0
        self._speaker = Speaker(self._tell)
        self._importing = threading.Thread(target=import_the_rest, daemon=True)
        self._importing.start()

    def step(self) -> None:
        """Do what is to be done now, and report."""
        wishes = self._wishing.latest
        self._follow_song(wishes)
        self._follow_output(wishes)
        if self._deck and self._deck.metering and wishes.meters_number != self._resets:
            self._resets = wishes.meters_number
            self._deck.metering.reset()
        self._block.reports.write(pack(self._report(wishes)))

    def close(self) -> None:
        """End the sound."""
        self._speaker.close()

    def _tell(self, notice: str, about: str) -> None:
        """A notice for the user; the same about the same is told once, "" makes it be forgotten."""
        if notice and self._told.get(about) != notice:
            self._notice, self._about = sentence(notice), about
            self._notice_number += 1
        self._told[about] = notice

    def _follow_song(self, wishes: Wishes) -> None:
        if not wishes.song:
            self._let_go()
        newest = self._coming or self._deck
        if wishes.song and wishes.song_number != (newest.number if newest else 0):
            if self._coming:
                self._coming.close()
            self._coming = Deck(wishes)
        for deck in (self._deck, self._coming):
            if deck and deck.number == wishes.song_number:
                deck.follow(wishes)
                self._tell(deck.error, "song")
        if self._coming and self._coming.prefetch.opened.is_set():
            self._change_deck(self._coming)

    def _let_go(self) -> None:
        """The song was closed."""
        decks, self._coming, self._deck = (self._coming, self._deck), None, None
        for deck in decks:
            if deck:
                deck.close()

    def _change_deck(self, deck: Deck) -> None:
        before, self._deck, self._coming = self._deck, deck, None
        if before:
            before.close()
        self._speaker.glitches = -(self._speaker.stream.glitches if self._speaker.stream else 0)
        gc.collect()
        gc.freeze()

    def _follow_output(self, wishes: Wishes) -> None:
        deck = self._deck if self._deck and self._deck.renderer else None
        if self._importing.is_alive():  # it keeps the interpreter for longer than a block
            deck = None
        if self._speaker.lost():
            self._tell("", LOST)
            self._tell(f"the output device went away{self._pause(deck)}", LOST)
            self._told[TROUBLE] = self._speaker.trouble
        if wishes.look_number != self._looks and not (
            deck and deck.renderer and deck.renderer.playing
        ):
            self._looks = wishes.look_number
            self._speaker.look()
        self._speaker.follow(wishes.output, deck, self._player(deck))
        if deck and self._speaker.trouble and deck.number == wishes.song_number:
            self._refuse(deck, wishes)

    def _pause(self, deck: Deck | None) -> str:
        """Stop where the device has left off; what the user should know of it."""
        if not (deck and deck.renderer and deck.renderer.playing):
            return ""
        deck.renderer.halt(self._heard)
        seconds = self._heard // deck.rate
        where = f"{seconds // 60}:{seconds % 60:02}"
        return f": playing is paused at {where}; it goes on when you press play"

    def _refuse(self, deck: Deck, wishes: Wishes) -> None:
        """Without a device the transport moves, but does not play."""
        assert deck.renderer
        deck.renderer.obey(wishes)
        if deck.renderer.playing:
            deck.renderer.halt(deck.renderer.position)
            self._tell("", TROUBLE)
        self._tell(self._speaker.trouble, TROUBLE)

    def _player(self, deck: Deck | None) -> Play:
        """What a stream that is opened for this deck plays, now and while it stays open."""
        shape = (deck.rate, deck.channels) if deck else (0, 0)

        def play(count: int) -> tuple[Samples, int]:
            wishes, current = self._wishing.latest, self._deck
            renderer = current.renderer if current else None
            if not current or not renderer or (current.rate, current.channels) != shape:
                return np.zeros((shape[1], count)), 0
            if current.number != wishes.song_number:  # another song is being opened
                seek = renderer.seek_number
                wishes = replace(wishes, playing=False, play_number=-1, seek_number=seek)
            position = renderer.position
            return current.play(wishes, count), position

        return play

    def _report(self, wishes: Wishes) -> Report:
        deck, number = self._deck, self._block.reports.number + 1
        if not deck or deck.number != wishes.song_number:
            return Report(self._snapshot(None, Meters()), devices=self._speaker.devices)
        if not deck.renderer or not deck.metering:
            return Report(
                self._snapshot(None, Meters()), deck.number, devices=self._speaker.devices
            )
        deck.metering.next_report = number + 1
        return Report(
            self._snapshot(deck, deck.metering.meters(self._block.taken)),
            deck.number,
            deck.renderer.play_number,
            deck.renderer.seek_number,
            deck.renderer.position,
            self._speaker.devices,
        )

    def _snapshot(self, deck: Deck | None, meters: Meters) -> Snapshot:
        stream, renderer = self._speaker.stream, deck.renderer if deck else None
        self._heard = self._position(deck) if deck else 0
        return Snapshot(
            sound=self._speaker.sound,
            playing=bool(renderer and renderer.playing),
            waiting=bool(renderer and renderer.waiting),
            position=self._heard,
            device=stream.device.name if stream else "",
            device_rate=stream.rate if stream else 0,
            converting=bool(stream and deck and stream.rate != deck.rate),
            latency_s=stream.latency_s if stream else 0.0,
            glitches=self._speaker.glitches + (stream.glitches if stream else 0),
            meters=meters,
            notice=self._notice,
            notice_number=self._notice_number,
            notice_about=self._about,
        )

    def _position(self, deck: Deck) -> int:
        """The song's sample that is heard now."""
        stream, renderer = self._speaker.stream, deck.renderer
        assert renderer
        position = renderer.position
        heard = stream.heard(deck.rate) if stream else None
        if stream is None or heard is None:
            return position
        heard = max(heard, 0)
        under_way = 0 <= position - heard <= 2 * stream.latency_s * deck.rate
        return heard if renderer.playing or under_way else position


def sentence(notice: str) -> str:
    """With a capital, but for names of files, which stay as they are."""
    first = notice.split(" ", 1)[0].rstrip(":")
    return notice if "." in first or "/" in first else notice[:1].upper() + notice[1:]


def watch_parent(ended: threading.Event, leave: Callable[[], None]) -> None:
    """Wait for the end of standard input, which is the end of the window's process or its wish.

    The main thread gets time to end by itself (see `jack`), then the process does.
    """
    sys.stdin.buffer.read()
    ended.set()
    time.sleep(END_S)
    leave()


def orphaned(owner: int) -> bool:
    """Whether the process that has started this one is dead.

    One that is killed closes its files a moment before its children are given to another.
    """
    for _ in range(ORPHAN_CHECKS):
        if os.getppid() != owner:
            return True
        time.sleep(TICK_S)
    return False


def go_first() -> None:
    """Take precedence over other programs, where the system lets us."""
    with suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, 0, PRIORITY)


def quiet() -> None:
    """Send what C libraries (ALSA) print away; Python's errors still go to standard error."""
    sys.stderr = os.fdopen(os.dup(2), "w", buffering=1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)


def import_the_rest() -> None:
    """Import SciPy, for meters and treatments; devices and song are looked at meanwhile."""
    load_treatments()
    loudness_meter(48000, 2)


def main(path: Path, owner: int) -> None:
    """Play until standard input ends. owner: the process that has started this one."""
    block, ended = SharedBlock(path), threading.Event()

    def leave() -> None:
        if orphaned(owner):  # nobody else is left to remove it
            path.unlink(missing_ok=True)
        os._exit(0)  # threads that read or import need not be waited for

    threading.Thread(target=watch_parent, args=(ended, leave), daemon=True).start()
    quiet()
    go_first()
    sys.setswitchinterval(SWITCH_S)
    process = AudioProcess(block)
    gc.collect()
    gc.freeze()
    gc.disable()
    while not ended.wait(TICK_S):
        process.step()
    process.close()
    leave()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
