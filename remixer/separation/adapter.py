"""A back end of another package as a Separator: loaded, watched, at the rate it takes, and what it
leaves shared among the other stems by our network.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from remixer.dsp.signal import STORED, Grid, SameShape, SampleReader, Samples
from remixer.errors import ModelError, RemixerError
from remixer.separation.backends import GROUP, BackEnd
from remixer.separation.features import read_padded
from remixer.separation.resampled import Resampled, read_zeros
from remixer.separation.separator import MaskSeparator

Estimates = NDArray[np.float32]
T = TypeVar("T")


class Estimator(Protocol):
    """What the entry point of a back end makes, called without arguments."""

    def estimate(self, source: SampleReader, start: int, count: int) -> Estimates:
        """Estimates of the card's stems, in its order, in samples [start, start + count).

        source: mono or stereo, at its own rate or at the card's, finite; reads beyond its ends give
        zeros. Returns (stems, channels, count) float32, finite. The estimator reads what context it
        needs: neighbouring chunks are crossfaded over 2048 samples. Called from several threads.
        """
        ...


class Adapted:
    """See `Separator`. Whatever goes wrong in the back end is a ModelError that names it."""

    def __init__(self, card: BackEnd, splitter: MaskSeparator | None) -> None:
        """Loads it. splitter: shares what is left, where `card.splits`. Raises ModelError."""
        self.card = card
        self._splitter = splitter
        self._estimator: Estimator = _watched(card, "cannot be loaded", lambda: _make(card))

    @property
    def fingerprint(self) -> str:
        """See `BackEnd.fingerprint`."""
        return self.card.fingerprint

    def estimate(self, source: SampleReader, start: int, count: int) -> Estimates:
        """See `Separator.estimate`. Raises ModelError."""
        given, missing = self._given(source), self.card.missing
        stems: dict[str, NDArray[np.floating]] = {}

        def take(begin: int, length: int) -> Samples:
            """Take the back end's stems of a stretch around ours; returns their sum."""
            theirs = read_zeros(given, begin, length).reshape(-1, source.channels, length)
            ours = theirs[..., start - begin : start - begin + count]
            stems.update(zip(self.card.stems, ours, strict=True))
            return np.asarray(theirs.sum(axis=0))

        if self._splitter is None:
            take(start, count)
        else:
            shares = self._splitter.share(source, start, count, missing, take)
            stems.update(zip(missing, shares, strict=True))
        out = np.zeros((len(STORED), source.channels, count), np.float32)
        for i, stem in enumerate(STORED):
            if stem in stems:
                out[i] = stems[stem]
        return out

    def _given(self, source: SampleReader) -> SampleReader:
        """What the back end gives, at the source's rate: (stems * channels, samples)."""
        rate = self.card.rate
        if rate in (0, source.rate):
            return Given(Clean(source), self.card, self._estimator)
        return Resampled(
            Given(Resampled(Clean(source), rate), self.card, self._estimator), source.rate
        )


@dataclass(frozen=True)
class Clean(SameShape):
    """A signal as back ends get it: finite, and zero beyond its ends."""

    signal: SampleReader
    grid: Grid | None = None

    def read(self, start: int, count: int) -> Samples:
        """See `read_padded`."""
        return read_padded(self.signal, start, count)


@dataclass(frozen=True)
class Given(SameShape):
    """A back end's stems of a signal, checked, one after the other as channels."""

    signal: SampleReader
    card: BackEnd
    estimator: Estimator
    grid: Grid | None = None

    @property
    def channels(self) -> int:
        """Of all stems."""
        return len(self.card.stems) * self.signal.channels

    def read(self, start: int, count: int) -> Samples:
        """Estimates of samples [start, start + count). Raises ModelError."""

        def work() -> Samples:
            found = np.asarray(self.estimator.estimate(self.signal, start, count))
            expected = (len(self.card.stems), self.signal.channels, count)
            if found.shape != expected:
                raise ModelError(f"gave stems of shape {found.shape}, not {expected}")
            if found.dtype.kind != "f" or not np.isfinite(found).all():
                raise ModelError(f"gave values that are no finite numbers ({found.dtype})")
            return found.reshape(self.channels, count).astype(np.float64)

        return _watched(self.card, f"failed at {start / self.signal.rate:.1f} s", work)


def _make(card: BackEnd) -> Any:
    made = EntryPoint(card.id, card.entry, GROUP).load()()
    if not callable(getattr(made, "estimate", None)):
        raise ModelError(f"makes a {type(made).__name__} without a method estimate")
    return made


def _watched(card: BackEnd, what: str, work: Callable[[], T]) -> T:
    """The result of a back end's code. Raises ModelError naming it, whatever the code raises."""
    try:
        return work()
    except (Exception, SystemExit) as error:
        kind = "" if isinstance(error, RemixerError) else f"{type(error).__name__}: "
        why = " ".join(f"{kind}{error}".split())
        raise ModelError(
            f"the back end {card.id!r} ({card.package}) {what} ({why}): "
            "update or remove the package, or choose another model"
        ) from error
