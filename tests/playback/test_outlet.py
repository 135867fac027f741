"""The way to the device: channels, float32, and another rate."""

import numpy as np
import pytest

from remixer.audio.resample import resample
from remixer.dsp.signal import Samples
from remixer.playback.outlet import Outlet


class Tape:
    """Gives an array bit by bit, then silence."""

    def __init__(self, samples: Samples) -> None:
        self._samples = samples
        self.taken = 0

    def __call__(self, count: int) -> Samples:
        part = self._samples[:, self.taken : self.taken + count]
        self.taken += count
        return np.pad(part, ((0, 0), (0, count - part.shape[1])))


@pytest.mark.parametrize("bits", [16, 24])
def test_integers_pass_exactly(bits: int) -> None:
    steps = np.random.default_rng(0).integers(-(2 ** (bits - 1)), 2 ** (bits - 1), (2, 1000))
    samples = steps / 2 ** (bits - 1)
    out = np.zeros((1000, 2), np.float32)
    Outlet(Tape(samples), 44100, 2, 44100).fill(out)
    assert np.array_equal(out.T.astype(np.float64), samples)


def test_mono_goes_to_both_and_stereo_to_one_as_its_mean() -> None:
    samples = np.random.default_rng(0).uniform(-1, 1, (2, 100))
    both, one = np.zeros((100, 2), np.float32), np.zeros((100, 1), np.float32)
    Outlet(Tape(samples[:1]), 44100, 1, 44100).fill(both)
    Outlet(Tape(samples), 44100, 2, 44100).fill(one)
    assert np.array_equal(both, np.repeat(samples[:1].T.astype(np.float32), 2, axis=1))
    assert np.array_equal(one[:, 0], samples.mean(axis=0).astype(np.float32))


@pytest.mark.parametrize(("rate", "device_rate"), [(44100, 48000), (96000, 44100), (8000, 192000)])
def test_another_rate_is_what_resampling_the_whole_gives(rate: int, device_rate: int) -> None:
    samples = np.random.default_rng(0).uniform(-0.5, 0.5, (2, rate))
    tape = Tape(samples)
    outlet = Outlet(tape, rate, 2, device_rate)
    blocks = [np.zeros((512, 2), np.float32) for _ in range(device_rate // 512)]
    for block in blocks:
        outlet.fill(block)
    got = np.concatenate(blocks).T
    wanted = resample(samples, rate, device_rate)[:, : got.shape[1]]
    sure = got.shape[1] - device_rate // 20  # what follows already hears the silence
    np.testing.assert_allclose(got[:, :sure], wanted[:, :sure], atol=1e-6)
