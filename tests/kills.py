"""Windows without a window that are killed at random moments while they edit, save and export, and
a judge of what they leave.

Every victim is forked from one process that has imported all there is to import. It moves faders,
saves its session and exports as fast as it can, and writes down what it does before it does it.
All victims share one recovery folder.
"""

import json
import os
import random
import shutil
import signal
import time
import traceback
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from remixer.audio.reader import AudioReader, open_audio
from remixer.dsp.signal import STEMS
from remixer.errors import RemixerError
from remixer.mixing.plain import from_plain, to_plain
from remixer.mixing.render import RenderedMix
from remixer.mixing.stems import StemSet, to_grid
from remixer.mixing.strips import MixState
from remixer.separation.store import Layout, StemStore
from remixer.session.autosave import Autosaver, Work, recoveries, save_session
from remixer.session.document import Document
from remixer.session.exporting import ExportPlan, run_export
from remixer.session.jobs import Watch
from remixer.session.locate import geometry_of
from remixer.session.saved import SavedMix
from remixer.session.savefile import load_mix

RATE, LENGTH = 44_100, 22_050
LIMIT_S = 5.0
"""At most so much of the last edits may be lost."""
LONGEST_S = 9.0
"""A victim lives up to so long: some past LIMIT_S, so that the limit means something."""
PARALLEL = 12
ENOUGH = 5
"""Problems after which no more victims are started."""
EDITING, SAVING, EXPORTING = "editing", "saving", "exporting"
LOG = "log"
Event = tuple[float, str, str]
"""When (time.monotonic), what, and the mix or file concerned."""


@dataclass
class Result:
    """What came of it. phases: what the victims were doing. lost_s: the most that was lost, in
    seconds before a kill. problems: one line each.
    """

    kills: int = 0
    phases: Counter[str] = field(default_factory=Counter)
    edits: int = 0
    lost_s: float = 0.0
    problems: list[str] = field(default_factory=list)


class Stage:
    """A song with stems, and a folder for each victim."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.song, self.recovery = folder / "song.wav", folder / "recovery"
        noise = np.random.default_rng(1).uniform(-0.1, 0.1, (LENGTH, 2))
        tone = 0.2 * np.sin(2 * np.pi * 220 * np.arange(LENGTH) / RATE)[:, None]
        soundfile.write(self.song, noise + tone, RATE, "PCM_24")
        with open_audio(self.song) as source:
            _make_stems(folder / "stems", source)
            self.content = source.content_hash()

    def home(self, number: int) -> Path:
        """A victim's own folder."""
        return self.folder / f"victim{number}"

    def stems(self, source: AudioReader) -> StemSet:
        """The song's."""
        return StemSet(source, StemStore.open(self.folder / "stems"))


def _make_stems(folder: Path, source: AudioReader) -> None:
    layout = Layout(RATE, 2, LENGTH, 24)
    with StemStore.create(folder, layout, {}) as store:
        share = np.array([0.5, 0.2, 0.1])[:, None, None] * source.read(0, LENGTH)
        store.put(0, share.astype(np.float32), lambda e: to_grid(e, source.grid))


# The victim


class Victim:
    """One window's work, until it is killed."""

    def __init__(self, stage: Stage, number: int) -> None:
        self._home, self._name = stage.home(number), f"victim{number}"
        self._random = random.Random(number)
        self._log = os.open(self._home / LOG, os.O_CREAT | os.O_APPEND | os.O_WRONLY)
        self._document = Document(stage.song)
        self._document.on_change.append(self._changed)
        self._stems = stage.stems(self._document.source)
        self._saver = Autosaver(stage.recovery)
        self._session = self._home / "moves.remix"
        self._content = stage.content

    def live(self) -> None:
        """For ever."""
        while True:
            act = self._random.choices((self._edit, self._save, self._export), (5, 4, 1))[0]
            act()

    def _tell(self, what: str, about: object = "") -> None:
        line = json.dumps([time.monotonic(), what, about]) + "\n"
        os.write(self._log, line.encode())

    def _saved(self) -> SavedMix:
        document = self._document
        return SavedMix(
            document.path,
            geometry_of(document.source),
            document.mix,
            document.loop,
            self._name,
            self._content,
        )

    def _changed(self) -> None:
        self._saver.keep(Work(self._saved(), self._session))

    def _edit(self) -> None:
        """A drag of several moves, or a mute."""
        stem = self._random.choice(STEMS)
        for _ in range(self._random.randint(1, 4)):
            gain_db = round(self._random.uniform(-30.0, 6.0), 3)
            after = self._document.mix.with_strip(stem, gain_db=gain_db)
            self._tell(EDITING, to_plain(after))
            self._document.set_gain_db(stem, gain_db, final=False)
            time.sleep(0.02)
        mute = not self._document.mix.strip(stem).mute
        after = self._document.mix.with_strip(stem, mute=mute)
        self._tell(EDITING, to_plain(after))
        self._document.set_mute(stem, mute)
        time.sleep(0.02)

    def _save(self) -> None:
        mix = to_plain(self._document.mix)
        self._tell(SAVING, mix)
        save_session(self._saver, self._session, self._saved())
        self._tell("saved", mix)

    def _export(self) -> None:
        mix = to_plain(self._document.mix)
        what = self._random.choice(("remix", "remix", "stems"))
        self._tell(EXPORTING, mix if what == "remix" else "stems")
        export(what, self._home, self._stems, self._document.source, self._document.mix)
        self._tell("exported", mix if what == "remix" else "stems")


