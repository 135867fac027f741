"""The compressor at work: feed-forward, zero latency, linked over channels, key from any stem."""

from dataclasses import replace

import numpy as np
from scipy.signal import lfilter

from remixer.dsp.dynamics import hold_peaks, level_db, one_pole, reduction_db
from remixer.dsp.gain import db_to_gain
from remixer.dsp.ramp import Ramp
from remixer.dsp.signal import STEMS, Samples
from remixer.mixing.effects.switch import Span, Switch
from remixer.mixing.treatments import Compressor

_QUIET_DB = 1e-20
"""A gain reduction below this is none."""


class CompressorStage:
    """Follows settings without clicks: curve and key by crossfade, bypass and makeup by ramp.

    reduction_db: the highest gain reduction in the last block.
    """

    def __init__(self, settings: Compressor, rate: int) -> None:
        self._rate = rate
        self._ramp = Ramp.held(_weights(settings))
        self._start(settings)

    def _start(self, settings: Compressor) -> None:
        curve = replace(settings, makeup_db=0.0)
        self._switch: Switch[Compressor, Compressor] = Switch(curve, _itself)
        self._held = self._smooth = 0.0
        self.reduction_db = 0.0

    def aim(self, settings: Compressor, at: int) -> None:
        """Want other settings from now on. One that comes back from bypass has forgotten all."""
        on = not settings.is_neutral
        if on and self.idle(at):
            self._start(settings)
        elif on:
            self._switch.aim(replace(settings, makeup_db=0.0), at)
        self._ramp = self._ramp.towards(_weights(settings), at)

    def idle(self, at: int) -> bool:
        """Whether it lets everything through."""
        return self._ramp.settled(at) and self._ramp.target[0] == 0.0

    def process(self, samples: Samples, stems: Samples | None, at: int) -> Samples:
        """The next block, (channels, n); itself while idle.

        stems: as separated, (4, channels, n), when the key is one of them.
        """
        if self.idle(at):
            self.reduction_db = 0.0
            return samples
        parts = [
            self._followed(span, samples, stems)
            for span in self._switch.spans(at, samples.shape[1])
        ]
        reduction = np.concatenate(parts)
        weight, makeup = self._ramp.values(at, samples.shape[1])
        self.reduction_db = float(np.max(reduction * weight))
        gain: Samples = (1.0 + weight * (10.0 ** (reduction / -20.0) - 1.0)) * makeup
        return samples * gain

    @property
    def keyed(self) -> bool:
        """Whether it needs the stems."""
        return any(settings.key is not None for settings in self._switch.involved)

    def _followed(self, span: Span[Compressor], samples: Samples, stems: Samples | None) -> Samples:
        """The gain reduction in dB, (n,): jumps held and let fall, then smoothed by the attack."""

        def wanted(settings: Compressor) -> Samples:
            source = samples
            if settings.key is not None and stems is not None:
                source = stems[STEMS.index(settings.key)]
            peaks = np.max(np.abs(source[:, span.first : span.last]), axis=0)
            curve = (settings.threshold_db, settings.ratio, settings.knee_db)
            return reduction_db(level_db(peaks), *curve)

        attack = one_pole(span.new.attack_ms / 1000.0, self._rate)
        release = one_pole(span.new.release_ms / 1000.0, self._rate)
        held = hold_peaks(span.blend(wanted), self._held, release)
        b, a = [1.0 - attack], [1.0, -attack]
        smooth: Samples = lfilter(b, a, held, zi=np.array([attack * self._smooth]))[0]
        self._held, self._smooth = _still(held[-1]), _still(smooth[-1])
        return smooth


def _weights(settings: Compressor) -> Samples:
    """How much of the reduction is applied, and the makeup gain."""
    if settings.is_neutral:
        return np.array([0.0, 1.0])
    return np.array([1.0, db_to_gain(settings.makeup_db)])


def _still(value: float) -> float:
    return float(value) if value > _QUIET_DB else 0.0


def _itself(settings: Compressor, _before: Compressor | None) -> Compressor:
    return settings
