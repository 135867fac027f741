"""The one renderer: playback, export and tests get their samples here."""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from remixer.dsp.ramp import Gains, Ramp
from remixer.dsp.signal import Samples
from remixer.errors import SettingError
from remixer.mixing.changes import mix_changes
from remixer.mixing.stems import StemSet
from remixer.mixing.strips import MixState, effective_gains

if TYPE_CHECKING:
    from remixer.mixing.effects.desk import Desk, Readings


_loaded: list[type["Desk"]] = []


def load_treatments() -> type["Desk"]:
    """Import what treatments need (SciPy); the first treated state does it otherwise, which is too
    slow for a callback.
    """
    if not _loaded:
        from remixer.mixing.effects.desk import Desk

        _loaded.append(Desk)
    return _loaded[0]


def treatments_loaded() -> bool:
    """Whether treated states can be rendered at once."""
    return bool(_loaded)


class MixEngine:
    """Renders a mix as `master * (mix + sum_i (gain_i - 1) * stem_i)`; with all gains 1 it is the
    mix itself. Treated mixes are `master(mix + sum_i (strip_i(stem_i) - stem_i) + returns)`.

    Where every strip is at unity through a block the stored stems are not even read. The sum of
    the stored stems' changes joins the mix first, the residual's change last: so muting everything
    gives exact zeros for float sources too, where the residual is itself a rounded difference.

    Gains follow the state by ramps of RAMP samples, counted from the sample at which a new state is
    first seen, so the output depends on where states change but not, to the last bit, on how it is
    cut into blocks. The first render, and one that does not start where the last ended (a seek),
    begins at the state's gains: there is nothing before it that a ramp could join.

    Treatments follow the state likewise, by crossfades; filters, compressors, echoes and rooms
    begin from silence after a seek. They are computed as they come, sample by sample: how it is cut
    into blocks shows only in the rounding of float64, and they add no latency. What is neutral, or
    bypassed, is skipped once it has faded.

    For one thread. No locks, logging or waits except the readers'; what is allocated is a few times
    the block.
    """

    def __init__(self, stems: StemSet) -> None:
        self._stems = stems
        self._state: MixState | None = None
        self._ramps: list[Ramp] = []
        """Of the four strips, and the master's last."""
        self._next = -1
        self._desk: Desk | None = None
        self._clock = 0
        """Of samples rendered; treatments fade by it."""

    @property
    def remembers(self) -> bool:
        """Whether treatments are at work, to which a gap in rendering would be a seek."""
        return self._desk is not None

    @property
    def readings(self) -> "Readings | None":
        """What the treatments did to the last block; None without any."""
        return self._desk.readings() if self._desk else None

    def render(self, state: MixState, start: int, out: Samples) -> None:
        """Fill `out` (channels, n) float64 with samples [start, start + n); zeros beyond the end.

        Not limited to full scale: what is louder is for the device or the file to clip.

        Raises: SettingError for a negative start, other channels than the mix has, or a panned
        mono source.
        """
        mix = self._stems.mix
        if start < 0 or out.shape[0] != mix.channels:
            raise SettingError(
                f"cannot render {out.shape[0]} channels from sample {start}: "
                f"give {mix.channels} channels and a start of 0 or more"
            )
        self._follow(state, start)
        if self._desk and not state.is_treated and self._desk.idle(self._clock):
            self._desk = None
        count = min(out.shape[1], max(mix.length - start, 0))
        out[:, count:] = 0.0
        if count:
            out[:, :count] = self._mixed(start, count)
            self._clock += count
        self._next = start + out.shape[1]

    def jump(self, start: int) -> None:
        """Let the next render start here as if it went on from the last: ramps under way go on (a
        loop's wrap).
        """
        if not self._ramps:
            return
        shift = start - self._next
        self._ramps = [replace(ramp, start=ramp.start + shift) for ramp in self._ramps]
        self._next = start

    def _follow(self, state: MixState, start: int) -> None:
        """Aim the ramps at the state's gains."""
        moved = start != self._next
        if state == self._state and not moved:
            return
        channels = self._stems.mix.channels
        targets = [*effective_gains(state, channels), np.full(channels, state.master_gain)]
        if moved:
            self._ramps = [Ramp.held(target) for target in targets]
        else:
            self._ramps = [
                ramp.towards(target, start)
                for ramp, target in zip(self._ramps, targets, strict=True)
            ]
        self._treat(state, moved)
        self._state = state

    def _treat(self, state: MixState, moved: bool) -> None:
        """Aim the treatments at the state's."""
        if self._desk and not moved:
            self._desk.aim(state, self._clock)
        elif state.is_treated:
            before = self._state if self._state and not moved else state
            self._desk = self._new_desk(before)
            self._desk.aim(state, self._clock)
        else:
            self._desk = None

    def _new_desk(self, state: MixState) -> "Desk":
        mix = self._stems.mix
        return load_treatments()(state, mix.rate, mix.channels, self._clock)

    def _mixed(self, start: int, count: int) -> Samples:
        *gains, master = [_gains(ramp, start, count) for ramp in self._ramps]
        if self._desk:
            out = self._desk.render(self._stems, gains, start, count, self._clock)
        elif all(np.all(gain == 1.0) for gain in gains):
            out = self._stems.mix.read(start, count)
        else:
            out = mix_changes(*self._stems.read(start, count), gains)
        return out if np.all(master == 1.0) else out * master


def _gains(ramp: Ramp, start: int, count: int) -> Gains:
    """A ramp's gains (channels, count), or (channels, 1) once it has arrived."""
    return ramp.target[:, None] if ramp.settled(start) else ramp.values(start, count)