def export(what: str, folder: Path, stems: StemSet, source: AudioReader, mix: MixState) -> None:
    """As the window does it, over what is there."""
    run_export(ExportPlan(what, folder, overwrite=True), source, stems, mix, Watch())


def start(stage: Stage, number: int) -> int:
    """Fork a victim; its process. It may be killed before it has done anything."""
    stage.home(number).mkdir()
    pid = os.fork()
    if pid:
        return pid
    try:
        Victim(stage, number).live()
    except BaseException:
        traceback.print_exc(limit=-2)
    finally:
        os._exit(1)


# The judge


class Judge:
    """Looks at what killed victims have left."""

    def __init__(self, stage: Stage, result: Result) -> None:
        self._stage, self._result = stage, result
        self._source = open_audio(stage.song)
        self._stems = stage.stems(self._source)

    def judge(self, number: int, killed_s: float) -> None:
        """One that has just been killed; what it left goes."""
        home = self._stage.home(number)
        events = _events(home / LOG)
        before = len(self._result.problems)
        self._result.kills += 1
        self._result.phases[_phase(events)] += 1
        self._check_exports(home, events)
        self._check_moves(home, number, events, killed_s)
        if number % 5 == 0:
            self._check_leftovers(home)
        if len(self._result.problems) == before:
            shutil.rmtree(home)

    def _wrong(self, home: Path, what: str) -> None:
        self._result.problems.append(f"{home}: {what}")

    def _check_moves(self, home: Path, number: int, events: list[Event], killed_s: float) -> None:
        """What is saved or kept is one of the states there were, and recent enough."""
        states = [from_plain(json.loads(e[2])) for e in events if e[1] == EDITING]
        times = [e[0] for e in events if e[1] == EDITING]
        self._result.edits += len(states)
        kept = max(self._saved(home, events, states), self._recovered(home, number, states))
        due = sum(at <= killed_s - LIMIT_S for at in times) - 1
        if kept < due:
            self._wrong(home, f"edit {due} of {len(states)} was due, {kept} is the last one kept")
        if kept + 1 < len(times):
            self._result.lost_s = max(self._result.lost_s, killed_s - times[kept + 1])

    def _saved(self, home: Path, events: list[Event], states: list[MixState]) -> int:
        """Which edit the session file has; -1 for none."""
        session = home / "moves.remix"
        may_be = [json.loads(about) for about in _last(events, SAVING, "saved")]
        if not session.exists():
            if any(what == "saved" for _, what, _ in events):
                self._wrong(home, "the session that was saved is gone")
            return -1
        try:
            mix = load_mix(session).mix
        except RemixerError as error:
            self._wrong(home, f"the session cannot be opened: {error}")
            return -1
        if to_plain(mix) not in may_be:
            self._wrong(home, "the session holds other moves than were saved")
        return _index(states, mix)

    def _recovered(self, home: Path, number: int, states: list[MixState]) -> int:
        """Which edit the recovery file has; -1 for none."""
        found = recoveries(self._stage.recovery)
        if len(found) > 1 or any(r.work.saved.model != f"victim{number}" for r in found):
            self._wrong(home, f"{[r.work.saved.model for r in found]} was offered")
        newest = -1
        for recovery in found:
            newest = _index(states, recovery.work.saved.mix)
            if newest < 0 and recovery.work.saved.mix != MixState():
                self._wrong(home, "the recovery file holds moves that nobody made")
            recovery.discard()
        self._check_recoveries(home)
        return newest

    def _check_recoveries(self, home: Path) -> None:
        """Those of the living, too, are whole at every moment."""
        for file in self._stage.recovery.glob("[!.]*.remix"):
            with suppress(FileNotFoundError):
                try:
                    json.loads(file.read_bytes())
                except ValueError:
                    self._wrong(home, f"the recovery file {file.name} is damaged")

    def _check_exports(self, home: Path, events: list[Event]) -> None:
        """Files under their final names are whole, and hold what was exported."""
        target = home / "song - remix.wav"
        mixes = [about for about in _last(events, EXPORTING, "exported") if about != "stems"]
        if target.exists():
            renders = [RenderedMix(self._stems, from_plain(json.loads(m))) for m in mixes]
            if not any(_holds(target, r.read(0, LENGTH)) for r in renders):
                self._wrong(home, "the remix is not what was exported")
        elif any(what == "exported" and about != "stems" for _, what, about in events):
            self._wrong(home, "the remix that was exported is gone")
        _, stems = self._stems.read(0, LENGTH)
        for name, samples in zip(STEMS, stems, strict=True):
            file = home / f"song - {name}.wav"
            if file.exists() and not _holds(file, samples):
                self._wrong(home, f"{file.name} is not the stem")

    def _check_leftovers(self, home: Path) -> None:
        """The next save and export clear up what was half written."""
        with Autosaver(home / "recovery") as saver:
            mix = MixState().with_strip("bass", gain_db=3.0)
            saved = SavedMix(self._stage.song, geometry_of(self._source), mix, None, "next")
            save_session(saver, home / "moves.remix", saved)
        for what in ("remix", "stems"):
            export(what, home, self._stems, self._source, mix)
        hidden = [path.name for path in home.rglob(".*")]
        if hidden:
            self._wrong(home, f"{hidden} is left over")


