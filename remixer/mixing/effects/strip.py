"""One stem's way through its strip, and the sum's through the master's treatment."""

import numpy as np

from remixer.dsp.gain import db_to_gain
from remixer.dsp.ramp import Gains, Ramp
from remixer.dsp.signal import Samples
from remixer.mixing.effects.compressor import CompressorStage
from remixer.mixing.effects.filters import EqualiserStage
from remixer.mixing.effects.switch import Span, Switch
from remixer.mixing.returns import Returns
from remixer.mixing.treatments import Automation, MasterTreatment, Treatment


class Curve:
    """Breakpoints as gains."""

    def __init__(self, points: Automation) -> None:
        self._samples = np.array([sample for sample, _ in points], np.float64)
        self._levels = np.array([gain_db for _, gain_db in points], np.float64)
        self.is_flat = not np.any(self._levels)

    def gains(self, start: int, count: int) -> Samples:
        """Linear gains of the song's samples [start, start + count); exactly 1 at 0 dB."""
        if self.is_flat:
            return np.ones(count)
        time = np.arange(start, start + count, dtype=np.float64)
        gains: Samples = 10.0 ** (np.interp(time, self._samples, self._levels) / 20.0)
        return gains


class StripChain:
    """A strip's treatment at work.

    sends: what goes to the returns of the last block's output, (2, n): their gains. peaks: of the
    last block behind the fader, (channels,).
    """

    def __init__(self, treatment: Treatment, sends: Samples, rate: int, channels: int) -> None:
        self._equaliser = EqualiserStage(treatment.equaliser, rate, channels)
        self.compressor = CompressorStage(treatment.compressor, rate)
        self._stereo = Ramp.held(_stereo(treatment))
        self._automation: Switch[Automation, Curve] = Switch(treatment.automation, _curve)
        self._sends = Ramp.held(sends)
        self.peaks = np.zeros(channels)

    def aim(self, treatment: Treatment, sends: Samples, at: int) -> None:
        """Want other settings from now on. sends: the linear gains to reverb and delay, (2,)."""
        self._equaliser.aim(treatment.equaliser, at)
        self.compressor.aim(treatment.compressor, at)
        self._stereo = self._stereo.towards(_stereo(treatment), at)
        self._automation.aim(treatment.automation, at)
        self._sends = self._sends.towards(sends, at)

    def idle(self, at: int) -> bool:
        """Whether the stem passes unchanged, and nothing is sent."""
        return (
            self._equaliser.idle(at)
            and self.compressor.idle(at)
            and self._plain(at)
            and self._automation.settled(at)
            and self._automation.worker.is_flat
            and self._sends.settled(at)
            and not self._sends.target.any()
        )

    def process(
        self, stem: Samples, stems: Samples, gain: Gains, start: int, at: int
    ) -> tuple[Samples, Samples]:
        """The stem behind fader and pan, (channels, n), and the sends' gains, (2, n)."""
        count = stem.shape[1]
        out = self._equaliser.process(stem, at)
        out = self.compressor.process(out, stems, at)
        out = self._placed(out, at)
        out = out * (gain * self._automated(start, count, at))
        self.peaks = np.max(np.abs(out), axis=1)
        return out, self._sends.values(at, count)

    def _plain(self, at: int) -> bool:
        return self._stereo.settled(at) and bool(np.all(self._stereo.target == 1.0))

    def _placed(self, samples: Samples, at: int) -> Samples:
        """Polarity and width."""
        if self._plain(at):
            return samples
        polarity, width = self._stereo.values(at, samples.shape[1])
        if samples.shape[0] == 2:
            side = (samples[0] - samples[1]) / 2.0 * (width - 1.0)
            samples = np.stack((samples[0] + side, samples[1] - side))
        turned: Samples = samples * polarity
        return turned

    def _automated(self, start: int, count: int, at: int) -> Samples:
        if self._automation.settled(at) and self._automation.worker.is_flat:
            return np.ones(1)
        parts = [_blended(span, start) for span in self._automation.spans(at, count)]
        return np.concatenate(parts)


class MasterChain:
    """The master's treatment at work."""

    def __init__(self, treatment: MasterTreatment, rate: int, channels: int) -> None:
        self._equaliser = EqualiserStage(treatment.equaliser, rate, channels)
        self.compressor = CompressorStage(treatment.compressor, rate)

    def aim(self, treatment: MasterTreatment, at: int) -> None:
        """Want other settings from now on."""
        self._equaliser.aim(treatment.equaliser, at)
        self.compressor.aim(treatment.compressor, at)

    def idle(self, at: int) -> bool:
        """Whether the sum passes unchanged."""
        return self._equaliser.idle(at) and self.compressor.idle(at)

    def needs_stems(self, at: int) -> bool:
        """Whether a stem is the compressor's key."""
        return not self.compressor.idle(at) and self.compressor.keyed

    def process(self, samples: Samples, stems: Samples | None, at: int) -> Samples:
        """The next block of the sum, (channels, n)."""
        return self.compressor.process(self._equaliser.process(samples, at), stems, at)


def send_gains(treatment: Treatment, returns: Returns) -> Samples:
    """Linear gains to reverb and delay, (2,); 0 to one that is not heard."""
    sends = treatment.sends
    pairs = ((sends.reverb_db, returns.reverb), (sends.delay_db, returns.delay))
    heard = [sends.on and not back.is_neutral for _, back in pairs]
    gains = [db_to_gain(level) for level, _ in pairs]
    return np.where(heard, gains, 0.0)


def _blended(span: Span[Curve], start: int) -> Samples:
    return span.blend(lambda curve: curve.gains(start + span.first, span.last - span.first))


def _stereo(treatment: Treatment) -> Samples:
    return np.array([-1.0 if treatment.invert else 1.0, treatment.width])


def _curve(points: Automation, _before: Curve | None) -> Curve:
    return Curve(points)
