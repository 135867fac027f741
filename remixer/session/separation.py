"""A recording's stems: from the cache, or separated now."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from remixer.audio.reader import AudioReader
from remixer.dsp.signal import STORED, Samples
from remixer.errors import CacheError
from remixer.mixing.stems import StemSet, to_grid
from remixer.separation.cache import StemCache, cache_key
from remixer.separation.catalogue import Card
from remixer.separation.store import Layout, StemStore

OnProgress = Callable[[float, float], None]
"""Called with the seconds of audio that are done and their total."""


def silent(_done_s: float, _total_s: float) -> None:
    """Progress that nobody watches."""


class NoStems:
    """Stored stems of a recording that is not separated: a neutral mix never reads them."""

    def read(self, start: int, count: int) -> Samples:
        """Raises CacheError, as there is nothing to read."""
        raise CacheError(
            f"{', '.join(STORED)} of samples {start} to {start + count} are not separated: "
            "separate the file first"
        )


def layout_of(source: AudioReader) -> Layout:
    """The geometry of a source's store."""
    return Layout(
        source.rate, source.channels, source.length, source.grid.bits if source.grid else 0
    )


@contextmanager
def separated(
    source: AudioReader,
    card: Card,
    *,
    cache: StemCache | None = None,
    on_progress: OnProgress = silent,
    cancelled: Callable[[], bool] = lambda: False,
) -> Iterator[StemSet]:
    """The stems of a source, all of them separated; the cache's entry is held until the end.

    A separation that was cut off goes on where it stopped. The model is loaded, and torch imported,
    only when something is left to do.  Raises InputError, ModelError, CacheError, Cancelled.
    """
    layout = layout_of(source)
    key = cache_key(source.content_hash(), card.fingerprint, layout)
    about = {"source": source.path.name, "model": card.id}
    with (cache or StemCache()).open(key, layout, about, cancelled) as store:
        if not store.complete:
            _separate(source, card, store, on_progress, cancelled)
        yield StemSet(source, store)


def _separate(
    source: AudioReader,
    card: Card,
    store: StemStore,
    on_progress: OnProgress,
    cancelled: Callable[[], bool],
) -> None:
    from remixer.separation.model import load_model
    from remixer.separation.runner import separate
    from remixer.separation.separator import MaskSeparator

    separator = MaskSeparator(load_model(card))
    grid = source.grid
    steps = separate(
        separator, source, store, to_grid=lambda e: to_grid(e, grid), cancelled=cancelled
    )
    for progress in steps:
        on_progress(progress.done_s, progress.total_s)
