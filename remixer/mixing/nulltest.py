"""The null test: do the parts add up to the original, to the last bit?"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from remixer.dsp.gain import peak_dbfs
from remixer.dsp.signal import SampleReader, Samples
from remixer.errors import SettingError

BLOCK = 1 << 16


@dataclass(frozen=True)
class NullResult:
    """What is left of the original after the parts are taken away.

    differing: samples, over all channels, at which the sum is another number. peak_dbfs: highest
    difference; position (sample) and channel: where it is first found, None when there is none.
    length: samples per channel that were compared.
    """

    differing: int
    peak_dbfs: float
    position: int | None
    channel: int | None
    length: int

    @property
    def passed(self) -> bool:
        """Whether nothing differs."""
        return self.differing == 0


def null_test(
    original: SampleReader, parts: Sequence[SampleReader], block: int = BLOCK
) -> NullResult:
    """Compare a signal with the sum of its parts, added in the order given, in float64, exactly.

    One part makes it a plain comparison. Memory is a few blocks, whatever the length. As numbers
    0 and -0 are equal; NaN equals NaN only, and differs from anything else by an infinite amount.

    Raises: SettingError for no parts, or for parts of another rate, channel count or length.
    """
    _check_geometry(original, parts)
    differing, peak = 0, 0.0
    place: tuple[int, int] | None = None
    for start in range(0, original.length, block):
        left = _difference(original, parts, start, min(block, original.length - start))
        differing += int(np.count_nonzero(left))
        if (highest := float(left.max())) > peak:
            peak = highest
            position, channel = np.unravel_index(int(left.T.argmax()), left.T.shape)
            place = (start + int(position), int(channel))
    position_found, channel_found = place or (None, None)
    return NullResult(
        differing, peak_dbfs(np.array(peak)), position_found, channel_found, original.length
    )


def _difference(
    original: SampleReader, parts: Sequence[SampleReader], start: int, count: int
) -> Samples:
    """|original - sum of parts| as (channels, count); inf where only one is a number."""
    total = parts[0].read(start, count)
    for part in parts[1:]:
        total = total + part.read(start, count)
    expected = original.read(start, count)
    same = (expected == total) | (np.isnan(expected) & np.isnan(total))
    with np.errstate(invalid="ignore"):
        difference = np.abs(expected - total)
    return np.where(same, 0.0, np.nan_to_num(difference, nan=np.inf, posinf=np.inf))


def _check_geometry(original: SampleReader, parts: Sequence[SampleReader]) -> None:
    if not parts:
        raise SettingError("a null test of 0 parts: give at least 1 signal to compare")
    for number, part in enumerate(parts, start=1):
        for what in ("rate", "channels", "length"):
            mine, other = getattr(original, what), getattr(part, what)
            if mine != other:
                raise SettingError(
                    f"part {number} has {what} {other} where the original has {mine}: "
                    "compare files of the same rate, channels and length"
                )
