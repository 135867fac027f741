"""All treatments of a mix at work: strips, returns, master."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from remixer.dsp.gain import db_to_gain
from remixer.dsp.ramp import Gains, Ramp
from remixer.dsp.signal import Samples
from remixer.mixing.changes import gain_change, join
from remixer.mixing.effects.delay import DelayEffect
from remixer.mixing.effects.reverb import ReverbEffect
from remixer.mixing.effects.strip import MasterChain, StripChain, send_gains
from remixer.mixing.returns import Delay, Returns, Reverb
from remixer.mixing.stems import StemSet
from remixer.mixing.strips import MixState

BLOCK = 4096
"""Longer blocks are rendered in parts: filters that ring out in silence stay quick."""


@dataclass(frozen=True)
class Readings:
    """What the treatments did to the last block. reduction_db: the highest of the four strips and
    the master, (5,). peaks: behind the strips, (4, channels), NaN for untreated ones.
    """

    reduction_db: tuple[float, ...]
    peaks: Samples


class Return:
    """A return: its effect while it is heard, behind its level.

    It comes to life with the first send and rings on when nothing is sent any more, until the mix
    is neutral: that ends it within RAMP samples. Then it forgets all.
    """

    def __init__(self, rate: int, channels: int) -> None:
        self._rate, self._channels = rate, channels
        self._effect: ReverbEffect | DelayEffect | None = None
        self._level = Ramp.held(np.zeros(1))

    def aim(self, settings: Reverb | Delay, sent: bool, ringing: bool, at: int) -> None:
        """Want other settings from now on. sent: whether anything is sent to it; ringing: whether
        it may ring on if not.
        """
        if self.idle(at):
            self._effect = self._new(settings) if sent and not settings.is_neutral else None
        heard = self._effect is not None and (sent or ringing) and not settings.is_neutral
        target = db_to_gain(settings.level_db) if heard else 0.0
        self._level = self._level.towards(np.array([target]), at)
        if isinstance(self._effect, ReverbEffect) and isinstance(settings, Reverb):
            self._effect.aim(settings, at)
        if isinstance(self._effect, DelayEffect) and isinstance(settings, Delay):
            self._effect.aim(settings, at)

    def hold(self) -> None:
        """Be at the wanted level at once."""
        self._level = Ramp.held(self._level.target)

    def idle(self, at: int) -> bool:
        """Whether nothing of it is heard."""
        return self._level.settled(at) and self._level.target[0] == 0.0

    def process(self, samples: Samples, at: int) -> Samples:
        """What comes back of the next block, (channels, n)."""
        assert self._effect
        return self._effect.process(samples, at) * self._level.values(at, samples.shape[1])

    def _new(self, settings: Reverb | Delay) -> ReverbEffect | DelayEffect:
        kind = ReverbEffect if isinstance(settings, Reverb) else DelayEffect
        return kind(settings, self._rate, self._channels)  # type: ignore[arg-type]


class Desk:
    """Renders treated mixes: `master(mix + sum_i (strip_i(stem_i) - stem_i) + returns)`.

    It begins at a state's settings, from silence. at: a clock of rendered samples, by which changes
    fade; start: the song's samples, by which automation goes.
    """

    def __init__(self, state: MixState, rate: int, channels: int, at: int) -> None:
        self._chains = [
            StripChain(strip.treatment, send_gains(strip.treatment, state.returns), rate, channels)
            for strip in state.strips
        ]
        self._returns = [Return(rate, channels) for _ in range(2)]
        self._master = MasterChain(state.master, rate, channels)
        self._channels = channels
        self._aim_returns(state, at)
        for back in self._returns:
            back.hold()

    def aim(self, state: MixState, at: int) -> None:
        """Want another state from now on."""
        for chain, strip in zip(self._chains, state.strips, strict=True):
            chain.aim(strip.treatment, send_gains(strip.treatment, state.returns), at)
        self._aim_returns(state, at)
        self._master.aim(state.master, at)

    def idle(self, at: int) -> bool:
        """Whether only the strips' gains are left to be done."""
        return self._master.idle(at) and self._strips_idle(at)

    def _strips_idle(self, at: int) -> bool:
        chains = all(chain.idle(at) for chain in self._chains)
        return chains and all(back.idle(at) for back in self._returns)

    def render(
        self, stems: StemSet, gains: Sequence[Gains], start: int, count: int, at: int
    ) -> Samples:
        """The song's samples [start, start + count), before the master fader.

        gains: the strips', (channels, n) or (channels, 1) each.
        """
        parts = []
        for first in range(0, count, BLOCK):
            last = min(first + BLOCK, count)
            some = [g[:, first:last] if g.shape[1] > 1 else g for g in gains]
            parts.append(self._block(stems, some, start + first, last - first, at + first))
        return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)

    def readings(self) -> Readings:
        """For the meters, of the last block."""
        compressors = [*(chain.compressor for chain in self._chains), self._master.compressor]
        peaks = np.array([chain.peaks for chain in self._chains])
        return Readings(tuple(c.reduction_db for c in compressors), peaks)

    def _block(
        self, stems: StemSet, gains: list[Gains], start: int, count: int, at: int
    ) -> Samples:
        if self._needs_stems(gains, at):
            mix, parts = stems.read(start, count)
            out = self._mixed(mix, parts, gains, start, at)
        else:
            parts, out = None, stems.mix.read(start, count)
        return self._master.process(out, parts, at)

    def _needs_stems(self, gains: list[Gains], at: int) -> bool:
        return (
            any(np.any(gain != 1.0) for gain in gains)
            or not self._strips_idle(at)
            or self._master.needs_stems(at)
        )

    def _mixed(
        self, mix: Samples, stems: Samples, gains: list[Gains], start: int, at: int
    ) -> Samples:
        buses = [np.zeros_like(mix) for _ in self._returns]
        changes: list[Samples | None] = []
        for chain, stem, gain in zip(self._chains, stems, gains, strict=True):
            if chain.idle(at):
                chain.compressor.reduction_db = 0.0
                chain.peaks = np.full(self._channels, np.nan)
                changes.append(gain_change(stem, gain))
                continue
            out, sends = chain.process(stem, stems, gain, start, at)
            changes.append(out - stem)
            for bus, send in zip(buses, sends, strict=True):
                if send.any():
                    bus += out * send
        joined = join(mix, changes)
        for back, bus in zip(self._returns, buses, strict=True):
            if not back.idle(at):
                joined = joined + back.process(bus, at)
        return joined

    def _aim_returns(self, state: MixState, at: int) -> None:
        sent = np.zeros(2, np.bool_)
        for strip, sounds in zip(state.strips, state.audible, strict=True):
            if sounds:
                sent |= send_gains(strip.treatment, state.returns) > 0.0
        ringing = not state.is_neutral
        for back, settings, some in zip(self._returns, _settings(state.returns), sent, strict=True):
            back.aim(settings, bool(some), ringing, at)


def _settings(returns: Returns) -> tuple[Reverb | Delay, ...]:
    return (returns.reverb, returns.delay)
