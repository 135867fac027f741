"""What the callback does, without a device: transport, mix and monitor, block by block.

No locks, no files, no waits: it reads what `Prefetch` has put into memory.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from remixer.dsp.gain import db_to_gain
from remixer.dsp.ramp import Ramp
from remixer.dsp.signal import Samples
from remixer.mixing.engine import MixEngine, treatments_loaded
from remixer.mixing.stems import StemSet
from remixer.mixing.strips import MixState
from remixer.playback.memory import PAGE, MemoryMix, MemoryStems, View
from remixer.playback.prefetch import Prefetch
from remixer.playback.types import Listen, Monitor
from remixer.playback.wire import Wishes

if TYPE_CHECKING:
    from remixer.mixing.effects.desk import Readings

FADE = 512
"""Samples (12 ms at 44.1 kHz) of the fade when playing starts within a song, pauses, or jumps: a
jump is a crossfade, so it leaves no gap. Playing from sample 0 needs none.
"""
SHORTEST_LOOP = 64
PATIENCE = 4096
"""A seek waits for its samples so long, in samples, while the old place plays on."""


@dataclass(frozen=True, eq=False)
class Heard:
    """A stretch as it was mixed, before fades, for the meters. samples: (channels, n). readings:
    of its treatments, None without any. original: the gain at which the original is in it where the
    faders do nothing: 1, or 0 while only the change is heard; None while one becomes the other.
    """

    start: int
    samples: Samples
    state: MixState
    view: View
    readings: "Readings | None" = None
    original: float | None = 1.0


class Renderer:
    """Plays one song as the wishes say. `block` is for the callback; the rest may be read anywhere.

    position: the next sample. waiting: playing, but its samples are not in memory yet. failure: why
    the song could not be played on. play_number, seek_number: of the wishes that were answered.
    """

    def __init__(self, prefetch: Prefetch, mix: MemoryMix, wishes: Wishes) -> None:
        self._prefetch = prefetch
        self._mix = mix
        self._stems = MemoryStems(mix.channels)
        self._engine = MixEngine(StemSet(mix, self._stems))
        self._view = View()
        self._state = self._given = MixState()
        self._monitor = Ramp.held(_weights(wishes.monitor))
        self._clock = 0
        self._tail = np.zeros((mix.channels, 0))
        self._recent = np.zeros((mix.channels, FADE + 1))
        self._rising = 0
        self._patience = PATIENCE
        self.position = min(max(wishes.position, 0), mix.length)
        self.playing = False
        self.waiting = False
        self.failure = ""
        self.play_number = -1
        self.seek_number = wishes.seek_number
        self.heard: list[Heard] = []

    def block(self, wishes: Wishes, count: int) -> Samples:
        """The next samples, (channels, count) float64; zeros where nothing plays."""
        self.heard = []
        self._view = self._mix.view = self._prefetch.view
        self._stems.follow(self._view)
        self.obey(wishes, count)
        out = np.zeros((self._mix.channels, count))
        self._add_tail(out)
        filled = 0
        while self.playing and filled < count:
            taken = self._segment(wishes, out[:, filled:])
            if not taken:
                break
            filled += taken
        self._stems.advance(count - filled)
        self._prefetch.position = self.position
        return out

    def obey(self, wishes: Wishes, count: int = 0) -> None:
        """Take up play, pause, seek and loop. Without a device it is called by itself."""
        self._prefetch.loop = wishes.loop
        if not wishes.playing:
            self._set_playing(wishes)
        if wishes.seek_number != self.seek_number:
            self._try_seek(wishes, count)
        if wishes.playing:
            self._set_playing(wishes)

    def halt(self, position: int) -> None:
        """Stop playing, as at `position`: the device is gone, the song ends or cannot be read."""
        self.playing = self.waiting = False
        self.position = position

    def _set_playing(self, wishes: Wishes) -> None:
        if wishes.play_number == self.play_number:
            return
        self.play_number = wishes.play_number
        if wishes.playing == self.playing:
            return
        if wishes.playing:
            self.failure = ""
            self._prefetch.retry()
            if self.position >= self._mix.length:
                self.position = wishes.loop[0] if wishes.loop else 0
            self._monitor = Ramp.held(_weights(wishes.monitor))
            self._rise()
        else:
            self._leave()
        self.playing, self.waiting = wishes.playing, False

    def _try_seek(self, wishes: Wishes, count: int) -> None:
        """Go to the wished position once its samples are there, or it has taken too long."""
        target = min(max(wishes.position, 0), self._mix.length)
        self._prefetch.target = target
        there = self._view.available(target, min(count, self._mix.length - target))
        if self.playing and there < count and self._patience > 0:
            self._patience -= count
            return
        if self.playing:
            self._leave()
        self.seek_number = wishes.seek_number
        self.position = target
        self._prefetch.position, self._prefetch.target = target, None
        self._patience = PATIENCE
        self._rise()

    def _rise(self) -> None:
        self._rising = FADE if self.position else 0

    def _leave(self) -> None:
        """Let what plays fade out beneath what comes."""
        count = min(FADE, self._mix.length - self.position)
        if self.waiting or count <= 0:
            return
        if self._view.available(self.position, count) == count:
            tail = self._faded_in(self._programme(self.position, count))
        else:
            tail = self._reflected()
        self._add_to_tail(tail * (1.0 - (np.arange(tail.shape[1]) + 1) / FADE))

    def _add_to_tail(self, tail: Samples) -> None:
        missing = tail.shape[1] - self._tail.shape[1]
        self._tail = np.pad(self._tail, ((0, 0), (0, max(missing, 0))))
        self._tail[:, : tail.shape[1]] += tail

    def _add_tail(self, out: Samples) -> None:
        count = min(out.shape[1], self._tail.shape[1])
        if count:
            out[:, :count] += self._tail[:, :count]
            self._tail = self._tail[:, count:]

    def _segment(self, wishes: Wishes, out: Samples) -> int:
        """Play into `out` as far as the song, the loop and the memory go; how many samples."""
        limit = self._wrap(wishes.loop)
        if self.position >= limit:
            self.halt(self.position)
            return 0
        wanted = min(out.shape[1], limit - self.position)
        count = self._view.available(self.position, wanted)
        if not count:
            self._starve(out)
            return 0
        self._take_up(wishes)
        original = self._original_within()
        samples = self._programme(self.position, count)
        readings = self._engine.readings
        heard = Heard(self.position, samples, self._state, self._view, readings, original)
        self.heard.append(heard)
        faded = self._faded_in(samples)
        out[:, :count] += faded
        self._remember(faded)
        self._rising = max(self._rising - count, 0)
        self._stems.advance(count)
        self._clock += count
        self.position += count
        self.waiting = False
        return count

    def _wrap(self, loop: tuple[int, int] | None) -> int:
        """Where playing ends or wraps next; at a loop's end the position goes to its start."""
        if not loop:
            return self._mix.length
        start, stop = max(loop[0], 0), min(loop[1], self._mix.length)
        if stop - start < SHORTEST_LOOP or self.position > stop:
            return self._mix.length
        if self.position == stop:
            self._engine.jump(start)
            self.position = start
        return stop

    def _starve(self, out: Samples) -> None:
        """The next samples are not there: fade what was last heard, and later what comes then."""
        if not self.waiting:
            self._hold(out)
        self.waiting = True
        self._rise()
        failures = self._prefetch.failures
        if (page := self.position // PAGE) in failures:
            self.failure = failures[page]
            self.halt(self.position)

    def _hold(self, out: Samples) -> None:
        """Fade out although nothing is known of what would have followed."""
        fall = self._reflected() * (1.0 - (np.arange(FADE) + 1) / FADE)
        count = min(FADE, out.shape[1])
        out[:, :count] += fall[:, :count]
        self._add_to_tail(fall[:, count:])

    def _reflected(self) -> Samples:
        """What was last heard, backwards about its last sample: it goes on without a corner."""
        return 2.0 * self._recent[:, -1:] - self._recent[:, -2::-1]

    def _remember(self, samples: Samples) -> None:
        self._recent = np.concatenate((self._recent, samples[:, -FADE - 1 :]), axis=1)
        self._recent = self._recent[:, -FADE - 1 :]

    def _take_up(self, wishes: Wishes) -> None:
        """The state and monitor for the next samples. Treatments wait until they are imported."""
        ready = treatments_loaded() or not wishes.state.is_treated
        if wishes.state is not self._given and ready:
            self._given = wishes.state
            self._state = wishes.state.playable(self._mix.channels)
        self._monitor = self._monitor.towards(_weights(wishes.monitor), self._clock)

    def _original_within(self) -> float | None:
        """See `Heard.original`. A level-matched original still counts as one at gain 1."""
        if not self._monitor.settled(self._clock):
            return None
        return 0.0 if self._monitor.target[0] == 0.0 else 1.0

    def _programme(self, start: int, count: int) -> Samples:
        """What is listened to: `original + remix_weight * (remix - original)`, the original at its
        own gain; the remix, or the original, untouched where only it is heard. Treatments go on
        beneath the original: back at the remix, its echoes are there.
        """
        settled = self._monitor.settled(self._clock)
        gain, weight = self._monitor.target
        original_only = settled and weight == 0.0
        if original_only and not self._engine.remembers:
            original = self._mix.read(start, count)
            return original if gain == 1.0 else original * gain
        remix = np.empty((self._mix.channels, count))
        self._engine.render(self._state, start, remix)
        if settled and gain == 1.0 and not original_only:
            return remix
        original = self._mix.read(start, count)
        if original_only:
            return original if gain == 1.0 else original * gain
        gains, weights = self._monitor.values(self._clock, count)
        heard: Samples = original * gains + weights * (remix - original)
        return heard

    def _faded_in(self, samples: Samples) -> Samples:
        if not self._rising:
            return samples
        done = FADE - self._rising + np.arange(samples.shape[1])
        return samples * np.minimum(done / FADE, 1.0)


def _weights(monitor: Monitor) -> Samples:
    """The weights of the original and of the remix's change, (2,)."""
    if monitor.listen is Listen.ORIGINAL:
        return np.array([db_to_gain(monitor.original_db), 0.0])
    return np.array([1.0 if monitor.listen is Listen.REMIX else 0.0, 1.0])
