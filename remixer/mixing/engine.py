"""The one renderer: playback, export and tests get their samples here."""

from dataclasses import replace

import numpy as np

from remixer.dsp.ramp import Gains, Ramp
from remixer.dsp.signal import Samples
from remixer.errors import SettingError
from remixer.mixing.stems import StemSet
from remixer.mixing.strips import MixState, effective_gains


class MixEngine:
    """Renders a mix as `master * (mix + sum_i (gain_i - 1) * stem_i)`; with all gains 1 it is the
    mix itself.

    Where every strip is at unity through a block the stored stems are not even read. The sum of
    the stored stems' changes joins the mix first, the residual's change last: so muting everything
    gives exact zeros for float sources too, where the residual is itself a rounded difference.

    Gains follow the state by ramps of RAMP samples, counted from the sample at which a new state is
    first seen, so the output depends on where states change but not, to the last bit, on how it is
    cut into blocks. The first render, and one that does not start where the last ended (a seek),
    begins at the state's gains: there is nothing before it that a ramp could join.

    For one thread. No locks, logging or waits except the readers'; what is allocated is a few times
    the block.
    """

    def __init__(self, stems: StemSet) -> None:
        self._stems = stems
        self._state: MixState | None = None
        self._ramps: list[Ramp] = []
        """Of the four strips, and the master's last."""
        self._next = -1

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
        count = min(out.shape[1], max(mix.length - start, 0))
        out[:, count:] = 0.0
        if count:
            out[:, :count] = self._mixed(start, count)
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
        self._state = state

    def _mixed(self, start: int, count: int) -> Samples:
        *gains, master = [_gains(ramp, start, count) for ramp in self._ramps]
        if all(np.all(gain == 1.0) for gain in gains):
            out = self._stems.mix.read(start, count)
        else:
            out = mix_changes(*self._stems.read(start, count), gains)
        return out if np.all(master == 1.0) else out * master


def mix_changes(mix: Samples, stems: Samples, gains: list[Gains]) -> Samples:
    """mix + sum_i (gain_i - 1) * stem_i, the residual last; where all gains are 1, bits of the mix.

    mix: (channels, n), stems: (4, channels, n), gains: four of (channels, n) or (channels, 1).
    """
    changes = [
        _change(stem, gain)
        for stem, gain in zip(stems[:-1], gains[:-1], strict=True)
        if np.any(gain != 1.0)
    ]
    out = mix + sum(changes[1:], changes[0]) if changes else mix
    return out + _change(stems[-1], gains[-1]) if np.any(gains[-1] != 1.0) else out


def _change(stem: Samples, gain: Gains) -> Samples:
    """(gain - 1) * stem; where gain is 1, -0.0: added to any x it leaves the bits of x."""
    silent = np.full_like(stem, -0.0)
    return np.multiply(stem, gain - 1.0, out=silent, where=gain != 1.0)


def _gains(ramp: Ramp, start: int, count: int) -> Gains:
    """A ramp's gains (channels, count), or (channels, 1) once it has arrived."""
    return ramp.target[:, None] if ramp.settled(start) else ramp.values(start, count)
