"""How stems' changes join the mix: what has not changed leaves its bits alone."""

from collections.abc import Sequence

import numpy as np

from remixer.dsp.ramp import Gains
from remixer.dsp.signal import Samples


def join(mix: Samples, changes: Sequence[Samples | None]) -> Samples:
    """mix + the sum of the changes, the last (the residual's) last; the mix itself without any.

    mix: (channels, n); changes: the stems', (channels, n) each, or None. Why the residual is last:
    see `MixEngine`.
    """
    first = [change for change in changes[:-1] if change is not None]
    out = mix + sum(first[1:], first[0]) if first else mix
    return out if changes[-1] is None else out + changes[-1]


def gain_change(stem: Samples, gain: Gains) -> Samples | None:
    """(gain - 1) * stem; None where the gain is 1 all through.

    gain: (channels, n) or (channels, 1). Where it is 1, -0.0: added to any x it leaves x's bits.
    """
    if np.all(gain == 1.0):
        return None
    silent = np.full_like(stem, -0.0)
    return np.multiply(stem, gain - 1.0, out=silent, where=gain != 1.0)


def mix_changes(mix: Samples, stems: Samples, gains: Sequence[Gains]) -> Samples:
    """mix + sum_i (gain_i - 1) * stem_i, the residual last; where all gains are 1, bits of the mix.

    mix: (channels, n), stems: (4, channels, n), gains: four of (channels, n) or (channels, 1).
    """
    return join(mix, [gain_change(s, g) for s, g in zip(stems, gains, strict=True)])