def _events(log: Path) -> list[Event]:
    if not log.exists():
        return []
    lines = log.read_text().split("\n")[:-1]  # the last one may be cut: then it was not done
    read: list[Any] = [json.loads(line) for line in lines]
    return [
        (at, what, about if isinstance(about, str) else json.dumps(about))
        for at, what, about in read
    ]


def _phase(events: list[Event]) -> str:
    what = events[-1][1] if events else "starting"
    return what if what in (SAVING, EXPORTING, "starting") else EDITING


def _last(events: list[Event], begun: str, done: str) -> list[str]:
    """What a file may hold: what was finished last, and what was begun after it. Of exports, what
    is no remix counts for nothing.
    """
    found: list[str] = []
    for _, what, about in events:
        if about == "stems":
            continue
        if what == done:
            found = [about]
        elif what == begun:
            found.append(about)
    return found


def _index(states: list[MixState], mix: MixState) -> int:
    """The last edit that led to a mix; -1 for none."""
    return max((n for n, state in enumerate(states) if state == mix), default=-1)


def _holds(file: Path, samples: np.ndarray) -> bool:
    """Whether a file of 24 bits holds (channels, samples), within its last bit."""
    try:
        found = soundfile.read(file, dtype="float64", always_2d=True)[0].T
    except (OSError, soundfile.LibsndfileError):
        return False
    top = 1.0 - 2.0**-23
    same = found.shape == samples.shape
    return same and bool(np.max(np.abs(found - np.clip(samples, -1.0, top))) <= 2.0**-23)


def run(folder: Path, count: int, seed: int = 0) -> Result:
    """So many kills. folder: an empty one; what looks wrong stays in it. For a process without
    threads, as it forks.
    """
    stage, result, rng = Stage(folder), Result(), random.Random(seed)
    judge = Judge(stage, result)
    victims: dict[int, tuple[int, float]] = {}
    started = 0
    while started < count or victims:
        if len(result.problems) >= ENOUGH:
            count = started
        while started < count and len(victims) < PARALLEL:
            pid = start(stage, started)
            victims[started] = (pid, time.monotonic() + rng.uniform(0.0, LONGEST_S))
            started += 1
        number = min(victims, key=lambda n: victims[n][1])
        pid, until_s = victims.pop(number)
        time.sleep(max(until_s - time.monotonic(), 0.0))
        killed_s = time.monotonic()
        os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        if not os.WIFSIGNALED(status):
            result.problems.append(f"victim {number} ended by itself")
        judge.judge(number, killed_s)
    return result
